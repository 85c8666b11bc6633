"""Files of registers as people and programs save them: separators, encodings, spreadsheets' tricks, attacks."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from appliance.core.errors import ApplianceError
from appliance.documents.register import grid, letters, parts, spec
from appliance.documents.register.reading import Checked, Reading, Wish

HEAD = ["Mã hồ sơ", "Tiêu đề hồ sơ", "Thời hạn bảo quản", "Chế độ sử dụng", "Từ ngày", "Đến ngày",
        "Mã hồ sơ gốc giấy", "Đã chỉnh lý", "Ghi chú"]
TITLE = "Hồ sơ giải quyết hưởng chế độ thai sản của bà Nguyễn Thị Hoa"


def line(number: int = 1, **changes: Any) -> list[Any]:
    row = dict(zip(HEAD, [f"H49.2001.{number}", f"{TITLE} {number}", "vĩnh viễn", "01", "03/02/2001", "31/12/2001",
                          f"KHO1.{number}", "có", ""], strict=True))
    return list({**row, **changes}.values())


def text(rows: Sequence[Sequence[Any]], separator: str = ",") -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(rows)
    return stream.getvalue()


def read(path: Path, **wishes: Any) -> tuple[list[Checked], Reading]:
    reading = Reading(path, Wish(spec.kind("archive"), **wishes))
    return list(reading.checked()), reading


def good(path: Path, **wishes: Any) -> list[dict[str, str]]:
    rows, _ = read(path, **wishes)
    assert [row.faults for row in rows if row.faults] == []
    return [row.values for row in rows]


def faults(path: Path) -> list[tuple[int, str, str]]:
    return [(row.line, fault.field, fault.rule) for row in read(path)[0] for fault in row.faults]


def refusal(path: Path, code: str = "T442", **wishes: Any) -> str:
    with pytest.raises(ApplianceError, match=code) as caught:
        read(path, **wishes)
    return str(caught.value)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[bytes | str], Path]:
    def write(data: bytes | str, name: str = "ml.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_separator_and_every_unicode(put: Any, separator: str, encoding: str) -> None:
    path = put(text([HEAD, line(1), line(2, **{"Ghi chú": "có, dấu; phẩy\tvà |"})], separator).encode(encoding))
    rows = good(path)
    assert [row["fileCode"] for row in rows] == ["H49.2001.1", "H49.2001.2"]
    assert rows[0]["title"] == f"{TITLE} 1"
    assert rows[1]["description"] == "có, dấu; phẩy và |"


def test_a_first_line_that_names_the_separator_is_obeyed(put: Any) -> None:
    rows, _ = read(put("sep=;\r\n" + text([HEAD, line(7)], ";")))
    assert [(row.line, row.faults) for row in rows] == [(3, [])]


@pytest.mark.parametrize(("name", "write"), [
    ("TCVN3 (ABC)", letters.to_tcvn3), ("VNI", letters.to_vni), ("Windows-1258", letters.to_cp1258)])
def test_old_letters_are_converted_and_said(put: Any, name: str, write: Callable[[str], bytes]) -> None:
    path = put(write(text([HEAD, *(line(number) for number in range(1, 5))], ";")))
    rows, reading = read(path)
    assert [row.faults for row in rows] == [[]] * 4
    assert rows[3].values["title"] == f"{TITLE} 4"
    assert set(reading.letters.values()) == {name}


def test_old_letters_in_cells_of_a_workbook_are_converted_column_by_column(tmp_path: Path) -> None:
    rows = [line(number) for number in range(1, 10)]
    for row in rows:
        row[1] = letters.to_tcvn3(row[1]).decode("cp1252")
    path = book(tmp_path, [HEAD, *rows])
    found, reading = read(path)
    assert found[8].values["title"] == f"{TITLE} 9" and found[8].values["maintenance"] == "01"
    assert reading.letters == {"Tiêu đề hồ sơ": "TCVN3 (ABC)"}


def test_letters_that_nobody_knows_are_refused_by_the_name_of_their_column(put: Any) -> None:
    thai = "ºÃÔÉÑ· »ÃÐ¡Ñ¹ÊÑ§¤Á ¢Í§»ÃÐà·È ä·Â ÊÓ¹Ñ¡§Ò¹ ¡ÅØèÁ§Ò¹ ·´ÊÍº"
    said = refusal(put(text([HEAD, *(line(n, **{"Ghi chú": thai}) for n in range(3))])), "T443")
    assert "'Ghi chú'" in said and "ml.csv" in said


def test_damaged_utf8_is_not_taken_for_old_letters(put: Any) -> None:
    data = bytearray(text([HEAD, *(line(number) for number in range(9))]).encode())
    data[data.index("Tiêu".encode()) + 2] = 0xFF
    assert "UTF-8" in refusal(put(bytes(data)))


def test_quotes_with_line_ends_keep_the_numbers_of_lines(put: Any) -> None:
    first, second = line(1, **{"Ghi chú": 'một\nhai "ba"\r\nbốn'}), line(2, **{"Đã chỉnh lý": "chưa"})
    rows, _ = read(put(text([HEAD, first, second])))
    assert rows[0].values["description"] == 'một hai "ba" bốn'
    assert (rows[1].line, [fault.rule for fault in rows[1].faults]) == (5, ["not_arranged"])


def test_quotes_that_never_close_are_refused_by_their_line(put: Any) -> None:
    assert "dòng 3" in refusal(put(text([HEAD, line(1)]) + 'H49.2,"never closed,' + "x" * 50_000))
    assert "dòng 2" in refusal(put(text([HEAD]) + 'H49.1,"a"b,c\r\n'))


def test_empty_rows_titles_and_numbers_of_columns_are_no_rows(put: Any) -> None:
    numbers = [f"({number})" for number in range(1, 10)]
    path = put(text([["BHXH TỈNH"], [], ["", "MỤC LỤC"], HEAD, numbers, [], line(1), [""] * 9, [" "] * 9, line(2)]))
    assert len(good(path)) == 2


def test_the_same_code_twice_names_both_lines(put: Any) -> None:
    rows, _ = read(put(text([HEAD, line(1), line(2), line(1, **{"Mã hồ sơ": "h49.2001.1"})])))
    assert [(row.line, [(fault.rule, fault.details) for fault in row.faults], row.twin) for row in rows[1:]] == [
        (3, [], 0), (4, [("duplicate", {"other": "2"})], 2)]


def test_text_formulas_of_a_csv_are_kept_zeros_or_refused(put: Any) -> None:
    path = put(text([HEAD, line(1, **{"Mã hồ sơ gốc giấy": '="00123"'}), line(2, **{"Ghi chú": "=1+1"}),
                     line(3, **{"Ghi chú": "#REF!"}), line(4, **{"Mã hồ sơ gốc giấy": "1.2E+15"})]))
    assert read(path)[0][0].values["paperFileCode"] == "00123"
    assert faults(path) == [(3, "description", "formula"), (4, "description", "error_cell"),
                            (5, "paperFileCode", "number_lost")]


def test_a_file_that_is_too_long_is_refused_with_its_limit(put: Any) -> None:
    said = refusal(put(text([HEAD, *(line(number) for number in range(6))])), "T445", most_rows=5)
    assert "5" in said and "register.most_rows" in said


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, b"%PDF-1.7\n" + b"\0" * 99,
                                  b"PK\x03\x04nonsense", b"\xd0\xcf\x11\xe0" + b"x" * 600, b'{"a": 1}'])
def test_what_is_no_list_at_all_is_refused(put: Any, data: bytes) -> None:
    refusal(put(data), "T44[24]")


# workbooks

def book(folder: Path, rows: Sequence[Sequence[Any]], change: Callable[[Any], None] | None = None) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(sheet)
    path = folder / "ml.xlsx"
    made.save(path)
    return path


def test_a_workbook_gives_what_its_csv_gives(tmp_path: Path, put: Any) -> None:
    rows = [["MỤC LỤC"], [], HEAD, *(line(number) for number in range(1, 30))]
    assert good(book(tmp_path, rows)) == good(put(text(rows)))


def test_days_are_days_and_numbers_for_days_are_refused(tmp_path: Path) -> None:
    day = dt.datetime(2001, 2, 3)  # noqa: DTZ001 - a day on paper
    path = book(tmp_path, [HEAD, line(1, **{"Từ ngày": day}), line(2, **{"Từ ngày": day.date()}),
                           line(3, **{"Từ ngày": 36925}), line(4, **{"Mã hồ sơ": day}),
                           line(5, **{"Mã hồ sơ": 2001.16}), line(6, **{"Mã hồ sơ": 123, "Thời hạn bảo quản": 1})])
    rows, _ = read(path)
    assert [row.values.get("startDate") for row in rows[:2]] == ["03/02/2001", "03/02/2001"]
    assert (rows[5].values["fileCode"], rows[5].values["maintenance"]) == ("123", "01")
    assert faults(path) == [(4, "startDate", "number_for_date"), (5, "fileCode", "date_in_text"),
                            (6, "fileCode", "number_lost")]


def test_the_calendar_that_begins_in_1904_is_kept(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in (HEAD, line(1, **{"Từ ngày": dt.date(2001, 2, 3)})):
        made.active.append(row)
    made.save(tmp_path / "mac.xlsx")
    assert good(tmp_path / "mac.xlsx")[0]["startDate"] == "03/02/2001"


def test_a_formula_without_a_result_is_refused_and_with_one_it_counts(tmp_path: Path) -> None:
    path = book(tmp_path, [HEAD, line(1, **{"Ghi chú": "=A2&B2"})])
    assert faults(path) == [(2, "description", "formula")]
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(
        b"<f>A2&amp;B2</f><v></v>", b"<f>A2&amp;B2</f><v>k\xe1\xba\xbft qu\xe1\xba\xa3</v>").replace(
        b"<f>A2&amp;B2</f><v />", b"<f>A2&amp;B2</f><v>k\xe1\xba\xbft qu\xe1\xba\xa3</v>"))
    with zipfile.ZipFile(path) as made:
        typed = made.read("xl/worksheets/sheet1.xml").replace(b'<c r="I2">', b'<c r="I2" t="str">')
    rewrite(path, "xl/worksheets/sheet1.xml", lambda _: typed)
    assert good(path)[0]["description"] == "kết quả"


def test_merged_cells_among_rows_are_refused_and_above_the_headings_they_are_not(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.merge_cells("A1:I1")
        sheet.merge_cells("I4:I5")

    path = book(tmp_path, [["MỤC LỤC HỒ SƠ"], HEAD, line(1), line(2), line(3), line(4)], change)
    assert faults(path) == [(4, "description", "merged"), (5, "description", "merged")]


def test_headings_in_two_merged_rows_are_understood(tmp_path: Path) -> None:
    above = [*HEAD[:4], "Thời gian", None, *HEAD[6:]]
    below = [None] * 4 + ["bắt đầu", "kết thúc"] + [None] * 3

    def change(sheet: Any) -> None:
        for column in "ABCDGHI":
            sheet.merge_cells(f"{column}1:{column}2")
        sheet.merge_cells("E1:F1")

    assert len(good(book(tmp_path, [above, below, line(1), line(2)], change))) == 2


def test_the_first_sheet_that_is_shown_is_taken_or_the_one_that_is_named(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title, made.active.sheet_state = "ẩn", "hidden"
    for name, number in (("Một", 1), ("Hai", 2)):
        sheet = made.create_sheet(name)
        sheet.append(HEAD)
        sheet.append(line(number))
    made.save(tmp_path / "ml.xlsx")
    assert [row["fileCode"] for row in good(tmp_path / "ml.xlsx")] == ["H49.2001.1"]
    assert [row["fileCode"] for row in good(tmp_path / "ml.xlsx", sheet="Hai")] == ["H49.2001.2"]
    assert "Một, Hai" in refusal(tmp_path / "ml.xlsx", sheet="Ba")


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part of a workbook."""
    with zipfile.ZipFile(path) as old:
        data = {info.filename: old.read(info) for info in old.infolist()}
    data[name] = change(data.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part, content in data.items():
            new.writestr(part, content)
    return path


@pytest.mark.parametrize("number", ["²", "9" * 5000])
def test_numbers_of_a_workbook_that_are_none_do_no_harm(tmp_path: Path, number: str) -> None:
    path, wrong = book(tmp_path, [HEAD, line(1)]), number.encode()
    cells = b'<c r="J2" t="s"><v>%b</v></c><c r="K2" s="%b"><v>7</v></c></row></sheetData>' % (wrong, wrong)
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(
        b'<row r="2"', b'<row r="%b"' % wrong).replace(b"</row></sheetData>", cells))
    with zipfile.ZipFile(path) as made:
        assert made.read("xl/worksheets/sheet1.xml").count(wrong) == 3
    assert [row["fileCode"] for row in good(path)] == ["H49.2001.1"]


def test_many_merged_areas_on_one_row_are_known_at_once() -> None:
    """Each added to a list that is copied: 100,000 of them would take minutes."""
    areas = tuple((1, 1, left, right) for left in range(0, 980, 2) for right in range(left, left + 20))
    assert grid._by_row(areas) == {1: set(range(998))}


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml",
                                  "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
def test_entities_are_refused_before_they_are_looked_at(tmp_path: Path, part: str) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    path = rewrite(shared(book(tmp_path, [HEAD, line(1)])), part, lambda xml: (
        xml[:xml.index(b"?>") + 2] + laughs + xml[xml.index(b"?>") + 2:] if b"?>" in xml else laughs + xml))
    assert "DOCTYPE" in refusal(path)


def test_a_zip_bomb_is_refused_while_it_unpacks(tmp_path: Path) -> None:
    path = rewrite(book(tmp_path, [HEAD, line(1)]), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(
        b"<sheetData>", b"<sheetData>" + b" " * (2 * parts.FREE_BYTES)))
    assert "bom zip" in refusal(path)


@pytest.mark.parametrize("bomb", [
    b"<row><c t='inlineStr'><is><t>" + b"x y " * 500_000, b"<row nonsense='" + b"x y " * 2_000_000])
def test_what_would_fill_the_memory_is_refused_before_it_does(tmp_path: Path, bomb: bytes) -> None:
    refusal(rewrite(book(tmp_path, [HEAD, line(1)]), "xl/worksheets/sheet1.xml",
                    lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + bomb)))


def test_a_line_without_an_end_is_refused(put: Any) -> None:
    assert "dòng quá dài" in refusal(put(text([HEAD, line(1)]) + "," * 5_000_000))


@pytest.mark.parametrize(("part", "change"), [
    ("xl/worksheets/sheet1.xml", lambda xml: xml[:len(xml) // 2]),
    ("xl/workbook.xml", lambda xml: xml.replace(b"<sheet ", b"<cheat ")),
    ("xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"sheet1.xml", b"../../../etc/passwd")),
    ("xl/styles.xml", lambda xml: xml.replace(b'numFmtId="', b'numFmtId="x')),
])
def test_a_broken_workbook_is_refused(tmp_path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    refusal(rewrite(book(tmp_path, [HEAD, line(1)]), part, change))


def test_a_damaged_byte_in_the_zip_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, [HEAD, *(line(number) for number in range(50))])
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as made:
        start = made.getinfo("xl/worksheets/sheet1.xml").header_offset
    data[start + 200:start + 260] = b"\0" * 60
    path.write_bytes(data)
    refusal(path)


def shared(path: Path, change: Callable[[bytes], bytes] = bytes) -> Path:
    """Write the texts of a workbook as Excel does: by number, in a part of their own."""
    found: list[bytes] = []

    def number(cell: re.Match[bytes]) -> bytes:
        found.append(change(cell[2]))
        return b'<c %s t="s"><v>%d</v></c>' % (cell[1], len(found) - 1)

    rewrite(path, "xl/worksheets/sheet1.xml",
            lambda xml: re.sub(rb'<c ([^>]*?) t="inlineStr"><is>(.*?)</is></c>', number, xml))
    assert found
    head = b'<?xml version="1.0"?><x:sst xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    texts = b"".join(b"<x:si>%s</x:si>" % re.sub(rb"(</?)(\w)", rb"\1x:\2", one) for one in found)
    return rewrite(path, "xl/sharedStrings.xml", lambda _: head + texts + b"</x:sst>")


def test_texts_by_number_are_those_in_their_cells(tmp_path: Path) -> None:
    path = book(tmp_path, [HEAD, *(line(number) for number in range(1, 200))])
    before = good(path)
    assert good(shared(path)) == before


def test_rich_text_is_read_as_seen_and_without_how_it_sounds(tmp_path: Path) -> None:
    def rich(text: bytes) -> bytes:
        parts = rb"<r><rPr><b/></rPr><t>H</t></r><r><t>\1</t></r><rPh><t>xx</t></rPh>"
        return re.sub(rb"<t>H(.*)</t>", parts, text)

    path = book(tmp_path, [HEAD, line(1)])
    before = good(path)
    assert good(shared(path, rich)) == before


def test_a_number_of_no_text_is_an_empty_cell(tmp_path: Path) -> None:
    path = rewrite(shared(book(tmp_path, [HEAD, line(1, **{"Ghi chú": "x"})])), "xl/worksheets/sheet1.xml",
                   lambda xml: re.sub(rb'(r="I2" t="s"><v>)\d+', rb"\g<1>99999999999", xml))
    assert "description" not in good(path)[0]


def test_no_file_is_left_open(put: Any) -> None:
    def some() -> Iterator[Checked]:
        yield from Reading(put(text([HEAD, line(1), line(2)])), Wish(spec.kind("archive"))).checked()

    found = some()
    assert next(found).line == 2
    found.close()  # type: ignore[attr-defined]
