"""A whole appliance in one folder: archive, virtual scanner and daemon as real processes, and an operator's hands.

The programs are started as the demo starts them. Everything waits for what the status says, with a deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import sqlite3
import time
import tomllib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import granted
import psutil
import segno
from PIL import Image

from appliance.client import Control
from appliance.core import errors, files, rules
from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.demo import feed
from appliance.demo.cover import make_separator
from appliance.demo.launch import Program, Programs
from appliance.demo.paper import ROMAN, Column, Leaf
from appliance.demo.place import settings_text, taken
from appliance.demo.wish import DEVICE, Wish
from appliance.demo.wish import settings as demo_settings
from appliance.documents.separator import encode

T = TypeVar("T")
Status = dict[str, Any]
Tables = Mapping[str, Any]

ROOT = Path(__file__).parents[1]
KERNELS = ROOT / "build" / "numba"
"""Compiled once for all tests."""

DEADLINE = 90.0
"""Seconds for anything at all; nothing is ever measured against it."""

PERSON = "Trần Thị Bí Mật"
"""Stands on every specimen page and may stand in no log, metric or status."""

PROSE = (
    f"Kính gửi: {PERSON}. Căn cứ Luật Bảo hiểm xã hội và đề nghị của đơn vị sử dụng lao động, cơ quan bảo hiểm "
    "xã hội đã xem xét quá trình đóng và thống nhất giải quyết chế độ theo đúng quy định hiện hành.")


@dataclass(frozen=True)
class Sheet:
    """A sheet of paper as the scanner sees it. Without a back the virtual scanner sends a white one."""

    front: bytes
    back: bytes | None = None


def flat(leaf: Leaf, mode: str = "RGB", dpi: int = 0) -> bytes:
    """Return a printed side as a clean JPEG on paper colour; ``mode`` L or CMYK for the odd ones."""
    page = Image.new("RGB", leaf.size, (247, 244, 236))
    for colour, layer in leaf.layers.items():
        page.paste(colour, (0, 0), layer)
    stream = io.BytesIO()
    page.convert(mode).save(stream, "JPEG", quality=85, dpi=(dpi or leaf.dpi,) * 2)
    return stream.getvalue()


def letter(number: int = 1, dpi: int = 300) -> Leaf:
    """Print a short letter; the number makes every one different."""
    leaf = Leaf(dpi)
    top = 40.0
    for part in (f"Thông báo số {number}. {PROSE}", PROSE, f"Ngày {number % 28 + 1} tháng 3 năm 2019. {PROSE}"):
        top = leaf.paragraph(top, part, ROMAN, Column(30, 150, 10)) + 8
    return leaf


def page(number: int = 1) -> Sheet:
    """Return a sheet with a good letter."""
    return Sheet(flat(letter(number)))


def dossier(code: str, sheets: int = 0, *, no_secret: bool = False) -> Sheet:
    """Return a dossier separator; ``no_secret``: it confirms that its paper holds no state secret."""
    says = Separator(SheetKind.DOSSIER, code, sheets=sheets, no_secret=no_secret)
    return Sheet(flat(make_separator(says, encode(says))))


def coded_page(payload: str, number: int = 1) -> Sheet:
    """Return a letter with a QR code of any text below it."""
    leaf = letter(number)
    drawn = io.BytesIO()
    segno.make(payload, error="l", micro=False).save(drawn, kind="png", scale=8, border=6)
    code = Image.eval(Image.open(drawn).convert("L"), lambda tone: 255 - tone)
    code.thumbnail((1600, 1600), Image.Resampling.NEAREST)
    leaf.blend(code, (30, 130), (30, 27, 31))
    return Sheet(flat(leaf))


class Rig:
    """One appliance. ``tables`` go over the demo's settings: {"storage": {"keep_days": 0}, "device": [...]}.

    ``pins``: of people of the settings who open a signing session; without ``leave`` nobody lets a key sign.
    """

    def __init__(self, root: Path, tables: Tables | None = None, *, archive: bool = True,
                 trust: Path | None = None, state: Path | None = None,
                 pins: Mapping[str, str] | None = None, leave: bool = True) -> None:
        self._exit = contextlib.ExitStack()
        self.place = self._exit.enter_context(taken(root))
        self.tables = dict(tables or {})
        self._state = state
        self._trust = trust or (state / "keys" / "development-root.pem" if state else self.place.trust)
        self._loop = asyncio.Runner()
        self.programs = Programs(self.place.part("logs"), KERNELS, lambda _: None)
        self.place.hopper.mkdir(parents=True)
        self.loads = 0
        self.confirms = True
        self.leave = leave
        self.pins = dict(pins or {})
        self.page = ""
        self.scanner_url = ""
        try:
            self._start(archive=archive)
        except BaseException:
            self.stop()
            raise

    @property
    def state(self) -> Path:
        """Where the daemon keeps what must survive."""
        return self._state or self.place.part("state")

    @property
    def pid(self) -> int:
        """Process id of the daemon."""
        return self.program("daemon").pid

    def stop(self) -> None:
        """Stop every process; may be called twice."""
        with self._exit:
            self.run(self.programs.stop())
            self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something asynchronous."""
        return self._loop.run(work)

    def program(self, name: str) -> Program:
        """Return one of ``receiver``, ``scanner`` (the virtual one), ``daemon``."""
        return next(one for one in self.programs.running if one.name == name)

    def kill(self, name: str) -> None:
        """End a program as a power cut would, with no children left."""
        program = self.program(name)
        children = psutil.Process(program.pid).children(recursive=True)
        os.kill(program.pid, signal.SIGKILL)
        assert program.process is not None
        self.run(program.process.wait())
        psutil.wait_procs(children, timeout=DEADLINE)

    def start(self, name: str) -> None:
        """Start a program again; the daemon reads settings that were changed meanwhile."""
        program = self.program(name)
        facts = self.run(program.start())
        self.page = facts.get("page", self.page)
        if name == "daemon":
            self.run(self._leave())

    def restart_daemon(self, tables: Tables | None = None) -> None:
        """Stop the daemon in order and start it with other settings."""
        self.run(self.program("daemon").stop())
        self.tables = {**self.tables, **(tables or {})}
        self._write_settings()
        self.start("daemon")

    def ask(self, verb: str, device: str = DEVICE) -> Status:
        """Ask for press, resume, finish or cancel; raises what the daemon answers."""
        return self.run(self._control("POST", f"/{verb}/{device}"))

    def status(self) -> Status:
        """Return the daemon's status."""
        return self.run(self._control("GET", "/status"))

    def device(self, name: str = DEVICE) -> Status:
        """Return how one device stands."""
        return device_of(self.status(), name)

    def wait(self, true: Callable[[Status], bool], what: str) -> Status:
        """Wait until the status is as wished for; return it."""
        end = time.monotonic() + DEADLINE
        while True:
            found = self._confirmed(self.status())
            if true(found):
                return found
            assert time.monotonic() < end, f"waited in vain: {what}\n{self._short(found)}"
            time.sleep(0.1)

    def _confirmed(self, found: Status) -> Status:
        """Do what the people of the rig do: confirm, when asked, that the stack holds no state secret."""
        asked = [one["id"] for one in found["held"] if one["code"] == errors.NO_SECRET_UNCONFIRMED.code]
        settings = tomllib.loads(self.place.settings.read_text(encoding="utf-8"))
        who = [*(one["code"] for one in settings.get("operator", ())), settings["office"].get("operator", "")][0]
        if not (asked and who and self.confirms):
            return found
        for batch in asked:
            self.run(self._control("POST", "/confirm", {"batch": batch, "code": who, "by": "rig"}))
        return self.status()

    def _short(self, found: Status) -> str:
        """Return what helps to see why a wait was in vain."""
        names = ("counts", "idle", "devices", "batches", "held")
        picture = json.dumps({name: found[name] for name in names}, indent=1, ensure_ascii=False)
        return f"{picture}\n{self.logs()[-4000:]}"

    def settled(self) -> Status:
        """Wait until nothing moves by itself any more; return the status."""
        return self.wait(lambda found: bool(found["batches"]) and found["idle"]
                         and all(batch["state"] in ("separated", "held") for batch in found["batches"])
                         and all(one["state"] != "scanning" for one in found["devices"]), "nothing moves any more")

    def in_state(self, state: str, device: str = DEVICE) -> Status:
        """Wait until a device is in a state; return how it stands. In ``reload`` it then names its sheet."""
        def there(seen: Status) -> bool:
            now = device_of(seen, device)
            return bool(now["state"] == state and (state != "reload" or now["sheet"] > 0))

        return device_of(self.wait(there, f"{device} {state}"), device)

    def load(self, sheets: Sequence[Sheet], name: str = "") -> str:
        """Load a stack by one rename; return its name."""
        self.loads += 1
        name = name or f"stack-{self.loads}"
        folder = self.place.part("stack") / name
        folder.mkdir(parents=True)
        for number, sheet in enumerate(sheets, 1):
            for face, data in (("a", sheet.front), ("b", sheet.back)):
                if data is not None:
                    (folder / f"{number:04d}{face}.jpg").write_bytes(data)
        feed.load(folder, self.place.hopper, name)
        return name

    def put_back(self, name: str, sheet: int) -> None:
        """Take the rest out of the hopper and load that sheet of a stack and all that follow."""
        feed.clear(self.place.hopper)
        self.loads += 1
        feed.load(self.place.part("stack") / name, self.place.hopper, f"{name}-{self.loads}", sheet)

    def take_out(self) -> None:
        """Take all paper out of the hopper."""
        feed.clear(self.place.hopper)

    def import_files(self, hopper: Path, content: Mapping[str, bytes]) -> None:
        """Load a stack of files, by name, into the hopper of a folder device."""
        self.loads += 1
        making = hopper / f".stack-{self.loads}"
        making.mkdir(parents=True)
        for name, data in content.items():
            (making / name).write_bytes(data)
        files.move_folder(making, hopper / f"stack-{self.loads}")

    def press(self, device: str = DEVICE) -> None:
        """Wait until the device is ready and sees the paper, then press Start."""
        self.ready(device)
        self.ask("press", device)

    def ready(self, device: str = DEVICE) -> None:
        """Wait until the device is ready and sees the paper."""
        def there(found: Status) -> bool:
            one = device_of(found, device)
            return (one["state"], one["feeder"]) == ("ready", "loaded")

        self.wait(there, f"{device} ready and loaded")

    def resume(self, device: str = DEVICE) -> None:
        """Go on with the interrupted batch once the paper is seen and there is room again."""
        self.wait(lambda found: device_of(found, device)["feeder"] == "loaded", "paper put back")
        end = time.monotonic() + DEADLINE
        while True:
            try:
                self.ask("resume", device)
                return
            except ApplianceError as problem:
                if problem.kind is not errors.DISK_FULL or time.monotonic() > end:
                    raise
            time.sleep(0.2)

    def faults(self, **values: Any) -> None:
        """Set the virtual scanner's faults; none takes them all away."""
        self.run(self._faults(values))

    def metrics(self) -> str:
        """Return the text of /metrics."""
        return self.run(self._get(f"{self.page}/metrics"))

    def logs(self) -> str:
        """Return everything every process has logged."""
        return "\n".join(path.read_text(encoding="utf-8", errors="replace")
                         for path in sorted(self.place.part("logs").iterdir()))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the ledger, read-only."""
        name = f"file:{self.state / 'ledger.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(name, uri=True)) as ledger:
            return ledger.execute(sql).fetchall()

    def masters(self) -> list[Path]:
        """Return every file among the masters."""
        return sorted(path for path in (self.state / "masters").rglob("*") if path.is_file())

    def _start(self, *, archive: bool) -> None:
        facts = self.run(self.programs.start("receiver", self._receiver("0"),
                                             lambda told: self._receiver(told["url"].rsplit(":", 1)[1])))
        self.archive_url = facts["url"]
        if not archive:
            self.kill("receiver")
        told = self.run(self.programs.start(
            "scanner", ["virtual-scanner", "--hopper", str(self.place.hopper), "--port", "0"]))
        self.scanner_url = told["url"]
        told = self.run(self.programs.start("tsa", self._tsa("0"), lambda told: self._tsa(_port_of(told["url"]))))
        self.tsa_url = told["url"]
        self._write_settings()
        daemon = self.run(self.programs.start("daemon", ["run", "--config", str(self.place.settings)]))
        self.page = daemon["page"]
        self.run(self._leave())

    def _receiver(self, port: str) -> list[str]:
        roots = [self._trust, self.place.time_root, *(
            self.state / "keys" / "people" / code / "development-root.pem" for code in self._signers())]
        trust = [word for root in roots for word in ("--trust", str(root))]
        return ["receive", "--root", str(self.place.part("archive")), "--port", port, *trust]

    def _signers(self) -> list[str]:
        """Return who opens a session: all whose PIN is known, where any job has personal signatures."""
        jobs = [rules.load(one["rules"]) for one in self.tables.get("job", ()) if "rules" in one]
        if not self.leave or all(profile.stamp.role != "person" for profile in jobs):
            return []
        return [one["code"] for one in self.tables.get("operator", ())
                if not one.get("leader") and (not one.get("pin") or one["code"] in self.pins)]

    def _tsa(self, port: str) -> list[str]:
        return ["development-tsa", "--root", str(self.place.part("tsa")), "--port", port]

    def _write_settings(self) -> None:
        base = tomllib.loads(demo_settings(Wish(self.place.root, sides="quick", workers=1), self.place,
                                           self.archive_url, self.scanner_url, self.tsa_url))
        base["storage"]["state"] = str(self.state)
        base["storage"]["min_free_mb"] = 64
        for name, table in self.tables.items():
            base[name] = table if isinstance(table, list) else {**base.get(name, {}), **table}
        base["operator"] = granted.people(self.tables.get("operator", ()))
        lists: dict[str, Any] = {name: base.pop(name) for name in ("device", "job", "operator") if name in base}
        for device in lists["device"]:
            if device["kind"] == "escl":
                device["url"] = self.scanner_url
        lists["signing.tsa"] = base["signing"].pop("tsa", [])
        self.place.settings.write_text(settings_text(base, lists), encoding="utf-8")

    async def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Status:
        async with Control(self.place.control) as control:
            return await (control.get(path) if method == "GET" else control.post(path, body))

    async def _leave(self) -> None:
        """Do what leader and officers do: authorise once, open sessions whenever a daemon starts."""
        if not self.leave:
            return
        if not self.rows("SELECT 1 FROM authorisation"):
            async with Control(self.place.control) as control:
                await granted.authorise(control)
        for code in self._signers():
            async with Control(self.place.control) as control:
                await granted.open_session(control, code, self.pins.get(code, ""))

    async def _faults(self, values: dict[str, Any]) -> None:
        address = self.scanner_url.removesuffix("/eSCL") + "/faults"
        async with aiohttp.ClientSession() as session, session.put(address, json=values) as answer:
            assert answer.status == 200, await answer.text()

    async def _get(self, address: str) -> str:
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            assert answer.status == 200
            return await answer.text()


def _port_of(url: str) -> str:
    return url.split("//", 1)[1].split("/", 1)[0].rsplit(":", 1)[1]


def device_of(status: Status, name: str = DEVICE) -> Status:
    """Return how one device stands in a status."""
    found: Status = next(one for one in status["devices"] if one["name"] == name)
    return found


def escl(**changes: Any) -> dict[str, Any]:
    """Return the settings of the virtual scanner's device; ``Rig`` fills in the address."""
    return {"name": DEVICE, "job": DEVICE, "start_kind": "press", "kind": "escl", "profile": "virtual", **changes}


def job(**changes: Any) -> dict[str, Any]:
    """Return the settings of the device's job."""
    return {"name": DEVICE, "rules": "archive-tt05-2025", "separation": "separators", "dpi": 300, "duplex": False,
            **changes}


def held_codes(status: Status, what: str) -> list[str]:
    """Return the codes of everything of one kind that is held."""
    return sorted(thing["code"] for thing in status["held"] if thing["what"] == what)


def accepted(status: Status) -> set[str]:
    """Return the dossiers with a receipt."""
    return {one["file_code"] for one in status["dossiers"] if one["state"] == "accepted"}


def balanced(status: Status) -> None:
    """Check the counting equation."""
    counts = status["counts"]
    parts = ("pages_filed", "separators", "held", "removed", "replaced", "orphans")
    assert counts["reconciled"] and counts["sides"] == sum(counts[name] for name in parts), counts
