"""Levelling may push ink over the edge of the page: the page grows by just that, never the master."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import specimen_sheets as sheets
from drawn_scans import DPI, RULES, jpeg, master

from appliance.core.model import Geometry, ImageFormat
from appliance.imaging import geometry, recipe, rendition
from appliance.imaging.rendition import Rendition


def laid(skew: float, turn: int = 0) -> Geometry:
    return geometry.lay(1000, 1400, turn, skew)


def test_a_page_with_wide_margins_keeps_its_size() -> None:
    boxes = np.array([[100.0, 100.0, 900.0, 1300.0]])
    assert geometry.spare_ink(laid(2.0), boxes) == laid(2.0)


def test_a_page_without_ink_keeps_its_size() -> None:
    assert geometry.spare_ink(laid(2.0), np.empty((0, 4))) == laid(2.0)


def test_a_page_that_is_not_turned_keeps_its_size() -> None:
    assert geometry.spare_ink(laid(0.0), np.array([[0.0, 0.0, 1000.0, 1400.0]])) == laid(0.0)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("skew", [-4.0, 1.0, 5.0])
def test_ink_in_every_corner_stays_on_the_page(skew: float, turn: int) -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [990.0, 0.0, 1000.0, 8.0], [0.0, 1390.0, 5.0, 1400.0],
                      [980.0, 1380.0, 1000.0, 1400.0]])
    page = geometry.spare_ink(laid(skew, turn), boxes)
    a, b, c, d, e, f = page.matrix()
    for x0, y0, x1, y1 in boxes:
        for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1)):
            assert -1 <= a * x + c * y + e <= page.page_width + 1
            assert -1 <= b * x + d * y + f <= page.page_height + 1


def test_the_page_grows_only_on_the_side_that_needs_it() -> None:
    page = geometry.spare_ink(laid(3.0), np.array([[0.0, 0.0, 20.0, 20.0], [500.0, 500.0, 600.0, 600.0]]))
    assert page.page_height > 1400 or page.page_width > 1000
    assert page.page_height - 1400 < 60
    assert page.page_width - 1000 < 60
    corner = page.matrix()
    assert corner[4] >= -1 or corner[5] >= -1


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("skew", [0.0, -3.0, 12.0])
def test_a_page_cut_to_its_paper_is_just_as_large_and_holds_all_of_it(skew: float, turn: int, mirror: bool) -> None:
    """Paper of 700 x 1000 that lies as askew as its print, its middle 20 right of and 30 above the image's."""
    cos, sin = np.cos(np.radians(-skew)), np.sin(np.radians(-skew))
    corners = [(520 + x * cos - y * sin, 670 + x * sin + y * cos)
               for x, y in ((-350, -500), (350, -500), (350, 500), (-350, 500))]
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    whole = geometry.lay(1000, 1400, turn, skew, mirror)
    page = geometry.crop(whole, edges)
    assert (page.page_width, page.page_height) == pytest.approx((1000, 700) if turn % 2 else (700, 1000))
    a, b, c, d, e, f = dataclasses.replace(page, mirror=False).matrix()
    for x, y in corners:
        assert min(abs(a * x + c * y + e), abs(a * x + c * y + e - page.page_width)) < 0.01
        assert min(abs(b * x + d * y + f), abs(b * x + d * y + f - page.page_height)) < 0.01
    assert geometry.crop(whole, [None] * 4) == whole
    assert geometry.turned(page, 4) == page


def test_one_known_edge_moves_one_side_of_the_page() -> None:
    page = geometry.crop(geometry.lay(1000, 1400, 0, 0.0), [None, None, ((1000.0, 1300.0), (0.0, 1300.0)), None])
    assert (page.page_width, page.page_height, page.shift_y) == (1000.0, 1300.0, 50.0)
    over = geometry.crop(geometry.lay(1000, 1400, 0, 0.0), [((0.0, -40.0), (1000.0, -40.0)), None, None, None])
    assert (over.page_width, over.page_height) == (1000.0, 1400.0)


def test_writing_up_to_the_edges_of_a_skewed_scan_survives_the_rendition() -> None:
    sheet = sheets.Sheet(DPI, 240, 330)
    for line in range(36):
        sheet.text(16, 16 + line * 8.4, f"{sheets.SENTENCES[line % 7]} {sheets.SENTENCES[(line + 3) % 7][:40]}", 11)
    drawn = np.ascontiguousarray(sheets.scan(sheet.pixels(), -3.0)[130:-130, 118:-118])
    data, known = jpeg(drawn), master(drawn)
    page = recipe.analyse(data, known, RULES, 10**8).geometry
    assert page.page_width > known.width
    assert page.page_height > known.height
    assert _ink_lost(data, page) < 0.0005
    assert _ink_lost(data, geometry.lay(known.width, known.height, page.turn, page.skew)) > 0.001


def _ink_lost(data: bytes, page: Geometry) -> float:
    """Return the share of ink that a far larger page would show besides."""
    vast = dataclasses.replace(page, page_width=page.page_width + 400, page_height=page.page_height + 400)
    shown, there = (rendition.draw(data, Rendition(ImageFormat.JPEG, one, DPI, DPI)) < 128 for one in (page, vast))
    return 1 - float(shown.sum()) / float(there.sum())


def test_a_dark_lid_border_does_not_enlarge_the_page() -> None:
    drawn = sheets.scan(sheets.letter(DPI).pixels(), 2.0)
    drawn[:14] = 15
    drawn[:, -14:] = 15
    page = recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8).geometry
    assert page.page_width < drawn.shape[1] + 10
    assert page.page_height < drawn.shape[0] + 10
