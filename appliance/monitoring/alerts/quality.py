"""Images that get worse, golden pages seen wrong, pages that no engine can read."""

from __future__ import annotations

from appliance.monitoring.alert import INFO, PAGE, TICKET, Alert, Limit, case

OFF = Limit(2)
"""Deviations of single pages that recent captures lie off their baseline (docs/imaging.md)."""

STREAKS = Limit(4.5)
"""Half of image.limit.streaks of the shipped rules: grey levels."""

MONTHS = Limit(-0.05, below=True)
UNREAD = Limit(0.02, "percentunit")
LEAST_PAGES = 200
DRIFT = 'appliance_scanner_drift{OFFICE,device="fi",side="front",'
RECENT = "appliance_scanner_drift_recent{OFFICE,device=\"fi\",side=\"front\","
FOCUS = 'appliance_scanner_drift_baseline{OFFICE,device="fi",side="front",measure="focus"}'
LOOKED = 'appliance_pages_processed_total{OFFICE,result="analysed"}'
WITHOUT = 'appliance_pages_unread_total{OFFICE,code="T463"}'

ALERTS = (
    Alert(
        "ImageDrift", "M814", "quality", TICKET,
        'appliance_scanner_drift{measure=~"streaks|skew"} > <limit> or '
        'appliance_scanner_drift{measure=~"focus|background"} < -<limit>',
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }} ({{ $labels.side }}): {{ $labels.measure }} "
        "xấu đi so với bình thường của máy.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }} ({{ $labels.side }}): {{ $labels.measure }} "
        "is worse than is usual for it.",
        fires=(case(f'{DRIFT}measure="streaks"}}', "2.5x60", "40m"),
               case(f'{DRIFT}measure="focus"}}', "-3x60", "40m")),
        quiet=(case(f'{DRIFT}measure="streaks"}}', "-3x60", "40m"),
               case(f'{DRIFT}measure="focus"}}', "3x60", "40m"),
               case(f'{DRIFT}measure="skew"}}', "1.9x60", "40m")), hold="30m", limit=OFF),
    Alert(
        "GlassDirty", "I320", "quality", TICKET, 'appliance_scanner_drift_recent{measure="streaks"} > <limit>',
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }} ({{ $labels.side }}): ảnh có vệt dọc, kính cần "
        "lau trước khi trang bị giữ.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }} ({{ $labels.side }}): streaks; clean the "
        "glass before pages are held.",
        fires=(case(f'{RECENT}measure="streaks"}}', "5x60", "40m"),),
        quiet=(case(f'{RECENT}measure="streaks"}}', "4x60", "40m"),
               case(f'{RECENT}measure="skew"}}', "5x60", "40m")),
        hold="15m", limit=STREAKS),
    Alert(
        "FocusFallsOverMonths", "M815", "quality", INFO,
        'delta(appliance_scanner_drift_baseline{measure="focus"}[<30d>]) < <limit>',
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }} ({{ $labels.side }}): độ nét giảm dần qua "
        "nhiều tuần.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }} ({{ $labels.side }}): sharpness has fallen "
        "over weeks.",
        fires=(case(FOCUS, "1-0.0004x360", "696h", step="2h"),),
        quiet=(case(FOCUS, "1-0.00004x360", "696h", step="2h"),), limit=MONTHS),
    Alert(
        "GoldenPageWrong", "P705", "quality", PAGE,
        "appliance_golden_page_good == 0 and on () appliance:office_open == 1",
        "Văn phòng {{ $labels.office }}: máy chủ đọc sai trang mẫu, không lượt quét nào bắt đầu được.",
        "Office {{ $labels.office }}: the host sees the golden page wrong; no scan can start.",
        fires=(case("appliance_golden_page_good{OFFICE}", "0x60", "45m"),),
        quiet=(case("appliance_golden_page_good{OFFICE}", "1x60", "45m"),
               case("appliance_golden_page_good{OFFICE}", "0x330", "320m")), hold="5m"),
    Alert(
        "PagesUnread", "T463", "quality", TICKET,
        "sum by (office, province) (increase(appliance_pages_unread_total[<1d>])) / sum by (office, province) "
        "(increase(appliance_pages_processed_total[<1d>])) > <limit> and sum by (office, province) "
        f"(increase(appliance_pages_processed_total[<1d>])) > {LEAST_PAGES}",
        "Văn phòng {{ $labels.office }}: {{ $value | humanizePercentage }} số trang trong ngày không nhận dạng "
        "được chữ.",
        "Office {{ $labels.office }}: the text of {{ $value | humanizePercentage }} of the day's pages could not "
        "be read.",
        fires=(case(LOOKED, "0+10x300", "20h", (WITHOUT, "0+0.5x300"), keeps='office="0701",province="79"',
                    step="5m"),),
        quiet=(case(LOOKED, "0+10x300", "20h", (WITHOUT, "0+0.1x300"), step="5m"),
               case(LOOKED, "0+0.5x300", "20h", (WITHOUT, "0+0.1x300"), step="5m")), limit=UNREAD),
)
