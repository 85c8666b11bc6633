"""A light pencil is seen where it matters: under a stamp, and at an edge that would be cut off."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from specimen_sheets import Pixels

from appliance.core.model import Box, EmptyBand, Geometry, Mark
from appliance.imaging import band, bounds, geometry, ink, layout, paper
from bench.corpus import Code, Hand, Lie, Sample, Sheet, Spec, page, samples

Floats = npt.NDArray[np.float64]
DPI = 150
HALF_CELL = 0.3
"""mm: the true ink is known in cells of half a millimetre."""


def grey_of(sample: Sample) -> Pixels:
    return np.asarray(cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY), np.uint8)


def band_of(sample: Sample, codes: tuple[Mark, ...] = ()) -> tuple[EmptyBand, Geometry]:
    """Find the free band of a generated page as the recipe does."""
    grey = grey_of(sample)
    sheet = paper.find(grey, DPI)
    written = ink.find(grey, DPI, sheet)
    laid = layout.lay_out(sample.master(), grey, written, sheet).geometry
    laid = geometry.turned(laid, (sample.truth.turn - laid.turn) % 4)
    return band.find(band.View(written.image, grey, laid, DPI, codes)), laid


def true_ink_mm(sample: Sample, laid: Geometry) -> tuple[Floats, Floats]:
    """Return where the sheet's true ink lies on the page that was laid, mm."""
    rows, columns = np.nonzero(sample.ink)
    x, y = (columns + 0.5) / 2, (rows + 0.5) / 2
    a, b, c, d, e, f = sample.truth.matrix
    across, down = a * x + c * y + e, b * x + d * y + f
    a, b, c, d, e, f = laid.matrix()
    return (a * across + c * down + e) * 25.4 / DPI, (b * across + d * down + f) * 25.4 / DPI


@pytest.mark.parametrize("name", ["band", "sizes", "turned"])
def test_no_true_ink_lies_where_a_stamp_may_stand(name: str) -> None:
    free = 0
    for sample in samples(name, 9, seed=4, dpi=DPI):
        found, laid = band_of(sample)
        across, down = true_ink_mm(sample, laid)
        for box in (found.left, found.right):
            if box is not None:
                free += 1
                touched = (across > box.x0 + HALF_CELL) & (across < box.x1 - HALF_CELL)
                touched &= (down > box.y0 + HALF_CELL) & (down < box.y1 - HALF_CELL)
                assert not touched.any()
    assert free >= 9


@pytest.mark.parametrize("strength", [0.3, 0.45])
@pytest.mark.parametrize(("skew", "turn", "lid"), [(0.0, 0, "paper"), (1.2, 2, "black"), (-0.8, 1, "grey")])
def test_a_lightly_pencilled_number_is_not_stamped_over(strength: float, skew: float, turn: int, lid: str) -> None:
    spec = Spec("letter", 0, DPI, 3, (Hand("18", "pencil", (194.0, 10.0), 6.0, strength),), Sheet(),
                Lie(skew=skew, turn=turn, lid=lid, overscan=0.0 if lid == "paper" else 4.0))
    found, _ = band_of(page(spec))
    without, _ = band_of(page(replace(spec, laid=())))
    assert without.right is not None
    assert without.right.x1 > 200
    assert found.right is None or found.right.x1 < 194 or found.right.y0 > 10 or found.right.y1 < 10


def test_grain_and_shine_through_leave_the_band_free() -> None:
    spec = Spec("letter", 0, DPI, 3, (), Sheet(bleed=0.08, behind=("table", 0), specks=10))
    found, _ = band_of(page(spec))
    assert found.left is not None
    assert found.right is not None
    assert found.right.y1 - found.right.y0 >= 8.0


def test_a_code_keeps_its_quiet_zone() -> None:
    sample = page(Spec("blank", 0, DPI, 3, (Code("QRCode", "H1", (40.0, 11.0), 12.0),)))
    (placed,) = sample.truth.codes
    found, _ = band_of(sample, (Mark("QRCode", "H1", placed.box),))
    assert found.left is not None
    assert found.left.x0 >= 40 + 6 + band.QUIET_MM - 0.5 or found.left.x1 <= 40 - 6 - band.QUIET_MM + 0.5


@pytest.mark.parametrize("shape", [(1, 1), (8, 900), (900, 8), (64, 64), (700, 500)])
@pytest.mark.parametrize("tone", [0, 128, 255])
def test_any_image_has_a_band_or_none(shape: tuple[int, int], tone: int) -> None:
    grey = np.full(shape, tone, np.uint8)
    drawn = np.full(shape, 255 if tone > 40 else 0, np.uint8)
    for turn in range(4):
        laid = geometry.lay(shape[1], shape[0], turn, 2.0)
        found = band.find(band.View(drawn, grey, laid, DPI))
        for box in (found.left, found.right):
            assert box is None or isinstance(box, Box)


def test_a_pencil_mark_in_a_corner_that_levelling_would_cut_enlarges_the_page() -> None:
    """Paper fills the frame and its edges are not seen: only the mark itself can keep the page from cutting it."""
    spec = Spec("letter", 0, DPI, 3, (Hand("7", "pencil", (205.5, 6.0), 4.0, 0.5),), Sheet(), Lie(skew=3.0))
    marked, plain = page(spec), page(replace(spec, laid=()))
    sizes = []
    for sample in (marked, plain):
        grey = grey_of(sample)
        sheet = paper.find(grey, DPI)
        assert not sheet.certain
        laid = layout.lay_out(sample.master(), grey, ink.find(grey, DPI, sheet), sheet).geometry
        sizes.append(laid)
    note = marked.truth.notes[0].box
    a, b, c, d, e, f = sizes[0].matrix()
    for x, y in ((note.x0, note.y0), (note.x1, note.y1)):
        if 0 < x < marked.image.shape[1] and 0 < y < marked.image.shape[0]:
            assert -2 <= a * x + c * y + e <= sizes[0].page_width + 2
            assert -2 <= b * x + d * y + f <= sizes[0].page_height + 2


def test_faint_marks_are_told_from_grain_folds_and_shade() -> None:
    plain = np.clip(235 + np.random.default_rng(2).normal(0, 4, (1800, 1400)), 0, 255)
    plain -= np.linspace(0, 25, 1400)[None]
    assert not len(bounds.faint_spans(plain.astype(np.uint8), 200))
    plain[800:804] -= 30  # a fold from edge to edge
    assert not len(bounds.faint_spans(plain.astype(np.uint8), 200))
    plain[400:440, 600:605] -= 25
    rows = bounds.faint_spans(plain.astype(np.uint8), 200)
    assert rows[:, 1].min() == pytest.approx(400, abs=4)
    assert rows[:, 3].max() == pytest.approx(440, abs=4)
