"""The fleet: who reports, who is late, what fires, how far the programme is; provinces, the worst first."""

from __future__ import annotations

from dataclasses import replace

from appliance.monitoring.alerts.slo import FAST, SLOW
from appliance.monitoring.dashboards.board import Board, Row
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import (
    BAD,
    GREEN,
    ODD,
    ORANGE,
    RED,
    TO_DO,
    Kind,
    Panel,
    Query,
    Step,
    bars,
    chart,
    stat,
)
from appliance.monitoring.dashboards.places import OLDEST, PROVINCES, columns
from appliance.monitoring.recording import ERROR, INCREASE, OBJECTIVE

EXPECTED = "appliance_office_expected_info"
BUDGET = 1 - OBJECTIVE
SPENT = f"({ERROR}28d / {BUDGET:.6g})"
MISSED, EVERY = f'sum by (stream) ({INCREASE}1d{{outcome="missed"}})', f"sum by (stream) ({INCREASE}1d)"
DONE = "last_over_time(appliance_plan_digitised_sheets[1d])"
PLANNED = "last_over_time(appliance_plan_sheets[1d])"
ROAD = "sum by (stream, le) (rate(appliance_dossier_end_to_end_seconds_bucket[1h]))"
ON_TIME = (Step(RED, 0), Step(GREEN, OBJECTIVE))

BURNS = tuple(Step(colour, rates[0][0]) for colour, rates in ((ORANGE, SLOW), (RED, FAST)))
"""The quickest rate of each alert: 3 a ticket, 14.4 a page."""



def _firmware(value: int, word: str) -> str:
    """Return how many scanners have that value, under that word."""
    counted = f"count(appliance_scanner_firmware_known_good == {value}) or vector(0)"
    return f'label_replace({counted}, "firmware", "{word}", "", "")'


NOW = Row("Bây giờ · Now", (
    stat("Văn phòng phải báo cáo", "Offices expected: those on the list of offices today.", "short",
         f"count({EXPECTED})"),
    stat("Đang báo cáo", "Offices reporting within the last quarter of an hour.", "short",
         "count(office:appliance_reporting)"),
    stat("Im lặng", "Silent offices: expected, and nothing heard of them (OfficeSilent).", "short",
         "count(office:appliance_silent) or vector(0)", TO_DO),
    stat("Tỷ lệ im lặng của tỉnh xấu nhất",
         "Worst province: share of its offices that are silent (ProvinceSilent).",
         "percentunit", "max(province:appliance_offices_silent:ratio) or vector(0)", at("ProvinceSilent")),
    stat("Cảnh báo khẩn", "Alerts firing that wake somebody up (severity page).", "short",
         'count(ALERTS{alertstate="firing",severity="page"}) or vector(0)', BAD),
    stat("Việc cần làm trong ngày", "Alerts firing that somebody mends within the working day (severity ticket).",
         "short", 'count(ALERTS{alertstate="firing",severity="ticket"}) or vector(0)', ODD),
    stat("Biên nhận không khớp 24 giờ", "Receipts that do not fit what was sent, 24 h: papers may be lost "
         "(ReceiptMismatch).", "short", "sum(increase(appliance_receipt_mismatches_total[1d]))",
         at("ReceiptMismatch")),
    stat("Gói chưa gửi lâu nhất", "Age of the oldest package that is not sent, in the whole fleet (UploadStuck).",
         "s",
         f'(time() - min({OLDEST}{{queue="upload"}})) or vector(0)', at("UploadStuck")),
    stat("Hồ sơ chờ người", "Dossiers and pages that wait for a person, in the whole fleet.", "short",
         "sum(appliance_waiting_items)", ODD),
    stat("Mặt giấy 24 giờ", "Sides captured within 24 hours.", "short",
         "sum(increase(appliance_pages_captured_total[1d]))"),
    stat("Trang đã lưu trữ 24 giờ", "Pages filed on a receipt that verified, 24 hours.", "short",
         "sum(increase(appliance_pages_filed_total[1d]))"),
    stat("Kế hoạch đã số hóa", "Share of the planned sheets that is digitised.", "percentunit",
         f"sum({DONE}) / sum({PLANNED})"),
))

PROMISE = Row("Cam kết thời gian · Promise", (
    Panel(Kind.STAT, "Đúng hẹn 24 giờ theo luồng", "Dossiers whose receipt came in time, 24 hours, by stream.",
          "percentunit", (Query(f"1 - {MISSED} / {EVERY}", "{{stream}}"),), (8, 5), ON_TIME),
    Panel(Kind.STAT, "Hạn mức lỗi 28 ngày đã dùng", "Error budget of 28 days used by the worst province, by "
          "stream; 1: it is used up.", "percentunit", (Query(f"max by (stream) {SPENT}", "{{stream}}"),), (8, 5),
          (Step(GREEN, 0), Step(RED, 1))),
    Panel(Kind.STAT, "Hồ sơ trễ hẹn 24 giờ", "Dossiers that were late within 24 hours, by stream.", "short",
          (Query(f"round({MISSED})", "{{stream}}"),), (8, 5), ODD),
    chart("Tốc độ dùng hạn mức lỗi, tỉnh xấu nhất", "Burn rate of the worst province: 1 uses the budget up in "
          "exactly 28 days. The lines are those of SloSlowBurn and SloFastBurn.", "suffix:x",
          *((f"max by (stream) ({ERROR}{window}) / {BUDGET:.6g}", f"{{{{stream}}}} {window}")
            for window in ("1h", "6h", "1d")), steps=(Step(GREEN, 0), *BURNS)),
    chart("Từ lúc bấm Bắt đầu đến biên nhận", "From Start to the receipt: half of the last hour's dossiers, and 95 "
          "%, are quicker.", "s",
          *((f"histogram_quantile({share}, {ROAD})", f"{{{{stream}}}} {text}")
            for share, text in (("0.5", "50 %"), ("0.95", "95 %")))),
))

WHERE = Row("Tỉnh, xấu nhất trước · Provinces, the worst first", (
    replace(PROVINCES, vi="Tỉnh", en="Provinces by how they stand: ten points for each alert that wakes somebody "
            "up, one for each ticket. A province opens its own board.",
            queries=columns("province", 'province!=""')),
    Panel(Kind.TABLE, "Văn phòng im lặng", "Silent offices. One opens its own board: what was last heard of it.",
          "short", (Query("sum by (province, office, ring) (office:appliance_silent)", "Im lặng", steps=TO_DO),),
          (12, 9), keys=("province", "office", "ring"), opens="appliance-office"),
    Panel(Kind.TABLE, "Cảnh báo theo loại", "What fires, by alert: in how many places.", "short",
          (Query('count by (alertname, code, severity) (ALERTS{alertstate="firing",severity=~"page|ticket"})',
                 "Số nơi", steps=ODD),), (12, 9), keys=("alertname", "code", "severity")),
))

STATE = Row("Phiên bản và máy quét · Releases and scanners", (
    bars("Văn phòng theo phiên bản", "Offices by release of the software.", "short",
         ("count by (version) (count by (office, version) (appliance_build_info))", "{{version}}")),
    bars("Máy quét theo phần mềm máy", "Scanners by whether their firmware is known good (FirmwareNotCompliant).",
         "short",
         (f"{_firmware(1, 'đạt · good')} or {_firmware(0, 'không đạt · not')}", "{{firmware}}")),
    bars("Chờ người, theo trạng thái", "Things that wait for a person, by state.", "short",
         ("sum by (state) (appliance_waiting_items)", "{{state}}"), ODD),
))

PROGRAMME = Row("Chương trình số hóa · Programme", (
    chart("Tờ đã số hóa và kế hoạch", "Sheets digitised, and planned.", "short",
          (f"sum({DONE})", "đã số hóa · done"),
          (f"sum({PLANNED})", "kế hoạch · planned")),
    chart("Văn phòng báo cáo", "Offices expected, and reporting.", "short",
          (f"count({EXPECTED})", "phải báo cáo · expected"),
          ("count(office:appliance_reporting)", "đang báo cáo · reporting")),
))

BOARD = Board(
    "appliance-fleet", "Toàn hệ thống · Fleet",
    "Is the fleet well, and where is it not? Read from left to right; a province or an office opens its own board.",
    (NOW, PROMISE, WHERE, STATE, PROGRAMME),
    leads=(("appliance-plan", "Kế hoạch · Plan"), ("appliance-rollout", "Triển khai · Rollout"),
           ("appliance-archive", "Kho lưu trữ · Archive")))
