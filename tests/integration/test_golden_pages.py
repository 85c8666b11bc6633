"""The golden pages: the product sees them right, and whatever is seen wrong on them is named."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance import __version__
from appliance.core import errors
from appliance.core.config import Config
from appliance.core.jobs import Job
from appliance.core.model import Box, EmptyBand, PageAnalysis, Verdict
from appliance.golden import pages, proof
from appliance.golden.pages import BACK, EVERY, FRONT, SECRET, WORDS
from appliance.pool_wire import Handlers, perform

ROOT = Path(__file__).parents[2]
OCR = Config().ocr
Change = Callable[[PageAnalysis], PageAnalysis]


@pytest.fixture(scope="module")
def handlers() -> Handlers:
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba" / __version__))
    from appliance.handlers import product_handlers

    return product_handlers(Config())


@pytest.fixture(scope="module")
def seen(handlers: Handlers) -> dict[str, PageAnalysis]:
    """What the product really sees, by the name of the file."""
    found: dict[str, PageAnalysis] = {}

    def look(job: Job) -> PageAnalysis:
        analysis: PageAnalysis = handlers["analyse"](job)
        found[Path(str(job.body["path"])).name] = analysis
        return analysis

    assert proof.prove({**handlers, "analyse": look}, OCR).faults == ()
    return found


def test_the_product_sees_the_golden_pages_right_as_the_job_that_the_daemon_orders(handlers: Handlers) -> None:
    outcome = perform(handlers, replace(pages.JOB, id="prove-1"))
    assert outcome.ok and outcome.body["faults"] == [], outcome


def test_they_are_small_and_one_of_each_kind() -> None:
    assert sum(known.size for known in EVERY) < 500_000
    assert [known.path.stat().st_size for known in EVERY] == [known.size for known in EVERY]
    assert sum(known.secret for known in EVERY) == sum(known.blank for known in EVERY) == 1


def turned(seen: PageAnalysis) -> PageAnalysis:
    return replace(seen, geometry=replace(seen.geometry, turn=0))


def askew(seen: PageAnalysis) -> PageAnalysis:
    return replace(seen, geometry=replace(seen.geometry, skew=seen.geometry.skew + 0.12))


def judged(seen: PageAnalysis, check: str, *, ok: bool) -> PageAnalysis:
    changed = (replace(one, ok=ok) if one.check == check else one for one in seen.verdicts)
    return replace(seen, verdicts=tuple(changed))


@pytest.mark.parametrize(("known", "wrong", "named"), [
    (FRONT, turned, "turn 0"),
    (FRONT, askew, "skew"),
    (SECRET, askew, "skew"),
    (BACK, lambda seen: replace(seen, blank=False), "not blank"),
    (FRONT, lambda seen: replace(seen, blank=True), "blank"),
    (FRONT, lambda seen: replace(seen, marks=()), "0 codes"),
    (FRONT, lambda seen: replace(seen, marks=(replace(seen.marks[0], text="GOLDEN PAGE 2"),)), "1 codes"),
    (FRONT, lambda seen: replace(seen, marks=(replace(seen.marks[0], box=Box(0, 0, 222, 222)),)), "code at"),
    (FRONT, lambda seen: replace(seen, paper=None), "paper"),
    (FRONT, lambda seen: replace(seen, band=EmptyBand(seen.band.left, Box(74, 0, 148, 20))), "at the top right"),
    (BACK, lambda seen: replace(seen, band=EmptyBand()), "free at the top left"),
    (SECRET, lambda seen: judged(seen, "secret", ok=True), "secret"),
    (FRONT, lambda seen: judged(seen, "secret", ok=False), "secret"),
    (FRONT, lambda seen: judged(seen, "sharpness", ok=False), "sharpness"),
    (BACK, lambda seen: replace(seen, verdicts=()), "secret not judged"),
    (BACK, lambda seen: replace(seen, verdicts=(Verdict("streaks", 99.0, 9.0, ok=False),)), "streaks"),
])
def test_each_figure_that_is_wrong_is_named(seen: dict[str, PageAnalysis], known: pages.Known, wrong: Change,
                                            named: str) -> None:
    faults = [*proof._lie(wrong(seen[known.name]), known), *proof._verdicts(wrong(seen[known.name]), known),
              *proof._codes(wrong(seen[known.name]).marks, known)]
    assert any(named in fault for fault in faults), faults


@pytest.mark.parametrize(("tessdata", "languages"), [("/nonexistent", "vie"), (str(OCR.tessdata), "eng")])
def test_a_missing_or_wrong_language_model_is_named(handlers: Handlers, tessdata: str, languages: str) -> None:
    ocr = replace(OCR, tessdata=Path(tessdata), languages=languages)
    (fault,) = proof.prove(handlers, ocr, (FRONT,)).faults
    assert fault.startswith("front.jpg") and ("T461" in fault or "letters read wrong" in fault), fault


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_another_file_in_its_place_is_named(handlers: Handlers, harm: str, monkeypatch: pytest.MonkeyPatch,
                                            tmp_path: Path) -> None:
    data = bytearray(SECRET.path.read_bytes())
    data[len(data) // 2] ^= 1
    if harm == "changed":
        (tmp_path / SECRET.name).write_bytes(data)
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    assert proof.prove(handlers, OCR, (SECRET,)).faults == ("secret.jpg is another file",)


def test_a_handler_that_fails_is_a_fault_and_not_a_crash(handlers: Handlers) -> None:
    def gone(_job: Job) -> None:
        raise errors.IMAGE_UNDECODABLE.error(reason="x")

    assert proof.prove({**handlers, "analyse": gone}, OCR).faults == tuple(f"{one.name} I309" for one in EVERY)


def full(_job: Job) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/golden1")


def full_within(_job: Job) -> None:
    try:
        full(_job)
    except OSError:
        raise errors.OCR_FAILED.error(reason="x") from None


@pytest.mark.parametrize(("kind", "handler"), [("analyse", full), ("read", full), ("read", full_within)])
def test_a_full_disk_is_named_and_not_told_as_a_page_seen_wrong(
    handlers: Handlers, kind: str, handler: Callable[[Job], None],
) -> None:
    proved = proof.prove({**handlers, kind: handler}, OCR, (FRONT,))
    assert proved.faults == () and proved.trouble == "No space left on device (/tmp/golden1)"


def test_letters_read_wrongly_are_counted_whatever_their_form_and_spaces() -> None:
    printed = "".join(WORDS)
    assert proof.wrong_share(printed.replace(" ", ""), printed) == 0.0
    assert proof.wrong_share("Đơn vị", "Đơn vị") == 0.0, "composed or not"
    assert proof.wrong_share("", printed) == 1.0
    assert proof.wrong_share("don vi", "đơn vị") == pytest.approx(3 / 5)
