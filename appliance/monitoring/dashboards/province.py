"""A province: its offices, the worst first, its promise and what fires there."""

from __future__ import annotations

from dataclasses import replace

from appliance.monitoring.alerts.slo import FAST, SLOW
from appliance.monitoring.dashboards.board import Board, Row, Variable
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
    chart,
    stat,
)
from appliance.monitoring.dashboards.places import OFFICES, OLDEST, columns
from appliance.monitoring.recording import ERROR, OBJECTIVE

PROVINCE = Variable("province", "Tỉnh", "label_values(appliance_office_expected_info, province)")
IN = 'province="$province"'
BUDGET = 1 - OBJECTIVE
FIRING = f'ALERTS{{alertstate="firing",severity="%s",{IN}}}'

NOW = Row("Bây giờ · Now", (
    stat("Văn phòng phải báo cáo", "Offices of the province that are expected today.", "short",
         f"count(appliance_office_expected_info{{{IN}}})"),
    stat("Im lặng", "Its silent offices (OfficeSilent).", "short",
         f"count(office:appliance_silent{{{IN}}}) or vector(0)", TO_DO),
    stat("Tỷ lệ im lặng", "Share of its offices that are silent (ProvinceSilent).", "percentunit",
         f"max(province:appliance_offices_silent:ratio{{{IN}}}) or vector(0)", at("ProvinceSilent")),
    stat("Cảnh báo khẩn", "Alerts firing there that wake somebody up (severity page).", "short",
         f"count({FIRING % 'page'}) or vector(0)", BAD),
    stat("Việc cần làm trong ngày", "Alerts firing there that are mended within the working day (severity ticket).",
         "short", f"count({FIRING % 'ticket'}) or vector(0)", ODD),
    stat("Gói chưa gửi lâu nhất", "Age of the oldest package that is not sent (UploadStuck).", "s",
         f'(time() - min({OLDEST}{{queue="upload",{IN}}})) or vector(0)', at("UploadStuck")),
))

PROMISE = Row("Cam kết thời gian · Promise", (
    chart("Tốc độ dùng hạn mức lỗi", "Burn rate: 1 uses the budget up in exactly 28 days. The lines are those of "
          "SloSlowBurn and SloFastBurn.", "suffix:x",
          *((f"{ERROR}{window}{{{IN}}} / {BUDGET:.6g}", f"{{{{stream}}}} {window}")
            for window in ("1h", "6h", "1d")),
          steps=(Step(GREEN, 0), Step(ORANGE, SLOW[0][0]), Step(RED, FAST[0][0]))),
    chart("Hồ sơ trễ hẹn trong một giờ, theo văn phòng", "Dossiers that were late within an hour, by office "
          "(OfficeMissingDeadline).", "short",
          (f'sum by (office) (increase(appliance_dossier_sli_total{{outcome="missed",{IN}}}[1h]))', "{{office}}"),
          steps=at("OfficeMissingDeadline")),
))

WHERE = Row("Văn phòng, xấu nhất trước · Offices, the worst first", (
    replace(OFFICES, vi="Văn phòng", en="Offices by how they stand: ten points for each alert that wakes somebody "
            "up, one for each ticket. An office opens its own board.", queries=columns("province, office", IN)),
    Panel(Kind.TABLE, "Cảnh báo", "What fires in the province; an office opens its own board.", "short",
          (Query(f'sum by (province, office, alertname, code, severity) (ALERTS{{alertstate="firing",'
                 f'severity=~"page|ticket|info",{IN}}})', "Đang báo", steps=ODD),), (24, 9),
          keys=("province", "office", "alertname", "code", "severity"), opens="appliance-office"),
))

WORK = Row("Công việc · Work", (
    chart("Mặt giấy mỗi giờ, theo văn phòng", "Sides captured in the last hour, by office.", "short",
          (f"sum by (office) (increase(appliance_pages_captured_total{{{IN}}}[1h]))", "{{office}}")),
    chart("Gói chưa gửi", "Packages without the archive's answer, by office.", "short",
          (f"sum by (office) (appliance_delivery_waiting{{{IN}}})", "{{office}}")),
))

BOARD = Board(
    "appliance-province", "Tỉnh · Province", "How the offices of one province stand; an office opens its own "
    "board.",
    (NOW, WHERE, PROMISE, WORK), (PROVINCE,),
    leads=(("appliance-fleet", "Toàn hệ thống · Fleet"), ("appliance-plan", "Kế hoạch · Plan")))
