"""``appliance report``: the implementation report that an office owes upward, and the record of a lot."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from appliance import client
from appliance.core import clock, files
from appliance.core.errors import Exit
from appliance.planning import lines, lot_paper, period, report_paper, report_table, tally
from appliance.planning.asking import Asking
from appliance.planning.period import Period
from appliance.planning.report_table import Report
from appliance.planning.tally import Figures


def main(argv: list[str]) -> int:
    """Write a report, or the record of a lot."""
    parser = argparse.ArgumentParser("appliance report", description="Reports of an office (báo cáo), CSV and PDF.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--day", metavar="DATE", help="implementation report of a day: 2026-11-22, today, yesterday")
    what.add_argument("--month", metavar="YYYY-MM", help="implementation report of a month")
    what.add_argument("--lot", type=int, metavar="NUMBER", help="acceptance record (biên bản nghiệm thu) of a lot")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for the files (here)")
    parser.add_argument("--json", action="store_true", help="the figures as one line for programs, no files")
    client.where(parser)
    options = parser.parse_args(argv)
    asking, now = Asking(options), clock.now()
    if options.lot is not None:
        return _lot(asking, options)
    today = now.date()
    chosen = period.day(options.day, today) if options.day else period.month(options.month or "", today)
    report = of_period(asking, chosen, today)
    if options.json:
        sys.stdout.write(json.dumps(_plain(report), ensure_ascii=False) + "\n")
        return Exit.DONE
    name = f"report-{report.code}-{report.period.name}"
    _keep(options.out, name, report_table.csv_of(report), report_paper.draw(report))
    return Exit.DONE


def of_period(asking: Asking, chosen: Period, today: date) -> Report:
    """Ask for the figures of every day, and for the plan as it stood when the period ended."""
    days = {one: tally.from_plain(asking.day(one)) for one in chosen.days(today)}
    found = {stream: tally.total(one[stream] for one in days.values()) for stream in tally.STREAMS}
    code, name = asking.office()
    return Report(name, code, chosen, lines.lines(found), _by_day(days),
                  asking.plan(today, min(chosen.until, today + timedelta(days=1))), clock.now())


def _by_day(days: dict[date, dict[str, Figures]]) -> dict[date, dict[str, lines.Value]]:
    """Return for each day the value of both streams of every line."""
    return {one: {line.key: line.values[2] for line in lines.lines(found)} for one, found in days.items()}


def _lot(asking: Asking, options: argparse.Namespace) -> int:
    found = asking.lot(options.lot)
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return Exit.DONE
    code, name = asking.office()
    _keep(options.out, f"lot-{code}-{options.lot}", report_table.sample_csv(found),
          lot_paper.draw(found, name, code))
    return Exit.DONE


def _plain(report: Report) -> dict[str, Any]:
    return {"period": report.period.name, "office": report.code, "made": clock.iso(report.made),
            "lines": [asdict(one) for one in report.lines], "plan": report.plan}


def _keep(folder: Path, name: str, table: bytes, paper: bytes) -> None:
    """Write both files durably and say where they are."""
    files.make_folder(folder)
    for path, content in ((folder / f"{name}.csv", table), (folder / f"{name}.pdf", paper)):
        files.write_durably(path, content)
        sys.stdout.write(f"{path}\n")
