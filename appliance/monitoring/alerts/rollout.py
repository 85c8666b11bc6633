"""The host as it should be: release, roll-out, drift, backup. Told by the textfile of node_exporter."""

from __future__ import annotations

from appliance.monitoring.alert import TICKET, Alert, Limit, case

DRIFT_OLD = Limit(8 * 86400, "s", age=True)
BACKUP_OLD = Limit(2 * 86400, "s", age=True)
NODE = 'office="0701",province="79",level="district",ring="2",host="h0701",instance="h0701:9100",job="node"'
OTHER = 'office="0702",province="79",level="district",ring="2",host="h0702",instance="h0702:8460",job="appliance"'
THIRD = OTHER.replace("0702", "0703")
OURS = 'appliance_build_info{OFFICE,version="1.0"}'
NEWER = ((f'appliance_build_info{{{OTHER},version="1.1"}}', "1x400"),
         (f'appliance_build_info{{{THIRD},version="1.1"}}', "1x400"))

ALERTS = (
    Alert(
        "ReleaseLag", "M831", "rollout", TICKET,
        "appliance_build_info unless on (ring, version) topk by (ring) (1, count by (ring, version) "
        "(appliance_build_info))",
        "Văn phòng {{ $labels.office }}: bản {{ $labels.version }} khác bản mà vòng {{ $labels.ring }} dùng, đã "
        "7 ngày.",
        "Office {{ $labels.office }}: release {{ $labels.version }} is not that of ring {{ $labels.ring }}, for "
        "7 days.",
        fires=(case(OURS, "1x400", "170h", *NEWER, step="30m"),),
        quiet=(case(OURS, "1x400", "160h", *NEWER, step="30m"),
               case(OURS.replace("1.0", "1.1"), "1x400", "170h", *NEWER, step="30m")), hold="7d"),
    Alert(
        "RolloutFailed", "M832", "rollout", TICKET, "appliance_rollout_ok == 0",
        "Văn phòng {{ $labels.office }}: lần cài đặt gần nhất trên máy {{ $labels.host }} thất bại.",
        "Office {{ $labels.office }}: the last roll-out to host {{ $labels.host }} failed.",
        fires=(case(f"appliance_rollout_ok{{{NODE}}}", "0x40", "30m"),),
        quiet=(case(f"appliance_rollout_ok{{{NODE}}}", "1x40", "30m"),), hold="15m"),
    Alert(
        "DriftDetected", "M833", "rollout", TICKET, "appliance_drift_tasks > 0",
        "Văn phòng {{ $labels.office }}: máy {{ $labels.host }} khác cấu hình chuẩn ở {{ $value }} chỗ.",
        "Office {{ $labels.office }}: host {{ $labels.host }} differs from its settings in {{ $value }} tasks.",
        fires=(case(f"appliance_drift_tasks{{{NODE}}}", "3x90", "70m"),),
        quiet=(case(f"appliance_drift_tasks{{{NODE}}}", "0x90", "70m"),), hold="1h", limit=Limit(0)),
    Alert(
        "DriftUnknown", "M833", "rollout", TICKET, "(time() - appliance_drift_checked_timestamp_seconds) > <limit>",
        "Văn phòng {{ $labels.office }}: máy {{ $labels.host }} chưa được so với cấu hình chuẩn từ "
        "{{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: host {{ $labels.host }} was last compared with its settings "
        "{{ $value | humanizeDuration }} ago.",
        fires=(case(f"appliance_drift_checked_timestamp_seconds{{{NODE}}}", "-700000x90", "70m"),),
        quiet=(case(f"appliance_drift_checked_timestamp_seconds{{{NODE}}}", "-600000x90", "70m"),), hold="1h",
        limit=DRIFT_OLD),
    Alert(
        "BackupStale", "M834", "rollout", TICKET, "(time() - appliance_backup_last_success_timestamp_seconds) > "
        "<limit>",
        "Văn phòng {{ $labels.office }}: bản sao lưu gần nhất của máy {{ $labels.host }} đã "
        "{{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: the last good backup of host {{ $labels.host }} is "
        "{{ $value | humanizeDuration }} old.",
        fires=(case(f"appliance_backup_last_success_timestamp_seconds{{{NODE}}}", "-180000x90", "70m"),),
        quiet=(case(f"appliance_backup_last_success_timestamp_seconds{{{NODE}}}", "-90000x90", "70m"),), hold="1h",
        limit=BACKUP_OLD),
)
