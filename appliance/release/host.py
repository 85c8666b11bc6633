"""A host as releases see it: where things lie, and the programs that are run on it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors

SECONDS = 1800
SHOWN = 600
"""Characters of what a program said last that an error shows."""

USER = "appliance"

PLACES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where Debian has its programs: ``su`` leaves the caller's PATH, which lacks the half of them."""

STRANGE = re.compile(r"PIP_.*|PYTHON(PATH|HOME)")
"""Variables of who calls that would lead pip and the product to libraries of others."""


@dataclass(frozen=True)
class Host:
    """One host.

    Attributes:
        root: ``/``; another folder in tests.
    """

    root: Path = Path("/")

    @property
    def opt(self) -> Path:
        """Everything that releases bring."""
        return self.root / "opt/appliance"

    @property
    def runtimes(self) -> Path:
        """Layers of dependencies, by hash."""
        return self.opt / "runtimes"

    @property
    def releases(self) -> Path:
        """The product, by version."""
        return self.opt / "releases"

    @property
    def generations(self) -> Path:
        """Release and settings together, by number."""
        return self.opt / "generations"

    @property
    def current(self) -> Path:
        """The one switch: a link to the generation that runs."""
        return self.opt / "current"

    @property
    def underway(self) -> Path:
        """Lies there while an activation has not been proved by its gate."""
        return self.opt / "UNDERWAY.json"

    @property
    def wanted(self) -> Path:
        """A link to the generation that was prepared last: what an activation without a number runs."""
        return self.opt / "wanted"

    @property
    def keys(self) -> Path:
        """Whose releases are believed."""
        return self.root / "etc/appliance/release-keys"

    @property
    def settings(self) -> Path:
        """Where people look for the settings: a link into the current generation."""
        return self.root / "etc/appliance/appliance.toml"

    @property
    def units(self) -> Path:
        """Units of this host."""
        return self.root / "etc/systemd/system"

    @property
    def kernels(self) -> Path:
        """Compiled kernels, by version."""
        return self.root / "var/cache/appliance/numba"

    def run(self, words: Sequence[str | Path], *, step: str, more: Mapping[str, str] | None = None,
            fine: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a program.

        Args:
            words: program and arguments; never a shell.
            step: what it is for, in an error.
            more: variables of its environment beside ours.
            fine: exit codes that are no error.

        Raises:
            ApplianceError: HOST_REFUSED, with the end of what it said.
        """
        line = [str(word) for word in words]
        try:
            done = subprocess.run(line, env=surroundings(more), check=False, text=True,
                                  capture_output=True, timeout=SECONDS, errors="replace")
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise errors.HOST_REFUSED.error(step=step, reason=problem) from None
        if done.returncode not in fine:
            said = (done.stderr.strip() or done.stdout.strip())[-SHOWN:].replace("//", "/")  # one text, not two
            raise errors.HOST_REFUSED.error(step=step, reason=said or f"{line[0]}: {done.returncode}")
        return done

    def follow(self, words: Sequence[str | Path], enough: Callable[[str], bool]) -> tuple[int, str]:
        """Run a program until a line of it is enough; return its exit code, 0 then, and what it said."""
        told: list[str] = []
        with subprocess.Popen([str(word) for word in words], env=surroundings(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace") as process:
            for line in process.stdout or ():
                told.append(line)
                if enough(line):
                    process.terminate()
                    process.wait()
                    return 0, "".join(told)
        return process.returncode, "".join(told)

    def as_user(self, words: Sequence[str | Path]) -> list[str | Path]:
        """Return a command that is run as the product's own user."""
        return ["runuser", "-u", USER, "--", *words]

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let only one change be made at a time, and to its end: the line to whoever began it may break.

        Raises:
            ApplianceError: RELEASE_BUSY.
        """
        self.opt.mkdir(parents=True, exist_ok=True)
        with (self.opt / "LOCK").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise errors.RELEASE_BUSY.error() from None
            before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
            try:
                yield
            finally:
                signal.signal(signal.SIGHUP, before)


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of programs that a release runs, whoever called it and however."""
    own = {name: value for name, value in os.environ.items() if not STRANGE.fullmatch(name)}
    said = [part for part in own.get("PATH", "").split(":") if part]
    return {**own, "PATH": ":".join(dict.fromkeys((*said, *PLACES))), **(more or {})}


def switch(link: Path, target: str) -> None:
    """Let a link point elsewhere in one step that a power cut leaves done or not done."""
    beside = link.with_name(f"{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.rename(link)
    settle(link.parent)


def settle(folder: Path) -> None:
    """Wait until a folder's entries are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
