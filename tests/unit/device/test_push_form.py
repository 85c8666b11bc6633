"""Which pushed images are held, and which setting of the device each message names."""

from __future__ import annotations

import pytest

from appliance.core import errors, rules
from appliance.core.errors import Kind
from appliance.core.rules import ImageTable
from appliance.device.leaf import Leaf, Source
from appliance.device.pdf_anatomy import Drawn, judge
from appliance.device.profile_tables import Push
from appliance.device.push_form import Demands, fault, shown

PUSH = Push(setting_colour="Màu = 24 bit", setting_dpi="Nét = 300", setting_compression="Nén = Tắt")
STRICT = Demands(ImageTable(min_dpi=200), PUSH)
A4 = 595.0 * 842.0
WHOLE = (0.0, 0.0, 595.0, 842.0)


def leaf(*, depth: int = 24, dpi: int = 300, packed: str = "", code: str = "") -> Leaf:
    return Leaf(b"x", code=code, source=Source(depth, dpi, packed))


@pytest.mark.parametrize(
    ("page", "kind", "change"),
    [
        (leaf(depth=8), errors.PUSH_GREY, "Màu = 24 bit"),
        (leaf(depth=1), errors.PUSH_BITONAL, "Màu = 24 bit"),
        (leaf(dpi=150), errors.PUSH_LOW_DPI, "Nét = 300 [150 < 200 dpi]"),
        (leaf(packed="MRC"), errors.PUSH_PACKED, "Nén = Tắt"),
        (leaf(depth=1, dpi=100, packed="JBIG2"), errors.PUSH_PACKED,
         "Nén = Tắt; Màu = 24 bit; Nét = 300 [100 < 200 dpi]"),
        (leaf(packed="JBIG2", code="I309"), errors.PUSH_PACKED, "Nén = Tắt"),
        (Leaf(b"x"), errors.IMAGE_UNKNOWN, "PDF, cấu trúc / structure"),
    ],
)
def test_what_the_rules_do_not_allow_names_every_setting_to_change(page: Leaf, kind: Kind, change: str) -> None:
    assert fault(page, STRICT) == (kind, change)


@pytest.mark.parametrize("page", [leaf(), leaf(dpi=200), leaf(depth=32), leaf(depth=8, code="I302")])
def test_what_is_lawful_or_damaged_for_another_reason_has_no_such_fault(page: Leaf) -> None:
    assert fault(page, STRICT) is None


def test_the_device_profile_can_ask_for_more_than_the_law() -> None:
    demands = Demands(ImageTable(min_dpi=200), Push(min_dpi=300))
    assert fault(leaf(dpi=240), demands) is not None
    assert fault(leaf(dpi=300), demands) is None


def test_grey_is_fine_where_the_law_asks_no_colour() -> None:
    assert fault(leaf(depth=8), Demands(ImageTable(colour_required=False), PUSH)) is None


@pytest.mark.parametrize(("name", "lenient"), [("archive-tt05-2025", False), ("onestop-ttvpcp-2023", False),
                                               ("demo", True)])
def test_the_shipped_archive_and_one_stop_profiles_hold_and_the_demo_only_warns(name: str, lenient: bool) -> None:
    assert rules.load(name).image.lenient is lenient


@pytest.mark.parametrize("kind", [errors.PUSH_GREY, errors.PUSH_BITONAL, errors.PUSH_LOW_DPI, errors.PUSH_PACKED])
def test_the_message_says_which_setting_on_which_machine(kind: Kind) -> None:
    problem = kind.error(reason=PUSH.setting_colour)
    assert "Trên máy quét, hãy đặt Màu = 24 bit" in problem.vi and "On the scanner, set Màu = 24 bit" in problem.en


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("a/b/SCN1.pdf", "SCN1.pdf"), ("x\n\x1b[2Jy.pdf", "x··[….pdf"), ("\udcff\u202egpj.exe", "··gp….exe"),
        ("Hồ sơ 漢字.pdf", "Hồ s….pdf"), ("n" * 60, "nnnn…"), ("a.exceedingly", "a.exce"),
    ],
)
def test_a_name_is_shown_in_one_harmless_line(name: str, seen: str) -> None:
    assert shown(name) == seen


def test_a_name_that_is_a_persons_is_not_shown_whole() -> None:
    assert shown("Nguyễn Văn Bí Mật.jpg") == "Nguy….jpg"


def drawn(box: tuple[float, float, float, float] = WHOLE, *, depth: int = 24, dpi: float = 300,
          filters: tuple[str, ...] = ("/DCTDecode",), masked: bool = False) -> Drawn:
    return Drawn(depth, dpi, box, filters, masked)


STRIPS = [drawn((0.0, y, 595.0, y + 8.42)) for y in (8.42 * row for row in range(100))]


@pytest.mark.parametrize(
    ("images", "found"),
    [
        ([drawn()], Source(24, 300)),
        ([drawn(depth=1, filters=("/JBIG2Decode",))], Source(1, 300, "JBIG2")),
        ([drawn(dpi=100), drawn(depth=1, filters=("/CCITTFaxDecode",))], Source(24, 100, "MRC")),
        ([drawn(masked=True)], Source(24, 300, "MRC")),
        (STRIPS, Source(24, 300)),
        ([drawn(depth=8, dpi=200), drawn((0.0, 0.0, 50.0, 50.0), dpi=72)], Source(8, 200)),
        ([drawn((0.0, 0.0, 50.0, 50.0), dpi=72)], Source(24, 300)),
        ([], Source(24, 300)),
    ],
    ids=["photo", "jbig2", "layers", "mask", "strips", "logo on a scan", "logo on text", "text"],
)
def test_how_a_page_was_made_is_read_from_its_images(images: list[Drawn], found: Source) -> None:
    assert judge(images, A4) == found
