"""A list of separators to print: what an office's spreadsheet writes is read; a mistake has a row and column."""

from __future__ import annotations

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.documents.separator_list import MOST_ROWS, read

D, T, C = SheetKind.DOSSIER, SheetKind.DOCUMENT, SheetKind.CONTINUE
ROWS = "code,number,type,sheets\nH1.2001.7,,,4\nH1.2001.7,1,22,1\nH1.2001.7,2,2,3\n"
EXPECTED = (Separator(D, "H1.2001.7", sheets=4), Separator(T, "H1.2001.7", 1, "22", 1),
            Separator(T, "H1.2001.7", 2, "02", 3))


@pytest.mark.parametrize("data", [
    ROWS.encode(), ROWS.encode("utf-8-sig"), ROWS.encode("utf-16"), ROWS.replace("\n", "\r\n").encode(),
    ROWS.replace(",", ";").encode(), ROWS.replace(",", "\t").encode(), ROWS.replace("\n", "\n,,,\n").encode(),
    ROWS.replace("code", "Mã hồ sơ").replace("number", "SỐ TÀI LIỆU").encode(), ROWS.upper().encode(),
])
def test_every_way_a_spreadsheet_writes_it_is_read(data: bytes) -> None:
    assert read(data, "a.csv").separators == EXPECTED


def test_kinds_jobs_and_titles_may_be_there() -> None:
    listed = read("code,number,kind,job,title\nA,0,continue,counter_1,\nA,,,,Hồ sơ của bà B\n".encode(), "a.csv")
    assert listed.separators == (Separator(C, "A", job="counter_1"), Separator(D, "A"))
    assert listed.titles == {"A": "Hồ sơ của bà B"}


@pytest.mark.parametrize(("text", "row", "column"), [
    ("", 1, "code"), ("number\n1\n", 1, "code"), ("code,colour\nA,red\n", 1, "colour"), ("code\n", 1, "-"),
    ("code,sheets\nA,4\nB,four\n", 3, "sheets"), ("code,sheets\nA,-1\n", 2, "sheets"),
    ("code,sheets\nA,99999\n", 2, "-"), ("code\n../../x\n", 2, "-"), ("code,kind\nA,cover\n", 2, "kind"),
    ("code\nA,1\n", 2, "-"), ("code,number\n,1\n", 2, "-"), ("code,number\nA,١\n", 2, "number"),
    ("code,job\nA,TWO WORDS\n", 2, "-"), ('code\n"A\n', 2, "-"), ("code,number,kind\nA,1,dossier\n", 2, "-"),
])
def test_a_mistake_is_named_by_file_row_and_column(text: str, row: int, column: str) -> None:
    with pytest.raises(ApplianceError, match="T424") as caught:
        read(text.encode(), "a.csv")
    details = caught.value.details
    assert (details["file"], details["row"], details["column"]) == ("a.csv", row, column)


def test_letters_of_another_encoding_are_refused_by_name() -> None:
    with pytest.raises(ApplianceError, match="UTF-8"):
        read("code,title\nA,Hồ sơ\n".encode("cp1258", "replace"), "a.csv")


def test_a_list_longer_than_anybody_prints_is_refused() -> None:
    with pytest.raises(ApplianceError, match="T424") as caught:
        read(b"code\n" + b"A\n" * (MOST_ROWS + 1), "a.csv")
    assert caught.value.details["row"] == MOST_ROWS + 2
