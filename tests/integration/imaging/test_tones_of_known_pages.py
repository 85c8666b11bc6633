"""Inks apart, light levelled, the back taken off: against the same page drawn without stamp, shade or back."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from appliance.core.model import Plane, Treatment
from appliance.imaging import decode, inks, tone, treatment
from appliance.imaging.decode import Picture
from bench.corpus import Hand, Sensor, Sheet, Spec, Stamp, page

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

DPI = 150
RED, PALE_BLUE = 40, 20
"""Of 255, in the planes: a seal; a pen of 0.4 mm, half of whose colour a JPEG takes away."""
CLEAR = Sensor(noise=1.5, shade=0.0, quality=92)
SEAL, SIGNATURE = Stamp("", "seal", (140, 235)), Hand("", "pen", (70, 250))


def picture(spec: Spec) -> Picture:
    sample = page(spec)
    data = sample.jpeg()
    return decode.picture(data, sample.master(data).format, 1, 10**8)


def letter(variant: int, **other: object) -> Spec:
    return replace(Spec("letter", variant, DPI, 11 + variant, sensor=CLEAR), **other)  # type: ignore[arg-type]


def darker(one: Grey, other: Grey, levels: int) -> Mask:
    return one.astype(np.int16) < other.astype(np.int16) - levels


def chosen(seen: Picture) -> Treatment:
    return treatment.choose(seen, tone.paper_grid(seen.grey))


@pytest.mark.parametrize("variant", [0, 1])
def test_what_a_stamp_or_a_signature_laid_on_the_page_is_in_its_plane_and_not_in_print(variant: int) -> None:
    spec = letter(variant, laid=(SEAL, SIGNATURE))
    clean, both = picture(letter(variant)), picture(spec)
    assert both.rgb is not None
    planes = inks.part(both.rgb)
    laid = darker(both.grey, clean.grey, 60)
    assert laid.sum() > 3000
    red, blue = planes.red >= RED, planes.blue >= PALE_BLUE
    assert (red | blue)[laid].mean() > 0.95, "what is laid on is found"
    around = cv2.dilate(laid.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    before = inks.part(clean.rgb) if clean.rgb is not None else planes
    coloured = (before.red >= RED) | (before.blue >= PALE_BLUE)
    assert ((red | blue) & ~coloured)[~around].mean() < 0.001, "nothing else becomes coloured"
    letters = (clean.grey < 110) & ~coloured
    assert letters.mean() > 0.01 and (before.red[letters] >= RED).sum() == 0
    assert (planes.print[clean.grey < 110] < 150).mean() > 0.98, "print stays"
    assert (planes.print[laid & (clean.grey > 200)] > 170).mean() > 0.95, "ink laid on paper is gone"
    inside = np.zeros_like(red)
    for placed in page(spec).truth.stamps:
        box = placed.box
        inside[round(box.y0):round(box.y1), round(box.x0):round(box.x1)] = True
    pen = around & ~inside
    assert red[inside & laid].mean() > 0.95 and blue[inside & laid].mean() < 0.05, "the seal is red"
    assert blue[pen & laid].mean() > 0.95 and red[pen & laid].mean() < 0.05, "the pen is blue"


def field(shape: tuple[int, ...], depth: float) -> npt.NDArray[np.float32]:
    """Draw a lamp that is darker towards the right and the bottom corner."""
    y, x = np.mgrid[0:1:shape[0] * 1j, 0:1:shape[1] * 1j]
    return np.asarray(1 - depth * (0.7 * x + 0.3 * x * y * y), np.float32)


@pytest.mark.parametrize("kind", ["letter", "table"])
@pytest.mark.parametrize("depth", [0.15, 0.4])
def test_the_light_of_the_paper_is_found_under_its_writing_and_divided_out(kind: str, depth: float) -> None:
    clean = picture(Spec(kind, 1, DPI, 5, sensor=CLEAR)).grey
    level = float(np.percentile(clean, 75))
    light = field(clean.shape, depth)
    shaded = np.asarray(np.clip(clean * light, 0, 255), np.uint8)
    paper = tone.paper_grid(shaded)
    truth = cv2.resize(light * level, (paper.shape[1], paper.shape[0]), interpolation=cv2.INTER_AREA)
    off = np.abs(paper - truth)[2:-2, 2:-2]
    assert np.percentile(off, 95) < 5, "grey levels, under print too"
    assert tone.is_uneven(paper) or depth < 0.2
    assert not tone.is_uneven(tone.paper_grid(clean))
    flat = tone.flattened(shaded, paper)
    scale = level / tone.paper_tone(paper)
    apart = np.abs(flat * scale - clean)[16:-16, 16:-16]
    assert apart.mean() < 4 < np.abs(shaded.astype(np.float32) - clean)[16:-16, 16:-16].mean()


@pytest.mark.parametrize("bleed", [0.45, 0.7])
def test_what_shows_through_from_the_back_is_taken_off_and_print_stays(bleed: float) -> None:
    clean = picture(letter(3)).grey
    seen = picture(letter(3, sheet=Sheet(bleed=bleed, behind=("letter", 7), mirrored=True)))
    assert chosen(seen).faded
    paper = tone.paper_tone(tone.paper_grid(clean))
    free = cv2.erode((clean > 0.93 * paper).astype(np.uint8), np.ones((5, 5))).astype(bool)
    shows = free & (seen.grey < 0.85 * paper)
    assert shows.sum() > 2000, "the back is to be seen"
    after = treatment.faded(seen.grey, DPI)
    assert (after[shows] > 0.85 * paper).mean() > 0.9
    print_ = clean < 0.45 * paper
    assert (after[print_] < 0.6 * paper).mean() > 0.97


MIRRORED = Sheet(bleed=0.7, behind=("letter", 7), mirrored=True)
STATES: dict[str, tuple[dict[str, object], Plane, bool, bool]] = {
    "plain": ({}, Plane.GREY, False, False),
    "stamped": ({"laid": (SEAL, SIGNATURE)}, Plane.PRINT, False, False),
    "shaded": ({"sensor": replace(CLEAR, shade=0.4)}, Plane.GREY, True, False),
    "seen through": ({"sheet": MIRRORED}, Plane.GREY, False, True),
    "seen through, stamped": ({"sheet": MIRRORED, "laid": (SEAL,)}, Plane.UNSTAMPED, False, True),
    "faint": ({"sheet": Sheet(ink=0.45)}, Plane.GREY, False, False),
    "thermal": ({"sheet": Sheet(thermal=True)}, Plane.GREY, False, False),
}
"""What is done to a page, and the plane, the light and the shine-through that were measured best for it."""


@pytest.mark.parametrize("variant", [2, 5])
@pytest.mark.parametrize("state", STATES)
def test_each_class_of_page_gets_the_treatment_that_was_measured_best_for_it(state: str, variant: int) -> None:
    other, plane, levelled, faded = STATES[state]
    spec = Spec("statement", variant, DPI, variant, sensor=CLEAR)  # it has no ink of any colour of its own
    how = chosen(picture(replace(spec, **other)))  # type: ignore[arg-type]
    assert (how.plane, how.levelled, how.faded) == (plane, levelled, faded), how


def test_thermal_print_that_has_faded_in_bands_is_not_taken_for_a_back_that_shows_through() -> None:
    for variant in range(3):
        assert not chosen(picture(letter(variant, sheet=Sheet(thermal=True)))).faded
