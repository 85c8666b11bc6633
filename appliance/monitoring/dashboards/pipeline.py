"""Stages of the work: how quick each is beside what a sound host needs, what fails, who works."""

from __future__ import annotations

from appliance.monitoring.alerts.pipeline import SLOWER
from appliance.monitoring.dashboards.board import Board, Row, Variable
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import GOOD, GREEN, ORANGE, Kind, Panel, Query, Step, bars, chart, stat

PROVINCE = Variable("province", "Tỉnh", "label_values(appliance_office_expected_info, province)", many=True)
OFFICE = Variable("office", "Văn phòng", 'label_values(appliance_office_expected_info{province=~"$province"}, '
                                         'office)',
                  many=True)
IN = 'province=~"$province",office=~"$office"'
BUCKETS = f"sum by (stage, le) (rate(appliance_stage_duration_seconds_bucket{{{IN}}}[1h]))"
P95 = f"office:appliance_stage_duration_seconds:p95_1h{{{IN}}}"
RATIO = f"{P95} / on (stage) group_left () appliance:stage_baseline_seconds"
UNDONE = f'increase(appliance_steps_total{{result!="ok",{IN}}}[1h])'
SINCE = f"min by (queue) (appliance_queue_oldest_timestamp_seconds{{{IN}}})"
SLOW = (Step(GREEN, 0), Step(ORANGE, SLOWER.value, "StageSlow"))

QUICK = Row("Tốc độ từng khâu · Speed of each stage", (
    bars("So với máy khỏe: khâu chậm nhất", "95 % of the last hour beside what a sound host needs, worst office, "
         "by stage: 1 is as quick (StageSlow).", "suffix:x", (f"max by (stage) ({RATIO})", "{{stage}}"),
         SLOW).sized(8, 8),
    chart("Một bước, 50 %", "Half of the steps are quicker, by stage, last hour.", "s",
          (f"histogram_quantile(0.5, {BUCKETS})", "{{stage}}")).sized(8, 8),
    chart("Một bước, 95 %", "95 % of the steps are quicker, by stage, last hour.", "s",
          (f"histogram_quantile(0.95, {BUCKETS})", "{{stage}}")).sized(8, 8),
    Panel(Kind.TABLE, "Văn phòng chậm nhất", "Offices by their slowest stage, beside what a sound host needs "
          "(StageSlow). An office opens its own board.", "suffix:x", (
              Query(f"topk(20, max by (province, office) ({RATIO}))", "Chậm gấp", steps=SLOW),), (12, 9),
          keys=("province", "office"), opens="appliance-office"),
    Panel(Kind.TABLE, "Mức của máy khỏe", "What 95 % of steps need on a sound host: measured by the benches.", "s",
          (Query("max by (stage) (appliance:stage_baseline_seconds)", "Giây"),), (12, 9), keys=("stage",)),
))

FLOW = Row("Dòng chảy · Flow", (
    chart("Bước mỗi giờ", "Steps finished within an hour, by stage.", "short",
          (f"sum by (stage) (increase(appliance_steps_total{{{IN}}}[1h]))", "{{stage}}")),
    chart("Bước không xong mỗi giờ", "Steps that ended otherwise than well within an hour, by stage and result; 0: "
                                     "none.",
          "short", (f"sum by (stage, result) ({UNDONE}) or vector(0)", "{{stage}} {{result}}")),
    chart("Đang chờ", "Things that wait, by queue.", "short",
          (f"sum by (queue) (appliance_queue_items{{{IN}}})", "{{queue}}")),
    chart("Chờ lâu nhất", "Age of the oldest in each queue, worst office; 0: none waits (QueueStuck).", "s",
          (f"(time() - {SINCE}) or 0 * max by (queue) (appliance_queue_items{{{IN}}})", "{{queue}}"),
          steps=at("QueueStuck")),
))

HANDS = Row("Tiến trình làm việc · Workers", (
    chart("Tiến trình", "Workers by what they do; fit: proved today.", "short",
          (f"sum by (state) (appliance_pool_workers{{{IN}}})", "{{state}}")),
    chart("Tiến trình chết trong 30 phút", "Workers that died or hung within 30 minutes, worst office; 0: none "
          "(WorkerCrashLoop).", "short",
          (f"max(sum by (office) (increase(appliance_workers_lost_total{{{IN}}}[30m]))) or vector(0)",
           "chết · lost"),
          steps=at("WorkerCrashLoop")),
    stat("Trang chuẩn sai", "Offices whose workers do not see the golden pages right (GoldenPageWrong).", "short",
         f"count(appliance_golden_page_good{{{IN}}} == 0) or vector(0)", (Step("green", 0), Step("red", 1))),
    stat("Bộ đo hỏng", "Collectors of metrics that fail (CollectorFailing).", "short",
         f"count(appliance_collector_success{{{IN}}} == 0) or vector(0)", (Step("green", 0), Step("orange", 1))),
    stat("Biên dịch lại", "Compilations of image code since the start: 0 on a host whose cache is good.", "short",
         f"sum(appliance_jit_compilations_total{{{IN}}})"),
    stat("Đọc được chữ", "Share of pages whose text was read, 24 hours (PagesUnread).", "percentunit",
         f"1 - ((sum(increase(appliance_pages_unread_total{{{IN}}}[1d])) or vector(0)) / "
         f"sum(increase(appliance_pages_processed_total{{{IN}}}[1d])))"),
    stat("Mọi bộ đo đọc được", "1 when every collector of every office could be read.", "bool_yes_no",
         f"min(appliance_collector_success{{{IN}}})", GOOD),
    stat("Mất khi đọc số liệu", "How long reading one metrics page takes, worst office.", "s",
         f"max(sum by (office) (appliance_collector_duration_seconds{{{IN}}}))"),
))

JUDGED = Row("Giữ lại và cảnh báo · Held and warned", (
    chart("Giữ lại mỗi giờ, theo mã", "Things put aside for a person within an hour, by code; 0: none.", "short",
          (f"sum by (code) (increase(appliance_held_total{{{IN}}}[1h])) or vector(0)", "{{code}}")),
    chart("Cảnh báo chất lượng mỗi giờ", "Sides that a check warned of within an hour, by check; 0: none.", "short",
          (f"sum by (check) (increase(appliance_page_warnings_total{{{IN}}}[1h])) or vector(0)", "{{check}}")),
))

BOARD = Board(
    "appliance-pipeline", "Các khâu xử lý · Pipeline",
    "Every stage beside what a sound host needs, for one office, a province or all.",
    (QUICK, FLOW, HANDS, JUDGED), (PROVINCE, OFFICE),
    leads=(("appliance-fleet", "Toàn hệ thống · Fleet"), ("appliance-rollout", "Triển khai · Rollout")))
