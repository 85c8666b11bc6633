"""Room for masters: days that the disk lasts, and scanning that stopped before a page is lost."""

from __future__ import annotations

from appliance.monitoring.alert import PAGE, TICKET, Alert, Limit, case

DAYS = Limit(10, "d", below=True)
FILLING = Limit(0.6, "percentunit")
FULL = Limit(0.9, "percentunit")
USED = "appliance_spool_bytes / appliance_spool_limit_bytes"
ROOM = ("appliance_spool_limit_bytes{OFFICE}", "1000+0x900")

ALERTS = (
    Alert(
        "DiskLastsFewDaysOffline", "A630", "disk", TICKET, "appliance_disk_offline_seconds / 86400 < <limit>",
        "Văn phòng {{ $labels.office }}: nếu không nộp được gói tin, đĩa chỉ đủ cho {{ $value }} ngày quét.",
        "Office {{ $labels.office }}: without the archive the disk lasts for {{ $value }} days of scanning.",
        fires=(case("appliance_disk_offline_seconds{OFFICE}", "777600x60", "40m"),),
        quiet=(case("appliance_disk_offline_seconds{OFFICE}", "864000x60", "40m"),), hold="30m", limit=DAYS),
    Alert(
        "SpoolFillingUp", "S201", "disk", TICKET,
        "predict_linear(appliance_spool_bytes[<6h>], <1d.s>) > appliance_spool_limit_bytes and "
        f"{USED} > <limit>",
        "Văn phòng {{ $labels.office }}: với tốc độ hiện nay, đĩa đầy trong một ngày.",
        "Office {{ $labels.office }}: at the present rate the disk is full within a day.",
        fires=(case("appliance_spool_bytes{OFFICE}", "400+0.5x900", "500m", ROOM),),
        quiet=(case("appliance_spool_bytes{OFFICE}", "700+0x900", "500m", ROOM),
               case("appliance_spool_bytes{OFFICE}", "100+0.5x900", "500m", ROOM)), hold="1h", limit=FILLING),
    Alert(
        "SpoolNearlyFull", "S201", "disk", PAGE, f"{USED} > <limit>",
        "Văn phòng {{ $labels.office }}: đĩa đã dùng {{ $value | humanizePercentage }}; máy sắp tạm dừng quét.",
        "Office {{ $labels.office }}: the disk is {{ $value | humanizePercentage }} full; scanning will pause "
        "soon.",
        fires=(case("appliance_spool_bytes{OFFICE}", "950x60", "40m", ROOM),),
        quiet=(case("appliance_spool_bytes{OFFICE}", "850x60", "40m", ROOM),), hold="10m", limit=FULL,
        silences=(("SpoolFillingUp", "office"),)),
    Alert(
        "ScanningPaused", "S201", "disk", PAGE, 'appliance_scanner_state{state="blocked"} == 1',
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }}: đã tạm dừng quét vì đĩa gần đầy.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }}: scanning is paused, the disk is nearly full.",
        fires=(case('appliance_scanner_state{OFFICE,device="fi",state="blocked"}', "1x20", "15m"),),
        quiet=(case('appliance_scanner_state{OFFICE,device="fi",state="blocked"}', "0x20", "15m"),
               case('appliance_scanner_state{OFFICE,device="fi",state="ready"}', "1x20", "15m")),
        hold="5m", silences=(("SpoolNearlyFull", "office"), ("SpoolFillingUp", "office"))),
)
