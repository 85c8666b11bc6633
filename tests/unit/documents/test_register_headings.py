"""Columns are known by what people call them, wherever the row of headings stands."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import ApplianceError
from appliance.documents.register import headings, letters, spec
from appliance.documents.register.cell import Cell, Kind, Row, letters_of

KIND = spec.kind("archive")
HEAD = ["STT", "Mã hồ sơ", "Tiêu đề hồ sơ", "Thời hạn bảo quản", "Chế độ sử dụng", "Từ ngày", "Đến ngày",
        "Mã hồ sơ gốc giấy", "Đã chỉnh lý"]


def at(number: int, *texts: str, kind: Kind = Kind.TEXT) -> Row:
    return Row(number, {column: Cell(text, kind) for column, text in enumerate(texts) if text})


def find(*rows: Row, **columns: str) -> headings.Headings:
    return headings.find(rows, KIND, columns)


def test_titles_above_and_numbers_below_are_no_headings() -> None:
    found = find(at(1, "BẢO HIỂM XÃ HỘI"), at(3, "", "MỤC LỤC HỒ SƠ"), at(5, *HEAD), at(6, *"123456789"))
    assert (found.row, found.columns[1], found.columns[8]) == (5, "fileCode", "arranged")
    assert 0 not in found.columns
    assert headings.is_numbering(at(6, "(1)", "(2)", "(3)", "(4)"))
    assert not headings.is_numbering(at(6, "1", "H49.1", "3"))


@pytest.mark.parametrize("change", [str.upper, str.lower, headings.bare, lambda text: f" {text}\n(*)"])
def test_case_accents_and_remarks_do_not_matter(change: Any) -> None:
    assert find(at(1, *map(change, HEAD))).columns == find(at(1, *HEAD)).columns


@pytest.mark.parametrize("way", [letters.to_tcvn3, letters.to_vni, letters.to_cp1258])
def test_headings_in_old_letters_are_known(way: Any) -> None:
    assert find(at(1, *(way(text).decode("latin-1") for text in HEAD))).columns == find(at(1, *HEAD)).columns


def test_two_rows_of_headings_are_read_together() -> None:
    above = at(1, *HEAD[:5], "Thời gian", "", *HEAD[7:])
    below = Row(2, {5: Cell("Bắt đầu"), 6: Cell("Kết thúc")})
    found = find(above, below)
    assert (found.row, found.columns[5], found.columns[6], found.columns[7]) == (
        2, "startDate", "endDate", "paperFileCode")


def test_the_settings_go_before_what_ships() -> None:
    renamed = ["Số HS" if text == "Mã hồ sơ" else text for text in HEAD]
    assert find(at(1, *renamed), fileCode="Số HS").columns[1] == "fileCode"
    assert find(at(1, *HEAD, "Số HS"), fileCode="Số HS").columns[9] == "fileCode"


def test_a_missing_column_is_named_with_what_was_read() -> None:
    with pytest.raises(ApplianceError, match="T444") as caught:
        find(at(1, *(text for text in HEAD if "chỉnh lý" not in text)))
    assert caught.value.details["missing"] == "Đã chỉnh lý"
    assert "Tiêu đề hồ sơ" in str(caught.value.details["known"])


def test_a_heading_that_stands_twice_is_refused() -> None:
    with pytest.raises(ApplianceError, match="×2"):
        find(at(1, *HEAD, "Mã HS"))


def test_a_column_of_no_field_in_the_settings_is_refused_with_the_nearest() -> None:
    kinds = [spec.kind(name) for name in spec.KINDS]
    with pytest.raises(ApplianceError, match=r"C002.*fileCode\?"):
        headings.check_configured({"filecode": "x"}, kinds)
    headings.check_configured({"fileCode": "x", "personName": "y"}, kinds)


def test_columns_are_called_as_in_a_spreadsheet() -> None:
    assert [letters_of(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
