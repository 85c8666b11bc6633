"""The promise: dossiers whose receipt is there in time, by province with burn rates, by office in numbers."""

from __future__ import annotations

from appliance.monitoring.alert import PAGE, TICKET, Alert, Case, Limit, case
from appliance.monitoring.recording import ERROR, INCREASE, OBJECTIVE

LEAST_DOSSIERS = 20
"""Dossiers of a province within the longer window below which a burn rate says nothing."""

MISSED = Limit(3)
MISSED_SHARE = 0.2

FAST = ((14.4, "5m", "1h"), (6.0, "30m", "6h"))
SLOW = ((3.0, "2h", "1d"), (1.0, "6h", "3d"))
"""Burn rates with their short and their long window: Google's SRE workbook, chapter 5."""

BUDGET = round(1 - OBJECTIVE, 6)
MET, LATE = 'stream="onestop",outcome="met"', 'stream="onestop",outcome="missed"'
SAYS = 'province="79",stream="onestop"'
BY = "sum by (office, province, stream)"
LATE_HOUR = f'{BY} (increase(appliance_dossier_sli_total{{outcome="missed"}}[<1h>]))'


def _burns(rates: tuple[tuple[float, str, str], ...]) -> str:
    return " or ".join(
        f"({ERROR}{short} > {round(rate * BUDGET, 6)} and {ERROR}{long} > {round(rate * BUDGET, 6)} and "
        f"sum by (province, stream) ({INCREASE}{long}) > {LEAST_DOSSIERS})" for rate, short, long in rates)


def _counted(met: str, missed: str, at: str, keeps: str | None = None, step: str = "1m") -> Case:
    """Return a case of dossiers of one office, counted as met and as missed."""
    return case(f"appliance_dossier_sli_total{{OFFICE,{MET}}}", met, at,
                (f"appliance_dossier_sli_total{{OFFICE,{LATE}}}", missed), keeps=keeps, step=step)


ALERTS = (
    Alert(
        "SloFastBurn", "M801", "slo", PAGE, _burns(FAST),
        "Tỉnh {{ $labels.province }}, luồng {{ $labels.stream }}: {{ $value | humanizePercentage }} hồ sơ vừa "
        "qua trễ hẹn, hạn mức lỗi cạn rất nhanh.",
        "Province {{ $labels.province }}, stream {{ $labels.stream }}: {{ $value | humanizePercentage }} of the "
        "latest dossiers are late; the error budget burns fast.",
        fires=(
            _counted("0+1x60 60+0x60", "0+0x60 0+1x60", "90m", SAYS),
            _counted("0+9x420", "0+0x30 0+1x390", "400m", SAYS)),
        quiet=(
            _counted("0+1x120", "0+0x120", "90m"),
            _counted("0+0.1x60 6+0x60", "0+0x60 0+0.1x60", "90m")),
        hold="2m", silences=(("SloSlowBurn", "province,stream"),)),
    Alert(
        "SloSlowBurn", "M801", "slo", TICKET, _burns(SLOW),
        "Tỉnh {{ $labels.province }}, luồng {{ $labels.stream }}: {{ $value | humanizePercentage }} hồ sơ trễ "
        "hẹn, hạn mức lỗi cạn dần.",
        "Province {{ $labels.province }}, stream {{ $labels.stream }}: {{ $value | humanizePercentage }} of "
        "dossiers are late; the error budget burns slowly.",
        fires=(
            _counted("0+380x100", "0+0x25 0+20x75", "30h", SAYS, "20m"),
            _counted("0+392x225", "0+8x225", "70h", SAYS, "20m")),
        quiet=(
            _counted("0+3980x225", "0+20x225", "70h", step="20m"),
            _counted("0+0x225", "0+0.08x225", "70h", step="20m")),
        hold="15m"),
    Alert(
        "OfficeMissingDeadline", "M850", "slo", TICKET,
        f"label_replace(label_replace(round({LATE_HOUR}) >= <limit> and {LATE_HOUR} / {BY} "
        f"(increase(appliance_dossier_sli_total[<1h>])) > {MISSED_SHARE}, "
        '"code", "M850", "stream", "onestop"), "code", "M851", "stream", "archive")',
        "Văn phòng {{ $labels.office }} (tỉnh {{ $labels.province }}), luồng {{ $labels.stream }}: {{ $value }} "
        "hồ sơ trễ hẹn trong một giờ.",
        "Office {{ $labels.office }} (province {{ $labels.province }}), stream {{ $labels.stream }}: "
        "{{ $value }} dossiers were late within an hour.",
        fires=(_counted("0+0.1x120", "0+0x60 0+0.1x60", "90m",
                        'office="0701",province="79",stream="onestop",code="M850"'),),
        quiet=(
            _counted("0+0x120", "0+0x60 1+0x60", "90m"),
            _counted("0+2x120", "0+0x60 0+0.1x60", "90m")),
        limit=MISSED, own_code=True),
    Alert(
        "ReceptionAway", "A622", "slo", PAGE,
        "appliance_reception_away == 1 and on () appliance:office_open == 1",
        "Văn phòng {{ $labels.office }}: không gửi được gì cho phần mềm tiếp nhận, người dân đang chờ ở quầy.",
        "Office {{ $labels.office }}: nothing gets through to the reception software; citizens wait at the "
        "counter.",
        fires=(case("appliance_reception_away{OFFICE}", "1+0x60", "50m"),),
        quiet=(case("appliance_reception_away{OFFICE}", "0+0x60", "50m"),
               case("appliance_reception_away{OFFICE}", "0+0x40 1x3 0x20", "50m"),
               case("appliance_reception_away{OFFICE}", "1+0x330", "320m")),
        hold="5m"),
    Alert(
        "PromiseMissed", "A626", "slo", TICKET, "appliance_reception_overdue > 0",
        "Văn phòng {{ $labels.office }}: {{ $value }} tài liệu một cửa quá hẹn mà phần mềm tiếp nhận chưa xác "
        "nhận.",
        "Office {{ $labels.office }}: {{ $value }} one-stop documents are past the promise and not confirmed.",
        fires=(case("appliance_reception_overdue{OFFICE}", "2+0x20", "20m"),),
        quiet=(case("appliance_reception_overdue{OFFICE}", "0+0x20", "20m"),), hold="1m", limit=Limit(0)),
    Alert(
        "CounterComponentRefused", "A623", "slo", TICKET, 'appliance_reception_components{state="refused"} > 0',
        "Văn phòng {{ $labels.office }}: phần mềm tiếp nhận từ chối {{ $value }} tài liệu, cần người xử lý.",
        "Office {{ $labels.office }}: the reception software refused {{ $value }} documents; a person must act.",
        fires=(case('appliance_reception_components{OFFICE,state="refused"}', "1+0x60", "40m"),),
        quiet=(case('appliance_reception_components{OFFICE,state="refused"}', "0+0x60", "40m"),
               case('appliance_reception_components{OFFICE,state="sent"}', "3+0x60", "40m")),
        hold="30m", limit=Limit(0)),
)
