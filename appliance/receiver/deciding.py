"""One upload's way from its last byte to its receipt; may be run again after any interruption, by any instance.

Order: look at it, put it into every place, then one transaction that writes receipt, package, documents, copies and
what follows from them. Before that transaction nothing is decided; after it everything is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from appliance.archive.packages.inspection import PackageReport
from appliance.core import errors, files
from appliance.core.heartbeat import is_test
from appliance.receiver import admission, receiptbook
from appliance.receiver import line as waiting
from appliance.receiver.admission import Judgement, Rule, Taken
from appliance.receiver.archive import Archive
from appliance.receiver.fixity.places import Places
from appliance.receiver.judges import DamagedError, JudgeDiedError, Judges
from appliance.receiver.line import MOST_CLAIMS, Claim, Line
from appliance.receiver.metrics import Figures
from appliance.receiver.receiptbook import Decision, ReceiptBook
from appliance.receiver.stores import FileStore
from appliance.receiver.uploads import Upload, Uploads

log = logging.getLogger(__name__)
RETRY_SECONDS = 5.0
_PLACES_SECONDS = 10.0
"""How long the places of copies are believed to be there after they were looked at."""

CRASH_SECONDS = 60.0
"""From its second crash on a package waits so long for each: memory may have been short."""

_NOT_FOR_AN_INDEX = (sa.exc.DataError, UnicodeEncodeError, OverflowError)
"""What is raised for texts and numbers of a package that the data base refuses: trying for ever helps nobody."""

Follows = Callable[[sa.Connection, Judgement, Taken], None]
"""What else an accepted package changes in the index, in the same transaction."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What an archive asks of a sound package beyond its own place, and what follows when it takes one."""

    rules: Sequence[Rule] = field(default=())
    follows: Sequence[Follows] = field(default=())


class Deciding:
    """Decides uploads of one archive. ``rejected`` keeps what was refused, for whoever asks why."""

    def __init__(self, archive: Archive, uploads: Uploads, book: ReceiptBook, demands: Demands) -> None:
        self._archive = archive
        self._uploads = uploads
        self._book = book
        self._demands = demands
        self.figures = Figures()
        self._places_good_until = 0.0
        self.rejected = FileStore(files.make_folder(archive.settings.root / "rejected"), "rejected")
        self.series = FileStore(files.make_folder(archive.settings.root / "test-series"), "test-series")

    async def decide(self, claim: Claim, judges: Judges, line: Line) -> None:
        """Decide a claimed upload; whatever goes wrong leaves it in the line or without a trace.

        Raises:
            OSError: index out of reach; the claim runs out by itself.
        """
        upload = claim.upload
        try:
            with self.figures.looking():
                await self._decide(claim, judges)
        except DamagedError:
            log.warning("upload %s arrived damaged and is thrown away", upload.name)
            self.figures.damaged.inc()
            await asyncio.to_thread(self._uploads.remove, upload)
        except JudgeDiedError as problem:
            log.warning("upload %s ended its judge (%s)", upload.name, problem)
            self.figures.crashes.inc()
            await asyncio.to_thread(line.give_back, upload, self._pause(claim.crashes + 1), crashed=True)
        except _NOT_FOR_AN_INDEX as problem:
            log.warning("upload %s says what the index cannot hold (%s)", upload.name, type(problem).__name__)
            await asyncio.to_thread(line.give_back, upload, self._pause(claim.crashes + 1), crashed=True)
        except Exception:  # boundary: what fails for one upload (a full disk) may not stop the others
            log.exception("upload %s waits", upload.name)
            await asyncio.to_thread(line.give_back, upload, RETRY_SECONDS)

    def forget_rejected(self, seconds: float) -> None:
        """Throw away rejected packages that are older than so many seconds; their receipts stay."""
        self.rejected.forget(seconds)

    def forget_series(self, seconds: float) -> None:
        """Throw away packages of the test series that are older than so many seconds; their receipts stay."""
        self.series.forget(seconds)

    async def _decide(self, claim: Claim, judges: Judges) -> None:
        upload = claim.upload
        if await asyncio.to_thread(self._is_decided, upload):
            return
        with contextlib.ExitStack() as stack:
            path, own = await asyncio.to_thread(stack.enter_context, self._bytes_of(upload))
            judged = self._poison(claim) or await judges.judge(path, upload.sha256)
            judged = await asyncio.to_thread(self._admitted, upload, judged)
            places = await asyncio.to_thread(self._put_away, upload, judged, (path, own))
            await asyncio.to_thread(self._write, upload, judged, places)
        await asyncio.to_thread(self._uploads.drop, upload)

    def _is_decided(self, upload: Upload) -> bool:
        """Say whether these bytes have their receipt already; then this upload is over too."""
        with self._archive.index.write() as connection:
            if receiptbook.find(connection, upload.sha256) is None:
                return False
            waiting.settle(connection, upload.sha256)
        self._uploads.drop(upload)
        return True

    @contextlib.contextmanager
    def _bytes_of(self, upload: Upload) -> Iterator[tuple[Path, bool]]:
        """Lend the bytes as a local file and say whether they may be moved away.

        A kill may have come between moving them into a place and writing the receipt: then they lie there.
        """
        try:
            path = self._uploads.whole(upload, self._archive.work)
        except FileNotFoundError:
            with self._kept_already(upload) as path:
                yield path, False
            return
        try:
            yield path, True
        finally:
            if path.parent == self._archive.work:
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _kept_already(self, upload: Upload) -> Iterator[Path]:
        for apart in (self.rejected, self.series):
            if (path := apart.path(upload.sha256)).is_file():
                yield path
                return
        try:
            with self._archive.local(upload.sha256) as path:
                yield path
        except errors.ApplianceError as problem:
            raise DamagedError(problem.code) from None

    def _pause(self, crashes: int) -> float:
        """Return how long a package waits after so many crashes; the last one ends the waiting."""
        last = crashes >= self._archive.settings.judging.crashes
        return 0.0 if last else CRASH_SECONDS * (crashes - 1)

    def _poison(self, claim: Claim) -> Judgement | None:
        """Refuse what ends its judges again and again; else None."""
        if claim.crashes < self._archive.settings.judging.crashes and claim.claims < MOST_CLAIMS:
            return None
        times = max(claim.crashes, claim.claims)
        said = f"it cannot be inspected: the inspection ended {times} times without a result"
        return Judgement(PackageReport((said,)))

    def _admitted(self, upload: Upload, judged: Judgement) -> Judgement:
        """Refuse a sound package that breaks a rule of this archive, or whose place is not free."""
        if judged.contents is None:
            return judged
        found = judged.contents
        refusal = next(filter(None, (
            rule(upload.office, judged.report, found) for rule in self._demands.rules)), "")
        if not refusal:
            with self._archive.index.read() as connection:
                refusal = admission.refusal(connection, judged)
        return _refused(judged, refusal) if refusal else judged

    def _put_away(self, upload: Upload, judged: Judgement, at: tuple[Path, bool]) -> tuple[str, ...]:
        """Make the bytes durable in every place; return the names of the places."""
        path, own = at
        if _is_test(judged):
            self.series.put(upload.sha256, path, given=own)
            return ()
        if judged.report.ok:
            self._check_places()
            self._archive.keep(upload.sha256, path, given=own)
            return tuple(store.name for store in self._archive.stores)
        self.rejected.put(upload.sha256, path, given=own)
        return ()

    def _check_places(self) -> None:
        """Refuse to keep anything while a place is away: a disk that is not mounted is an empty folder like others.

        Raises:
            OSError: one is away.
        """
        if time.monotonic() < self._places_good_until:
            return
        archive = self._archive
        there = Places(archive.index, archive.stores, archive.work).there()
        if away := {one.name for one in archive.stores} - {one.name for one in there}:
            raise OSError(f"places away: {', '.join(sorted(away))}")
        self._places_good_until = time.monotonic() + _PLACES_SECONDS

    def _write(self, upload: Upload, judged: Judgement, places: tuple[str, ...]) -> None:
        """Write the decision. What another instance accepted in the last moment counts."""
        taken = Taken(upload.sha256, upload.length, upload.office, places)
        with self._archive.index.write() as connection:
            receiptbook.hold(connection)
            known = receiptbook.find(connection, upload.sha256) is not None
            if not known and judged.report.ok and (refusal := admission.refusal(connection, judged)):
                judged = _refused(judged, refusal)
            self._book.enter(connection, _decision(upload, judged))
            if not known and judged.report.ok and not _is_test(judged):
                admission.admit(connection, judged, taken)
                for follow in self._demands.follows:
                    follow(connection, judged, taken)
            waiting.settle(connection, upload.sha256)
        if not known:
            log.info("package with SHA-256 %s: %s", upload.sha256, "accepted" if judged.report.ok else "refused")
        if not known and _is_test(judged):
            self.figures.tests.inc()
        elif not known:
            self.figures.decided(accepted=judged.report.ok, size=upload.length)


def _is_test(judged: Judgement) -> bool:
    """Say whether a sound package is of the test series: it gets its receipt and becomes part of nothing."""
    found = judged.contents
    return judged.report.ok and found is not None and is_test(found.status, found.file_code)


def _refused(judged: Judgement, reason: str) -> Judgement:
    return replace(judged, report=replace(judged.report, problems=(reason,)))


def _decision(upload: Upload, judged: Judgement) -> Decision:
    report = judged.report
    codes = tuple(one.doc_code for one in judged.contents.documents) if judged.contents else ()
    return Decision(upload.sha256, upload.length, report.uuid, report.file_code, report.documents, report.problems,
                    report.replaces, report.audit, codes, upload.office)
