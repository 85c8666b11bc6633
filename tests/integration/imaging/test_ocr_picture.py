"""The picture that OCR reads is chosen page by page, and the choice is recorded with its reasons."""

from __future__ import annotations

import cv2
import numpy as np
import specimen_sheets as sheets
from drawn_scans import DPI, RULES, jpeg, master, scan
from specimen_sheets import Pixels

from appliance.core.model import Geometry, PageAnalysis, Plane, Treatment
from appliance.core.plain import from_plain, to_plain
from appliance.imaging import decode, recipe, rendition, tone, treatment
from appliance.imaging.rendition import Rendition

RED, BLUE = (50, 40, 205), (190, 60, 40)
"""BGR."""


def looked_at(pixels: Pixels) -> PageAnalysis:
    return recipe.analyse(jpeg(pixels), master(pixels), RULES, 10**8)


def chosen(pixels: Pixels) -> Treatment:
    found = looked_at(pixels).treatment
    assert found is not None
    return found


def drawn(pixels: Pixels, how: Treatment) -> treatment.Grey:
    high, wide = pixels.shape[:2]
    lying = Geometry(wide, high, page_width=wide, page_height=high)
    return rendition.draw(jpeg(pixels, 95), Rendition(master(pixels).format, lying, DPI, DPI, how))


def black() -> Pixels:
    """A letter in black ink alone."""
    grey = cv2.cvtColor(scan("letter"), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def inked(pixels: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """The same with all ink in one colour."""
    share = pixels.astype(np.float32) / 255
    return np.asarray(share * 255 + (1 - share) * np.array(colour, np.float32), np.uint8)


def stamped(pixels: Pixels) -> Pixels:
    """The same with a red ring over the text, which lets the black ink under it show."""
    ring = np.zeros(pixels.shape[:2], np.uint8)
    cv2.circle(ring, (pixels.shape[1] // 2, pixels.shape[0] // 3), 140, 255, 12)
    under = pixels.astype(np.float32) / 255
    return np.where(ring[:, :, None] > 0, np.asarray(under * np.array(RED), np.uint8), pixels)


def showing_through(pixels: Pixels, share: float) -> Pixels:
    """The same with the mirrored back of another sheet showing through."""
    back = cv2.GaussianBlur(np.ascontiguousarray(np.roll(black(), 37, axis=0)[:, ::-1]), (0, 0), 1.6)
    return np.minimum(pixels, np.asarray(255 - (255 - back.astype(np.float32)) * share, np.uint8))


def test_black_ink_alone_is_read_in_plain_grey() -> None:
    assert chosen(black()) == Treatment(Plane.GREY, False, False, ("black_ink_only",))


def test_a_stamp_is_faded_and_the_text_under_it_stays() -> None:
    pixels = stamped(black())
    how = chosen(pixels)
    assert (how.plane, how.reasons) == (Plane.PRINT, ("coloured_ink",))
    read, before = drawn(pixels, how) < 128, drawn(black(), Treatment()) < 128
    assert (drawn(pixels, Treatment()) < 128).sum() > before.sum() + 8000, "in grey the ring is as dark as text"
    assert (read != before).sum() < 0.02 * before.sum()


def test_text_in_coloured_ink_is_not_faded() -> None:
    for colour in (RED, BLUE):
        how = chosen(inked(black(), colour))
        assert how.plane is Plane.GREY
        assert "coloured_text" in how.reasons


def test_uneven_light_is_divided_out() -> None:
    pixels = black()
    shade = np.linspace(1.0, 0.65, pixels.shape[1], dtype=np.float32)[None, :, None]
    shaded = np.asarray(pixels * shade, np.uint8)
    how = chosen(shaded)
    assert how.levelled and "uneven_light" in how.reasons
    paper = tone.paper_grid(drawn(shaded, how))[10:-10, 10:-10]
    assert paper.min() > 0.93 * paper.max()


def test_strong_shine_through_is_faded_and_print_stays() -> None:
    pixels = showing_through(black(), 0.5)
    how = chosen(pixels)
    assert how.faded and "shows_through" in how.reasons
    read, clean = drawn(pixels, how), drawn(black(), Treatment())
    print_, paper = clean < 60, clean > 235
    assert read[print_].mean() < 60
    assert (read[paper] > 225).mean() > 0.98


def test_faint_print_is_not_taken_for_shine_through() -> None:
    faint = np.asarray(255 - (255 - black().astype(np.float32)) * 0.4, np.uint8)
    picture = decode.picture(jpeg(faint), master(faint).format, 1, 10**8)
    assert not treatment.choose(picture, tone.paper_grid(picture.grey)).faded


def test_red_ink_alone_is_faded_where_the_back_shines_through() -> None:
    pixels = showing_through(stamped(black()), 0.5)
    how = chosen(pixels)
    assert (how.plane, how.faded) == (Plane.UNSTAMPED, True)
    assert (drawn(pixels, how)[-100:] > 225).mean() > 0.9


def test_grey_masters_and_blank_pages_need_no_choice_of_colour() -> None:
    how = chosen(np.ascontiguousarray(black()[:, :, 0]))
    assert how.plane is Plane.GREY and how.reasons[0] == "no_colour"
    assert looked_at(sheets.blank_back(DPI, bleed=0.0)).treatment is None


def test_the_choice_survives_the_ledger() -> None:
    found = looked_at(stamped(black()))
    assert from_plain(PageAnalysis, to_plain(found)).treatment == found.treatment
