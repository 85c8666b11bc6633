"""The embedded archive: takes packages by tus, looks at them, keeps them, answers with a signed receipt.

A product of its own (``appliance receive``); docs/upload.md is its manual. On disk below its root:
``uploads/`` what is on its way, ``archive/<sha256>.zip`` what was accepted, ``rejected/<sha256>.zip`` what
was not, ``receipts/`` the book, ``keys/``. A kill at any moment is followed by the same start.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import logging
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import web

from appliance.archive.packages import replacement
from appliance.archive.packages.inspection import CheckPdf, PackageReport, inspect_package
from appliance.core import errors, files
from appliance.receiver.receiptbook import Decision, ReceiptBook
from appliance.receiver.tus_server import Limits, TusServer, speak_tus
from appliance.receiver.uploads import Upload, Uploads

log = logging.getLogger(__name__)

SignatureCheck = Callable[[list[Path]], CheckPdf]
"""Makes a judge of PDF signatures from the certificates (PEM files) it shall trust."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_RETRY_SECONDS = 5.0
_SWEEP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a receiver runs."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 8470
    issuer: str = "embedded-archive"
    keep_days: float = 7.0
    limits: Limits = field(default_factory=Limits)


class Receiver:
    """Uploads, their verification one after the other, and the receipts."""

    def __init__(self, settings: Settings, check_pdf: CheckPdf) -> None:
        root = settings.root
        self._check_pdf = check_pdf
        self._work = files.make_folder(root / "work")
        self._kept = {True: files.make_folder(root / "archive"), False: files.make_folder(root / "rejected")}
        self.book = ReceiptBook(root, settings.issuer)
        self.uploads = Uploads(root / "uploads", settings.keep_days * 86400)
        self._tus = TusServer(self.uploads, settings.limits, self.completed)
        self._waiting: asyncio.Queue[Upload] = asyncio.Queue()
        self._pending: dict[str, str] = {}

    def app(self) -> web.Application:
        """Return the web application; verification runs for as long as it does."""
        app = web.Application(middlewares=[speak_tus], client_max_size=1 << 16)
        app.add_routes([*self._tus.routes(), web.get("/receipts/{sha256}", self._receipt),
                        web.get("/healthz", self._health)])
        app.cleanup_ctx.append(self._background)
        return app

    def completed(self, upload: Upload) -> None:
        """Put a whole upload in line for verification, once."""
        if upload.name not in self._pending:
            self._pending[upload.name] = upload.sha256
            self._waiting.put_nowait(upload)

    def decide(self, upload: Upload) -> None:
        """Verify one upload, keep its bytes, write its receipt; may be run again after any interruption.

        Raises:
            OSError: the disk failed; nothing is decided yet.
        """
        sha256, data = upload.sha256, self._bytes_of(upload)
        if self.book.find(sha256) is None:
            if data is None or files.sha256_of(data) != sha256:
                log.warning("upload %s arrived damaged and is thrown away", upload.name)
                self.uploads.remove(upload)
                return
            report = self._judged(self._look_at(data))
            home = self._kept[report.ok] / f"{sha256}.zip"
            if data != home:
                files.adopt_durably(data, home)
            self.book.enter(Decision(sha256, upload.length, report.uuid, report.file_code, report.documents,
                                     report.problems, report.replaces, report.audit))
        self.uploads.settle(upload)

    def _bytes_of(self, upload: Upload) -> Path | None:
        """Return where the bytes lie: a kill may have come between moving them and writing the receipt."""
        name = f"{upload.sha256}.zip"
        places = (self.uploads.data(upload.name), *(folder / name for folder in self._kept.values()))
        return next((place for place in places if place.is_file()), None)

    def _judged(self, report: PackageReport) -> PackageReport:
        """Refuse a sound package whose place in the archive is not free: what it replaces must be here.

        Nor may it bear the identity of another one: what replaces what is known by that.
        """
        if not report.ok:
            return report
        if self.book.package(report.uuid) is not None:
            refusal = "a package with this identity and other bytes is here already"
        elif report.replaces:
            refusal = replacement.refusal(report.replaces, report.file_code, self.book.package)
        else:
            return report
        return replace(report, problems=(refusal,)) if refusal else report

    def _look_at(self, data: Path) -> PackageReport:
        try:
            return inspect_package(data, self._check_pdf, self._work)
        except OSError:
            raise
        except Exception as problem:  # boundary: a stranger's file that breaks the inspection is refused
            log.exception("the inspection of %s failed", data.name)
            return PackageReport((f"it cannot be inspected ({type(problem).__name__})",))

    async def _background(self, _app: web.Application) -> AsyncIterator[None]:
        for upload in self.uploads.undecided():
            self.completed(upload)
        tasks = [asyncio.create_task(self._verify()), asyncio.create_task(self._sweep())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _verify(self) -> None:
        while True:
            upload = await self._waiting.get()
            try:
                await asyncio.to_thread(self.decide, upload)
                del self._pending[upload.name]
                self._again(upload.name)
            except Exception:  # boundary: what fails for one upload (a full disk) may not stop the others
                log.exception("upload %s waits", upload.name)
                await asyncio.sleep(_RETRY_SECONDS)
                self._waiting.put_nowait(upload)

    def _again(self, name: str) -> None:
        """Catch an upload that was thrown away and came whole once more before its name was free."""
        upload = self.uploads.get(name)
        if upload and upload.whole and not upload.settled:
            self.completed(upload)

    async def _sweep(self) -> None:
        while True:
            await asyncio.to_thread(self.uploads.sweep, time.time())
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _receipt(self, request: web.Request) -> web.Response:
        sha256 = request.match_info["sha256"]
        token = self.book.find(sha256) if _SHA256.fullmatch(sha256) else None
        if token is not None:
            return web.Response(text=token, content_type="application/jose")
        if sha256 in self._pending.values():
            return web.Response(status=202, headers={"Retry-After": "1"})
        raise web.HTTPNotFound

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "receipts": len(self.book), "verifying": len(self._pending),
                                  "key": self.book.key_id})


def main(argv: list[str], signature_check: SignatureCheck) -> int:
    """Run the receiver until SIGTERM or SIGINT; prints ``ready http://host:port`` when it listens."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    settings, trusted = _arguments(argv)
    try:
        with _alone(files.make_folder(settings.root)):
            asyncio.run(_serve(settings, signature_check(trusted)))
    except errors.ApplianceError as problem:
        sys.stderr.write(f"{problem}\n")
        return errors.Exit.FAILED
    return errors.Exit.DONE


def _arguments(argv: list[str]) -> tuple[Settings, list[Path]]:
    parser = argparse.ArgumentParser(prog="appliance receive", description="The embedded archive.")
    parser.add_argument("--root", type=Path, required=True, help="folder for everything it keeps")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8470, help="port to listen on; 0 takes a free one")
    parser.add_argument("--trust", type=Path, action="append", default=[], metavar="PEM",
                        help="certificate that PDF signatures must lead to; may be given again")
    parser.add_argument("--issuer", default="embedded-archive", help="name in the receipts")
    parser.add_argument("--keep-days", type=float, default=7.0, help="days an unfinished upload is kept")
    given = parser.parse_args(argv)
    return Settings(given.root, given.host, given.port, given.issuer, given.keep_days), given.trust


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the root's lock; it falls by itself when the process ends, however it ends."""
    with (root / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.DAEMON_RUNNING.error(path=root) from None
        yield


async def _serve(settings: Settings, check_pdf: CheckPdf) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(Receiver(settings, check_pdf).app(), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"ready http://{host}:{port}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()
