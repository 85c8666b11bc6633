"""The processes of a demo: started, waited for until they say ``ready``, started again if they die."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.children import PARENT
from appliance.core import errors

PATIENCE = 180.0
"""Seconds for a process to become ready: the first start of all compiles the image kernels."""

GRACE = 15.0
MOST_STARTS = 6


@dataclass
class Program:
    """One process: ``arguments`` follow ``python -m appliance``.

    Attributes:
        facts: the ``name=value`` words of its last ready line.
        kernels: folder of compiled kernels, which outlives the run.
        again: arguments of a restart, made from ``facts``; the same arguments if None.
    """

    name: str
    arguments: list[str]
    logs: Path
    kernels: Path
    again: Callable[[dict[str, str]], list[str]] | None = None
    facts: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    process: asyncio.subprocess.Process | None = None
    drain: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id, 0 when it does not run."""
        return self.process.pid if self.process is not None and self.process.returncode is None else 0

    async def start(self) -> dict[str, str]:
        """Start it and wait for its ready line; return the words of that line.

        Raises:
            ApplianceError: SELFTEST_FAILED with the end of its log when it ends or stays silent.
        """
        self.starts += 1
        log = self.logs / f"{self.name}.log"
        with log.open("ab") as complaints:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "appliance", *self.arguments, stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=complaints, start_new_session=True,
                env=_environment(self.kernels))
        try:
            async with asyncio.timeout(PATIENCE):
                self.facts = await self._ready(log)
        except TimeoutError:
            raise self._failed(log, f"not ready after {PATIENCE:.0f} s") from None
        if self.again is not None:
            self.arguments = self.again(self.facts)
        self.drain = asyncio.create_task(self._drain(log))
        return self.facts

    async def stop(self) -> None:
        """Ask it to end; end it with its children after a while."""
        if self.pid:
            assert self.process is not None
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            try:
                async with asyncio.timeout(GRACE):
                    await self.process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                await self.process.wait()
        if self.drain is not None:
            await asyncio.gather(self.drain, return_exceptions=True)

    async def _ready(self, log: Path) -> dict[str, str]:
        """Read lines until the one that begins with ``ready``."""
        assert self.process is not None and self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode(errors="replace").strip():
            word, *rest = line.split()
            if word == "ready":
                return facts_of(rest)
        status = await self.process.wait()
        raise self._failed(log, f"ended with {status}")

    async def _drain(self, log: Path) -> None:
        """Keep its output from filling the pipe."""
        assert self.process is not None and self.process.stdout is not None
        with log.open("ab") as stream:
            while line := await self.process.stdout.readline():
                stream.write(line)

    def _failed(self, log: Path, reason: str) -> errors.ApplianceError:
        tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        text = f"{reason}; {log}: {' | '.join(tail)}" if tail else f"{reason}; {log}"
        return errors.SELFTEST_FAILED.error(check=self.name, reason=text)


def facts_of(words: list[str]) -> dict[str, str]:
    """Read the words after ``ready``: ``name=value``, and a bare address, which is called ``url``."""
    named = dict(word.split("=", 1) for word in words if "=" in word)
    bare = [word for word in words if "=" not in word and "://" in word]
    return {"url": bare[0], **named} if bare else named


@dataclass
class Programs:
    """All processes of a demo, in the order they were started."""

    logs: Path
    kernels: Path
    say: Callable[[str], None]
    running: list[Program] = field(default_factory=list)

    async def start(self, name: str, arguments: list[str],
                    again: Callable[[dict[str, str]], list[str]] | None = None) -> dict[str, str]:
        """Start one more; return the words of its ready line. One killed on its way is started once more."""
        self.logs.mkdir(parents=True, exist_ok=True)
        program = Program(name, arguments, self.logs, self.kernels, again)
        self.running.append(program)
        try:
            return await program.start()
        except errors.ApplianceError:
            if program.process is None or (program.process.returncode or 0) >= 0:
                raise
            return await program.start()

    async def revive(self) -> list[str]:
        """Start again what has died; return the names.

        Raises:
            ApplianceError: SELFTEST_FAILED when one keeps dying.
        """
        revived = []
        for program in self.running:
            if program.process is not None and program.process.returncode is not None:
                if program.starts >= MOST_STARTS:
                    raise errors.SELFTEST_FAILED.error(check=program.name, reason=f"ended {program.starts} times")
                self.say(f"{program.name}: đã dừng, khởi động lại / ended, started again")
                await program.start()
                revived.append(program.name)
        return revived

    async def stop(self) -> None:
        """Stop all, the last started first."""
        for program in reversed(self.running):
            await program.stop()


def _environment(kernels: Path) -> dict[str, str]:
    """Return the environment of a child, which ends with the demo even if that is killed."""
    return {"NUMBA_CACHE_DIR": str(kernels), **os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8",
            PARENT: str(os.getpid())}
