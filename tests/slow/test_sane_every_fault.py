"""Every fault of a SANE scanner under the whole appliance: afterwards the archive's pages equal the paper."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from random import Random

import pytest
from rig import Sheet, accepted, balanced, dossier, flat, letter
from sane_backend import virtual_fi
from sane_office import Office, archived, office, on_paper, provenance

from appliance.core import errors
from appliance.demo.forms import make_form
from appliance.operate import remove

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")]

FACES = [flat(letter(1)), flat(letter(2)), *(flat(make_form(Random(number))[0]) for number in (1, 2))]


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as patch:
        made = office(tmp_path_factory.mktemp("faults"), patch)
        try:
            yield made
        finally:
            made.rig.stop()


def stack(code: str) -> list[Sheet]:
    """A separator, a letter on both faces, two forms of one template with white backs."""
    return [dossier(code, 3), Sheet(FACES[0], FACES[1]), Sheet(FACES[2]), Sheet(FACES[3])]


@pytest.mark.parametrize(("fault", "side", "kind"), [
    ("jam_at", "0003b", errors.PAPER_JAM), ("double_feed_at", "0003a", errors.DOUBLE_FEED),
    ("cover_at", "0003b", errors.COVER_OPEN), ("io_error_at", "0003a", errors.DEVICE_FAULT),
    ("stall_at", "0003b", errors.DEVICE_STALLED), ("segv_at", "0003b", errors.SCANNER_PROCESS_LOST),
    ("unplug_at", "0003a", errors.DEVICE_LOST),
    pytest.param("jam_at", "0003a", errors.PAPER_JAM, marks=pytest.mark.long),
    pytest.param("start_jam_at", "0003a", errors.PAPER_JAM, marks=pytest.mark.long),
    pytest.param("hang_at", "0003a", errors.DEVICE_STALLED, marks=pytest.mark.long),
    pytest.param("stop_at", "0003a", errors.CAPTURE_STOPPED, marks=pytest.mark.long),
])
def test_the_archive_equals_the_paper_after(quay: Office, fault: str, side: str, kind: errors.Kind) -> None:
    name = f"{fault.upper().replace('_', '-')}.{side.upper()}"
    quay.start(stack(name), **{fault: side})
    told = quay.told()
    assert (told["code"], told["sheet"]) == (kind.code, 3)
    words = f"3 của lượt quét này (tờ thứ 3 của hồ sơ …{name[-3:]}), tính cả phiếu phân tách"
    quay.rig.wait(lambda found: words in found["devices"][0]["message_vi"], "the place in the dossier is told")
    quay.reload(3)
    quay.all_filed(name, stack(name))
    aside = [(one["sheet"], one["side"], one["state"]) for one in provenance(quay.rig, name)["aside"]]
    assert aside == quay.rig.rows("SELECT sheet, side, state FROM page WHERE state IN ('orphan', 'replaced') "
                                  f"AND batch = (SELECT batch FROM dossier WHERE id = '{name}.r1')")
    assert aside == [(3, "front", "replaced")] or (fault, side) != ("jam_at", "0003b")


def test_the_archive_equals_the_paper_after_the_scanner_process_was_killed(quay: Office) -> None:
    quay.start(stack("SCANNER.KILLED"), stall_at="0003a")
    quay.rig.wait(lambda found: found["counts"]["under_way"] >= 4, "four sides")
    os.kill(int(quay.rig.device()["pid"]), signal.SIGKILL)
    told = quay.told()
    assert told["sheet"] == 3
    quay.reload(3)
    quay.all_filed("SCANNER.KILLED", stack("SCANNER.KILLED"))


def test_a_short_frame_holds_its_dossier_until_the_paper_is_scanned_again_whole(quay: Office) -> None:
    quay.start(stack("SHORT.FRAME"), truncate_at="0003b")
    status = quay.rig.settled()
    assert "SHORT.FRAME" not in accepted(status)
    assert errors.IMAGE_TRUNCATED.code in {thing["code"] for thing in status["held"]}
    balanced(status)
    quay.start(stack("SHORT.FRAME"))
    quay.all_filed("SHORT.FRAME", stack("SHORT.FRAME"))


@pytest.mark.parametrize("too_many", [1, pytest.param(2, marks=pytest.mark.long)])
def test_sheets_put_back_too_many_are_filed_once(quay: Office, too_many: int) -> None:
    name = f"TOO.MANY.{too_many}"
    quay.start(stack(name), start_jam_at="0004a")
    assert quay.told()["sheet"] == 4
    quay.reload(4 - too_many)

    def asked() -> list[str]:
        return [thing["id"] for thing in quay.rig.status()["held"] if thing["code"] == errors.FED_TWICE.code]

    status = quay.rig.wait(lambda found: found["idle"], "nothing moves before a person decides")
    assert name not in accepted(status) and len(asked()) == 2 * too_many
    balanced(status)
    while asked():
        assert remove([asked()[0], "--socket", str(quay.rig.place.control)]) == 0
    quay.all_filed(name, stack(name))


def test_a_batch_given_up_after_a_jam_keeps_its_orphan_and_files_the_dossier_before_it(quay: Office) -> None:
    first, second = [dossier("BEFORE.JAM", 1), Sheet(FACES[0])], [dossier("AFTER.JAM", 1), Sheet(FACES[2])]
    quay.start([*first, *second], jam_at="0003b")
    assert quay.told()["sheet"] == 3
    quay.device.control()
    quay.rig.ask("finish")
    status = quay.rig.settled()
    assert "BEFORE.JAM" in accepted(status)
    balanced(status)
    assert archived(quay.rig, "BEFORE.JAM") == on_paper(first[1:])
    (orphan,) = provenance(quay.rig, "BEFORE.JAM")["aside"]
    assert (orphan["sheet"], orphan["side"], orphan["state"]) == (3, "front", "orphan")
    kept = quay.rig.rows(f"SELECT path FROM page WHERE sha256 = '{orphan['sha256']}' AND state = 'orphan'")
    assert (quay.rig.state / "masters" / kept[0][0]).is_file()
    for left in (*quay.device.hopper.iterdir(), *quay.device.out.iterdir()):
        left.unlink()
