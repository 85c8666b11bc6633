"""Fields of papers, read from words with boxes: right ones where they stand, nothing where the page is not sure."""

from __future__ import annotations

from datetime import date

import pytest
from words_on_page import PX, Line, line, middle, page

from appliance.core.rules import FIELDS as SETTING
from appliance.documents import fields
from appliance.documents.catalogue import bounds, marks
from appliance.documents.catalogue.letters import words
from appliance.documents.catalogue.reading import FIELDS, IDENTIFIERS, read
from appliance.documents.catalogue.second import better, places, seen_again

LATEST = date(2026, 11, 22)
LEFT, RIGHT, CENTRE = 58.0, 148.0, 110.0
COUNTRY = (middle(RIGHT, 20, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
           middle(RIGHT, 25, "Độc lập - Tự do - Hạnh phúc"))
ORGAN = (middle(LEFT, 20, "BẢO HIỂM XÃ HỘI"), middle(LEFT, 25, "VIỆT NAM"))
NUMBER = middle(LEFT, 34, "Số: 1838/KH-BHXH")
DAY = middle(RIGHT, 34, "Hà Nội, ngày 08 tháng 7 năm 2022")
TITLE = middle(CENTRE, 50, "KẾ HOẠCH")
SUBJECT = (middle(CENTRE, 56, "Số hóa hồ sơ, tài liệu lưu trữ"), middle(CENTRE, 61.5, "giai đoạn 2022 - 2025"))
BODY = ((32.0, 75.0, "Căn cứ Quyết định số 458/QĐ-TTg ngày 03 tháng 4 năm 2020"),)
FOOT = ((32.0, 230.0, "Nơi nhận:"), (32.0, 235.0, "- Như trên;"), middle(RIGHT, 230, "KT. TỔNG GIÁM ĐỐC"),
        middle(RIGHT, 235.5, "PHÓ TỔNG GIÁM ĐỐC"), middle(RIGHT, 266, "Nguyễn Thị Ánh"))
PLAN = (*COUNTRY, *ORGAN, NUMBER, DAY, TITLE, *SUBJECT, *BODY, *FOOT)


def got(*lines: Line, latest: date = LATEST, wanted: tuple[str, ...] = FIELDS) -> dict[str, str]:
    return {one.name: one.value for one in read([page(*lines)], wanted, latest)}


def without(*gone: Line) -> tuple[Line, ...]:
    return tuple(one for one in PLAN if one not in gone)


def test_a_plan_of_the_decree_gives_all_its_fields_with_places_and_certainty() -> None:
    found = read([page(*PLAN)], FIELDS, LATEST)
    assert {one.name: one.value for one in found} == {
        "codeNumber": "1838", "codeNotation": "KH-BHXH", "issuedDate": "08/07/2022",
        "organName": "BẢO HIỂM XÃ HỘI VIỆT NAM", "typeName": "10",
        "subject": "Số hóa hồ sơ, tài liệu lưu trữ giai đoạn 2022 - 2025", "signer": "Nguyễn Thị Ánh",
        "position": "PHÓ TỔNG GIÁM ĐỐC"}
    assert all(one.certainty == pytest.approx(0.95) and one.page == 1 and one.box for one in found)
    number = next(one for one in found if one.name == "codeNumber")
    assert number.box is not None and 30 < number.box.y1 / PX < 40


def test_cells_of_the_head_that_touch_are_still_told_apart() -> None:
    lines = ((20.0, 20.0, "BẢO HIỂM XÃ HỘI VIỆT NAM CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
             (20.0, 34.0, "Số: 25/TB-BHXH  Hà Nội, ngày 08 tháng 7 năm 2022"), middle(CENTRE, 50, "THÔNG BÁO"))
    found = got(*lines)
    assert (found["codeNumber"], found["codeNotation"], found["typeName"]) == ("25", "TB-BHXH", "07")
    assert found["issuedDate"] == "08/07/2022"


@pytest.mark.parametrize("cited", [
    (middle(150, 10, "(Ban hành kèm theo Quyết định"), middle(150, 15, "số 490/QĐ-BHXH ngày 28/3/2023 của")),
    (middle(120, 10, "(Ban hành kèm theo Quyết định"), middle(120, 15, "số: 166/QĐ-BHXH ngày 31/01/2019")),
    (middle(120, 10, "(Kèm theo Thông tư"), middle(120, 15, "Số: 12/2019/TT-BNV của Bộ Nội vụ)")),
    (middle(120, 10, "(Kèm theo Công văn"), middle(120, 15, "số 777/BHXH-QLT")),
])
def test_the_paper_that_a_form_cites_at_its_head_is_not_its_own_number(cited: tuple[Line, ...]) -> None:
    found = got(*cited, middle(CENTRE, 30, COUNTRY[0][2]), middle(CENTRE, 35, COUNTRY[1][2]),
                middle(CENTRE, 50, "TỜ KHAI"))
    assert not {"codeNumber", "codeNotation", "issuedDate"} & set(found)


def test_a_cited_day_that_begins_a_line_of_the_subject_is_not_the_papers() -> None:
    about = (middle(LEFT, 40, "V/v trả lời Công văn số 5/UBND"), (80.0, 45.0, "ngày 05/6/2022"))
    assert "issuedDate" not in got(*COUNTRY, *ORGAN, middle(LEFT, 34, "Số: 12/BHXH-CĐ"), *about)
    under = (TITLE, middle(CENTRE, 55, "Về việc đổi Quyết định"), middle(CENTRE, 60, "ngày 03 tháng 4 năm 2020"))
    assert "issuedDate" not in got(*COUNTRY, *ORGAN, NUMBER, *under)


@pytest.mark.parametrize("said", [
    "Mã số BHXH:  Điện thoại: 0912345678", "Mã số BHXH (nếu có): Số ĐT 0912345678",
    "Số CCCD:  Số tài khoản: 001234567890", "Căn cước công dân của người giám hộ: 001234567890"])
def test_a_number_behind_another_label_is_no_number_of_this_person(said: str) -> None:
    assert got((20.0, 80.0, said), wanted=IDENTIFIERS) == {}


def test_small_words_between_label_and_number_of_a_person_are_let_be() -> None:
    lines = ((20.0, 80.0, "Mã số BHXH (nếu có): 0912345678"), (20.0, 90.0, "Số CCCD/Định danh: 001234567890"))
    found = got(*lines, wanted=IDENTIFIERS)
    assert found == {"insuranceNumber": "0912345678", "citizenId": "001234567890"}


@pytest.mark.parametrize(("said", "number", "notation"), [
    ("S0: l838/KH-BHXH", "1838", "KH-BHXH"), ("Số: 1838 / KH - BHXH", "1838", "KH-BHXH"),
    ("So 1838/KH–BHXH.", "1838", "KH-BHXH"), ("Số: 45/2019/QĐ-UBND", "45", "2019/QĐ-UBND"),
    ("Số: 1O2/QD-BHXH", "102", "QĐ-BHXH"), ("Số: 12a/CV-TTr", "12a", "CV-TTr"),
])
def test_a_number_that_ocr_has_hurt_is_put_right(said: str, number: str, notation: str) -> None:
    found = got(*without(NUMBER), middle(LEFT, 34, said))
    assert (found["codeNumber"], found["codeNotation"]) == (number, notation)


def test_a_number_by_hand_that_is_not_there_leaves_only_the_notation() -> None:
    found = got(*without(NUMBER), middle(LEFT, 34, "Số: /KH-BHXH"))
    assert "codeNumber" not in found and found["codeNotation"] == "KH-BHXH"


def test_two_numbers_at_the_head_are_none() -> None:
    found = got(*PLAN, middle(LEFT, 40, "Số: 77/CV-UBND"))
    assert "codeNumber" not in found and "codeNotation" not in found


def test_the_register_stamp_of_incoming_papers_is_not_their_number_or_date() -> None:
    stamp = (middle(LEFT, 42, "CÔNG VĂN ĐẾN"), (40.0, 47.0, "Số: 4711"), (40.0, 51.0, "Ngày: 12/3/2023"))
    assert got(*PLAN, *stamp) == got(*PLAN)


def test_numbers_and_dates_of_the_text_are_never_those_of_the_paper() -> None:
    found = got(*COUNTRY, *ORGAN, TITLE, *BODY, (120.0, 90.0, "ngày 20 tháng 11 năm 2014"))
    assert not {"codeNumber", "codeNotation", "issuedDate"} & set(found)


@pytest.mark.parametrize("said", [
    "Hà Nội, ngày 31 tháng 02 năm 2022", "Hà Nội, ngày 08 tháng 13 năm 2022", "Hà Nội, ngày 08 tháng 7 năm 2027",
    "Hà Nội, ngày 08 tháng 7 năm 1022", "Hà Nội, ngày tháng 7 năm 2022",
])
def test_a_day_that_is_none_or_after_the_scan_is_left_out(said: str) -> None:
    assert "issuedDate" not in got(*without(DAY), middle(RIGHT, 34, said))


@pytest.mark.parametrize("said", [
    "Hà Nội, ngày 08 tháng 7 năm 2022", "Ha Noi, ngay O8 thang 7 nam 2022", "Hà Nội, ngày 8/7/2022",
    "Hà Nội, ngày 08tháng 7năm 2022.",
])
def test_a_day_is_read_through_lost_accents_and_spaces(said: str) -> None:
    assert got(*without(DAY), middle(RIGHT, 34, said))["issuedDate"] == "08/07/2022"


def test_two_days_at_the_head_leave_the_day_to_a_person() -> None:
    found = read([page(*PLAN, middle(RIGHT, 40, "Hà Nội, ngày 09 tháng 7 năm 2022"))], FIELDS, LATEST)
    day = next(one for one in found if one.name == "issuedDate")
    assert (day.value, day.certainty) == ("", 0.0)


def test_a_letter_has_no_title_and_its_subject_stands_under_the_number() -> None:
    letter = (middle(LEFT, 34, "Số: 622/BHXH-QLT"), middle(LEFT, 39, "V/v số hóa hồ sơ hưởng bảo"),
              middle(LEFT, 44, "hội hiểm xã hội đợt một"), middle(CENTRE, 60, "Kính gửi: Công ty Dệt may"))
    found = got(*COUNTRY, *ORGAN, DAY, *letter, *BODY, *FOOT)
    assert found["typeName"] == "22"
    assert found["subject"] == "số hóa hồ sơ hưởng bảo hội hiểm xã hội đợt một"


def test_a_letter_without_number_is_no_letter_for_sure() -> None:
    found = got(*COUNTRY, *ORGAN, DAY, middle(CENTRE, 60, "Kính gửi: Công ty Dệt may"), *BODY)
    assert not {"typeName", "subject", "codeNumber"} & set(found)


def test_a_decision_ends_its_subject_where_its_issuer_begins() -> None:
    lines = (middle(CENTRE, 50, "QUYẾT ĐỊNH"), middle(CENTRE, 56, "Về việc bổ nhiệm viên chức"),
             middle(CENTRE, 61.5, "GIÁM ĐỐC BẢO HIỂM XÃ HỘI"), *BODY, middle(CENTRE, 90, "QUYẾT ĐỊNH:"))
    found = got(*COUNTRY, *ORGAN, middle(LEFT, 34, "Số: 7/QĐ-BHXH"), DAY, *lines)
    assert (found["typeName"], found["subject"]) == ("02", "Về việc bổ nhiệm viên chức")


def test_an_organisation_is_the_issuing_one_not_the_one_above_it() -> None:
    heads = (middle(LEFT, 16, "ỦY BAN NHÂN DÂN"), middle(LEFT, 20, "TỈNH HƯNG LẠC"),
             middle(LEFT, 24, "SỞ LAO ĐỘNG -"), middle(LEFT, 28, "THƯƠNG BINH VÀ XÃ HỘI"))
    assert got(*COUNTRY, *heads, NUMBER, DAY)["organName"] == "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI"


def test_accents_that_ocr_has_lost_of_known_names_are_given_back() -> None:
    heads = (middle(LEFT, 20, "BAO HIỂM XA HOI"), middle(LEFT, 25, "THÀNH PHO AN KHÁNH"))
    foot = (middle(RIGHT, 230, "PHO GIAM ĐỐC"), middle(RIGHT, 266, "Hoang Bích Hằng"))
    found = got(*COUNTRY, *heads, NUMBER, DAY, *foot)
    assert found["organName"] == "BẢO HIỂM XÃ HỘI THÀNH PHỐ AN KHÁNH"
    assert (found["position"], found["signer"]) == ("PHÓ GIÁM ĐỐC", "Hoàng Bích Hằng")


def test_a_name_that_has_surely_lost_its_accents_is_not_sure() -> None:
    foot = (middle(RIGHT, 230, "GIÁM ĐỐC"), middle(RIGHT, 266, "Hoàng Bich Hang"))
    (signer,) = [one for one in read([page(*foot)], FIELDS, LATEST) if one.name == "signer"]
    assert signer.certainty < 0.6


@pytest.mark.parametrize("name", ["(Ký tên, đóng dấu)", "Văn Phượng", "BẢO HIỂM XÃ HỘI", "12 Nguyễn", "Đã"])
def test_what_is_no_name_is_no_signer(name: str) -> None:
    found = got(*COUNTRY, middle(RIGHT, 230, "GIÁM ĐỐC"), middle(RIGHT, 266, name))
    assert "signer" not in found and "position" not in found


def test_recipients_at_the_left_never_sign() -> None:
    found = got(*COUNTRY, (32.0, 230.0, "GIÁM ĐỐC"), (32.0, 262.0, "Trần Văn Hải"))
    assert "signer" not in found


@pytest.mark.parametrize(("lines", "position"), [
    (("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "PHÓ CHỦ TỊCH"),
    (("TL. GIÁM ĐỐC", "TRƯỞNG PHÒNG TỔ CHỨC"), "TRƯỞNG PHÒNG TỔ CHỨC"), (("TỔNG GIÁM ĐỐC",), "TỔNG GIÁM ĐỐC"),
])
def test_the_position_is_the_signers_own(lines: tuple[str, ...], position: str) -> None:
    block = tuple(middle(RIGHT, 220 + 5.5 * at, text) for at, text in enumerate(lines))
    assert got(*COUNTRY, *block, middle(RIGHT, 262, "ThS. Trần Văn Hải"))["position"] == position


def test_the_signer_stands_on_the_last_page_and_not_in_the_appendix() -> None:
    second = page(*FOOT, number=2)
    third = page(middle(CENTRE, 20, "PHỤ LỤC"), middle(RIGHT, 230, "GIÁM ĐỐC"), middle(RIGHT, 262, "Trần Văn Hải"),
                 number=3)
    first = page(*without(*FOOT))
    found = {one.name: one for one in read([first, second, third], FIELDS, LATEST)}
    assert (found["signer"].value, found["signer"].page) == ("Nguyễn Thị Ánh", 2)
    assert "signer" not in {one.name for one in read([first, third], FIELDS, LATEST)}


def test_a_later_page_or_an_appendix_alone_has_no_head() -> None:
    lines = (middle(CENTRE, 14, "2"), *BODY, (32.0, 90.0, "nộp trước ngày 20/02/2021 theo mẫu D02-TS"))
    assert got(*lines) == {}
    assert "typeName" not in got(middle(CENTRE, 20, "PHỤ LỤC I"), TITLE, *SUBJECT)


def test_a_page_without_text_has_no_field() -> None:
    assert read([page()], FIELDS, LATEST) == ()
    assert read([], FIELDS, LATEST) == ()


@pytest.mark.parametrize(("said", "known"), [
    ("KHẨN", "KHẨN"), ("HOA TỐC", "HỎA TỐC"), ("THƯỢNG KHẮN", "THƯỢNG KHẨN")])
def test_urgency_is_a_word_alone_in_capitals(said: str, known: str) -> None:
    assert got(*PLAN, middle(LEFT, 46, said))["urgency"] == known
    assert "urgency" not in got(*PLAN, (32.0, 100.0, f"việc này rất {said.lower()} nên đề nghị"))


@pytest.mark.parametrize(("said", "code"), [
    ("Mẫu số: 14-HSB", "14-HSB"), ("Mẫu TK1-TS", "TK1-TS"), ("Mẫu D02 - LT", "D02-LT"),
    ("Mâu số C7Oa-HD", "C70a-HD"), ("D02-LT", "D02-LT"), ("Mẫu TKl-TS", "TK1-TS"),
])
def test_the_code_of_a_form_stands_alone_at_its_top(said: str, code: str) -> None:
    sheet = page((150.0, 12.0, said), middle(CENTRE, 40, "TỜ KHAI"), middle(CENTRE, 45, "Tham gia bảo hiểm"))
    found = {one.name: one.value for one in read([sheet], FIELDS, LATEST)}
    assert (found["form"], found["typeName"]) == (code, "32")
    assert found["subject"] == "TỜ KHAI Tham gia bảo hiểm"


def test_a_form_that_a_letter_names_is_not_its_own() -> None:
    assert "form" not in got(*PLAN, (32.0, 60.0, "lập danh sách theo mẫu D02-LT gửi kèm công văn này"))


def test_numbers_of_persons_are_read_only_where_the_job_asks() -> None:
    lines = ((32.0, 80.0, "Mã số BHXH: 0123456789"), (32.0, 88.0, "Số CCCD: 0 7 9 0 8 5 0 1 2 3 4 5"))
    assert not set(got(*lines)) & set(IDENTIFIERS)
    found = got(*lines, wanted=(*FIELDS, *IDENTIFIERS))
    assert (found["insuranceNumber"], found["citizenId"]) == ("0123456789", "079085012345")


@pytest.mark.parametrize("said", ["Mã số BHXH: 012345678", "Mã số BHXH: 01234567890", "Mã số BHXH:", "0123456789"])
def test_a_number_of_a_person_of_another_length_or_without_label_is_none(said: str) -> None:
    assert "insuranceNumber" not in got((32.0, 80.0, said), wanted=IDENTIFIERS)


def test_numbers_of_two_persons_are_left_to_a_person() -> None:
    lines = ((32.0, 80.0, "Mã số BHXH: 0123456789"), (32.0, 88.0, "Mã số BHXH: 0123456780"))
    assert got(*lines, wanted=IDENTIFIERS) == {"insuranceNumber": ""}


def test_noise_of_the_seal_changes_nothing_and_doubtful_words_make_a_field_doubtful() -> None:
    noise = (middle(RIGHT - 20, 245, "| ~ l°"), middle(RIGHT, 250, "BHXH * VIỆT"), (80.0, 47.0, "' ."))
    assert got(*PLAN, *noise) == got(*PLAN)
    faint = read([page(*PLAN, certainty=0.4)], FIELDS, LATEST)
    assert faint and all(one.certainty <= 0.4 for one in faint)


def test_a_second_look_is_taken_at_name_and_number_and_replaces_what_it_saw_better() -> None:
    hurt = tuple(one for one in PLAN if one != FOOT[-1])
    first = page(*hurt, middle(RIGHT, 266, "Nguyễn Thi Anh"))
    found = read([first], FIELDS, LATEST)
    looks = places([first], found)
    assert [round(look.box.y0 / PX) for look in looks] == [264, 31]
    again = seen_again(first, looks[0].box, [line(*middle(RIGHT, 266, "Nguyễn Thị Ánh"))])
    said = {one.name: one.value for one in better(found, read([again], FIELDS, LATEST))}
    assert said["signer"] == "Nguyễn Thị Ánh" and said["codeNumber"] == "1838"


def test_every_type_of_the_archive_is_known_by_a_title_and_every_field_has_its_setting() -> None:
    assert set(words()["types"]) == set(fields.code_list("typeName"))
    assert SETTING == FIELDS
    titles = {title for spec in words()["types"].values() for title in spec["title"]}
    for title in sorted(titles):
        found = got(middle(RIGHT, 20, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), middle(CENTRE, 50, title))
        assert title in words()["types"][found["typeName"]]["title"], title
    assert marks.form(page()) is None


@pytest.mark.parametrize(("name", "good", "bad"), [
    ("issuedDate", "08/07/2022", "31/02/2022"), ("codeNumber", "1838", "1" * 12), ("typeName", "10", "33"),
    ("subject", "x" * 500, "x" * 501), ("signer", "Trần Văn Hải", "x" * 51), ("urgency", "KHẨN", "NHANH"),
    ("insuranceNumber", "0123456789", "12345"), ("citizenId", "079085012345", "07908501234x"),
])
def test_a_value_keeps_to_the_bounds_of_its_field(name: str, good: str, bad: str) -> None:
    assert bounds.holds(name, good) and not bounds.holds(name, bad)
