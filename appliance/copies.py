"""``appliance copy``: a small PDF to look things up in, made of what was signed; never for the archive."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance import client, kernel_cache
from appliance.archive.packages import wrapping
from appliance.core import clock, config, errors
from appliance.core.config import Config
from appliance.core.errors import Exit

FORMS = ("mixed", "mixed-g4", "jbig2", "g4")

EVERY = 50
"""Pages after which a person is told how far it is."""

_DATA = re.compile(r"[^/]+/representations/rep[0-9]+/data/[^/]*?\.([0-9]+)\.pdf")

_DAMAGED = (*wrapping.DAMAGED, FileExistsError)

NEVER = "bản sao để tra cứu, không phải bản lưu trữ / an access copy, not for the archive"


def main(argv: list[str]) -> int:
    """Make an access copy of a signed PDF, of a package, or of a dossier on this host."""
    parser = _parser()
    options = parser.parse_args(argv)
    settings = config.load(options.config) if options.config.is_file() else Config()
    out: Path = options.out
    with contextlib.ExitStack() as kept:
        sources = kept.enter_context(_sources(options.source, settings))
        _check_place(out, (Path(options.source), *sources), settings)
        for source in sources:
            _check_signature(source, options.trust)
        with _kernels(settings):
            from appliance import copying  # loads the native libraries

            copying.ready()
            if not Path(options.source).is_file():
                asyncio.run(_noted(options.source, settings))
            wish = copying.Wish(options.form, f"Hồ sơ {Path(options.source).stem}", clock.now(), _progress)
            tally = copying.make(sources, out, wish)
    sys.stdout.write(
        f"{out}: {NEVER}; {tally.pages} trang / pages ({tally.layered} lớp / layered, {tally.bilevel} đen trắng / "
        f"bilevel, {tally.kept} giữ nguyên / as scanned), {tally.size} byte; ảnh gốc / masters: {tally.masters}\n")
    return Exit.DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("appliance copy", description=main.__doc__)
    parser.add_argument("source", metavar="DOCUMENT.pdf|PACKAGE.zip|DOSSIER",
                        help="signed PDF, package, or code of a dossier on this host")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf",
                        help="the copy; only an earlier copy is replaced")
    parser.add_argument("--form", choices=FORMS, default=FORMS[0],
                        help="mixed: ink, its colours and paper in layers (default), mixed-g4: the same without "
                        "JBIG2; jbig2, g4: black and white")
    parser.add_argument("--trust", action="append", type=Path, default=[], metavar="PEM",
                        help="root certificate to trust; without one only integrity is checked")
    parser.add_argument("--config", type=Path, default=client.SETTINGS, help="settings file, if this host has one")
    return parser


@contextlib.contextmanager
def _sources(source: str, settings: Config) -> Iterator[list[Path]]:
    """Yield the signed PDFs that are meant, in order; those of a package lie in a folder that goes again."""
    path = Path(source)
    if path.suffix.lower() == ".zip" and path.is_file():
        with tempfile.TemporaryDirectory(prefix="copy-") as folder:
            yield _unpacked(path, Path(folder))
    elif path.is_file():
        yield [path]
    elif path.suffix.lower() in (".pdf", ".zip") or "/" in source:
        raise errors.INPUT_REFUSED.error(name=source, reason="không có tệp này / no such file")
    else:
        yield _of_dossier(source, settings)


def _unpacked(package: Path, folder: Path) -> list[Path]:
    """Unpack the documents of a package, under names of our own."""
    found: dict[int, Path] = {}
    try:
        with zipfile.ZipFile(package) as whole:
            if sum(info.file_size for info in whole.infolist()) > shutil.disk_usage(folder).free:
                raise errors.COPY_SOURCE_FOREIGN.error(name=package.name, reason="more than fits here")
            for info in whole.infolist():
                named = _DATA.fullmatch(info.filename)
                if named is not None:
                    ordinal = int(named[1])
                    found[ordinal] = folder / f"{ordinal}.pdf"
                    with whole.open(info) as member, found[ordinal].open("xb") as target:
                        for piece in iter(lambda one=member: one.read(1 << 20), b""):  # type: ignore[misc]
                            target.write(piece)
    except _DAMAGED as problem:
        raise errors.COPY_SOURCE_FOREIGN.error(name=package.name, reason=str(problem)[:120]) from None
    if not found:
        raise errors.COPY_SOURCE_FOREIGN.error(name=package.name, reason="no document in it")
    return [found[ordinal] for ordinal in sorted(found)]


def _of_dossier(code: str, settings: Config) -> list[Path]:
    """Return the signed documents of a dossier's newest revision that lie on this host; the ledger is only read."""
    from appliance.spool.ledger import Ledger
    from appliance.spool.store import Store

    path = Store(settings.storage.state).ledger
    if not path.is_file():
        raise errors.COPY_DOSSIER_UNKNOWN.error(file_code=code)
    ledger = Ledger(path, read_only=True)
    try:
        rows = ledger.all("signed_documents_of", file_code=code)
    finally:
        ledger.close()
    found = [Path(row["signed_path"]) for row in rows]
    if not found or not all(one.is_file() for one in found):
        raise errors.COPY_DOSSIER_UNKNOWN.error(file_code=code)
    return found


async def _noted(code: str, settings: Config) -> None:
    """Let the copy of a dossier stand on the audit chain before it is made, by the daemon if one runs."""
    from appliance.spool.ledger import Book, Ledger
    from appliance.spool.store import Store

    who = os.environ.get("SUDO_USER") or getpass.getuser()
    try:
        async with client.Control(settings.storage.runtime / "control.sock") as control:
            await control.post("/audit/copied", {"dossier": code, "by": who})
    except errors.ApplianceError as problem:
        if problem.code != errors.DAEMON_UNREACHABLE.code:
            raise
        book = Book(Store(settings.storage.state).ledger)
        try:
            await book.ask(Ledger.note, "dossier.copied", code, who=who)
        finally:
            book.close()


def _check_place(out: Path, sources: Sequence[Path], settings: Config) -> None:
    """Refuse to write over anything but an earlier copy, or into the appliance's own folders."""
    from appliance.documents.filed import is_copy

    place = out.resolve()
    if any(place == source.resolve() for source in sources):
        raise errors.COPY_PLACE_REFUSED.error(path=out, reason="tệp nguồn / the source itself")
    for folder in (settings.storage.state, settings.storage.runtime):
        if place.is_relative_to(folder.resolve()):
            raise errors.COPY_PLACE_REFUSED.error(path=out, reason=f"trong / inside {folder}")
    if place.suffix.lower() != ".pdf" or not place.parent.is_dir():
        raise errors.COPY_PLACE_REFUSED.error(path=out, reason="cần tên .pdf / name a .pdf in a folder")
    if place.exists() and not (place.is_file() and is_copy(place)):
        raise errors.COPY_PLACE_REFUSED.error(path=out, reason="đã có tệp khác / another file is there")


def _check_signature(source: Path, trust: Sequence[Path]) -> None:
    """Refuse a document whose signature does not hold: its copy would spread what somebody has changed."""
    from appliance.documents import filed
    from appliance.signing import verify

    with filed.opened(source):
        report = verify.verify(source, list(trust))
    if not (report.valid if trust else report.intact and report.covers_whole_file):
        raise errors.COPY_SOURCE_UNSIGNED.error(name=source.name, reason=report.reason or "not signed")


@contextlib.contextmanager
def _kernels(settings: Config) -> Iterator[None]:
    """Let kernels be loaded from where workers keep them, or from a folder of this user's own."""
    with kernel_cache.filled(kernel_cache.prepare(settings)):
        yield


def _progress(page: int) -> None:
    if page % EVERY == 0:
        sys.stderr.write(f"trang / page {page}\n")
