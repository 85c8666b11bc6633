"""The clock that stands in every signature, and the audit chain."""

from __future__ import annotations

from appliance.monitoring.alert import PAGE, TICKET, Alert, Limit, case

SKEW = Limit(2, "s")
UNVERIFIED = Limit(3 * 86400, "s", age=True)
SEQUENCE, HEAD = "appliance_audit_sequence", "appliance_audit_head"
OFFSET = "appliance_clock_offset_seconds{OFFICE}"

ALERTS = (
    Alert(
        "ClockSkew", "K535", "trust", TICKET, "abs(appliance_clock_offset_seconds) > <limit>",
        "Văn phòng {{ $labels.office }}: đồng hồ máy chủ lệch {{ $value | humanizeDuration }}; chữ ký số bị ảnh "
        "hưởng.",
        "Office {{ $labels.office }}: the host's clock is {{ $value | humanizeDuration }} off; signatures are "
        "concerned.",
        fires=(case(OFFSET, "3x20", "15m"), case(OFFSET, "-3x20", "15m")), quiet=(case(OFFSET, "1.5x20", "15m"),),
        hold="5m", limit=SKEW),
    Alert(
        "ClockNotSynchronised", "M825", "trust", TICKET, "appliance_clock_synchronised == 0",
        "Văn phòng {{ $labels.office }}: đồng hồ máy chủ không được đồng bộ hơn một giờ.",
        "Office {{ $labels.office }}: the host's clock has not been synchronised for an hour.",
        fires=(case("appliance_clock_synchronised{OFFICE}", "0x90", "70m"),),
        quiet=(case("appliance_clock_synchronised{OFFICE}", "1x90", "70m"),
               case("appliance_clock_synchronised{OFFICE}", "0x30 1x60", "70m")), hold="1h"),
    Alert(
        "AuditChainWentBack", "S209", "audit", PAGE,
        f"{SEQUENCE} < max_over_time({SEQUENCE}[<6h>]) or {SEQUENCE} < max_over_time({SEQUENCE}[<30d>:<6h>])",
        "Văn phòng {{ $labels.office }}: chuỗi nhật ký kiểm toán lùi lại ({{ $value }}): sổ cái bị cắt hoặc bị "
        "thay.",
        "Office {{ $labels.office }}: the audit chain went back (to {{ $value }}): the ledger was cut or replaced.",
        fires=(case(f"{SEQUENCE}{{OFFICE}}", "0+5x60 200+5x60", "70m"),
               case(f"{SEQUENCE}{{OFFICE}}", "0+5x300 1000+0x300", "1800m", step="5m")),
        quiet=(case(f"{SEQUENCE}{{OFFICE}}", "0+5x120", "70m"), case(f"{SEQUENCE}{{OFFICE}}", "7x120", "70m"))),
    Alert(
        "AuditChainRewritten", "S211", "audit", PAGE,
        f"changes({HEAD}[<1h>]) > 0 and changes({SEQUENCE}[<1h>]) == 0",
        "Văn phòng {{ $labels.office }}: chuỗi nhật ký kiểm toán bị viết lại: mã băm đổi mà số dòng không đổi.",
        "Office {{ $labels.office }}: the audit chain was rewritten: its hash changed and its length did not.",
        fires=(case(f"{HEAD}{{OFFICE}}", "7x30 8x30", "40m", (f"{SEQUENCE}{{OFFICE}}", "5x60")),),
        quiet=(case(f"{HEAD}{{OFFICE}}", "7x30 8x30", "40m", (f"{SEQUENCE}{{OFFICE}}", "5x30 6x30")),
               case(f"{HEAD}{{OFFICE}}", "7x60", "40m", (f"{SEQUENCE}{{OFFICE}}", "5x60")))),
    Alert(
        "AuditChainBroken", "S206", "audit", PAGE, "appliance_audit_good == 0",
        "Văn phòng {{ $labels.office }}: kiểm tra chuỗi nhật ký kiểm toán thấy chỗ bị sửa.",
        "Office {{ $labels.office }}: the verification of the audit chain found a break.",
        fires=(case("appliance_audit_good{OFFICE}", "0x20", "10m"),),
        quiet=(case("appliance_audit_good{OFFICE}", "1x20", "10m"),)),
    Alert(
        "AuditNotVerified", "M826", "audit", TICKET,
        "(time() - (appliance_audit_verified_timestamp_seconds > 0)) > <limit>",
        "Văn phòng {{ $labels.office }}: chuỗi nhật ký kiểm toán chưa được kiểm tra từ "
        "{{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: the audit chain was last verified {{ $value | humanizeDuration }} ago.",
        fires=(case("appliance_audit_verified_timestamp_seconds{OFFICE}", "1x150", "74h", step="30m"),),
        quiet=(case("appliance_audit_verified_timestamp_seconds{OFFICE}", "0+1800x150", "74h", step="30m"),),
        hold="1h", limit=UNVERIFIED),
)
