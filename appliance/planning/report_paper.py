"""The implementation report on paper: the lines of the CSV file, as an office sends them upward."""

from __future__ import annotations

from datetime import date

from appliance.planning.lines import PARTS, Duration, Line, Value
from appliance.planning.paper import LEFT, Column, Head, Story
from appliance.planning.report_table import PLAN, Report

LINES = (Column("Chỉ tiêu", LEFT, 92), Column("Đơn vị tính", LEFT + 94, 20),
         Column("Lưu trữ", LEFT + 115, 18, True), Column("Một cửa", LEFT + 134, 18, True),
         Column("Cộng", LEFT + 153, 18, True))
PLANNED = (Column("Giai đoạn", LEFT, 20), Column("Hạn", LEFT + 21, 21), Column("Hồ sơ", LEFT + 43, 38, True),
           Column("Tờ", LEFT + 82, 42, True), Column("Quá hạn", LEFT + 125, 18, True),
           Column("Dự kiến xong", LEFT + 145, 26))
DAYS = (("Ngày", ""), ("Hồ sơ", "dossiers"), ("Tài liệu", "documents"), ("Tờ", "pages_sheets"), ("Trang", "pages"),
        ("Trang A4", "a4"), ("Tờ qua máy", "sheets"), ("Mặt", "sides"), ("Chờ xử lý", "held"))
INDENT = "   –  "
WIDE = 19.0


def draw(report: Report) -> bytes:
    """Return the report as PDF."""
    story = Story(f"Báo cáo kết quả số hóa {report.period.title} – mã đơn vị {report.code}")
    story.head(Head(report.office, "BÁO CÁO KẾT QUẢ SỐ HÓA TÀI LIỆU",
                    f"Kỳ báo cáo: {report.period.title} – lập lúc {report.made:%H:%M ngày %d/%m/%Y}"))
    for part, title in PARTS.items():
        found = [one for one in report.lines if one.part == part]
        story.write(title, bold=True)
        story.space(3)
        story.table(LINES, [_cells(one) for one in found],
                    frozenset(at for at, one in enumerate(found) if not one.inner))
    _plan(story, report)
    story.space(4)
    story.signatures(("NGƯỜI LẬP BÁO CÁO", "THỦ TRƯỞNG ĐƠN VỊ"))
    if len(report.days) > 1:
        story.turn()
        _days(story, report)
    return story.pdf(f"Báo cáo kết quả số hóa {report.period.title}")


def _cells(one: Line) -> tuple[str, ...]:
    return ((INDENT if one.inner else "") + one.name, one.unit, *map(said, one.values))


def said(value: Value | float) -> str:
    """Return a number as Vietnamese papers write it, 12.345,6; a time as 0:37:30."""
    if value is None:
        return "–"
    if isinstance(value, Duration):
        return str(value)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


def _plan(story: Story, report: Report) -> None:
    plan = report.plan
    story.write(PLAN, bold=True)
    if not plan["phases"]:
        story.write("Đơn vị chưa nhập kế hoạch (appliance plan import).")
    else:
        story.space(3)
        story.table(PLANNED, [(
            one["phase"], _day(one["deadline"]), f"{said(one['done_dossiers'])} / {said(one['dossiers'])}",
            f"{said(one['done_sheets'])} / {said(one['sheets'])}", said(one["overdue"]), _day(one["completion"]))
            for one in plan["phases"]])
    high, speed = plan["high_use"], plan["rate"]
    rate = "chưa xác định" if speed is None else f"{said(round(speed, 1))} tờ mỗi ngày làm việc"
    story.write(f"Tốc độ hiện nay: {rate}. Hồ sơ tần suất sử dụng cao đã số hóa: {said(high['digitised'])} / "
                f"{said(high['planned'])}.")
    story.space(3)


def _days(story: Story, report: Report) -> None:
    columns = [Column(heading, LEFT + at * WIDE, WIDE - 1, number=at > 0) for at, (heading, _) in enumerate(DAYS)]
    story.write("Phụ lục: kết quả theo ngày", bold=True)
    story.space(3)
    story.table(columns, [(f"{day:%d/%m}", *(said(values[key]) for _, key in DAYS[1:]))
                          for day, values in report.days.items()])


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "–"
