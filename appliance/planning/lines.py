"""The lines of an implementation report: what each is called, its unit, its value for each stream. Pure.

The same lines stand in the CSV file and on paper.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.planning.sizes import sizes
from appliance.planning.survey import ARCHIVE, ONESTOP
from appliance.planning.tally import Figures, total

Value = int | None
"""None: there is nothing to tell, such as the time of no dossier."""


class Duration(int):
    """Whole seconds. Written as ``0:37:30``, a time to spreadsheets of any language, as 37.5 is not."""

    def __str__(self) -> str:
        return f"{self // 3600}:{self // 60 % 60:02d}:{self % 60:02d}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its part of the report, a key for machines, name, unit, values: archive, one-stop, both."""

    part: str
    key: str
    name: str
    unit: str
    values: tuple[Value, Value, Value]
    inner: bool = False


PARTS = {
    "delivered": "I. Kết quả số hóa: kho lưu trữ đã xác nhận tiếp nhận trong kỳ",
    "scanned": "II. Kết quả quét trong kỳ (theo ngày quét)",
    "waiting": "III. Tồn, lỗi và quét lại",
}

DELIVERED = (
    ("dossiers", "Hồ sơ mới", "hồ sơ"), ("revisions", "Hồ sơ nộp lại (phiên bản thay thế)", "hồ sơ"),
    ("additions", "Hồ sơ bổ sung tài liệu", "lần"), ("documents", "Tài liệu, thành phần hồ sơ", "tài liệu"),
    ("pages_sheets", "Tờ", "tờ"), ("pages", "Trang", "trang"), ("pages_blank", "trong đó trang trắng", "trang"))

SCANNED = (
    ("sheets", "Tờ đã qua máy", "tờ"), ("sides", "Mặt đã chụp", "mặt"), ("filed", "đã lưu trữ", "mặt"),
    ("blank", "trong đó trang trắng", "mặt"), ("separators", "phiếu phân tách", "mặt"),
    ("held", "chờ người xử lý", "mặt"), ("removed", "loại bỏ, có ghi nhận", "mặt"),
    ("replaced", "được lần quét khác thay", "mặt"), ("orphans", "mặt lẻ, tờ không quét trọn", "mặt"),
    ("under_way", "đang xử lý", "mặt"), ("difference", "Chênh lệch (mặt đã chụp trừ các mục trên)", "mặt"))
OF_SIDES = ("filed", "separators", "held", "removed", "replaced", "orphans", "under_way")
"""What becomes of sides: together they are all of them."""

WAITING = (("dossiers_held", "Hồ sơ chờ xử lý (mở trong kỳ)", "hồ sơ"),
           ("refused", "Gói tin bị kho từ chối", "gói"), ("rescans", "Lần quét lại đã thay trang", "lần"))

A4 = ("a4", "Quy đổi khổ A4", "trang A4")

TIMES: tuple[tuple[str, str, Callable[[list[float]], float]], ...] = (
    ("seconds_median", "Thời gian một hồ sơ, từ khi bấm Start đến xác nhận: trung vị", statistics.median),
    ("seconds_mean", "Thời gian một hồ sơ: trung bình", statistics.fmean),
    ("seconds_p90", "Thời gian một hồ sơ: 90 % hồ sơ không quá", lambda found: nearest_rank(found, 0.9)))


def lines(found: Mapping[str, Figures]) -> list[Line]:
    """Return the lines of a report; ``found``: the figures by stream."""
    figures = (found[ARCHIVE], found[ONESTOP], total(found.values()))
    made = [_counted("delivered", one, figures, inner=one[0] == "pages_blank") for one in DELIVERED]
    made += [_line("delivered", (f"pages_{key}", f"khổ {name}", "trang"), [one.sizes[key] for one in figures],
                   inner=True) for key, name in sizes().names.items()]
    made.append(_line("delivered", A4, [sizes().a4(one.sizes) for one in figures]))
    for key, name, reckon in TIMES:
        made.append(_line("delivered", (key, name, "giờ:phút:giây"), [
            Duration(round(reckon(one.seconds))) if one.seconds else None for one in figures]))
    for one in figures:
        one.counts["difference"] = one.counts["sides"] - sum(one.counts[name] for name in OF_SIDES)
    made += [_counted("scanned", one, figures, inner=one[0] in (*OF_SIDES, "blank")) for one in SCANNED]
    return made + [_counted("waiting", one, figures) for one in WAITING]


def nearest_rank(values: list[float], share: float) -> float:
    """Return the value that a share of all does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _counted(part: str, one: tuple[str, str, str], figures: tuple[Figures, ...], *, inner: bool = False) -> Line:
    return _line(part, one, [own.counts[one[0]] for own in figures], inner=inner)


def _line(part: str, one: tuple[str, str, str], values: list[Any], *, inner: bool = False) -> Line:
    return Line(part, *one, (values[0], values[1], values[2]), inner)
