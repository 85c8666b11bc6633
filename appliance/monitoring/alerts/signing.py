"""Keys, authorisations, time stamps, certificates: documents wait unsigned without them."""

from __future__ import annotations

from appliance.monitoring.alert import INFO, OFFICE, PAGE, TICKET, Alert, Limit, case

ENDS = Limit(14 * 86400, "s", below=True)
RENEW = Limit(60 * 86400, "s", below=True)
SOON = Limit(21 * 86400, "s", below=True)
NOW = Limit(7 * 86400, "s", below=True)
LEFT = "(appliance_certificate_not_after_timestamp_seconds > 0) - time()"
LEAVE = ('appliance_authorisation_not_after_timestamp_seconds{'
         + OFFICE.replace('job="appliance"', 'job="kho"') + "}")
"""The job is that of the office's settings: collectors let a page's own labels stand."""

OF_OFFICE = LEFT.replace("seconds >", 'seconds{purpose!~"person|metrics|page|monitoring"} >')
"""Nobody is woken for one person's card, nor for a collector's door or a page: tickets tell of those."""

END = 'appliance_certificate_not_after_timestamp_seconds{OFFICE,purpose="agency"}'
UNSIGNED = "appliance_signing_waiting_documents{OFFICE,"
EACH = "sum by (office, province, instance"
AT_WORK = "and on () appliance:office_open == 1"
"""A token that lies in the safe at night is where it should be."""

ALERTS = (
    Alert(
        "SigningKeyAway", "K510", "signing", TICKET, f'appliance_signer_trouble{{code!="K511"}} == 1 {AT_WORK}',
        "Văn phòng {{ $labels.office }}: không ký số được ({{ $labels.code }}), tài liệu chờ.",
        "Office {{ $labels.office }}: nothing can be signed ({{ $labels.code }}); documents wait.",
        fires=(case('appliance_signer_trouble{OFFICE,code="K510"}', "1+0x60", "45m"),),
        quiet=(case('appliance_signer_trouble{OFFICE,code="K511"}', "1+0x60", "45m"),
               # at midday, and before a Monday's first hour
               case('appliance_signer_trouble{OFFICE,code="K510"}', "1+0x330", "290m"),
               case('appliance_signer_trouble{OFFICE,code="K510"}', "1+0x200", "95h", step="30m")),
        hold="10m", own_code=True),
    Alert(
        "SigningPinWanted", "K511", "signing", TICKET, f'appliance_signer_trouble{{code="K511"}} == 1 {AT_WORK}',
        "Văn phòng {{ $labels.office }}: thiết bị ký số cần mã PIN.",
        "Office {{ $labels.office }}: the signing token wants its PIN.",
        fires=(case('appliance_signer_trouble{OFFICE,code="K511"}', "1+0x60", "45m"),),
        quiet=(case('appliance_signer_trouble{OFFICE,code="K510"}', "1+0x60", "45m"),
               case('appliance_signer_trouble{OFFICE,code="K511"}', "1+0x330", "290m")), hold="5m"),
    Alert(
        "SigningNotAuthorised", "K520", "signing", TICKET, "appliance_authorisation_not_after_timestamp_seconds "
        "== 0",
        "Văn phòng {{ $labels.office }}: không có ủy quyền ký số còn hiệu lực cho công việc "
        "{{ $labels.job }}.",
        "Office {{ $labels.office }}: no authorisation lets the key sign job {{ $labels.job }}.",
        fires=(case(LEAVE, "0+0x20", "20m"),), quiet=(case(LEAVE, "864000+0x20", "20m"),), hold="10m"),
    Alert(
        "SigningAuthorisationEnds", "M822", "signing", TICKET,
        "(appliance_authorisation_not_after_timestamp_seconds > 0) - time() < <limit>",
        "Văn phòng {{ $labels.office }}: ủy quyền ký số cho {{ $labels.job }} còn "
        "{{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: the authorisation for {{ $labels.job }} ends in "
        "{{ $value | humanizeDuration }}.",
        fires=(case(LEAVE, "864000+0x20", "20m"),),
        quiet=(case(LEAVE, "0+0x20", "20m"), case(LEAVE, "1300000+0x20", "20m")), limit=ENDS),
    Alert(
        "SigningNoTimeStamp", "K530", "signing", TICKET,
        f'{EACH}) (max_over_time(appliance_signing_waiting_documents{{code=~"K53.*"}}[<10m>])) > 0',
        "Văn phòng {{ $labels.office }}: {{ $value }} tài liệu chờ dấu thời gian.",
        "Office {{ $labels.office }}: {{ $value }} documents wait for a time stamp.",
        fires=(case(f'{UNSIGNED}code="K530"}}', "3 3 _ 3 3 _ _ 3+0x60", "55m",
                    keeps='office="0701",province="79",instance="h0701:8460"'),),
        quiet=(case(f'{UNSIGNED}code="K520"}}', "3+0x60", "55m"),), hold="30m"),
    Alert(
        "SigningDocumentsWait", "K520", "signing", TICKET,
        f'{EACH}, code) (max_over_time(appliance_signing_waiting_documents{{code!~"K53.*"}}[<10m>])) > 0 '
        f"{AT_WORK}",
        "Văn phòng {{ $labels.office }}: tài liệu chờ ký suốt 2 giờ làm việc ({{ $value }} tài liệu, "
        "{{ $labels.code }}).",
        "Office {{ $labels.office }}: documents have waited 2 working hours to be signed ({{ $value }} of them, "
        "{{ $labels.code }}).",
        fires=(case(f'{UNSIGNED}code="K520"}}', "2+0x300", "160m",
                    keeps='office="0701",province="79",instance="h0701:8460",code="K520"'),),
        quiet=(case(f'{UNSIGNED}code="K530"}}', "2+0x300", "300m"),
               case(f'{UNSIGNED}code="K521"}}', "2x140", "140m"),
               case(f'{UNSIGNED}code="K521"}}', "2x30", "12h", step="30m")),
        hold="2h", own_code=True),
    Alert(
        "SigningByDevelopmentKey", "M823", "signing", PAGE, "appliance_development_key == 1",
        "Văn phòng {{ $labels.office }}: đang ký bằng khóa thử nghiệm; chữ ký không có giá trị pháp lý.",
        "Office {{ $labels.office }}: a development key signs; its signatures have no legal force.",
        fires=(case("appliance_development_key{OFFICE}", "1+0x20", "20m"),),
        quiet=(case("appliance_development_key{OFFICE}", "0+0x20", "20m"),)),
    Alert(
        "CertificateRenew", "M824", "signing", INFO, f"{LEFT} < <limit>",
        "Văn phòng {{ $labels.office }}: chứng thư {{ $labels.purpose }} còn {{ $value | humanizeDuration }}; "
        "hãy làm thủ tục gia hạn.",
        "Office {{ $labels.office }}: the {{ $labels.purpose }} certificate ends in "
        "{{ $value | humanizeDuration }}; apply for a new one.",
        fires=(case(END, "5097600x20", "20m"),), quiet=(case(END, "5300000x20", "20m"), case(END, "0x20", "20m")),
        limit=RENEW),
    Alert(
        "CertificateExpiring", "M824", "signing", TICKET, f"{LEFT} < <limit>",
        "Văn phòng {{ $labels.office }}: chứng thư {{ $labels.purpose }} chỉ còn {{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: the {{ $labels.purpose }} certificate ends in "
        "{{ $value | humanizeDuration }}.",
        fires=(case(END, "1700000x20", "20m"),), quiet=(case(END, "1900000x20", "20m"),), limit=SOON,
        silences=(("CertificateRenew", "office,purpose"),)),
    Alert(
        "CertificateExpires", "M824", "signing", PAGE, f"{OF_OFFICE} < <limit>",
        "Văn phòng {{ $labels.office }}: chứng thư {{ $labels.purpose }} sắp hoặc đã hết hạn "
        "({{ $value | humanizeDuration }}).",
        "Office {{ $labels.office }}: the {{ $labels.purpose }} certificate ends now or has ended "
        "({{ $value | humanizeDuration }}).",
        fires=(case(END, "500000x20", "20m"), case(END, "60x20", "20m")),
        quiet=(case(END, "700000x20", "20m"), case(END.replace("agency", "person"), "60x20", "20m")),
        limit=NOW, silences=(("CertificateExpiring", "office,purpose"), ("CertificateRenew", "office,purpose"))),
)
