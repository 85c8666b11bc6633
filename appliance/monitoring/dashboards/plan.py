"""The programme: sheets and dossiers beside the plan, when it ends at the present rate, both streams."""

from __future__ import annotations

from appliance.monitoring.dashboards.board import Board, Row
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import GREEN, YELLOW, Kind, Panel, Query, Step, bars, chart, stat
from appliance.monitoring.dashboards.pipeline import IN, OFFICE, PROVINCE

ONE_STOP_GOAL, HIGH_USE_GOAL = 1.0, 0.3
"""What the state asks for: every component of a one-stop dossier, three tenths of the holdings much asked for."""

DAY = 86_400


def kept(name: str, where: str) -> str:
    """Return a figure of the plan as it was last heard, within a day: a silent office is still in the programme."""
    return f"last_over_time({name}{{{where}}}[1d])"


DONE, PLANNED = kept("appliance_plan_digitised_sheets", IN), kept("appliance_plan_sheets", IN)
DEADLINE = kept("appliance_plan_deadline_timestamp_seconds", IN)
ENDS = kept("appliance_plan_completion_timestamp_seconds", IN)
OVERDUE = kept("appliance_plan_overdue_dossiers", IN)
RATE = kept("appliance_plan_rate_sheets_per_day", IN)
COMPONENTS = "sum(last_over_time(appliance_onestop_components{how%s,%s}[1d]))"


def _goal(value: float) -> tuple[Step, Step]:
    return Step(YELLOW, 0), Step(GREEN, value)


NOW = Row("Kho lưu trữ · Archive stream", (
    stat("Tờ theo kế hoạch", "Sheets planned.", "short", f"sum({PLANNED})"),
    stat("Tờ đã số hóa", "Planned sheets that are digitised.", "short", f"sum({DONE})"),
    stat("Đã số hóa", "Share of the planned sheets that is digitised.", "percentunit",
         f"sum({DONE}) / sum({PLANNED})"),
    stat("Hồ sơ theo kế hoạch", "Dossiers planned.", "short", f"sum({kept('appliance_plan_dossiers', IN)})"),
    stat("Hồ sơ đã số hóa", "Planned dossiers that are digitised.", "short",
         f"sum({kept('appliance_plan_digitised_dossiers', IN)})"),
    stat("Hồ sơ quá hạn", "Dossiers that are not digitised and past the deadline of their phase (PlanOverdue).",
         "short",
         f"sum({OVERDUE})", at("PlanOverdue")),
    stat("Tờ mỗi ngày", "Sheets of a working day at the present rate.", "short",
         f"sum({RATE})"),
    stat("Cần mỗi ngày", "Sheets of a day that are needed to end every phase by its deadline.", "short",
         f"sum(clamp_min({PLANNED} - {DONE}, 0) / (({DEADLINE} - time()) / {DAY} > 1))"),
    stat("Xong vào", "When the last phase ends at the present rate.", "dateTimeAsIso", f"max({ENDS}) * 1000"),
    stat("Giai đoạn trễ nhất", "How long the worst phase ends after its deadline at the present rate; 0: none "
                               "(PlanBehind).",
         "s", f"clamp_min(max({ENDS} - {DEADLINE}), 0)", (Step(GREEN, 0), Step(YELLOW, 1, "PlanBehind"))),
    stat("Hồ sơ hay dùng đã số hóa", "Share of the holdings that are much asked for which is digitised; the goal "
                                     "is 30 %.",
         "percentunit", f'sum(last_over_time(appliance_high_use_dossiers{{state="digitised",{IN}}}[1d])) / '
         f'sum(last_over_time(appliance_high_use_dossiers{{state="planned",{IN}}}[1d]))', _goal(HIGH_USE_GOAL)),
    stat("Hồ sơ hay dùng theo kế hoạch", "Dossiers much asked for that are planned.", "short",
         f'sum(last_over_time(appliance_high_use_dossiers{{state="planned",{IN}}}[1d]))'),
))

PHASES = Row("Theo giai đoạn · By phase", (
    Panel(Kind.TABLE, "Giai đoạn", "Phases of the plan: planned, digitised, overdue, deadline and the end at the "
                                   "present rate.",
          "short", (
              Query(f"sum by (phase) ({PLANNED})", "Tờ theo kế hoạch"),
              Query(f"sum by (phase) ({DONE})", "Tờ đã số hóa"),
              Query(f"sum by (phase) ({DONE}) / sum by (phase) ({PLANNED})", "Tỷ lệ", "percentunit"),
              Query(f"sum by (phase) ({OVERDUE})", "Hồ sơ quá hạn",
                    steps=at("PlanOverdue")),
              Query(f"max by (phase) ({DEADLINE}) * 1000", "Hạn", "dateTimeAsIso"),
              Query(f"max by (phase) ({ENDS}) * 1000", "Xong vào", "dateTimeAsIso")),
          (24, 6), keys=("phase",), worst=3),
    chart("Tờ đã số hóa và kế hoạch", "Sheets digitised and planned, over time.", "short",
          (f"sum({DONE})", "đã số hóa · done"), (f"sum({PLANNED})", "kế hoạch · planned")),
    bars("Tỷ lệ theo giai đoạn", "Share of each phase's sheets that is digitised.", "percentunit",
         (f"sum by (phase) ({DONE}) / sum by (phase) ({PLANNED})", "{{phase}}")).sized(12, 8),
))

ONE_STOP = Row("Một cửa · One-stop stream", (
    Panel(Kind.STAT, "Hồ sơ một cửa", "One-stop dossiers: received, and those of which every component is there.",
          "short",
          (Query(f"sum by (state) ({kept('appliance_onestop_dossiers', IN)})", "{{state}}"),), (8, 6)),
    stat("Thành phần đã đủ", "Share of the components required that is digitised, reused or exempt; the goal is "
                             "100 %.",
         "percentunit", f'{COMPONENTS % ("=~" + chr(34) + "reused|exempt|digitised" + chr(34), IN)} / '
         f'{COMPONENTS % ("=" + chr(34) + "required" + chr(34), IN)}', _goal(ONE_STOP_GOAL)).sized(8, 6),
    bars("Thành phần hồ sơ", "Components of one-stop dossiers: required, and by how they were met.", "short",
         (f"sum by (how) ({kept('appliance_onestop_components', IN)})", "{{how}}")).sized(8, 6),
))

WHERE = Row("Ở đâu chậm · Where it lags", (
    Panel(Kind.TABLE, "Văn phòng", "Offices, those with the most overdue dossiers first; one opens its own board.",
          "short", (
        Query(f"sum by (province, office) ({OVERDUE})", "Hồ sơ quá hạn",
              steps=at("PlanOverdue")),
        Query(f"sum by (province, office) ({PLANNED})", "Tờ theo kế hoạch"),
        Query(f"sum by (province, office) ({DONE}) / sum by (province, office) ({PLANNED})", "Tỷ lệ",
              "percentunit"),
        Query(f"sum by (province, office) ({RATE})", "Tờ mỗi ngày"),
        Query(f"max by (province, office) ({ENDS}) * 1000", "Xong vào", "dateTimeAsIso")),
        (24, 12), keys=("province", "office"), opens="appliance-office"),
))

BOARD = Board(
    "appliance-plan", "Kế hoạch số hóa · Plan", "Both streams beside what was planned, for one office, a province "
    "or all.",
    (NOW, PHASES, ONE_STOP, WHERE), (PROVINCE, OFFICE), since="now-30d",
    leads=(("appliance-fleet", "Toàn hệ thống · Fleet"),))
