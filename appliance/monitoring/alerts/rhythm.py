"""What must happen each day or by a date: the synthetic page, the plan."""

from __future__ import annotations

from appliance.monitoring.alert import INFO, TICKET, Alert, Limit, case

SLOW = Limit(300, "s")
"""Seconds of our own that a dossier may take of the citizen's fifteen minutes."""

MISSING = Limit(26 * 3600, "s", age=True)
ENABLED = ("appliance_heartbeat_enabled{OFFICE}", "1x1800")
LAST = 'appliance_heartbeat_last_timestamp_seconds{OFFICE,stage="total"}'
TOOK = 'appliance_heartbeat_duration_seconds{OFFICE,stage="total"}'
DONE = 'appliance_heartbeat_last_timestamp_seconds{stage="total"}'
ON = "and on (office, instance) appliance_heartbeat_enabled == 1"
PHASE = '{OFFICE,phase="2026"}'

ALERTS = (
    Alert(
        "HeartbeatFailing", "M840", "heartbeat", TICKET, f"appliance_heartbeat_good == 0 {ON}",
        "Văn phòng {{ $labels.office }}: trang thử hằng ngày không đi hết đường tới kho lưu trữ.",
        "Office {{ $labels.office }}: the daily synthetic page did not get through to the archive.",
        fires=(case("appliance_heartbeat_good{OFFICE}", "0x40", "30m", ENABLED),),
        quiet=(case("appliance_heartbeat_good{OFFICE}", "1x40", "30m", ENABLED),
               case("appliance_heartbeat_good{OFFICE}", "0x40", "30m", (ENABLED[0], "0x40"))), hold="15m"),
    Alert(
        "HeartbeatMissing", "M827", "heartbeat", TICKET,
        f"((appliance_heartbeat_enabled == 1 and appliance_heartbeat_enabled offset <26h> == 1) unless "
        f"on (office, instance) {DONE}) or "
        f"((time() - {DONE}) > <limit> {ON})",
        "Văn phòng {{ $labels.office }}: hơn 26 giờ không có trang thử nào về tới kho lưu trữ.",
        "Office {{ $labels.office }}: no synthetic page has reached the archive for 26 hours.",
        fires=(case(LAST, "-90000x400", "300m", ENABLED), case(*ENABLED, "29h", step="5m")),
        quiet=(case(*ENABLED, "25h", step="5m"), case(LAST, "-80000x400", "200m", ENABLED),
               case(LAST, "-90000x400", "300m", (ENABLED[0], "0x400"))),
        hold="2h", limit=MISSING),
    Alert(
        "HeartbeatSlow", "M828", "heartbeat", TICKET,
        f'appliance_heartbeat_duration_seconds{{stage="total"}} > <limit> {ON}',
        "Văn phòng {{ $labels.office }}: trang thử mất {{ $value | humanizeDuration }} từ lúc bấm Start tới xác "
        "nhận.",
        "Office {{ $labels.office }}: the synthetic page took {{ $value | humanizeDuration }} from Start to "
        "receipt.",
        fires=(case(TOOK, "400x30", "20m", ENABLED),),
        quiet=(case(TOOK, "200x30", "20m", ENABLED), case(TOOK, "400x30", "20m", (ENABLED[0], "0x30"))),
        hold="5m", limit=SLOW),
    Alert(
        "PlanOverdue", "M829", "plan", TICKET, "appliance_plan_overdue_dossiers > 0",
        "Văn phòng {{ $labels.office }}: giai đoạn {{ $labels.phase }} quá hạn, còn {{ $value }} hồ sơ chưa số "
        "hóa.",
        "Office {{ $labels.office }}: phase {{ $labels.phase }} is overdue with {{ $value }} dossiers to do.",
        fires=(case(f"appliance_plan_overdue_dossiers{PHASE}", "12x90", "70m"),),
        quiet=(case(f"appliance_plan_overdue_dossiers{PHASE}", "0x90", "70m"),), hold="1h", limit=Limit(0)),
    Alert(
        "PlanBehind", "M830", "plan", INFO,
        "appliance_plan_completion_timestamp_seconds - appliance_plan_deadline_timestamp_seconds > 0",
        "Văn phòng {{ $labels.office }}: với tốc độ hiện nay, giai đoạn {{ $labels.phase }} trễ "
        "{{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: at the present rate phase {{ $labels.phase }} ends "
        "{{ $value | humanizeDuration }} late.",
        fires=(case(f"appliance_plan_completion_timestamp_seconds{PHASE}", "900000x60", "26h",
                    (f"appliance_plan_deadline_timestamp_seconds{PHASE}", "800000x60"), step="30m"),),
        quiet=(case(f"appliance_plan_completion_timestamp_seconds{PHASE}", "700000x60", "26h",
                    (f"appliance_plan_deadline_timestamp_seconds{PHASE}", "800000x60"), step="30m"),),
        hold="1d", limit=Limit(0, "s")),
)
