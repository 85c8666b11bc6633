"""What the pool and its workers share: the messages, their limits, and the one way to run a job.

A message is one JSON object with a version and a kind, never a pickle; image bytes never travel.

worker to pool: ``ready`` (pid, versions), ``beat``, ``done`` (outcome), ``bye`` (an orderly end: its job goes
back), ``gone`` (pid; said by the line of a worker that it has lost)
pool to worker: ``welcome`` (beat, liveness), ``job``, ``beat``, ``who`` (say ready again), ``stop``
"""

from __future__ import annotations

import json
import logging
import resource
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from appliance.core import errors
from appliance.core.jobs import Job, Outcome
from appliance.core.plain import to_plain

log = logging.getLogger(__name__)

VERSION = 1
"""Version of the messages; another version is not understood."""

LIMIT = 8 << 20
"""Longest message in bytes; a socket that receives a longer one cuts the connection."""

Handler = Callable[[Job], Any]
"""Does one job and returns a plain or dataclass answer, or raises ApplianceError."""

Handlers = Mapping[str, Handler]


@dataclass(frozen=True, slots=True)
class Timing:
    """How often each side gives a sign of life and how long a silence means death, in seconds.

    After ``rest`` a worker that failed its proof is sent home, so that a fresh process tries again. ``slack`` is
    added to the deadline of a job whose worker may have to finish one of somebody else before.
    """

    beat: float = 1.0
    liveness: float = 10.0
    rest: float = 30.0
    slack: float = 0.0


def encode(kind: str, **body: Any) -> bytes:
    """Return a message.

    Raises:
        ValueError: it would be longer than ``LIMIT``.
    """
    raw = json.dumps({"v": VERSION, "kind": kind, **to_plain(body)}, ensure_ascii=False).encode()
    if len(raw) > LIMIT:
        raise ValueError(f"message of {len(raw)} bytes")
    return raw


def decode(raw: bytes) -> tuple[str, dict[str, Any]]:
    """Return (kind, body).

    Raises:
        ValueError: this is no message of our version.
    """
    message = json.loads(raw)
    if not isinstance(message, dict) or message.pop("v", None) != VERSION:
        raise ValueError("a message of another version")
    return str(message.pop("kind", "")), message


def encode_outcome(outcome: Outcome) -> bytes:
    """Return the ``done`` message; an answer too long to travel becomes a failure that says so."""
    try:
        return encode("done", outcome=outcome)
    except ValueError as problem:
        return encode("done", outcome=replace(failed(outcome.id, str(problem)), wall=outcome.wall))


def failed(job_id: str, reason: str) -> Outcome:
    """Return the outcome of a job that could not be done."""
    error = errors.JOB_FAILED.error(reason=reason)
    return Outcome(job_id, ok=False, code=error.code, reason=error.en)


def perform(handlers: Handlers, job: Job) -> Outcome:
    """Run one job and never raise: whatever goes wrong is an outcome with a code."""
    wall, cpu = time.monotonic(), cpu_seconds()
    try:
        outcome = Outcome(job.id, ok=True, body=to_plain(handlers[job.kind](job)))
    except errors.ApplianceError as error:
        outcome = Outcome(job.id, ok=False, code=error.code, reason=error.en)
    except Exception as error:  # noqa: BLE001 - boundary: a bad page must not end a worker; the text may be personal
        log.error("job %s of kind %s failed: %s at %s", job.id, job.kind, type(error).__name__, _places(error))
        outcome = failed(job.id, type(error).__name__)
    return replace(outcome, wall=time.monotonic() - wall, cpu=cpu_seconds() - cpu)


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of the programs it has run."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _places(error: BaseException) -> str:
    """Name where it happened: files and lines only, no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames[-4:]))
