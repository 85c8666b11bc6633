"""``appliance separator``: the sheets that tell dossiers and documents apart, to print."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from appliance import client
from appliance.core import config, errors, files
from appliance.core.errors import Exit
from appliance.documents.separator_list import KINDS, Listed, read
from appliance.sheet_key import separator_key

LARGEST = 4 << 20
"""Bytes of a list that are read."""


def main(argv: list[str]) -> int:
    """Run one of the commands about separators."""
    parser = argparse.ArgumentParser("appliance separator", description="Separator sheets (phiếu phân tách).")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("print", help="print separators as PDF, A4: one, or a stack from a list")
    one.add_argument("--out", type=Path, required=True, metavar="FILE.pdf", help="file to write")
    one.add_argument("--from", type=Path, dest="list", metavar="FILE.csv",
                     help="a sheet for each row: code, number, type, sheets; also kind, job, title")
    one.add_argument("--kind", choices=tuple(KINDS), default="", help="default: document with --number or --type")
    one.add_argument("--code", default="", help="dossier code (mã hồ sơ)")
    one.add_argument("--number", default="", help="number of the document in its dossier")
    one.add_argument("--type", default="", help="type of the document, two digits")
    one.add_argument("--sheets", default="", help="sheets of paper that follow, separators not counted")
    one.add_argument("--page", default="", help="with --kind rescan: page of the document whose sheet comes again; "
                     "without it the whole document, without --number the whole dossier")
    one.add_argument("--form", default="", help="of the certified copy of a fragile paper: sao-y, sao-luc or "
                     "trich-sao")
    one.add_argument("--copy-number", default="", help="number and notation of that copy, as 15/SY-BHXH")
    one.add_argument("--copy-date", default="", help="date of that copy, DD/MM/YYYY")
    one.add_argument("--title", default="", help="title of the dossier, for people")
    one.add_argument("--job", default="", help="job that the dossier asks for; its separator key makes the sheet")
    one.add_argument("--no-secret", action="store_true", help="print that whoever prints these sheets confirms "
                     "that the paper behind them holds no state secret")
    one.add_argument("--key-of", default="", metavar="JOB", help="whose key, where jobs have different ones")
    one.add_argument("--config", type=Path, default=client.SETTINGS, help="settings file")
    return _print(parser.parse_args(argv))


def _print(options: argparse.Namespace) -> int:
    from appliance.separator_sheet import sheets  # pikepdf: only where something is printed

    settings = config.load(options.config)
    asked = _listed(options)
    if options.no_secret:
        asked = Listed(tuple(replace(one, no_secret=True) for one in asked.separators), asked.titles)
    jobs = {one.job for one in asked.separators if one.job}
    key = separator_key(settings, jobs or {options.key_of} - {""})
    files.write_durably(options.out.absolute(), sheets(asked.separators, key, asked.titles))
    sys.stdout.write(f"{options.out}: {len(asked.separators)} phiếu phân tách / separators\n")
    return Exit.DONE


def _listed(options: argparse.Namespace) -> Listed:
    """Return the sheets of the list, or the one that the options name: a list of one row."""
    names = ("code", "number", "type", "sheets", "kind", "job", "title", "page", "form", "copy_number", "copy_date")
    if options.list is None:
        row = ",".join('"{}"'.format(str(getattr(options, name)).replace('"', '""')) for name in names)
        return read(f"{','.join(names)}\n{row}".encode(), "(lệnh / command)")
    if any(getattr(options, name) for name in names if name != "job"):
        raise errors.REQUEST_REFUSED.error(reason="--from thay các tùy chọn khác / --from stands for the others")
    with options.list.open("rb") as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise errors.REQUEST_REFUSED.error(reason=f"{options.list}: quá lớn / too large")
    return _with_job(read(data, options.list.name), options.job)


def _with_job(listed: Listed, job: str) -> Listed:
    """Give a job to every sheet that names none."""
    if not job:
        return listed
    given = tuple(one if one.job else replace(one, job=job) for one in listed.separators)
    return Listed(given, listed.titles)
