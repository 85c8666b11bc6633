"""A report, and the sample of a lot, as CSV: UTF-8 with a mark, so that a spreadsheet opens them as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from appliance.core import clock
from appliance.planning.lines import PARTS, Line, Value
from appliance.planning.period import Period

HEADINGS = ("phần", "mã chỉ tiêu", "chỉ tiêu", "đơn vị tính", "lưu trữ", "một cửa", "cộng")
PLAN = "IV. Tiến độ so với kế hoạch"
PLANNED = ("giai đoạn", "hạn", "hồ sơ kế hoạch", "hồ sơ đã số hóa", "tờ kế hoạch", "tờ đã số hóa", "hồ sơ quá hạn",
           "dự kiến xong")
SAMPLE = ("số", "mã hồ sơ", "tài liệu", "số trang", "kết quả", "lỗi", "người kiểm tra", "lúc")
RESULTS = {"": "chưa kiểm tra", "good": "đạt", "faulty": "lỗi"}
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Report:
    """An implementation report: of which office and period, its lines, each day's values, the plan at its end."""

    office: str
    code: str
    period: Period
    lines: Sequence[Line]
    days: Mapping[date, Mapping[str, Value]]
    plan: Mapping[str, Any]
    made: datetime


def csv_of(report: Report) -> bytes:
    """Return a report as CSV: its lines, the plan, and every day of a month."""
    rows: list[Sequence[object]] = [
        ("Báo cáo kết quả số hóa", report.period.title), ("Đơn vị", report.office, report.code),
        ("Lập lúc", clock.iso(report.made)), (), HEADINGS]
    rows += [(PARTS[one.part], one.key, one.name, one.unit, *map(_number, one.values)) for one in report.lines]
    rows += [(), (PLAN,), PLANNED, *(planned(one) for one in report.plan["phases"])]
    if len(report.days) > 1:
        keys = [one.key for one in report.lines]
        rows += [(), ("Theo ngày",), ("ngày", *keys)]
        rows += [(str(day), *(_number(values[key]) for key in keys)) for day, values in report.days.items()]
    return _csv(rows)


def planned(one: Mapping[str, Any]) -> tuple[object, ...]:
    """Return a phase as a row."""
    return (one["phase"], one["deadline"], one["dossiers"], one["done_dossiers"], one["sheets"], one["done_sheets"],
            one["overdue"], one["completion"])


def sample_csv(lot: Mapping[str, Any]) -> bytes:
    """Return the sample of a lot as CSV, for those who check it."""
    return _csv([SAMPLE, *((one["place"], one["file_code"], one["ordinal"], one["pages"], RESULTS[one["result"]],
                            one["fault"], one["who"], one["at"]) for one in lot["sample"])])


def _number(value: Value) -> object:
    return "" if value is None else value


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_ACTIVE) else cell


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV; what a spreadsheet would take for a formula is made text."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()
