"""``appliance plan``: what the office is to digitise, and how far it is. Import a file, show the progress."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from appliance import client, columns
from appliance.core import clock, errors
from appliance.core.errors import ApplianceError, Exit
from appliance.planning import plan_file
from appliance.planning.asking import Asking
from appliance.planning.plan_file import Source

HEADS = ("giai đoạn / phase", "hồ sơ / dossiers", "tờ / sheets", "hạn / deadline", "quá hạn / overdue",
         "xong / done by")


def main(argv: list[str]) -> int:
    """Run one of the commands about the plan."""
    parser = argparse.ArgumentParser("appliance plan", description="The office's plan (kế hoạch số hóa).")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("import", help="import a .csv or .xlsx file: it takes the place of the present plan")
    one.add_argument("file", type=Path, metavar="FILE", help="CSV or .xlsx")
    one.add_argument("--check-only", action="store_true", help="say what is wrong with the file, change nothing")
    one.add_argument("--report", type=Path, metavar="CSV", help="file for the refused rows (FILE.report.csv)")
    one.add_argument("--sheet", default="", help="sheet of a workbook, instead of the first that is not hidden")
    one.add_argument("--by", default="", metavar="CODE", help="staff code of who imports it")
    client.where(one)
    one = commands.add_parser("show", help="the plan and how far it is (daemon or not)")
    one.add_argument("--json", action="store_true", help="everything, for programs")
    client.where(one)
    options = parser.parse_args(argv)
    work: Callable[[argparse.Namespace], int] = {"import": _import, "show": _show}[options.command]
    return work(options)


def _import(options: argparse.Namespace) -> int:
    asking = Asking(options)
    if not options.file.is_file():
        raise errors.REGISTER_UNREADABLE.error(file=options.file, reason="không có tệp này / no such file")
    try:
        phases = plan_file.read(Source(options.file, asking.office()[0], options.report, options.sheet))
    except ApplianceError as problem:
        for line in "\n".join(getattr(problem, "__notes__", [])).splitlines():
            sys.stderr.write(f"  {line}\n")
        raise
    if not options.check_only:
        told = [{"phase": one.name, **{name: value for name, value in asdict(one).items() if name != "name"}}
                for one in phases]
        asking.post("/plan", {"phases": told, "source": options.file.name, "by": options.by,
                              "who": os.environ.get("SUDO_USER") or getpass.getuser()})
    said = "đều đúng; chưa nhập / all good; not imported" if options.check_only else "đã nhập / imported"
    sys.stdout.write(f"{options.file.name}: {len(phases)} giai đoạn / phases, {said}\n")
    return Exit.DONE


def _show(options: argparse.Namespace) -> int:
    found = Asking(options).plan(clock.now().date())
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return Exit.DONE
    if not found["phases"]:
        sys.stdout.write("chưa nhập kế hoạch / no plan is imported\n")
    else:
        rows = [HEADS, *(_row(one) for one in found["phases"])]
        sys.stdout.writelines(f"{line}\n" for line in columns.aligned(rows))
    sys.stdout.write(_rest(found))
    return Exit.DONE


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    return (one["phase"], f"{one['done_dossiers']} / {one['dossiers']}", f"{one['done_sheets']} / {one['sheets']}",
            _day(one["deadline"]), str(one["overdue"]), _day(one["completion"]))


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "-"


def _rest(found: dict[str, Any]) -> str:
    high = found["high_use"]
    share = f" ({high['digitised'] / high['planned']:.0%})" if high["planned"] else ""
    speed = "-" if found["rate"] is None else f"{found['rate']:.0f}"
    return (f"tốc độ / rate: {speed} tờ mỗi ngày làm việc / sheets a working day\n"
            f"tần suất sử dụng cao / high use: {high['digitised']} / {high['planned']}{share}\n")
