"""What waits in an office and for how long, how quick its steps are, how packages get away."""

from __future__ import annotations

from appliance.monitoring.dashboards.board import Row
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import GOOD, Kind, Panel, Query, Step, chart, stat

HERE = 'office="$office"'
QUEUES = f"appliance_queue_items{{{HERE}}}"
SINCE = f"appliance_queue_oldest_timestamp_seconds{{{HERE}}}"
STAFF = f'{HERE},state=~"held|awaiting_signer"'
REST = f'{HERE},state!~"held|awaiting_signer"'
WAITED = f"""max by (state) (office:appliance_waiting_working_seconds{{{STAFF}}}) or
(time() - min by (state) (appliance_waiting_oldest_timestamp_seconds{{{REST}}})) or
0 * max by (state) (appliance_waiting_items{{{HERE}}})"""
"""How long the oldest waits for a person, as the alerts count it: for the office's staff on working days only."""

JOURNEY = f"sum by (stream, le) (rate(appliance_dossier_end_to_end_seconds_bucket{{{HERE}}}[1h]))"
RATE = "[$__rate_interval]"


def _age(by: str, since: str, items: str) -> str:
    """Return the age of the oldest of each; 0 where nothing waits."""
    return f"(time() - min by ({by}) ({since})) or 0 * max by ({by}) ({items})"


WAITING = Row("Đang chờ · What waits", (
    chart("Hàng đợi của máy", "Things that wait for the machine, by queue.", "short",
          (f"max by (queue) ({QUEUES})", "{{queue}}")),
    chart("Việc chờ lâu nhất trong hàng đợi", "Age of the oldest in each queue; 0: none waits (QueueStuck, "
          "UploadStuck).", "s", (_age("queue", SINCE, QUEUES), "{{queue}}"), steps=at("QueueStuck")),
    chart("Chờ người", "Things that wait for a person, by state.", "short",
          (f"max by (state) (appliance_waiting_items{{{HERE}}})", "{{state}}")),
    chart("Chờ người lâu nhất", "Age of the oldest thing that waits for a person, by state; held and "
          "awaiting_signer without days off; 0: none waits (QuarantineNotEmpty, LockedTooLong).", "s",
          (WAITED, "{{state}}"), steps=at("QuarantineNotEmpty", "LockedTooLong")),
))

SPEED = Row("Tốc độ · Speed", (
    Panel(Kind.HEAT, "Thời gian của một bước, mọi khâu", "How long steps took, all stages: the darker, "
          "the more.", "s",
          (Query(f"sum by (le) (increase(appliance_stage_duration_seconds_bucket{{{HERE}}}{RATE}))", "{{le}}"),),
          (12, 8)),
    chart("Thời gian của một bước, 95 %", "95 % of steps are quicker, by stage, last hour (StageSlow; its limits "
          "are on the board of stages).", "s",
          (f"office:appliance_stage_duration_seconds:p95_1h{{{HERE}}}", "{{stage}}")),
    chart("Từ lúc bấm Bắt đầu đến biên nhận", "From Start to the receipt: half of the last hour's dossiers, "
          "and 95 %, are quicker.", "s",
          *((f"histogram_quantile({share}, {JOURNEY})", f"{{{{stream}}}} {text}")
            for share, text in (("0.5", "50 %"), ("0.95", "95 %")))),
    chart("Thời gian của hồ sơ đi đâu", "Where the time of dossiers went in the last hour: machine, person, "
          "time-stamping authority, network.", "s",
          (f"sum by (share) (increase(appliance_dossier_time_seconds_total{{{HERE}}}[1h]))", "{{share}}")),
    chart("Trang thử hằng ngày", "The synthetic page of the morning: how long each stage took; the line is for the "
          "total (HeartbeatSlow; docs/heartbeat.md).", "s",
          (f"max by (stage) (appliance_heartbeat_duration_seconds{{{HERE}}})", "{{stage}}"),
          steps=at("HeartbeatSlow")),
    chart("Trang thử: lần cuối qua mỗi khâu", "Time since the synthetic page last got through each stage "
                                              "(HeartbeatMissing).", "s",
          (f"time() - max by (stage) (appliance_heartbeat_last_timestamp_seconds{{{HERE}}})", "{{stage}}"),
          steps=at("HeartbeatMissing")),
))

ROAD = Row("Đường truyền và đĩa · Road and disk", (
    chart("Đã gửi", "Bytes a second that the archive took, by lane.", "Bps",
          (f"sum by (lane) (rate(appliance_upload_sent_bytes_total{{{HERE}}}{RATE}))", "{{lane}}")),
    chart("Gói chưa có trả lời của kho", "Bytes of packages without the archive's answer, by lane.", "bytes",
          (f"sum by (lane) (appliance_delivery_backlog_bytes{{{HERE}}})", "{{lane}}")),
    chart("Lần gửi hỏng trong một giờ", "Tries of an upload that failed within an hour, by code; 0: none.", "short",
          (f"sum by (code) (increase(appliance_upload_failures_total{{{HERE}}}[1h])) or vector(0)", "{{code}}")),
    stat("Được gửi gói thường", "1 when it is an hour for bulk packages.", "bool_yes_no",
         f"min(appliance_upload_window_open{{{HERE}}})", (Step("yellow", 0), Step("green", 1))).sized(4, 8),
    stat("Trang thử hôm nay", "1 when the last synthetic page got through; empty where none is sent.",
         "bool_yes_no",
         f"min(appliance_heartbeat_good{{{HERE}}})", GOOD).sized(4, 8),
    stat("Gói để riêng", "Packages that keep failing and were set aside (PackagesSetAside).", "short",
         f"max(appliance_delivery_aside{{{HERE}}})", at("PackagesSetAside")).sized(4, 8),
    chart("Đĩa", "Room for masters: used, and all of it.", "bytes",
          (f"max(appliance_spool_bytes{{{HERE}}})", "đã dùng · used"),
          (f"max(appliance_spool_limit_bytes{{{HERE}}})", "tất cả · all")),
))
