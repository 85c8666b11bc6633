"""A scanner reached over the network by eSCL (AirScan), behind the ``Scanner`` protocol.

escl_xml.py knows the words, escl_abilities.py what may be asked for, escl_http.py puts one question,
escl_trust.py says who may answer, escl_feed.py judges the end of a feed; here is the order of the questions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from urllib.parse import urljoin, urlsplit

import aiohttp

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import escl_abilities, escl_feed, escl_trust, escl_xml
from appliance.device.escl_abilities import Abilities
from appliance.device.escl_feed import Turn
from appliance.device.escl_http import MOST_IMAGE, Answer, Question, Telephone
from appliance.device.escl_xml import ScannerReport
from appliance.device.profile import FirmwareProfile
from appliance.device.protocol import Feeder, Status
from appliance.device.scanner import Capabilities, RawSide, ScanSettings

CREATED, OK, CONFLICT = 201, 200, 409
LOOK_AGAIN_SECONDS = 30.0
"""How often a scanner that nobody has trusted yet is asked for its certificate."""

_AWAY = (errors.DEVICE_LOST, errors.DEVICE_STALLED)
_UNUSABLE = (errors.SCANNER_UNTRUSTED, errors.SCANNER_CHANGED, errors.DEVICE_UNUSABLE, errors.CONFIG_BAD_VALUE)
_TOO_BUSY_TO_SAY = ScannerReport("Processing", "ScannerAdfProcessing", ())


class EsclScanner:
    """An eSCL scanner at ``base_url`` (ends in /eSCL). The session belongs to the caller.

    ``fingerprint``: SHA-256 of the one certificate that is spoken to; an https scanner without is refused.
    """

    def __init__(self, base_url: str, session: aiohttp.ClientSession, profile: FirmwareProfile,
                 fingerprint: str = "") -> None:
        self._base = base_url.rstrip("/")
        self._session = session
        self._profile = profile
        self._patience = profile.transport
        self._fingerprint = fingerprint
        self._refused: tuple[float, ApplianceError] | None = None
        self._abilities: Abilities | None = None
        self._job = ""

    async def describe(self) -> Capabilities:
        """Ask the device who it is; see ``Scanner.describe``."""
        answer = await self._ask("GET", f"{self._base}/ScannerCapabilities")
        self._expect_ok(answer)
        self._abilities = escl_abilities.decode(answer.body)
        return self._abilities.capabilities

    async def status(self) -> Status:
        """Ask for the state of the feeder; a device that is away, silent or not to be used is LOST."""
        try:
            return (await self._report()).feeder
        except ApplianceError as problem:
            if problem.kind in _AWAY:
                return Status(Feeder.LOST)
            if problem.kind is errors.DEVICE_BUSY:
                return Status(Feeder.PROCESSING)
            if problem.kind in _UNUSABLE:
                details = {name: str(value) for name, value in problem.details.items()}
                return Status(Feeder.LOST, code=problem.code, details=details)
            return Status(Feeder.HARDWARE, escl_xml.printable(str(problem.details.get("text", ""))))

    async def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        """Feed and yield sides; see ``Scanner.scan``. ``sheet`` in an error counts within this scan."""
        if self._job:
            raise errors.DEVICE_BUSY.error()
        turn, put_back, over = Turn(), 1, False
        try:
            job = self._job = await self._start(settings)
            while answer := await self._next(job, turn):
                yield _side(answer, turn, settings.dpi)
                following = turn.after(duplex=settings.duplex, empty=not answer.body and not answer.oversize)
                put_back = turn.sheet if _cut(answer.body) else following.sheet
                turn = following
            escl_feed.check_whole(turn)
            over = True
        except ApplianceError as problem:
            problem.details.setdefault("sheet", put_back)
            raise
        finally:
            await self._leave(cancel=not over or self._patience.delete_finished)

    async def close(self) -> None:
        """Cancel what is still being scanned; may be called twice."""
        await self._leave(cancel=True)

    async def _start(self, settings: ScanSettings) -> str:
        """Make a job and return its address."""
        if self._abilities is None:
            await self.describe()
        assert self._abilities is not None
        asked = escl_abilities.request(settings, self._abilities, self._profile.geometry)
        if self._patience.check_feeder_first:
            escl_feed.check_feeder(await self._report())
        body = escl_xml.scan_settings(asked)
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience.retry_seconds
        while True:
            answer = await self._ask("POST", f"{self._base}/ScanJobs", body)
            if answer.status == CREATED and answer.location:
                return self._address(answer.location)
            if answer.status not in self._patience.retry_statuses or clock() >= until:
                raise await self._why_refused(answer.status)
            await asyncio.sleep(self._patience.retry_pause_seconds)

    async def _next(self, job: str, turn: Turn) -> Answer | None:
        """Fetch the next side, or None when the feed is over."""
        clock = asyncio.get_running_loop().time
        first_no = 0.0
        if self._patience.side_pause_seconds and not turn.first:
            await asyncio.sleep(self._patience.side_pause_seconds)
        if self._patience.status_before_side:
            escl_feed.check_going_on(await self._report_if_it_can(), job)
        while True:
            answer = await self._fetch(job)
            if answer.status == OK:
                return escl_feed.image_of(answer, turn)
            report = await self._after(answer)
            waited = clock() - first_no if first_no else 0.0  # whatever is unsure is asked once more at least
            first_no = first_no or clock()
            patience = escl_feed.Waiting(waited, self._patience, answer.status in self._patience.end_statuses)
            if escl_feed.is_over(report, job, turn, patience):
                return None
            await asyncio.sleep(min(self._patience.retry_pause_seconds, 1.0))

    async def _after(self, answer: Answer) -> ScannerReport:
        """Ask what is the matter after an answer without an image; a plain fault is raised."""
        expected = (*self._patience.end_statuses, *self._patience.retry_statuses)
        if answer.status not in expected:
            raise errors.DEVICE_FAULT.error(text=f"NextDocument: HTTP {answer.status}")
        report = await self._report_if_it_can()
        if fault := escl_feed.fault_of(report.feeder):
            raise fault
        return report

    async def _report_if_it_can(self) -> ScannerReport:
        try:
            return await self._report()
        except ApplianceError as problem:
            if problem.kind is not errors.DEVICE_BUSY:
                raise
            return _TOO_BUSY_TO_SAY

    async def _why_refused(self, status: int) -> ApplianceError:
        """Return why no job could be made."""
        if status not in (CONFLICT, *self._patience.retry_statuses):
            kind = errors.DEVICE_REFUSED if status < 500 else errors.DEVICE_FAULT
            return kind.error(text=f"ScanJobs: HTTP {status}")
        report = await self._report()
        if fault := escl_feed.fault_of(report.feeder):
            return fault
        empty = status == CONFLICT and report.feeder.feeder is Feeder.EMPTY
        return errors.NO_PAPER.error() if empty else errors.DEVICE_BUSY.error()

    async def _report(self) -> ScannerReport:
        answer = await self._ask("GET", f"{self._base}/ScannerStatus")
        self._expect_ok(answer)
        return escl_xml.decode_status(answer.body)

    def _expect_ok(self, answer: Answer) -> None:
        if answer.status in self._patience.retry_statuses:
            raise errors.DEVICE_BUSY.error()
        if answer.oversize:
            raise errors.DEVICE_UNUSABLE.error(text="answer too long")
        if answer.status != OK:
            raise errors.DEVICE_FAULT.error(text=f"HTTP {answer.status}")

    async def _ask(self, method: str, url: str, body: bytes | None = None) -> Answer:
        seconds = self._patience.answer_seconds
        return await (await self._telephone()).ask(Question(method, url, seconds, seconds, 3 * seconds, body=body))

    async def _fetch(self, job: str) -> Answer:
        patience = self._patience
        question = Question("GET", f"{job}/NextDocument", patience.first_byte_seconds, patience.stall_seconds,
                            patience.side_seconds, MOST_IMAGE)
        return await (await self._telephone()).ask(question)

    async def _telephone(self) -> Telephone:
        """Return the way to the one trusted device; one that nobody has trusted yet is only looked at."""
        pin = escl_trust.pin(self._base, self._fingerprint)
        if pin is None and escl_trust.secure(self._base):
            now = asyncio.get_running_loop().time()
            if self._refused is None or now - self._refused[0] > LOOK_AGAIN_SECONDS:
                found = await escl_trust.untrusted(self._base, self._patience.connect_seconds)
                self._refused = (now, found)
            raise errors.SCANNER_UNTRUSTED.error(**self._refused[1].details)
        return Telephone(self._session, pin, self._patience.connect_seconds)

    async def _leave(self, *, cancel: bool) -> None:
        """Forget the job; tell the device if it may still be feeding.

        It is told also when this is cancelled once more meanwhile: else it would feed on, and nobody would know.
        """
        job, self._job = self._job, ""
        if job and cancel:
            await _to_its_end(asyncio.create_task(self._end(job)))

    async def _end(self, job: str) -> None:
        with contextlib.suppress(ApplianceError):  # a device that is away has no job to cancel
            await self._ask("DELETE", job)

    def _address(self, location: str) -> str:
        """Return a job's address, always on the configured host, whatever the device says of itself."""
        own = urlsplit(self._base)
        try:
            said = urlsplit(urljoin(f"{self._base}/ScanJobs", location))
        except ValueError:
            raise errors.DEVICE_UNUSABLE.error(text="Location") from None
        return f"{own.scheme}://{own.netloc}{said.path.rstrip('/')}"


async def _to_its_end(task: asyncio.Task[None]) -> None:
    """Wait until a task is over; who was told to stop meanwhile stops after it."""
    told: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as stop:
            told = stop
    if told is not None:
        raise told


def _side(answer: Answer, turn: Turn, dpi: int) -> RawSide:
    if answer.oversize:
        return RawSide(turn.sheet, turn.side, b"", dpi, errors.IMAGE_TOO_LARGE.code, f"over {MOST_IMAGE} bytes")
    return RawSide(turn.sheet, turn.side, answer.body, dpi)


def _cut(body: bytes) -> bool:
    """Whether a JPEG has no end: after a jam its sheet must be put back as well."""
    return body[:2] == b"\xff\xd8" and b"\xff\xd9" not in body[-64:]
