"""Packages on their way, receipts, and whether every sheet is accounted for."""

from __future__ import annotations

from appliance.monitoring.alert import PAGE, TICKET, Alert, Limit, case

STUCK = Limit(2 * 3600, "s", age=True)
STUCK_ANYWAY = "26h"
"""Where bulk packages may go at night only, the oldest is stuck after a whole day and night."""

SILENT_ARCHIVE = Limit(86400, "s", age=True)
ASKED = Limit(3 * 86400, "s", age=True)
DEFINITIONS = Limit(14 * 86400, "s", age=True)
OLDEST = 'appliance_queue_oldest_timestamp_seconds{OFFICE,queue="upload"}'
WINDOW = "appliance_upload_window_open{OFFICE}"
CONTACT = "appliance_archive_contact_timestamp_seconds{OFFICE}"
AGE = 'time() - appliance_queue_oldest_timestamp_seconds{queue="upload"}'
MISMATCHES = "appliance_receipt_mismatches_total{OFFICE}"
HELD_BACK = 'appliance_items{OFFICE,kind="delivery",state="scan_hook_failed"}'

ALERTS = (
    Alert(
        "UploadStuck", "A602", "delivery", TICKET,
        f"(({AGE} > <limit>) and on (office, instance) min_over_time(appliance_upload_window_open[<2h>]) == 1 "
        f"and on () appliance:office_open == 1) or ({AGE} > <{STUCK_ANYWAY}.s>)",
        "Văn phòng {{ $labels.office }}: gói tin cũ nhất chờ nộp đã {{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: the oldest package has waited {{ $value | humanizeDuration }} to be sent.",
        fires=(case(OLDEST, "-6000+0x240", "150m", (WINDOW, "1x240")),
               case(OLDEST, "-93000+0x60", "30m", (WINDOW, "0x60"))),
        quiet=(case(OLDEST, "0+60x240", "150m", (WINDOW, "1x240")),
               case(OLDEST, "-6000+0x240", "150m", (WINDOW, "0x240")),
               case(OLDEST, "-6000+0x330", "320m", (WINDOW, "1x330"))),
        hold="10m", limit=STUCK),
    Alert(
        "ArchiveSilent", "A602", "delivery", TICKET,
        "(time() - (appliance_archive_contact_timestamp_seconds > 0)) > <limit> and on (office, instance) sum by "
        "(office, instance) (appliance_delivery_waiting) > 0",
        "Văn phòng {{ $labels.office }}: kho lưu trữ im lặng đã {{ $value | humanizeDuration }} mà còn gói tin "
        "chờ.",
        "Office {{ $labels.office }}: nothing was heard of the archive for {{ $value | humanizeDuration }}, and "
        "packages wait.",
        fires=(case(CONTACT, "1+0x1600", "1520m", ('appliance_delivery_waiting{OFFICE,lane="bulk"}', "2x1600")),),
        quiet=(case(CONTACT, "1+0x1600", "1520m", ('appliance_delivery_waiting{OFFICE,lane="bulk"}', "0x1600")),
               case(CONTACT, "0+60x1600", "1520m", ('appliance_delivery_waiting{OFFICE,lane="bulk"}', "2x1600"))),
        hold="1h", limit=SILENT_ARCHIVE, silences=(("UploadStuck", "office"),)),
    Alert(
        "UrgentPackageWaits", "A602", "delivery", TICKET, 'appliance_delivery_waiting{lane="urgent"} > 0 and on '
        f"(office, instance) ({AGE}) > <5m.s>",
        "Văn phòng {{ $labels.office }}: {{ $value }} gói tin khẩn chưa được kho lưu trữ trả lời.",
        "Office {{ $labels.office }}: {{ $value }} urgent packages are without the archive's answer.",
        fires=(case('appliance_delivery_waiting{OFFICE,lane="urgent"}', "1x30", "25m", (OLDEST, "0x30")),),
        quiet=(case('appliance_delivery_waiting{OFFICE,lane="urgent"}', "0x30", "25m", (OLDEST, "0x30")),
               # a busy counter: each goes within a minute, another one is always there
               case('appliance_delivery_waiting{OFFICE,lane="urgent"}', "1x30", "25m", (OLDEST, "0+60x30")),
               case('appliance_delivery_waiting{OFFICE,lane="bulk"}', "9x30", "25m", (OLDEST, "0x30"))),
        hold="15m", limit=Limit(0)),
    Alert(
        "PackagesSetAside", "A627", "delivery", TICKET, "appliance_delivery_aside > 0",
        "Văn phòng {{ $labels.office }}: {{ $value }} gói tin nộp mãi không được, đã để riêng.",
        "Office {{ $labels.office }}: {{ $value }} packages keep failing and were set aside.",
        fires=(case("appliance_delivery_aside{OFFICE}", "1x30", "20m"),),
        quiet=(case("appliance_delivery_aside{OFFICE}", "0x30", "20m"),), hold="10m", limit=Limit(0)),
    Alert(
        "ReceiptMismatch", "A604", "delivery", PAGE, "increase(appliance_receipt_mismatches_total[<1d>]) > 0",
        "Văn phòng {{ $labels.office }}: xác nhận tiếp nhận không khớp với gói tin đã nộp; có thể mất hồ sơ. "
        "Không xóa gì.",
        "Office {{ $labels.office }}: a receipt does not fit what was sent; papers may be lost. Delete nothing.",
        fires=(case(MISMATCHES, "0x10 1x30", "20m"),
               # what happened while the centre heard nothing is told when it hears again
               case(MISMATCHES, "0x10 _x300 1x30", "320m")),
        quiet=(case(MISMATCHES, "0x90", "80m"), case(MISMATCHES, "0x10 1x110", "36h", step="30m")),
        limit=Limit(0)),
    Alert(
        "SidesNotReconciled", "M809", "delivery", PAGE, "appliance_sides_unreconciled != 0",
        "Văn phòng {{ $labels.office }}: {{ $value }} mặt giấy đã quét không rõ ở đâu trong sổ cái.",
        "Office {{ $labels.office }}: {{ $value }} captured sides are not accounted for in the ledger.",
        fires=(case("appliance_sides_unreconciled{OFFICE}", "2x60", "40m"),
               case("appliance_sides_unreconciled{OFFICE}", "-1x60", "40m")),
        quiet=(case("appliance_sides_unreconciled{OFFICE}", "0x60", "40m"),), hold="15m"),
    Alert(
        "ArchiveRefusedDossiers", "A603", "delivery", TICKET, "appliance_dossiers_rejected > 0",
        "Văn phòng {{ $labels.office }}: kho lưu trữ từ chối {{ $value }} hồ sơ, cần người sửa.",
        "Office {{ $labels.office }}: the archive refused {{ $value }} dossiers; a person must mend them.",
        fires=(case("appliance_dossiers_rejected{OFFICE}", "1x300", "300m"),),
        quiet=(case("appliance_dossiers_rejected{OFFICE}", "0x300", "300m"),), hold="4h", limit=Limit(0)),
    Alert(
        "ArchiveAsksAgain", "A637", "delivery", TICKET,
        "(time() - (appliance_rescan_task_oldest_timestamp_seconds > 0)) > <limit>",
        "Văn phòng {{ $labels.office }}: kho lưu trữ đề nghị quét lại đã {{ $value | humanizeDuration }} mà chưa "
        "ai quét.",
        "Office {{ $labels.office }}: the archive asked {{ $value | humanizeDuration }} ago for pages to be "
        "scanned again.",
        fires=(case("appliance_rescan_task_oldest_timestamp_seconds{OFFICE}", "1x150", "73h", step="30m"),),
        quiet=(case("appliance_rescan_task_oldest_timestamp_seconds{OFFICE}", "0x150", "73h", step="30m"),
               case("appliance_rescan_task_oldest_timestamp_seconds{OFFICE}", "1x150", "71h", step="30m")),
        limit=ASKED),
    Alert(
        "PackagesNotScreened", "A607", "delivery", TICKET,
        'appliance_items{kind="delivery",state="scan_hook_failed"} > 0',
        "Văn phòng {{ $labels.office }}: {{ $value }} gói tin chưa kiểm tra được mã độc, hoặc bị báo có mã độc; "
        "chưa nộp.",
        "Office {{ $labels.office }}: {{ $value }} packages could not be looked at for harmful code, or have some.",
        fires=(case(HELD_BACK, "1x60", "40m"),),
        quiet=(case(HELD_BACK, "0x60", "40m"),), hold="30m", limit=Limit(0)),
    Alert(
        "ScreenDefinitionsOld", "M810", "delivery", TICKET,
        "(time() - (appliance_screen_definitions_timestamp_seconds > 0)) > <limit>",
        "Văn phòng {{ $labels.office }}: dữ liệu nhận biết mã độc đã {{ $value | humanizeDuration }} chưa cập "
        "nhật.",
        "Office {{ $labels.office }}: the definitions of harmful code are {{ $value | humanizeDuration }} old.",
        fires=(case("appliance_screen_definitions_timestamp_seconds{OFFICE}", "1x700", "337h", step="30m"),),
        quiet=(case("appliance_screen_definitions_timestamp_seconds{OFFICE}", "0x700", "337h", step="30m"),
               case("appliance_screen_definitions_timestamp_seconds{OFFICE}", "1x700", "335h", step="30m")),
        limit=DEFINITIONS),
)
