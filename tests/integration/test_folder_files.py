"""Users' files as page images: what stays as it is, what is encoded once, at which resolution."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import simplejpeg
from PIL import Image, ImageDraw

from appliance.device import image_header, tiff, verdict, volume
from appliance.device.image_header import FileKind
from appliance.device.leaf import Leaf

LIMIT = 50_000_000
A4 = (1240, 1754)
POINTS = (595.2, 841.92)


def drawing(mode: str = "RGB", size: tuple[int, int] = A4) -> Image.Image:
    """A page with lines, darker at the top, so that turned and inverted pictures differ."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((100, 80, size[0] - 100, 400), fill=(180, 30, 60))
    for row in range(500, size[1] - 100, 40):
        pen.line((100, row, size[0] // 2 + row // 4, row), fill=(20, 20, 80), width=9)
    return picture.convert(mode)


def coded(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def leaves(data: bytes) -> list[Leaf]:
    opened = volume.volume_of(data, LIMIT)
    with contextlib.closing(opened):
        return [opened.leaf(at) for at in range(opened.count)]


def only(data: bytes) -> Leaf:
    (one,) = leaves(data)
    assert (one.code, one.reason) == ("", "")
    assert verdict.judge(one.data, LIMIT)[1:] == ("", "")
    return one


def shown(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB")


def far(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, in grey levels."""
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


def pdf(jpeg: bytes, content: bytes, *, colours: pikepdf.Object = pikepdf.Name.DeviceRGB, turn: int = 0,
        extra: dict[str, object] | None = None) -> bytes:
    """A PDF of one page that shows ``jpeg`` as /Im0."""
    document = pikepdf.new()
    header = image_header.parse(jpeg)
    image = pikepdf.Stream(document, jpeg, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
                           Width=header.width, Height=header.height, ColorSpace=colours, BitsPerComponent=8,
                           Filter=pikepdf.Name.DCTDecode, **(extra or {}))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image), Font=pikepdf.Dictionary(F1=font))
    document.add_blank_page(page_size=POINTS)
    document.pages[0].obj.Resources = resources
    document.pages[0].obj.Contents = pikepdf.Stream(document, content)
    if turn:
        document.pages[0].obj.Rotate = turn
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


FULL = b"q 595.2 0 0 841.92 0 0 cm /Im0 Do Q"


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_is_the_master_as_it_is(mode: str) -> None:
    data = coded(drawing(mode), "JPEG", dpi=(150, 150))
    one = only(data)
    assert (one.data, one.dpi, one.original) == (data, 150, b"")


@pytest.mark.parametrize(
    ("said", "size", "dpi"),
    [
        ((0, 0), (2480, 3508), 300), ((0, 0), (3508, 2480), 300), ((0, 0), (1654, 2339), 200),
        ((72, 72), (3000, 4000), 400), ((1, 1), (1240, 1754), 150), ((300, 300), (620, 877), 300),
    ],
)
def test_a_resolution_that_is_missing_or_nonsense_is_estimated_from_a4(
    said: tuple[int, int], size: tuple[int, int], dpi: int
) -> None:
    options = {"dpi": said} if said[0] else {}
    assert only(coded(Image.new("L", size, 255), "JPEG", **options)).dpi == dpi


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA"])
def test_a_png_is_encoded_once_and_the_file_is_kept(mode: str) -> None:
    data = coded(drawing(mode), "PNG", dpi=(150, 150))
    one = only(data)
    header = image_header.parse(one.data)
    assert (header.kind, header.width, header.height, header.dpi) == (FileKind.JPEG, *A4, 150)
    assert (one.original, one.dpi) == (data, 150)
    assert far(shown(one.data), shown(data)) < 2
    if header.components == 3:
        assert simplejpeg.decode_jpeg_header(one.data)[3] == "444"


def test_what_is_transparent_is_white_paper() -> None:
    picture = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    assert shown(only(coded(picture, "PNG")).data).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_png_or_tiff_that_says_it_lies_turned_is_encoded_upright(orientation: int) -> None:
    upright = drawing()
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    for form, options in (("PNG", {"exif": exif}), ("TIFF", {"tiffinfo": {274: orientation}})):
        one = only(coded(upright.transpose(back), form, **options))
        assert image_header.parse(one.data).orientation == 1
        assert far(shown(one.data), upright) < 3


@pytest.mark.parametrize("photometric", [0, 1])
def test_a_g4_strip_is_kept_bit_for_bit(photometric: int) -> None:
    picture = drawing("1")
    if photometric == 0:
        picture = picture.point(lambda value: 255 - value, "1")
    source = coded(picture, "TIFF", compression="group4", strip_size=1 << 30, dpi=(300, 300))
    strip = tiff.strip_of(source, tiff.read_directories(source)[0])
    data = tiff.wrap_g4(strip, tiff.G4Page(*A4, photometric, 1, 300)) + b"something behind"
    one = only(data)
    page = tiff.read_directories(one.data)[0]
    assert tiff.strip_of(one.data, page) == strip
    assert (page.one(tiff.PHOTOMETRIC), page.dpi, one.original) == (photometric, 300, data)
    assert far(shown(one.data), drawing("1").convert("RGB")) == 0


def test_least_significant_bit_first_becomes_most_significant_first() -> None:
    source = coded(drawing("1"), "TIFF", compression="group4", strip_size=1 << 30)
    strip = tiff.strip_of(source, tiff.read_directories(source)[0])
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in strip)
    wrapped = tiff.wrap_g4(turned, tiff.G4Page(*A4, 1, 1, 300))
    tag = wrapped.index((266).to_bytes(2, "little") + b"\3\0") + 8
    data = wrapped[:tag] + b"\2" + wrapped[tag + 1 :]
    one = only(data)
    assert tiff.strip_of(one.data, tiff.read_directories(one.data)[0]) == strip


def test_a_g4_page_keeps_the_orientation_it_says() -> None:
    source = coded(drawing("1"), "TIFF", compression="group4", strip_size=1 << 30, tiffinfo={274: 6})
    assert image_header.parse(only(source).data).orientation == 6


@pytest.mark.parametrize("compression", ["group4", "group3", "tiff_lzw", "packbits", "raw"])
def test_any_bilevel_tiff_becomes_one_g4_strip_without_loss(compression: str) -> None:
    data = coded(drawing("1"), "TIFF", compression=compression, strip_size=4096, dpi=(200, 200))
    one = only(data)
    header = image_header.parse(one.data)
    assert (header.coding, header.strips, header.dpi, one.original) == (tiff.G4, 1, 200, data)
    assert far(shown(one.data), drawing("1").convert("RGB")) == 0


def test_each_page_of_a_tiff_is_a_leaf() -> None:
    pages = [drawing("1"), drawing("RGB"), drawing("L")]
    data = coded(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    found = leaves(data)
    assert [image_header.parse(one.data).kind for one in found] == [FileKind.TIFF, FileKind.JPEG, FileKind.JPEG]
    assert all(one.original == data for one in found)
    assert far(shown(found[1].data), drawing("RGB")) < 2


def test_the_sole_full_page_jpeg_of_a_pdf_is_the_master_as_it_is() -> None:
    jpeg = coded(drawing(), "JPEG", quality=80)
    data = pdf(jpeg, FULL)
    one = only(data)
    assert (one.data, one.dpi, one.original, one.orientation) == (jpeg, 150, data, 1)


def test_a_hidden_text_layer_does_not_hinder() -> None:
    jpeg = coded(drawing(), "JPEG", quality=80)
    one = only(pdf(jpeg, FULL + b" BT 3 Tr /F1 12 Tf 100 100 Td (hidden) Tj ET"))
    assert one.data == jpeg


@pytest.mark.parametrize(("turn", "orientation"), [(90, 6), (180, 3), (270, 8)])
def test_a_turned_page_says_so_beside_its_untouched_jpeg(turn: int, orientation: int) -> None:
    jpeg = coded(drawing(), "JPEG", quality=80)
    one = only(pdf(jpeg, FULL, turn=turn))
    assert (one.data, one.orientation, one.dpi) == (jpeg, orientation, 150)


@pytest.mark.parametrize(
    ("content", "extra"),
    [
        (FULL + b" BT /F1 40 Tf 100 100 Td (stamped) Tj ET", {}),
        (FULL + b" 0 0 1 rg 50 50 200 200 re f", {}),
        (b"q 297.6 0 0 420.96 0 0 cm /Im0 Do Q", {}),
        (b"q -595.2 0 0 841.92 595.2 0 cm /Im0 Do Q", {}),
        (b"q 595.2 0 0 -841.92 0 841.92 cm /Im0 Do Q", {}),
        (FULL, {"Decode": pikepdf.Array([1, 0, 1, 0, 1, 0])}),
        (FULL + b" " + FULL, {}),
    ],
    ids=["text", "drawing", "half a page", "mirrored", "upside down", "inverted", "two images"],
)
def test_a_page_that_is_more_than_its_jpeg_is_rendered_at_300_dpi(content: bytes, extra: dict[str, object]) -> None:
    data = pdf(coded(drawing(), "JPEG", quality=80), content, extra=extra)
    one = only(data)
    header = image_header.parse(one.data)
    assert (header.width, header.height, one.dpi, one.original) == (2481, 3508, 300, data)


def test_a_rendered_page_shows_what_the_pdf_shows() -> None:
    jpeg = coded(drawing(), "JPEG", quality=90)
    one = only(pdf(jpeg, b"q -595.2 0 0 841.92 595.2 0 cm /Im0 Do Q"))
    mirrored = drawing().transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((2481, 3508))
    assert far(shown(one.data), mirrored) < 4


def test_a_file_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(coded(drawing(), "JPEG"))
    assert volume.open_volume(path, LIMIT).leaf(0).code == ""
