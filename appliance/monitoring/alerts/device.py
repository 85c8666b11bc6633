"""Scanners: there, fit, feeding well, parts worn, firmware and options as accepted."""

from __future__ import annotations

from appliance.monitoring.alert import TICKET, Alert, Limit, case

UNFIT = "D107|D112|D116|D117|D118|D121|D130|D131|D132|D140|D150"
"""Troubles of a scanner that do not pass by themselves or by the operator's hand."""

JAMS = Limit(5)
"""Feeds that break off for each thousand sheets of a day, below which nobody looks."""

WORSE = 3
"""Times its own month that a device must be worse in a day."""

LEAST_SHEETS = 300
WORN = Limit(0.9, "percentunit")
FED = 'appliance_sheets_fed_total{OFFICE,device="fi"}'
BROKEN = 'appliance_batches_interrupted_total{OFFICE,device="fi",code="D102"}'
MONTH = ('appliance_scanner_incidents_per_thousand_sheets{OFFICE,device="fi",kind="jam"}', "1x2000")
BY = "by (office, province, device)"
DAY_RATE = (f'1000 * sum {BY} (increase(appliance_batches_interrupted_total{{code=~"D102|D104"}}[<1d>])) / '
            f"sum {BY} (increase(appliance_sheets_fed_total[<1d>]))")
DEVICE = 'office="0701",province="79",device="fi"'

ALERTS = (
    Alert(
        "ScannerDown", "D105", "device", TICKET, "appliance_scanner_present == 0 and on () appliance:office_open "
        "== 1",
        "Văn phòng {{ $labels.office }}: máy quét {{ $labels.device }} mất kết nối hơn 30 phút trong giờ làm việc.",
        "Office {{ $labels.office }}: scanner {{ $labels.device }} is out of reach for 30 minutes of working time.",
        fires=(case('appliance_scanner_present{OFFICE,device="fi"}', "0x90", "70m"),),
        quiet=(case('appliance_scanner_present{OFFICE,device="fi"}', "1x90", "70m"),
               case('appliance_scanner_present{OFFICE,device="fi"}', "0x330", "320m")), hold="30m"),
    Alert(
        "ScannerUnfit", "D121", "device", TICKET, f'appliance_scanner_trouble{{code=~"{UNFIT}"}} == 1',
        "Văn phòng {{ $labels.office }}: máy quét {{ $labels.device }} không dùng được ({{ $labels.code }}).",
        "Office {{ $labels.office }}: scanner {{ $labels.device }} cannot be used ({{ $labels.code }}).",
        fires=(case('appliance_scanner_trouble{OFFICE,device="fi",code="D140"}', "1x30", "20m"),),
        quiet=(case('appliance_scanner_trouble{OFFICE,device="fi",code="D102"}', "1x30", "20m"),),
        hold="15m", own_code=True, silences=(("ScannerDown", "office,device"),)),
    Alert(
        "FeedErrorRate", "D102", "device", TICKET,
        f"{DAY_RATE} > <limit> and {DAY_RATE} > {WORSE} * "
        f"sum {BY} (appliance_scanner_incidents_per_thousand_sheets) and "
        f"sum {BY} (increase(appliance_sheets_fed_total[<1d>])) > {LEAST_SHEETS}",
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }}: hôm nay {{ $value | humanize }} lần kẹt hoặc "
        "cuốn hai tờ trên 1.000 tờ, nhiều hơn hẳn tháng qua.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }}: {{ $value | humanize }} jams or double feeds "
        "for each 1,000 sheets today, far above its own month.",
        fires=(case(FED, "0+10x400", "24h", (BROKEN, "0+0.1x400"), MONTH, keeps=DEVICE, step="5m"),),
        quiet=(case(FED, "0+10x400", "24h", (BROKEN, "0+0.02x400"), MONTH, step="5m"),
               case(FED, "0+1x400", "24h", (BROKEN, "0+0.1x400"), MONTH, step="5m"),
               case(FED, "0+10x400", "24h", (BROKEN, "0+0.1x400"), (MONTH[0], "5x2000"), step="5m")),
        hold="30m", limit=JAMS),
    Alert(
        "RollerDue", "M811", "device", TICKET,
        "appliance_consumable_sheets / appliance_consumable_life_sheets > <limit>",
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }}: {{ $labels.part }} đã dùng "
        "{{ $value | humanizePercentage }} tuổi thọ.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }}: {{ $labels.part }} is worn to "
        "{{ $value | humanizePercentage }} of its life.",
        fires=(case('appliance_consumable_sheets{OFFICE,device="fi",part="roller"}', "185000x90", "70m",
                    ('appliance_consumable_life_sheets{OFFICE,device="fi",part="roller"}', "200000x90")),),
        quiet=(case('appliance_consumable_sheets{OFFICE,device="fi",part="roller"}', "170000x90", "70m",
                    ('appliance_consumable_life_sheets{OFFICE,device="fi",part="roller"}', "200000x90")),
               case('appliance_consumable_sheets{OFFICE,device="fi",part="roller"}', "999999x90", "70m")),
        hold="1h", limit=WORN),
    Alert(
        "FirmwareNotCompliant", "M812", "device", TICKET, "appliance_scanner_firmware_known_good == 0",
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }}: phần sụn không nằm trong các bản đã kiểm "
        "nghiệm.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }}: its firmware is none that was tried.",
        fires=(case('appliance_scanner_firmware_known_good{OFFICE,device="fi"}', "0x90", "70m"),),
        quiet=(case('appliance_scanner_firmware_known_good{OFFICE,device="fi"}', "1x90", "70m"),), hold="1h"),
    Alert(
        "ScannerOptionsChanged", "M813", "device", TICKET, "appliance_scanner_options_changed == 1",
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }}: bảng tùy chọn của trình điều khiển đã khác "
        "bản được chấp nhận.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }}: the driver's options are not the accepted "
        "ones.",
        fires=(case('appliance_scanner_options_changed{OFFICE,device="fi"}', "1x30", "20m"),),
        quiet=(case('appliance_scanner_options_changed{OFFICE,device="fi"}', "0x30", "20m"),), hold="15m"),
    Alert(
        "DeviceCheckWanted", "D160", "device", TICKET,
        'increase(appliance_batches_unchecked_total{held="yes"}[<1h>]) > 0',
        "Văn phòng {{ $labels.office }}, máy {{ $labels.device }}: lượt quét đang chờ kiểm tra máy.",
        "Office {{ $labels.office }}, scanner {{ $labels.device }}: batches wait for a device check.",
        fires=(case('appliance_batches_unchecked_total{OFFICE,device="fi",held="yes"}', "0x10 1x30", "25m"),),
        quiet=(case('appliance_batches_unchecked_total{OFFICE,device="fi",held="yes"}', "1x120", "110m"),
               # an office that was not heard for hours
               case('appliance_batches_unchecked_total{OFFICE,device="fi",held="yes"}', "1x10 _x120 1x30", "140m"),
               case('appliance_batches_unchecked_total{OFFICE,device="fi",held="no"}', "0x10 1x30", "25m"))),
)
