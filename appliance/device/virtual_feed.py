"""The virtual scanner's paper path: jobs, sheets under way, and what goes wrong with them. No HTTP."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from enum import Enum

from appliance.core.model import Side
from appliance.device.virtual_faults import FaultBoard, Faults
from appliance.device.virtual_hopper import Hopper, Sheet
from appliance.device.virtual_pages import Form, as_asked, white_side
from appliance.device.virtual_xml import Asked, JobInfo

ABANDONED_SECONDS = 3.0
"""A job whose client asked nothing for so long gives way to a new job: its client has died."""

KEPT_JOBS = 10


class Refusal(Enum):
    """Why no job is made."""

    BUSY = 503
    CANNOT_FEED = 409


class Send(Enum):
    """How an image goes out."""

    WHOLE = "whole"
    CUT = "cut"
    BROKEN_OFF = "broken off"


@dataclass(frozen=True, slots=True)
class Image:
    """One side on its way to the client."""

    data: bytes
    send: Send = Send.WHOLE


@dataclass(slots=True)
class Job:
    """One scan job."""

    asked: Asked
    born: float
    touched: float
    ident: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "Processing"
    reason: str = "JobScanning"
    images: int = 0
    sheets: int = 0
    under_way: Sheet | None = None
    front: bytes = b""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def alive(self) -> bool:
        """Whether a client is at it."""
        return self.lock.locked() or _now() - self.touched < ABANDONED_SECONDS

    def end(self, state: str, reason: str) -> None:
        """Bring a running job to its end; a later end changes nothing."""
        if self.state == "Processing":
            self.state, self.reason, self.under_way = state, reason, None


class PaperPath:
    """Hopper, feeder and jobs of one virtual scanner. ``ppm`` 0 feeds as fast as asked."""

    def __init__(self, hopper: Hopper, board: FaultBoard, ppm: float = 0.0) -> None:
        self.hopper = hopper
        self.board = board
        self._pause = 60.0 / ppm if ppm else 0.0
        self._ready_at = 0.0
        self._jobs: list[Job] = []
        self._jammed = False

    def adf_state(self) -> str:
        """Return the feeder's state in eSCL's words."""
        faults = self._faults()
        if faults.adf_state:
            return faults.adf_state
        if faults.cover_open:
            return "ScannerAdfDoorOpen"
        if self._jammed:
            return "ScannerAdfJam"
        if any(job.alive() for job in self._running()):
            return "ScannerAdfProcessing"
        return "ScannerAdfLoaded" if self._paper(faults) else "ScannerAdfEmpty"

    def reports(self, now: float) -> list[JobInfo]:
        """Return what is told of each job, the oldest first."""
        return [JobInfo(job.ident, int(now - job.born), job.images, job.state, job.reason) for job in self._jobs]

    def job(self, ident: str) -> Job | None:
        """Return the job of that name."""
        return next((job for job in self._jobs if job.ident == ident), None)

    def begin(self, asked: Asked) -> Job | Refusal:
        """Make a job, or say why not."""
        now = _now()
        faults = self._faults()
        for job in self._running():
            if job.alive():
                return Refusal.BUSY
            job.end("Canceled", "JobCanceledBySystem")
        if faults.busy:
            return Refusal.BUSY
        if self._jammed or faults.cover_open or not self._paper(faults):
            return Refusal.CANNOT_FEED
        job = Job(asked, now, now)
        self._jobs = [*self._jobs[1 - KEPT_JOBS:], job]
        return job

    async def next_image(self, job: Job) -> Image | int:
        """Return the job's next side, or the HTTP status that says that there is none."""
        async with job.lock:
            try:
                return await self._next_image(job)
            finally:
                job.touched = _now()

    async def _next_image(self, job: Job) -> Image | int:
        faults = self._faults()
        side = Side.BACK if job.under_way else Side.FRONT
        if refused := self._refused(job, side, faults):
            return refused
        if side is Side.FRONT and not await self._feed(job, faults):
            job.end("Completed", "JobCompletedSuccessfully")
            return faults.end_status
        await asyncio.sleep(faults.slow)
        sheet = job.under_way
        if sheet is None:
            return 404  # cancelled meanwhile
        if self._jams(job, side, faults):
            return faults.jam_status
        data = await _expose(job, sheet, side)
        job.images += 1
        return self._send(job, side, data)

    def _refused(self, job: Job, side: Side, faults: Faults) -> int:
        """Return the HTTP status when no side can come now, before any paper moves; else 0."""
        if job.state != "Processing":
            return 404
        if faults.cover_open:
            job.end("Aborted", "AbortedBySystem")
            return 409
        sheet_to_come = job.sheets + (side is Side.FRONT)
        if self.board.strikes("early_end_at", sheet_to_come, side):
            return faults.end_status
        return Refusal.BUSY.value if self.board.strikes("wait_at", sheet_to_come, side) else 0

    async def _feed(self, job: Job, faults: Faults) -> bool:
        """Take a sheet into the paper path, at the pace of the device."""
        if faults.empty:
            return False
        await asyncio.sleep(max(0.0, self._ready_at - _now()))
        if job.state != "Processing":
            return False  # cancelled meanwhile: the paper stays
        job.under_way = self.hopper.feed()
        self._ready_at = _now() + self._pause
        if job.under_way:
            job.sheets += 1
        return job.under_way is not None

    def _jams(self, job: Job, side: Side, faults: Faults) -> bool:
        """Whether the sheet jams before an image of this side; the feeder then says so until cleared."""
        if faults.mid_page or not self.board.strikes("jam_at", job.sheets, side):
            return False
        self._abort_jammed(job)
        self._jammed = True
        return True

    def _abort_jammed(self, job: Job) -> None:
        if job.under_way:
            self.hopper.mark_jammed(job.under_way)
        job.end("Aborted", "ErrorsDetected")

    def _send(self, job: Job, side: Side, data: bytes) -> Image:
        """Decide how the image goes out, and whether the sheet leaves the paper path with it."""
        sheet = job.sheets
        if self.board.strikes("jam_at", sheet, side):
            self._abort_jammed(job)
            return Image(data, Send.CUT)
        if side is Side.BACK or not job.asked.duplex:
            job.under_way = None
        if self.board.strikes("lost_at", sheet, side):
            return Image(data, Send.BROKEN_OFF)
        cut = self.board.strikes("truncated_at", sheet, side)
        return Image(data, Send.CUT if cut else Send.WHOLE)

    def _running(self) -> list[Job]:
        return [job for job in self._jobs if job.state == "Processing"]

    def _paper(self, faults: Faults) -> bool:
        return not faults.empty and self.hopper.loaded()

    def _faults(self) -> Faults:
        """Return the faults in force; a jam is cleared by taking its fault away."""
        faults = self.board.current()
        self._jammed = self._jammed and faults.jam_at > 0
        return faults


async def _expose(job: Job, sheet: Sheet, side: Side) -> bytes:
    """Return the image of one side of a sheet."""
    form = Form(job.asked.dpi, job.asked.grey)
    file, other = (sheet.front, sheet.back) if side is Side.FRONT else (sheet.back, job.front)
    if file is not None:
        data = await asyncio.to_thread(as_asked, file, form)
    else:
        data = await asyncio.to_thread(white_side, other, form)
    job.front = data
    return data


def _now() -> float:
    return asyncio.get_running_loop().time()
