"""The conversation between one device and the daemon, as its scanner process leads it.

While nothing is scanned the device is looked at, one pass over its sensors a tick: a change of the feeder and a
press of Start are told. While it scans, nobody else asks it anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from appliance.core import errors, notify
from appliance.core.config import Device
from appliance.core.errors import ApplianceError
from appliance.core.plain import from_plain
from appliance.core.wire import Line
from appliance.device.button import Button, Sensing
from appliance.device.capture import Capture
from appliance.device.profile_tables import Start
from appliance.device.protocol import Ack, At, Cancel, Ended, Feeder, Hello, Scan, Status
from appliance.device.sane_thread import HungDriver
from appliance.device.scanner import Capabilities, Placed, Scanner
from appliance.device.verdict import reason_of

log = logging.getLogger(__name__)

MOST_DETAIL = 200
"""Longest part of an error's text that comes from a device."""


async def first(*works: Coroutine[Any, Any, None]) -> None:
    """Do all of these until one is done or fails; a line that is gone is an end like any other."""
    tasks = {asyncio.create_task(work) for work in works}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        with contextlib.suppress(ConnectionError):
            for task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Conversation:
    """The conversation between one device and the daemon."""

    def __init__(self, line: Line, scanner: Scanner, device: Device, start: Start) -> None:
        self._line = line
        self._scanner = scanner
        self._device = device
        self._button = Button(start)
        self._every = start.poll_ms / 1000
        self._turn = asyncio.Lock()  # the device is asked one thing at a time
        self._known: Capabilities | None = None
        self._said: Status | None = None
        self._capture: Capture | None = None
        self._scanning: asyncio.Task[None] | None = None
        self._stale = self._gone = False

    async def run(self) -> None:
        """Serve until the daemon closes the line; what is being scanned is then cancelled."""
        await self._say_hello()
        notify.notify(f"{notify.READY}\nSTATUS=speaks to {self._device.name}")
        try:
            await first(self._read(), self._watch(), notify.keep_watchdog())
        finally:
            if self._scanning is not None:
                self._scanning.cancel()
                await asyncio.gather(self._scanning, return_exceptions=True)
            await self._line.close()

    async def _read(self) -> None:
        """Take what the daemon says until it closes the line."""
        while (message := await self._line.receive()) is not None:
            self._take(*message)

    def _take(self, kind: str, body: dict[str, Any]) -> None:
        """Take one message of the daemon."""
        match kind:
            case "scan" if self._capture is None:
                order = from_plain(Scan, body)
                self._capture, self._gone = Capture(self._scanner, order), False
                self._scanning = asyncio.create_task(self._scan(self._capture, order))
            case "ack" if self._capture is not None:
                self._capture.acknowledge(from_plain(Ack, body))
            case "cancel" if self._capture is not None:
                if from_plain(Cancel, body).batch == self._capture.batch:
                    self._capture.stop()
            case "gone":
                self._unplugged()
            case "at":
                self._placed(from_plain(At, body))
            case "ack" | "cancel":
                log.debug("message %s comes after the end of its scan", kind)
            case _:
                log.info("message %s comes at the wrong time and is left", kind)

    def _unplugged(self) -> None:
        """End what is being scanned on a device that is gone, and tell afresh how the device stands."""
        self._said = None
        if self._capture is not None:
            self._gone = True
            self._capture.stop()

    def _placed(self, at: At) -> None:
        """Take which scanner is ours; who is open may be another, so it says anew who it is."""
        if isinstance(self._scanner, Placed):
            self._scanner.placed(at.place, mine=at.mine)
            self._said, self._stale = None, True

    async def _scan(self, capture: Capture, order: Scan) -> None:
        """Carry out one order and tell how it ended."""
        async with self._turn:
            ended = await self._feed(capture, Ended(order.batch, 0))
            self._capture = None
            with contextlib.suppress(ConnectionError):  # the reader of the line ends this process
                await self._line.send("ended", replace(ended, sheets=capture.sheets))
            self._said, self._stale = None, True  # all is told afresh after every scan
            self._button.forget()

    async def _feed(self, capture: Capture, well: Ended) -> Ended:
        """Hand every side to the daemon; return ``well``, or with why the feed broke off."""
        try:
            async with contextlib.aclosing(capture.sides()) as sides:
                async for side in sides:
                    await self._line.send("side", side)
        except ApplianceError as problem:
            if self._gone and problem.kind is errors.CAPTURE_STOPPED:
                problem = errors.DEVICE_LOST.error()
            log.info("feed of %s ended: %s", self._device.name, problem.code)
            return replace(well, code=problem.code, reason=_why(problem), details=_details(problem))
        except Exception as problem:  # boundary: whatever a driver raises, the daemon must hear of the end
            log.exception("feed of %s", self._device.name)
            return replace(well, code=errors.UNEXPECTED.code, reason=type(problem).__name__)
        return well

    async def _watch(self) -> None:
        """While nothing is scanned, tell the daemon when the feeder changes and when Start was pressed."""
        clock = asyncio.get_running_loop().time
        while True:
            async with self._turn:
                status = await self._look()
                if status != self._said:
                    await self._line.send("status", status)
                    self._said = status
                senses = self._scanner.senses if isinstance(self._scanner, Sensing) else {}
                if (pressed := self._button.look(senses, clock())) is not None:
                    log.info("Start was pressed on %s (%s %d)", self._device.name, pressed.button, pressed.function)
                    await self._line.send("pressed", pressed)
            await asyncio.sleep(self._every)

    async def _look(self) -> Status:
        """Return the feeder's state; a device that cannot say who it is, or that fails oddly, counts as lost.

        Raises:
            HungDriver: only another process can help.
        """
        try:
            await self._introduce()
            status = await self._scanner.status()
            self._stale = self._stale or status.feeder is Feeder.LOST  # whoever comes back says anew who it is
            return status
        except HungDriver:
            raise
        except ApplianceError as problem:
            return _lost(problem)
        except Exception as problem:  # boundary: a driver that trips over an answer is no end of the process
            status = Status(Feeder.LOST, "", errors.UNEXPECTED.code, {"reason": type(problem).__name__})
            if status != self._said:
                log.exception("asking %s", self._device.name)
            return status

    async def _introduce(self) -> None:
        """Ask the device who it is, at first and after every scan; tell the daemon what is new."""
        if self._known is not None and not self._stale:
            return
        try:
            found = await self._scanner.describe()
        except ApplianceError:
            if self._known is None:
                raise
            return
        self._stale = False
        if found != self._known:
            self._known = found
            await self._say_hello()

    async def _say_hello(self) -> None:
        """Tell the daemon which device this is, as far as it is known."""
        name, profile, pid = self._device.name, self._device.profile, os.getpid()
        if (known := self._known) is None:
            await self._line.send("hello", Hello(name, "", "", "", profile, pid))
            return
        await self._line.send("hello", Hello(name, known.model, known.serial, known.firmware, profile, pid,
                                             known.options_hash, known.lacking, known.counters))


def _lost(problem: ApplianceError) -> Status:
    """Return how a device stands that could not be asked."""
    if problem.kind is errors.DEVICE_BUSY:
        return Status(Feeder.PROCESSING)
    if problem.kind in (errors.DEVICE_LOST, errors.DEVICE_STALLED):
        return Status(Feeder.LOST)
    return Status(Feeder.LOST, "", problem.code, _details(problem))


def _details(problem: ApplianceError) -> dict[str, str]:
    """Return what fills the error's text at the daemon; a device's own words are cut and kept to one line."""
    return {name: "".join(letter for letter in str(value)[:MOST_DETAIL] if letter.isprintable())
            for name, value in problem.details.items()}


def _why(problem: ApplianceError) -> str:
    """Return the short reason within the error."""
    details = problem.details
    return reason_of(problem) or str(details.get("text", "") or details.get("seconds", ""))
