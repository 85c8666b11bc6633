"""``appliance receive fixity``: the day's share of checks, or all of them, done now; and what is wrong."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError, Exit
from appliance.receiver import settings, trust
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.commands import cell
from appliance.receiver.fixity import findings
from appliance.receiver.fixity.daily import Told
from appliance.receiver.fixity.findings import Kind
from appliance.receiver.fixity.opening import daily_of
from appliance.receiver.fixity.places import Places
from appliance.receiver.judges import JudgePool, SignatureCheck


def main(argv: list[str], signature_check: SignatureCheck) -> int:
    """Do a share of the checks; exit code 3 when something is wrong that could not be mended."""
    parser = argparse.ArgumentParser(prog="appliance receive fixity", description="Look after what is kept.")
    settings.arguments(parser)
    parser.add_argument("--all", action="store_true", help="read and judge everything, not the day's share")
    parser.add_argument("--report", action="store_true", help="only say what is wrong")
    parser.add_argument("--refill", metavar="PLACE", help="take an empty place for the one of that name; fill it")
    given = parser.parse_args(argv)
    try:
        with open_archive(settings.chosen(given)) as archive:
            return _done(archive, given, signature_check)
    except (ApplianceError, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return Exit.FAILED


def _done(archive: Archive, given: argparse.Namespace, signature_check: SignatureCheck) -> int:
    if given.refill:
        Places(archive.index, archive.stores, archive.work).refill(given.refill)
    if not given.report:
        told = asyncio.run(_checked(archive, given.all, signature_check))
        if told is None:
            sys.stdout.write("một máy khác đang kiểm tra / another receiver is at it just now\n")
            return Exit.DONE
        _say(told)
        if not archive.settings.fixity.tsa:
            sys.stdout.write(f"{errors.NO_STAMP_AUTHORITY.error()}\n")
    return _report(archive)


async def _checked(archive: Archive, everything: bool, signature_check: SignatureCheck) -> Told | None:
    trust.require(archive.settings.trust)
    roots = [Path(name) for name in archive.settings.trust]
    with closing(JudgePool(signature_check, roots, archive.work, archive.settings.judging)) as judges:
        return await daily_of(archive, judges).run(everything=everything)


def _say(told: Told) -> None:
    run = told.run
    sys.stdout.write(
        f"đã đọc lại / read again: {run.objects} đối tượng / objects, {run.bytes} bytes\n"
        f"đã thẩm định lại / judged again: {run.signatures}\n"
        f"đã khôi phục bản lưu / copies restored: {run.restored}\n"
        f"dấu thời gian mới, gia hạn / packages stamped, renewed: {told.stamped}, {told.renewed}\n")
    for trouble in told.troubles:
        sys.stdout.write(f"{trouble}\n")


def _report(archive: Archive) -> int:
    """Print what is wrong; objects that nobody knows are told, but nothing is lost by them."""
    wrong = findings.unhealed(archive.index, datetime.now(UTC))
    for one in wrong:
        lost = errors.OBJECT_LOST.error(sha256=one.sha256) if one.kind is Kind.LOST else None
        where, since = f"{one.place or '-'} {one.sha256 or '-'}", cell(one.since)
        sys.stdout.write(f"{one.kind} {where} {since} {lost or one.reason}\n")
    bad = [one for one in wrong if one.kind is not Kind.STRANGE]
    sys.stdout.write(f"còn sai / wrong and not mended: {len(bad)}\n")
    return Exit.HELD if bad else Exit.DONE
