"""A page scanned with a black lid around it comes out of the PDF as the paper alone, and all of the paper."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pikepdf
import pytest
from PIL import Image

from appliance.core.jobs import AssembleJob, AssemblePage, StampSpace
from appliance.core.model import ImageFormat, ImageRules, PageAnalysis
from appliance.core.tools import run
from appliance.documents.assemble import assemble
from appliance.imaging import recipe
from appliance.imaging.warm import warm
from bench.corpus import Hand, Lie, Sample, Sheet, Spec, page

RULES = ImageRules(min_dpi=150, colour_required=True)
Grey = npt.NDArray[np.uint8]
DPI, SHOWN_DPI = 150, 101.6
PER_MM = SHOWN_DPI / 25.4
NEAR_EDGE = (Hand("7", "pencil", (204.5, 120.0), 4.0, 0.9), Hand("3", "pencil", (100.0, 291.5), 4.0, 0.9))


def scanned(skew: float, turn: int = 0, lid: str = "black", kind: str = "letter") -> Sample:
    return page(Spec(kind, 0, DPI, 4, NEAR_EDGE if kind == "letter" else (), Sheet(),
                     Lie(skew=skew, turn=turn, lid=lid, overscan=3.0, shift=(0.6, -0.4))))


def look(sample: Sample) -> PageAnalysis:
    warm()
    data = sample.jpeg()
    return recipe.analyse(data, sample.master(data), RULES, 10**9)


def pdf_of(sample: Sample, analysis: PageAnalysis, folder: Path) -> Path:
    """Assemble a document of one page."""
    data = sample.jpeg()
    (folder / "master.jpg").write_bytes(data)
    known = sample.master(data)
    one = AssemblePage(str(folder / "master.jpg"), hashlib.sha256(data).hexdigest(), ImageFormat.JPEG, known.width,
                       known.height, 3, DPI, analysis.geometry)
    space = StampSpace("top-right", 60.0, 11.0, 3.0, strip=True)
    assemble(AssembleJob((one,), str(folder / "out.pdf"), "x", "x", "x", "x", "x", "2026-11-21T09:05:07+07:00",
                         space, analysis.band))
    return folder / "out.pdf"


def shown(path: Path) -> Grey:
    """Render page 1 in grey, four pixels a mm."""
    done = run(["pdftoppm", "-r", str(SHOWN_DPI), "-png", "-gray", str(path)], 60)
    assert done.status == 0, done.complaint
    return np.asarray(Image.open(io.BytesIO(done.output)).convert("L"), np.uint8)


def ink_shown(sample: Sample, picture: Grey) -> float:
    """Return the share of the sheet's true ink that is dark where the paper's own coordinates say it is."""
    rows, columns = np.nonzero(sample.ink)
    reach = range(-4, 5)
    down, across = ((at + 0.5) / 2 * PER_MM for at in (rows, columns))
    darkest = np.full(rows.size, 255)
    padded = np.pad(picture, 8, constant_values=255)
    for dy in reach:
        for dx in reach:
            y, x = np.rint(down).astype(int) + dy + 8, np.rint(across).astype(int) + dx + 8
            inside = (y >= 0) & (x >= 0) & (y < padded.shape[0]) & (x < padded.shape[1])
            darkest[inside] = np.minimum(darkest[inside], padded[y[inside], x[inside]])
    return float((darkest < 215).mean())


@pytest.mark.parametrize(("skew", "turn"), [
    pytest.param(0.0, 0, marks=pytest.mark.slow), (-2.2, 2), pytest.param(0.8, 1, marks=pytest.mark.slow)])
def test_the_page_is_the_paper_and_no_ink_is_lost(skew: float, turn: int, tmp_path: Path) -> None:
    sample = scanned(skew, turn)
    analysis = look(sample)
    assert analysis.paper is not None
    assert (analysis.paper.size, analysis.paper.certain) == ("A4", True)
    pdf = pdf_of(sample, analysis, tmp_path)
    with pikepdf.open(pdf) as opened:
        box = [float(value) for value in opened.pages[0].mediabox]
        assert box[2] / 72 * 25.4 == pytest.approx(210, abs=1.0)
        assert box[3] / 72 * 25.4 == pytest.approx(297, abs=1.0)
        assert bytes(opened.pages[0].Resources.XObject["/Im"].read_raw_bytes()) == sample.jpeg()
    picture = shown(pdf)
    rim = np.concatenate([picture[1], picture[-2], picture[:, 1], picture[:, -2]])
    assert (rim < 100).mean() < 0.15  # a quarter of a mm of lid at most: the outermost pixel is drawn in part
    assert (picture[3:-3, 3:-3] < 40).mean() < 0.03
    assert ink_shown(sample, picture) > 0.995


def test_what_is_uncertain_is_not_cut(tmp_path: Path) -> None:
    """Paper that fills the frame, and a page with a frame printed on it: the page is the image."""
    for kind in ("letter", "certificate"):
        sample = page(Spec(kind, 0, DPI, 4))
        analysis = look(sample)
        assert analysis.paper is not None
        assert not analysis.paper.certain
        high, wide = sample.image.shape[:2]
        assert (analysis.geometry.page_width, analysis.geometry.page_height) == (wide, high)


def test_a_card_in_a_large_frame_is_cut_out(tmp_path: Path) -> None:
    sample = page(Spec("card", 0, DPI, 4, (), Sheet(), Lie(skew=-1.1, lid="white", overscan=15.0)))
    analysis = look(sample)
    assert analysis.paper is not None
    assert analysis.paper.certain
    assert analysis.paper.size == "card 3x5"
    picture = shown(pdf_of(sample, analysis, tmp_path))
    assert picture.shape[1] / PER_MM == pytest.approx(125.0, abs=1.0)
    card = picture[picture.shape[0] - round(75 * PER_MM):]  # the stamp stands on a strip above
    assert ink_shown(sample, card) > 0.995
