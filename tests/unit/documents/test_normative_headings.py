"""The heading tells a legal normative document; what a paper cites, or a form comes with, does not."""

from __future__ import annotations

import pytest

from appliance.core.model import Box, PageText, TextLine, Word
from appliance.documents.normative import heads

MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"


def page(*lines: str) -> PageText:
    """Lines from the top down; one that begins with a blank stands in the middle of the page."""
    found = []
    for at, text in enumerate(lines):
        box = Box(*((600, 100 + at * 50, 1000, 140 + at * 50) if text.startswith(" ") else
                    (100, 100 + at * 50, 1500, 140 + at * 50)))
        words = tuple(Word(word, box, 0.9) for word in text.split())
        found.append(TextLine(box, box.y1, 0.0, words))
    return PageText("tesserocr", "vie+eng", 0.9, tuple(found))


@pytest.mark.parametrize("lines", [
    (f"CHÍNH PHỦ {MOTTO}", "Số: 15/2020/NĐ-CP Hà Nội, ngày 03 tháng 02 năm 2020", " NGHỊ ĐỊNH", "Căn cứ Luật"),
    (f"BỘ NỘI VỤ {MOTTO}", "Số: 05/2025/TT - BNV Hà Nội, ngày 14 tháng 5 năm 2025"),
    ("QUỐC HỘI", "Luật số: 41/2024/QH15", " LUẬT", "BẢO HIỂM XÃ HỘI"),
    ("ỦY BAN THƯỜNG VỤ QUỐC HỘI", "Số: 08/2022/UBTVQH15"),
    ("UBND TỈNH HÀ NAM", "Số : 12 / 2021 / QĐ-UBND Hà Nam, ngày 1 tháng 6 năm 2021", " QUYẾT ĐỊNH"),
    ("HĐND TỈNH", "Số: 7/2022/NQ-HĐND"),
    ("THỦ TƯỚNG CHÍNH PHỦ", "Sô: 43/2019/QĐ–TTg"),
    ("BỘ Y TẾ - BỘ TÀI CHÍNH", "Số: 10/2015/TTLT-BYT-BTC-BLĐTBXH"),
    ("", " THÔNG TƯ", "Quy định chi tiết một số điều"),
    ("THỦ TƯỚNG CHÍNH PHỦ", " QUYẾT ĐỊNH", " Số: 15/2022/QĐ-TTg"),
    ("HĐND TỈNH HÀ NAM", " NGHỊ QUYẾT", " Số: 7/2022/NQ-HĐND"),
])
def test_a_heading_of_a_normative_document_is_known(lines: tuple[str, ...]) -> None:
    assert heads(page(*lines))


@pytest.mark.parametrize("lines", [
    (f"BẢO HIỂM XÃ HỘI TỈNH {MOTTO}", "Số: 1838/KH-BHXH Hà Nội, ngày 08 tháng 7 năm 2022", " KẾ HOẠCH"),
    ("BHXH TỈNH", "Số: 12/QĐ-BHXH", " QUYẾT ĐỊNH", "Căn cứ Nghị định số 15/2020/NĐ-CP ngày 03 tháng 02 năm 2020"),
    ("BHXH", "Căn cứ Luật Bảo hiểm xã hội;", "Số: 15/2020/NĐ-CP", " NGHỊ ĐỊNH"),
    ("Mẫu số 01-HSB", "(Ban hành kèm theo Thông tư", "số 15/2018/TT-BYT ngày 30 tháng 5 năm 2018)"),
    ("Mẫu số 01-HSB (Ban hành kèm theo Thông tư số: 15/2018/TT-BYT)", " TỜ KHAI"),
    ("CÔNG TY TNHH AN BÌNH", "Số: 15/2020/HĐLĐ", " HỢP ĐỒNG LAO ĐỘNG"),
    ("CÔNG TY TNHH AN BÌNH", "Số: 12/2019/QĐ-BGĐ", " QUYẾT ĐỊNH"),
    ("BẢO HIỂM XÃ HỘI VIỆT NAM", "Số: 166/2019/QĐ-BHXH", " QUYẾT ĐỊNH"),
    ("BHXH", "Số: 3/BHXH-CSXH", "V/v thực hiện Nghị định", "số 115/2015/NĐ-CP của Chính phủ"),
    (" VĂN PHÒNG LUẬT SƯ", "Số: 7/2020/GTT"),
    ("Thông tư", "này là tên một vở kịch"),
    (),
])
def test_what_only_cites_one_is_an_ordinary_paper(lines: tuple[str, ...]) -> None:
    assert not heads(page(*lines))


def test_a_number_far_down_the_page_is_no_heading() -> None:
    assert not heads(page(*["nội dung của văn bản"] * 40, "Số: 15/2020/NĐ-CP"))
