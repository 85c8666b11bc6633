"""How a page is laid: the matrix in the PDF says the same as the geometry, for every turn and skew."""

from __future__ import annotations

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.jobs import AssemblePage
from appliance.core.model import Geometry, ImageFormat
from appliance.documents.assemble import lie, placement


def page(geometry: Geometry, dpi: int = 200) -> AssemblePage:
    return AssemblePage("x", "0", ImageFormat.JPEG, geometry.width, geometry.height, 3, dpi, geometry)


def on_page(geometry: Geometry, x: float, y: float) -> tuple[float, float]:
    """Where an image pixel falls, in points of the PDF, through the matrix written to the file."""
    a, b, c, d, e, f = map(float, placement(lie(page(geometry))).split())
    u, v = x / geometry.width, 1 - y / geometry.height
    return a * u + c * v + e, b * u + d * v + f


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("skew", [0.0, 2.0, -7.5])
@pytest.mark.parametrize("mirror", [False, True])
def test_the_written_matrix_is_the_geometry(turn: int, skew: float, mirror: bool) -> None:
    geometry = Geometry(1654, 2339, turn, skew, 1700.0, 2400.0, 11.0, -5.0, mirror)
    a, b, c, d, e, f = geometry.matrix()
    for x, y in ((0, 0), (1654, 0), (0, 2339), (700, 900)):
        right, down = a * x + c * y + e, b * x + d * y + f
        assert on_page(geometry, x, y) == pytest.approx((right * 0.36, (2400 - down) * 0.36), abs=1e-3)


@pytest.mark.parametrize(("turn", "corner"), [(0, (0.0, 842.04)), (1, (842.04, 595.44)), (2, (595.44, 0.0)),
                                              (3, (0.0, 0.0))])
def test_the_first_pixel_lands_in_the_right_corner(turn: int, corner: tuple[float, float]) -> None:
    assert on_page(Geometry(1654, 2339, turn), 0, 0) == pytest.approx(corner, abs=1e-3)


def test_a_geometry_without_page_size_takes_the_turned_image() -> None:
    form = lie(page(Geometry(1654, 2339, 1)))
    assert (form.width, form.height) == pytest.approx((842.04, 595.44))


def test_an_unknown_resolution_counts_as_three_hundred() -> None:
    form = lie(page(Geometry(2480, 3508), dpi=0))
    assert (form.width, form.height) == pytest.approx((595.2, 841.92))


def test_a_straight_page_has_a_matrix_without_noise() -> None:
    assert placement(lie(page(Geometry(1654, 2339)))) == "595.44 0 0 842.04 0 0"


@pytest.mark.parametrize(("size", "code"), [((1, 1), "I303"), ((60_000, 500), "I304")])
def test_a_page_that_pdfa_cannot_hold_is_refused(size: tuple[int, int], code: str) -> None:
    with pytest.raises(ApplianceError, match=code):
        lie(page(Geometry(*size)))
