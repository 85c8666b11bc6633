"""What a scanner may push, file by file: what becomes its master, and what is held with the setting to change."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from push_rig import LENIENT, LIMIT, STRICT, page, pdf, push_rig

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.device import image_header, verdict
from appliance.device import tiff as tiff_form
from appliance.device.image_header import FileKind
from appliance.device.push_form import Demands
from appliance.device.scanner import RawSide

A4 = (595.0, 842.0)


def coded(mode: str, form: str, dpi: int = 300, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (248, 351), (90, 200, 40)).convert(mode).save(stream, form, dpi=(dpi, dpi), **options)
    return stream.getvalue()


def tiff(*pages: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=list(pages[1:]), dpi=(300, 300), **options)
    return stream.getvalue()


def layered(*layers: dict[str, Any], content: bytes) -> bytes:
    """A PDF page of A4 that draws images /Im0, /Im1 ... given as dictionaries with their bytes under ``data``."""
    document = pikepdf.new()
    document.add_blank_page(page_size=A4)
    things = pikepdf.Dictionary()
    for number, layer in enumerate(layers):
        keys = {key: value for key, value in layer.items() if key != "data"}
        things[f"/Im{number}"] = pikepdf.Stream(
            document, layer["data"], Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, **keys)
    document.pages[0].obj.Resources = pikepdf.Dictionary(XObject=things)
    document.pages[0].obj.Contents = pikepdf.Stream(document, content)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


WHOLE = b"q 595 0 0 842 0 0 cm /Im%d Do Q "


def raw(width: int, height: int, colours: pikepdf.Name, bits: int = 8, **more: object) -> dict[str, Any]:
    samples = 3 if colours == pikepdf.Name.DeviceRGB else 1
    size = (width * samples * bits + 7) // 8 * height
    return {"data": b"\xb4" * size, "Width": width, "Height": height, "ColorSpace": colours,
            "BitsPerComponent": bits, **more}


RGB, GREY = pikepdf.Name.DeviceRGB, pikepdf.Name.DeviceGray
MASK: dict[str, Any] = {"data": bytes(1654 // 8 + 1) * 2339, "Width": 1654, "Height": 2339, "ImageMask": True,
        "BitsPerComponent": 1}
# one page of one symbol-less generic region: an empty bitonal page as JBIG2 (ITU-T T.88) embeds in a PDF
JBIG2 = bytes.fromhex("00000000300001000000130000067600000923000000000000000000400000")
HALF = WHOLE % 0


async def pushed(folder: Path, name: str, data: bytes, demands: Demands = STRICT) -> list[RawSide]:
    with push_rig(folder, demands) as rig:
        rig.put(name, data)
        assert await rig.loaded()
        return await rig.scan()


def _masked() -> bytes:
    """A background under a soft mask: the foreground of a page taken apart."""
    document = pikepdf.open(io.BytesIO(layered(raw(1654, 2339, RGB), content=HALF)))
    image = document.pages[0].obj.Resources.XObject.Im0
    image.SMask = pikepdf.Stream(document, b"\xff" * (1654 * 2339), Type=pikepdf.Name.XObject,
                                 Subtype=pikepdf.Name.Image, Width=1654, Height=2339, ColorSpace=GREY,
                                 BitsPerComponent=8)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind", "says"),
    [
        ("grey.jpg", page(1, "L"), errors.PUSH_GREY, "24"),
        ("coarse.jpg", page(1, dpi=150), errors.PUSH_LOW_DPI, "150 < 200 dpi"),
        ("grey.pdf", pdf(page(1, "L")), errors.PUSH_GREY, "24"),
        ("coarse.pdf", pdf(page(1, dpi=100)), errors.PUSH_LOW_DPI, "100 < 200 dpi"),
        ("g4.tif", coded("1", "TIFF", compression="group4"), errors.PUSH_BITONAL, "24"),
        ("fax.tif", coded("1", "TIFF", compression="group3"), errors.PUSH_BITONAL, "24"),
        ("grey.tif", coded("L", "TIFF"), errors.PUSH_GREY, "24"),
        ("grey.png", coded("L", "PNG"), errors.PUSH_GREY, "24"),
        ("layers.pdf", layered(raw(600, 850, RGB), MASK, content=WHOLE % 0 + b"0 g " + WHOLE % 1),
         errors.PUSH_PACKED, "Compact PDF"),
        ("masked.pdf", _masked(), errors.PUSH_PACKED, "Compact PDF"),
        ("jbig2.pdf", layered({**raw(1654, 2339, GREY, 1), "data": JBIG2, "Filter": pikepdf.Name.JBIG2Decode},
                              content=HALF), errors.PUSH_PACKED, "JBIG2"),
        ("drawn coarse.pdf", layered(raw(600, 850, RGB), content=HALF), errors.PUSH_LOW_DPI, "73 < 200"),
        ("drawn bitonal.pdf", layered(raw(1654, 2339, GREY, 1), content=HALF), errors.PUSH_BITONAL, "24"),
        ("drawn grey.pdf", layered(raw(1654, 2339, GREY), content=HALF), errors.PUSH_GREY, "24"),
        ("drawn colour.pdf", layered(raw(1700, 2400, RGB), content=HALF), None, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_the_rules_do_not_allow_is_held_and_names_the_setting(
    tmp_path: Path, name: str, data: bytes, kind: Kind | None, says: str
) -> None:
    (side,) = await pushed(tmp_path, name, data)
    assert side.code == (kind.code if kind else "")
    assert says in side.reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("coarse grey.jpg", page(1, "L", dpi=100)),
        ("fax.tif", coded("1", "TIFF", compression="group3")),
        ("layers.pdf", layered(raw(600, 850, RGB), MASK, content=WHOLE % 0 + b"0 g " + WHOLE % 1)),
    ])
async def test_the_demo_profile_takes_it_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, data: bytes
) -> None:
    (side,) = await pushed(tmp_path, name, data, LENIENT)
    assert (side.code, verdict.judge(side.data, LIMIT)[1:]) == ("", ("", ""))
    assert "lenient" in caplog.text and name not in caplog.text


async def test_a_page_in_strips_is_one_scan_and_lawful(tmp_path: Path) -> None:
    rows = 20
    content = b"".join(b"q 595 0 0 42.1 0 %.2f cm /Im%d Do Q " % (842 - 42.1 * (row + 1), row)
                       for row in range(rows))
    data = layered(*(raw(1654, 117, RGB) for _ in range(rows)), content=content)
    (side,) = await pushed(tmp_path, "strips.pdf", data)
    assert (side.code, side.dpi) == ("", 300)


async def test_a_picture_inside_a_form_is_measured_where_it_lies(tmp_path: Path) -> None:
    document = pikepdf.open(io.BytesIO(layered(raw(600, 850, RGB), content=HALF)))
    inner = document.pages[0].obj.Resources
    form = pikepdf.Stream(document, b"q 1190 0 0 1684 0 0 cm /Im0 Do Q", Type=pikepdf.Name.XObject,
                          Subtype=pikepdf.Name.Form, BBox=[0, 0, 1190, 1684], Matrix=[0.5, 0, 0, 0.5, 0, 0],
                          Resources=inner)
    document.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm0=form))
    document.pages[0].obj.Contents = pikepdf.Stream(document, b"/Fm0 Do")
    stream = io.BytesIO()
    document.save(stream)
    (side,) = await pushed(tmp_path, "form.pdf", stream.getvalue())
    assert side.code == errors.PUSH_LOW_DPI.code and "[73 < 200 dpi]" in side.reason


async def test_a_colour_jpeg_and_the_jpegs_of_a_pdf_are_masters_as_they_are(tmp_path: Path) -> None:
    (side,) = await pushed(tmp_path, "a.jpg", page(1))
    assert (side.data, side.original, side.dpi, side.code) == (page(1), b"", 300, "")
    (tmp_path / "more").mkdir()
    whole = pdf(page(1), page(2), page(3))
    sides = await pushed(tmp_path / "more", "a.pdf", whole)
    assert [side.data for side in sides] == [page(1), page(2), page(3)]
    assert {side.original for side in sides} == {whole} and [side.sheet for side in sides] == [1, 2, 3]


async def test_a_tiff_of_many_pages_is_encoded_once_and_the_file_kept(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (248 + number, 351), (90, 20 * number, 40)) for number in range(4)]
    data = tiff(*pages)
    sides = await pushed(tmp_path, "a.tif", data)
    heads = [image_header.parse(side.data) for side in sides]
    assert [(head.kind, head.width) for head in heads] == [(FileKind.JPEG, 248 + n) for n in range(4)]
    assert {side.original for side in sides} == {data} and {side.code for side in sides} == {""}


async def test_a_preview_within_a_tiff_is_no_page(tmp_path: Path) -> None:
    small = Image.new("RGB", (124, 175), (1, 2, 3))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    data = tiff(Image.new("RGB", (248, 351), (90, 20, 40)), small)
    sides = await pushed(tmp_path, "a.tif", data)
    assert [image_header.parse(side.data).width for side in sides] == [248]


async def test_one_damaged_page_of_a_tiff_is_held_and_the_others_are_not(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (248, 351), (90, 20 * number, 40)) for number in range(3)]
    data = bytearray(tiff(*pages, compression="tiff_adobe_deflate"))
    offset, count = tiff_form.read_directories(bytes(data))[1].strips[0]
    data[offset : offset + count] = b"\xff" * count
    sides = await pushed(tmp_path, "a.tif", bytes(data))
    assert [side.code for side in sides] == ["", errors.IMAGE_UNDECODABLE.code, ""]


async def test_a_bitonal_strip_keeps_its_bits_where_that_is_lawful(tmp_path: Path) -> None:
    data = coded("1", "TIFF", compression="group4")
    (side,) = await pushed(tmp_path, "g4.tif", data, LENIENT)
    head = image_header.parse(side.data)
    assert (head.kind, head.strips, side.code) == (FileKind.TIFF, 1, "")
