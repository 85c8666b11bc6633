"""A SANE scanner under the whole appliance: whatever breaks off, the archive's pages equal the paper in the hopper.

Every other fault of the device is in tests/slow/test_sane_every_fault.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rig import Sheet, dossier, flat, letter
from sane_backend import virtual_fi
from sane_office import Office, office

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")

FACES = [flat(letter(number)) for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as patch:
        made = office(tmp_path_factory.mktemp("office"), patch)
        try:
            yield made
        finally:
            made.rig.stop()


def stack(code: str) -> list[Sheet]:
    """A separator, a letter on both faces, one with a white back."""
    return [dossier(code, 2), Sheet(FACES[0], FACES[1]), Sheet(FACES[2])]


@pytest.mark.parametrize(("fault", "side", "code"), [
    ("", "", ""), ("jam_at", "0002b", "D102"),
    pytest.param("segv_at", "0002b", "D108", marks=pytest.mark.slow),
], ids=["all goes well", "jam on a back", "backend crashes"])
def test_the_archive_gets_every_side_of_the_paper_once(quay: Office, fault: str, side: str, code: str) -> None:
    name = f"SANE.{fault.partition('_')[0].upper() or 'GOOD'}"
    daemon = quay.rig.pid
    quay.start(stack(name), **({fault: side} if fault else {}))
    if fault:
        told = quay.told()
        assert (told["code"], told["sheet"]) == (code, int(side[:4]))
        quay.reload(told["sheet"])
    quay.all_filed(name, stack(name))
    assert quay.rig.pid == daemon


@pytest.mark.slow
def test_a_daemon_killed_amid_a_batch_loses_and_doubles_nothing(quay: Office) -> None:
    quay.start(stack("SANE.KILLED"), stall_at="0003a")
    quay.rig.wait(lambda found: found["counts"]["under_way"] >= 4 or found["devices"][0]["sheet"] > 0, "four sides")
    quay.rig.kill("daemon")
    quay.rig.start("daemon")
    told = quay.told()
    assert (told["code"], told["sheet"]) == ("D108", 3) or told["code"] == "D110"
    quay.reload(told["sheet"])
    quay.all_filed("SANE.KILLED", stack("SANE.KILLED"))
