"""The code of a target sheet, the places on it, and the reference file of one print."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core import errors, target_reference
from appliance.core import target_plan as plan
from appliance.core.errors import ApplianceError
from appliance.core.target import decode, encode, is_target


@pytest.mark.parametrize("serial", ["A", "7", "BHXH-0417-02", "ABCDEFGHIJKLMNOP"])
def test_a_serial_comes_back(serial: str) -> None:
    assert decode(encode(serial)) == ("VSTGT1", serial)
    assert is_target(encode(serial))


@pytest.mark.parametrize("serial", ["", "-A", "a", "A B", "A:B", "ABCDEFGHIJKLMNOPQ", "Đ1", "A\n"])
def test_what_is_no_serial_is_refused(serial: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        encode(serial)
    assert caught.value.kind is errors.REQUEST_REFUSED


def test_one_wrong_letter_is_noticed() -> None:
    text = encode("BHXH-0417-02")
    for at in range(len(text)):
        spoiled = text[:at] + ("7" if text[at] != "7" else "8") + text[at + 1:]
        assert decode(spoiled) is None


@pytest.mark.parametrize("text", ["", ":", "::", "VSTGT1", "VSTGT1::", "SSO1:A:0", "x" * 5000, "VSTGT1:A:0000",
                                  "VSTGT2" + encode("A")[6:]])
def test_other_codes_are_no_target_sheet_of_this_design(text: str) -> None:
    assert decode(text) is None


@pytest.mark.parametrize(("text", "meant"), [("VSTGT2:X:1", True), ("vstgt1:x:1", True), (" VSTGT1:spoiled", True),
                                             ("VSTGT", False), ("SSO1:AB:CD", False), ("https://VSTGT1:", False)])
def test_a_spoiled_or_newer_target_sheet_is_still_told_from_paper(text: str, meant: bool) -> None:
    assert is_target(text) is meant


def test_the_longest_code_fits_the_letters_of_a_small_qr_code() -> None:
    assert set(encode("ABCDEFGHIJKLMNOP")) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_nothing_on_the_sheet_lies_on_anything_else() -> None:
    ring = plan.RING
    boxes = [(x - ring, y - ring, x + ring, y + ring) for x, y in (*plan.CORNERS, *plan.MIDWAYS)]
    boxes += [(one.x - 9.8, one.y - 9.8, one.x + 9.8, one.y + 9.8) for one in plan.SQUARES]
    boxes += [(one.x, one.y, one.x + one.side, one.y + one.side) for one in (*plan.PATCHES, plan.NOISE)]
    boxes += [(x - plan.WINDOW_WIDTH / 2, y - plan.WINDOW_HEIGHT / 2, x + plan.WINDOW_WIDTH / 2,
               y + plan.WINDOW_HEIGHT / 2) for x, y in plan.WINDOWS]
    boxes.append(plan.QR_BOX)
    for at, (left, top, right, bottom) in enumerate(boxes):
        assert min(left, top) > 6 and right < plan.WIDTH - 6 and bottom < plan.HEIGHT - 6
        for other in boxes[at + 1:]:
            assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top


REFERENCE = """
serial = "BHXH-0417-02"
width_mm = 176.2
[[patch]]
name = "K50"
l = 54.1
[[patch]]
name = "red"
l = 48
a = 66.0
b = 44.5
"""


def test_a_reference_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "reference.toml"
    path.write_text(REFERENCE)
    known = target_reference.load(path)
    assert (known.serial, known.width_mm, known.height_mm) == ("BHXH-0417-02", 176.2, plan.COLUMN_MM)
    assert [(one.name, one.l, one.a) for one in known.patch] == [("K50", 54.1, 0.0), ("red", 48.0, 66.0)]


@pytest.mark.parametrize(("old", "new", "key"), [
    ('name = "K50"', 'name = "K55"', "patch[0].name"), ("l = 54.1", "l = 541", "patch[0].l"),
    ("width_mm = 176.2", "width_mm = 17.62", "width_mm"), ('serial = "BHXH-0417-02"', "", "serial"),
])
def test_a_wrong_reference_file_is_refused_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    path = tmp_path / "reference.toml"
    path.write_text(REFERENCE.replace(old, new))
    with pytest.raises(ApplianceError) as caught:
        target_reference.load(path)
    assert caught.value.kind is errors.CONFIG_BAD_VALUE
    assert key in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"serial = "])
def test_a_reference_file_that_is_no_text_or_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "reference.toml"
    path.write_bytes(content)
    with pytest.raises(ApplianceError) as caught:
        target_reference.load(path)
    assert caught.value.kind is errors.CONFIG_UNREADABLE
