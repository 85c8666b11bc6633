"""The archive of the country in a box: a real ``appliance receive`` that knows every office by its certificate."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from office_certificates import Authority

from bench.fleet_offices import NAME
from bench.fleet_plan import Plan, code, organ
from bench.started import Started, start

PLACES = ("first", "second")
DOWN_SECONDS = 2.0


@dataclass
class Archive:
    """The one receiver: killed, started again, its CPU and memory watched from outside."""

    folder: Path
    settings: Path
    words: list[str] = field(default_factory=list)
    cpu: float = 0.0
    resident: float = 0.0
    started: Started | None = None

    def start(self) -> None:
        """Start it, on the port it had before."""
        words = ["-m", "appliance", "receive", "--settings", str(self.settings), *self.words]
        self.started = start(words, self.folder / "receiver.log")
        self.words = ["--port", str(self.port)]

    @property
    def port(self) -> int:
        """Return its port."""
        assert self.started is not None
        return int(self.started.url.rpartition(":")[2])

    def watch(self, over: threading.Event) -> None:
        """Add up CPU, and note the highest memory, until it is over."""
        before: tuple[int, float] = (0, 0.0)
        while not over.wait(0.2):
            if self.started is None:
                continue
            now = (self.started.process.pid, self.started.cpu_seconds())
            self.cpu += max(0.0, now[1] - (before[1] if now[0] == before[0] else 0.0))
            before = now
            self.resident = max(self.resident, self.started.resident_mb())

    def kill_and_restart(self, at: float) -> None:
        """Kill it at a moment; start it again."""
        time.sleep(max(0.0, at - time.time()))
        assert self.started is not None
        self.started.process.kill()
        self.started.process.wait()
        time.sleep(DOWN_SECONDS)
        self.start()


def settings(folder: Path, root: Path, plan: Plan) -> tuple[Authority, Path]:
    """Write certificates of archive and offices, the list of offices, receiver.toml."""
    authority = Authority(folder / "tls")
    lines = []
    for number in range(plan.offices):
        authority.issue(code(number), f"office-{code(number)}.bench")
        lines += ["[[office]]", f'code = "{code(number)}"', f'organs = ["{organ(number)}"]',
                  f'certificates = ["dns:office-{code(number)}.bench"]']
    (folder / "offices.toml").write_text("\n".join(lines))
    own = authority.issue("archive", NAME)
    stores = [line for name in PLACES
              for line in ("[[store]]", f'name = "{name}"', f'folder = "{folder / name}"')]
    path = folder / "receiver.toml"
    path.write_text("\n".join([
        f'root = "{folder / "archive"}"', "port = 0", f'trust = ["{root}"]', "[access]", f'certificate = "{own}"',
        f'authorities = "{authority.file}"', f'offices = "{folder / "offices.toml"}"', *stores]))
    return authority, path
