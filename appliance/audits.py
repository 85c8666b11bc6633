"""``appliance audit``: verify the audit chain, or read the story of a document from it.

A running daemon does both itself; without one, and on a copied state folder, files are only read.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance import leaders
from appliance.audit_facts import plain
from appliance.audit_story import heading, lines, sentence
from appliance.audit_words import LANGUAGES
from appliance.client import SETTINGS, Control, ask, where
from appliance.core import config, errors
from appliance.core.errors import Exit
from appliance.spool import telling
from appliance.spool.chain import Chain
from appliance.spool.store import Store

PATIENCE = 600.0
"""Seconds that a daemon may take over a chain of many million rows."""


def main(argv: list[str]) -> int:
    """``appliance audit [verify|show|accept]``; without a word it verifies."""
    verbs: dict[str, Callable[[list[str]], int]] = {"verify": verify, "show": show, "accept": accept}
    return verbs[argv[0]](argv[1:]) if argv and argv[0] in verbs else verify(argv)


def verify(argv: list[str]) -> int:
    """Verify every row of the audit chain, against all heads that are kept outside the ledger."""
    parser = argparse.ArgumentParser("appliance audit verify", description=verify.__doc__)
    _where(parser)
    parser.add_argument("--json", action="store_true", help="the report, for programs")
    options = parser.parse_args(argv)
    report = _asked(options, "/audit", lambda chain: plain(chain.whole()))
    if options.json:
        sys.stdout.write(json.dumps(report) + "\n")
        return Exit.DONE
    length, parts, met = report["length"], report["segments"], report["witnesses"]
    sys.stdout.write(
        f"chuỗi kiểm toán nguyên vẹn, {length} dòng, {parts} tệp niêm phong, khớp {met} mã băm cuối "
        "chuỗi ghi ngoài sổ cái (audit/heads.jsonl, gói tin, xác nhận tiếp nhận) / "
        f"the audit chain is whole, {length} rows, {parts} sealed files, {met} heads "
        "outside the ledger agree (audit/heads.jsonl, packages, receipts)\n"
        f"{report['head']}\n")
    for first, last in report["lost"]:
        sys.stdout.write(f"đã chấp nhận mất dòng {first}-{last} / accepted as lost: rows {first}-{last}\n")
    return Exit.DONE


def show(argv: list[str]) -> int:
    """Tell the story of one document, or of a dossier, from Start to the archive's receipt."""
    parser = argparse.ArgumentParser("appliance audit show", description=show.__doc__)
    parser.add_argument("name", metavar="DOCUMENT|FILECODE|FILECODE.N",
                        help="a document's id as 'appliance status' has it, a file code, or one with a number")
    _where(parser)
    parser.add_argument("--lang", choices=LANGUAGES, default="vi", help="language of the lines (default: vi)")
    parser.add_argument("--json", action="store_true", help="the links with their texts, for programs")
    options = parser.parse_args(argv)
    name = options.name
    found = _asked(options, f"/audit/story?name={quote(name, safe='')}",
                   lambda chain: telling.told(chain, name))
    rows = found["rows"]
    if options.json:
        rows = [{**row, **{lang: sentence(row, lang) for lang in LANGUAGES}} for row in rows]
        sys.stdout.write(json.dumps({"name": name, **found, "rows": rows}, ensure_ascii=False, indent=1) + "\n")
        return Exit.DONE
    told = (*heading(name, found, options.lang), *lines(rows, options.lang))
    sys.stdout.write("".join(f"{line}\n" for line in told))
    return Exit.DONE


def accept(argv: list[str]) -> int:
    """Say, as a leader, that the ledger was lawfully restored, or its heads file damaged by the disk; recorded."""
    parser = argparse.ArgumentParser("appliance audit accept", description=accept.__doc__)
    leaders.options_of(parser)
    parser.add_argument("--reason", required=True, help="why, for the audit chain")
    where(parser)
    options = parser.parse_args(argv)
    words = {**leaders.words_of(options), "reason": options.reason}
    lost = asyncio.run(ask(options, "POST", "/audit/accept", words))["lost"]
    sys.stdout.write(f"đã ghi nhận, {lost} dòng bị mất / noted, {lost} rows are lost\n")
    return Exit.DONE


def _where(parser: argparse.ArgumentParser) -> None:
    """Let a command say which appliance it means."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--config", type=Path, default=SETTINGS, help="settings file")
    group.add_argument("--socket", type=Path, help="control socket of a running daemon, instead of --config")
    group.add_argument("--state", type=Path, help="a state folder that no daemon uses, such as a copy")


def _asked(options: argparse.Namespace, path: str, read: Callable[[Chain], dict[str, Any]]) -> dict[str, Any]:
    """Ask the daemon where one runs, else read the files.

    Raises:
        ApplianceError: DAEMON_RUNNING for a ``--state`` that a daemon holds; DAEMON_UNREACHABLE, or what was found.
    """
    if options.socket:
        return asyncio.run(_over(options.socket, path))
    settings = None if options.state else config.load(options.config)
    store = Store(options.state if settings is None else settings.storage.state)
    if not store.ledger.is_file():
        raise errors.REQUEST_REFUSED.error(reason=f"không có sổ cái / no ledger: {store.ledger}")
    if _held(store.root / "ledger.lock"):
        if settings is None:
            raise errors.DAEMON_RUNNING.error(path=store.ledger)
        return asyncio.run(_over(settings.storage.runtime / "control.sock", path))
    return read(Chain(store, still=True))


async def _over(socket: Path, path: str) -> dict[str, Any]:
    async with Control(socket, PATIENCE) as control:
        return await control.get(path)


def _held(lock: Path) -> bool:
    """Say whether a daemon holds the lock of a ledger; a copied folder may have none."""
    if not lock.is_file():
        return False
    with lock.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
