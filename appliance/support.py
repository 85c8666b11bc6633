"""``appliance support FILE``: one small file for those who help from outside, without papers and people."""

from __future__ import annotations

import argparse
import io
import json
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance import __version__
from appliance.backup import making
from appliance.casebook import host, redaction, work
from appliance.client import SETTINGS
from appliance.core import clock, config, errors, files
from appliance.core.config import Config
from appliance.core.errors import ApplianceError, Exit
from appliance.spool.store import Store

MOST = 5_000_000
"""Bytes of the file: what a mail takes."""

SELFTEST_SECONDS = 300.0

ABOUT = """Tệp này giúp người hỗ trợ thấy máy đang thế nào. Không có: giấy tờ, ảnh, chữ đọc được, tên người, mã số
của người, mã PIN, khóa, lượt quét đang khóa vì nghi có bí mật nhà nước. Chỗ đã lược ghi là […] hoặc [set].

What helpers need to see how a host is. It has no papers, images, texts that were read, names or numbers of
persons, PINs, keys, or batches that are locked as a state secret is suspected. What was taken out reads
[…] or [set].
"""


def main(argv: list[str]) -> int:
    """Write the file; exit 1 when it would be too large."""
    parser = argparse.ArgumentParser("appliance support", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE.tar.gz")
    parser.add_argument("--config", type=Path, default=SETTINGS, help="settings file")
    parser.add_argument("--lines", type=int, default=5000, help="newest entries of the journal (%(default)s)")
    parser.add_argument("--no-selftest", action="store_true", help="do not run the self-test, which takes a while")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(argv)
    settings = config.load(options.config)
    known = redaction.known_of(settings)
    with _copied(settings) as copy:
        parts = dict(_parts(settings, options, known, copy))
    data = _packed(parts, known)
    if len(data) > MOST:
        raise errors.SUPPORT_TOO_LARGE.error(mb=round(len(data) / 1e6, 1), most=MOST // 1_000_000)
    files.write_durably(options.file, data, 0o600)
    said = {"changed": True, "file": str(options.file), "bytes": len(data), "parts": sorted(parts)}
    sys.stdout.write(f"{json.dumps(said)}\n" if options.json else f"{options.file}: {len(data) / 1e6:.2f} MB\n")
    return Exit.DONE


@contextmanager
def _copied(settings: Config) -> Iterator[Path | ApplianceError | None]:
    """Lend a copy of the ledger: nobody waits for one who reads that; or why there is none; None: no ledger."""
    ledger = Store(settings.storage.state).ledger
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "ledger.sqlite3"
        try:
            if ledger.is_file():
                making.copy_ledger(ledger, copy)
        except ApplianceError as problem:
            yield problem
        else:
            yield copy if copy.is_file() else None


def _parts(settings: Config, options: argparse.Namespace, known: list[str],
           copy: Path | ApplianceError | None) -> Iterator[tuple[str, str]]:
    """Yield each file of the bundle; one that cannot be had says why."""
    def clean(text: str) -> str:
        return redaction.scrub(text, known)

    yield "README.txt", ABOUT
    office = settings.office
    yield "about.json", _json({"made": clock.iso(clock.now()), "version": __version__, "office": office.code,
                               "level": office.level, "province": office.province})
    for name, facts in _facts(settings, clean).items():
        yield f"{name}.json", _tried(lambda facts=facts: _json(facts()))  # type: ignore[misc]
    yield "journal.jsonl", _tried(lambda: _lines(work.journal(options.lines, clean, _locked(copy))))
    yield "metrics.txt", _tried(lambda: work.metrics(settings, clean))
    yield from _of_ledger(copy)
    if not options.no_selftest:
        command = (sys.executable, "-m", "appliance", "selftest", "--config", str(options.config))
        yield "selftest.txt", clean(host.asked(*command, seconds=SELFTEST_SECONDS))


def _facts(settings: Config, clean: Callable[[str], str]) -> dict[str, Callable[[], Any]]:
    return {"settings": lambda: redaction.settings(settings), "releases": host.releases, "units": host.units,
            "clock": host.clock_facts, "disks": lambda: host.disks(settings),
            "certificates": lambda: host.certificates(settings), "devices": lambda: host.devices(settings, clean)}


def _locked(copy: Path | ApplianceError | None) -> tuple[str, ...] | None:
    """Return the batches that are locked; None where no ledger tells."""
    try:
        return work.locked(copy) if isinstance(copy, Path) else None
    except sqlite3.Error:
        return None


def _of_ledger(copy: Path | ApplianceError | None) -> Iterator[tuple[str, str]]:
    if isinstance(copy, ApplianceError):
        yield "ledger.json", _json({"fault": copy.code})
    elif copy is not None:
        yield "ledger.json", _tried(lambda: _json(work.ledger(copy)))
        yield "events.jsonl", _tried(lambda: _lines(work.links(copy)))


def _packed(parts: dict[str, str], known: list[str]) -> bytes:
    """Return the parts as tar.gz; a name of the staff that got through to here makes its part go."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, text in parts.items():
            told = "(left out: it names staff)\n" if _names_somebody(text, known) else text
            one = tarfile.TarInfo(f"support/{name}")
            data = told.encode()
            one.size, one.mode, one.mtime = len(data), 0o600, int(clock.now().timestamp())
            tar.addfile(one, io.BytesIO(data))
    return stream.getvalue()


def _names_somebody(text: str, known: list[str]) -> bool:
    low = text.lower()
    return any(" " in name and name.lower() in low for name in known)


def _tried(work_of: Callable[[], str]) -> str:
    """Return a part, or the kind of what went wrong: a sick host is what this is for."""
    try:
        return work_of()
    except Exception as problem:  # noqa: BLE001 - boundary: what one part cannot tell, the others still do
        return f"({type(problem).__name__})\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"


def _lines(values: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in values)
