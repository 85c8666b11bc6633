"""Offices that are not heard of: one, a province, all; hosts whose appliance or archive does not answer."""

from __future__ import annotations

from appliance.monitoring.alert import INFO, PAGE, TICKET, Alert, Case, Limit, case

SILENT_SHARE = Limit(0.5, "percentunit")
"""Share of the offices of a province above which the network, not an office, is what is wrong."""


_HOST = 'up{office="0701",province="79",level="district",ring="2",host="h0701",instance="h0701:9100",job="node"}'


def _offices(province: str, numbers: range, silent: range, minutes: int = 120) -> tuple[tuple[str, str], ...]:
    """Return offices of a province that are expected; those of ``silent`` stop reporting after 10 minutes."""
    feeds: list[tuple[str, str]] = []
    for number in numbers:
        who = f'office="{province}{number:02}",province="{province}"'
        feeds.append((f'appliance_office_expected_info{{{who},level="district",ring="2"}}', f"1x{minutes}"))
        there = f"1x10 _x{minutes - 11}" if number in silent else f"1x{minutes}"
        feeds.append((f'appliance_build_info{{{who},version="1.0"}}', there))
    return tuple(feeds)


def _case(*feeds: tuple[tuple[str, str], ...], at: str, keeps: str | None = None) -> Case:
    return Case(tuple(feed for group in feeds for feed in group), at, keeps)


ALERTS = (
    Alert(
        "OfficeSilent", "M803", "absence", TICKET, "office:appliance_silent",
        "Văn phòng {{ $labels.office }} (tỉnh {{ $labels.province }}) không gửi số liệu từ 30 phút.",
        "Office {{ $labels.office }} (province {{ $labels.province }}) has sent no metrics for 30 minutes.",
        fires=(_case(_offices("79", range(1, 4), range(1, 2)), at="60m",
                     keeps='office="7901",province="79",level="district",ring="2"'),),
        quiet=(_case(_offices("79", range(1, 4), range(0)), at="60m"),
               _case(_offices("79", range(1, 4), range(1, 2)), at="30m")),
        hold="15m"),
    Alert(
        "ProvinceSilent", "M804", "absence", PAGE, "province:appliance_offices_silent:ratio > <limit> and "
        "on (province) count by (province) (office:appliance_silent) > 1",
        "Tỉnh {{ $labels.province }}: {{ $value | humanizePercentage }} số văn phòng không gửi số liệu; hãy xem "
        "đường truyền của tỉnh trước.",
        "Province {{ $labels.province }}: {{ $value | humanizePercentage }} of its offices are silent; look at "
        "the province's network first.",
        fires=(_case(_offices("79", range(1, 4), range(1, 3)), at="45m", keeps='province="79"'),),
        quiet=(_case(_offices("79", range(1, 4), range(1, 2)), at="45m"),
               _case(_offices("79", range(1, 3), range(1, 2)), at="45m"),
               # one office that is a province of its own: its line is no province's
               _case(_offices("01", range(1, 2), range(1, 2)), at="45m")),
        hold="5m", limit=SILENT_SHARE, silences=(("OfficeSilent", "province"), ("ApplianceDown", "province"))),
    Alert(
        "FleetSilent", "M805", "absence", PAGE,
        "count(office:appliance_silent) / count(appliance_office_expected_info) > <limit>",
        "{{ $value | humanizePercentage }} số văn phòng cả nước không gửi số liệu; hãy xem máy chủ giám sát và "
        "đường truyền trung tâm trước.",
        "{{ $value | humanizePercentage }} of all offices are silent; look at the centre's own servers and "
        "network first.",
        fires=(_case(_offices("79", range(1, 4), range(1, 4)), _offices("01", range(1, 3), range(0)), at="45m",
                     keeps=""),),
        quiet=(_case(_offices("79", range(1, 4), range(1, 4)), _offices("01", range(1, 6), range(0)), at="45m"),),
        hold="5m", limit=SILENT_SHARE,
        silences=(("ProvinceSilent", ""), ("OfficeSilent", ""))),
    Alert(
        "OfficeNotListed", "M806", "absence", INFO,
        "count by (office, province) (appliance_build_info) unless on (office) appliance_office_expected_info",
        "Văn phòng {{ $labels.office }} gửi số liệu nhưng không có trong danh sách văn phòng.",
        "Office {{ $labels.office }} sends metrics and is not on the list of offices.",
        fires=(case('appliance_build_info{OFFICE,version="1.0"}', "1x120", "90m",
                    keeps='office="0701",province="79"'),),
        quiet=(_case(_offices("79", range(1, 4), range(0)), at="90m"),), hold="1h"),
    Alert(
        "ApplianceDown", "M807", "absence", PAGE,
        'up{job="appliance"} == 0 and on (office, host) up{job="node"} == 1 and on () appliance:office_open == 1',
        "Văn phòng {{ $labels.office }}: máy chủ quét chạy nhưng dịch vụ quét không trả lời.",
        "Office {{ $labels.office }}: the scanner host runs and the appliance does not answer.",
        fires=(case("up{OFFICE}", "0+0x60", "50m", (_HOST, "1+0x60")),),
        quiet=(case("up{OFFICE}", "1+0x60", "50m", (_HOST, "1+0x60")),
               case("up{OFFICE}", "0+0x330", "320m", (_HOST, "1+0x330")),
               # a host that a province cannot reach is silent: that says so, at the province's own time
               case("up{OFFICE}", "0+0x60", "50m", (_HOST, "0+0x60"))), hold="10m",
        silences=(("OfficeSilent", "office"),)),
    Alert(
        "ArchiveDown", "M808", "absence", PAGE, 'up{job="archive"} == 0',
        "Kho lưu trữ {{ $labels.instance }} không trả lời; gói tin chờ ở mọi văn phòng.",
        "The archive {{ $labels.instance }} does not answer; packages wait in every office.",
        fires=(case("up{ARCHIVE}", "0+0x20", "20m"),), quiet=(case("up{ARCHIVE}", "1+0x20", "20m"),), hold="5m"),
)
