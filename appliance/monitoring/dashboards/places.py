"""The table of places: provinces of the country, offices of a province, with the same columns."""

from __future__ import annotations

from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import ODD, TO_DO, Kind, Panel, Query
from appliance.monitoring.recording import INCREASE

FIRING = 'ALERTS{{alertstate="firing",severity="{severity}",{where}}}'
WORST = "Điểm xấu"
OLDEST = "appliance_queue_oldest_timestamp_seconds"

PROVINCES = Panel(Kind.TABLE, "", "", "short", (), (24, 14), keys=("province",), opens="appliance-province")
OFFICES = Panel(Kind.TABLE, "", "", "short", (), (24, 14), keys=("province", "office"), opens="appliance-office")


def score(by: str, where: str) -> str:
    """Return how badly places stand: ten for each alert that wakes somebody up, one for each ticket."""
    page, ticket = (FIRING.format(severity=one, where=where) for one in ("page", "ticket"))
    return (f"(sum by ({by}) (10 * {page} or {ticket}) or 0 * count by ({by}) (appliance_office_expected_info"
            f"{{{where}}}))")


def columns(by: str, where: str) -> tuple[Query, ...]:
    """Return the columns of a table with a row for each ``by``; ``where`` bounds the offices."""
    expected = f"count by ({by}) (appliance_office_expected_info{{{where}}})"
    return (
        Query(score(by, where), WORST, steps=ODD),
        Query(expected, "Số văn phòng"),
        Query(f"count by ({by}) (office:appliance_silent{{{where}}}) or 0 * {expected}", "Im lặng", steps=TO_DO),
        *_promise(by, where),
        Query(f'time() - min by ({by}) ({OLDEST}{{queue="upload",{where}}})', "Gói chờ lâu nhất", "s",
              at("UploadStuck")),
        Query(f'sum by ({by}) (appliance_waiting_items{{{where}}})', "Chờ người", steps=ODD),
        Query(f"count by ({by}) (appliance_scanner_present{{{where}}} == 0) or 0 * {expected}", "Máy quét vắng",
              steps=TO_DO),
        Query(f"min by ({by}) (appliance_disk_offline_seconds{{{where}}}) / 86400", "Đĩa còn", "d",
              at("DiskLastsFewDaysOffline")),
        Query(f"sum by ({by}) (increase(appliance_pages_captured_total{{{where}}}[1d]))", "Mặt giấy 24 giờ"),
        Query(f"sum by ({by}) (last_over_time(appliance_plan_digitised_sheets{{{where}}}[1d])) / sum by ({by}) "
              f"(last_over_time(appliance_plan_sheets{{{where}}}[1d]))", "Kế hoạch", "percentunit"),
    )


def _promise(by: str, where: str) -> tuple[Query, Query]:
    """Return dossiers that were late within a day, and the share that was not; by province they are recorded."""
    if by == "province":
        late, every = (f'sum by ({by}) ({INCREASE}1d{{{more}{where}}})' for more in ('outcome="missed",', ""))
    else:
        late, every = (f"sum by ({by}) (increase(appliance_dossier_sli_total{{{more}{where}}}[1d]))"
                       for more in ('outcome="missed",', ""))
    return (Query(f"round({late})", "Trễ hẹn 24 giờ", steps=ODD),
            Query(f"1 - {late} / {every}", "Đúng hẹn 24 giờ", "percentunit"))
