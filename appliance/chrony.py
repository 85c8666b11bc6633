"""Asks chronyd on this host how the clock stands: ``tracking`` of its command protocol, version 6, over UDP.

It is what ``chronyc tracking`` asks. No program is started for it, chronyd answers it to every user of the
loopback, and it changes nothing. Form of the packets: ``candm.h`` of chrony, the same since chrony 2.2 (2015).
"""

from __future__ import annotations

import asyncio
import secrets
import struct

from appliance.system_clock import ClockReading

HOST = "127.0.0.1"
VERSION, REQUEST, REPLY = 6, 1, 2
TRACKING, TRACKED, SUCCESS = 33, 5, 0

ASKED = struct.Struct("!BBBBHHIII")
"""Version, kind, two empty bytes, command, attempt, sequence, two empty words."""

ANSWERED = struct.Struct("!BBBBHHHHHHIII")
"""Version, kind, two empty bytes, command, form of the answer, status, three empty, sequence, two empty words."""

REPORT = struct.Struct("!I20xHH12x9I")
"""Whom it follows, its address, stratum, leap status, time of its last answer, nine numbers in chrony's packing."""

OWN_CLOCK = 0x7F7F0101
"""Whom it follows when that is the host's own clock (``local`` of chrony.conf): that proves nothing."""

UNSYNCHRONISED = 3
CORRECTION, DELAY, DISPERSION = 0, 6, 7
"""Which of the nine numbers: what is still to be made up for, and how far the source itself may be off."""

PATIENCE = 2.0
"""Seconds that an answer may take; it takes less than a millisecond."""


async def ask(port: int) -> ClockReading | None:
    """Return how the clock stands; None where no chronyd answers."""
    loop = asyncio.get_running_loop()
    sequence = secrets.randbits(32)
    heard: asyncio.Future[ClockReading] = loop.create_future()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(heard, sequence), remote_addr=(HOST, port))
    except OSError:
        return None
    try:
        transport.sendto(question(sequence))
        async with asyncio.timeout(PATIENCE):
            return await heard
    except (TimeoutError, OSError):  # nobody listens on that port
        return None
    finally:
        transport.close()


def question(sequence: int) -> bytes:
    """Return the packet that asks; it is as long as its answer, or chronyd answers nothing."""
    head = ASKED.pack(VERSION, REQUEST, 0, 0, TRACKING, 0, sequence, 0, 0)
    return head.ljust(ANSWERED.size + REPORT.size, b"\0")


def reading(answer: bytes, sequence: int) -> ClockReading | None:
    """Return what an answer says; None when it is none to that question."""
    if len(answer) < ANSWERED.size + REPORT.size:
        return None
    version, kind, _, _, command, form, status, *_, echo, _, _ = ANSWERED.unpack_from(answer)
    if (version, kind, command, form, status, echo) != (VERSION, REPLY, TRACKING, TRACKED, SUCCESS, sequence):
        return None
    follows, _, leap, *numbers = REPORT.unpack_from(answer, ANSWERED.size)
    correction, delay, dispersion = (number(numbers[at]) for at in (CORRECTION, DELAY, DISPERSION))
    most = abs(dispersion) + abs(delay) / 2  # one that is negative makes no offset smaller
    return ClockReading(correction, most, leap != UNSYNCHRONISED and follows != OWN_CLOCK)


def number(word: int) -> float:
    """Return one of chrony's numbers: seven bits of exponent, twenty-five of coefficient, both signed."""
    exponent, coefficient = word >> 25, word & 0x1FFFFFF
    exponent -= 128 if exponent >= 64 else 0
    coefficient -= 1 << 25 if coefficient >= 1 << 24 else 0
    return float(coefficient * 2.0 ** (exponent - 25))


class _Ear(asyncio.DatagramProtocol):
    """Hears the one answer, or that nobody listens; what is no answer to the question is as if not said."""

    def __init__(self, heard: asyncio.Future[ClockReading], sequence: int) -> None:
        self._heard, self._sequence = heard, sequence

    def datagram_received(self, data: bytes, _address: object) -> None:
        found = reading(data, self._sequence)
        if found is not None and not self._heard.done():
            self._heard.set_result(found)

    def error_received(self, problem: Exception) -> None:
        if not self._heard.done():
            self._heard.set_exception(problem)
