"""``appliance demo``: archive, scanner and daemon as processes, a stack of paper, Start, and the final table."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from dataclasses import dataclass, field

from appliance.client import Control
from appliance.core.errors import DAEMON_UNREACHABLE, ApplianceError, Exit
from appliance.demo import feed, leave, picture, report
from appliance.demo.launch import Programs
from appliance.demo.picture import Picture
from appliance.demo.place import Place, taken
from appliance.demo.progress import Progress
from appliance.demo.wish import DEVICE, PERSON, Wish, parse, settings

LOOK_EVERY = 0.4
STALLED = 300.0
"""Seconds without any change after which a run is given up."""

MOST_RELOADS = 5


@dataclass
class Demo:
    """One run."""

    wish: Wish
    place: Place
    progress: Progress
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reloads: int = 0
    refused: tuple[str, ...] = ()
    page: str = ""
    seen: Picture = field(default_factory=lambda: picture.read({}, DEVICE))

    def __post_init__(self) -> None:
        self.programs = Programs(self.place.part("logs"), self.place.kernels, self.progress.say)
        self.hopper = self.place.hopper
        self.hopper.mkdir(parents=True)

    async def run(self) -> Exit:
        """Start everything, feed, wait, report; stop everything whatever happens."""
        try:
            await self._start()
            code = await self._feed()
            if self.wish.keep and not self.stop.is_set():
                await self._keep()
            return code
        finally:
            await self.programs.stop()

    async def _start(self) -> None:
        """Start archive and scanner, write the settings, start the daemon; meanwhile make the stack."""
        say = self.progress.say
        if self.wish.pages:
            await asyncio.to_thread(self._gather)
        say("Khởi động kho lưu trữ, máy quét ảo, dịch vụ / starting archive, virtual scanner, daemon ...")
        stack = asyncio.create_task(asyncio.to_thread(self._make_stack))
        try:
            archive = await self.programs.start("receiver", self._receiver("0"),
                                                lambda facts: self._receiver(_port(facts["url"])))
            scanner = "" if self.wish.pages else (await self._start_scanner())["url"]
            times = await self.programs.start("tsa", self._tsa("0"), lambda facts: self._tsa(_port(facts["url"])))
            text = settings(self.wish, self.place, archive["url"], scanner, times["url"])
            self.place.settings.write_text(text, encoding="utf-8")
            daemon = await self.programs.start("daemon", ["run", "--config", str(self.place.settings)])
            self.page = daemon["page"]
        finally:
            await stack

    async def _start_scanner(self) -> dict[str, str]:
        return await self.programs.start("scanner", self._scanner("0"),
                                         lambda facts: self._scanner(_port(facts["url"])))

    def _receiver(self, port: str) -> list[str]:
        trust = [word for root in self.place.roots for word in ("--trust", str(root))]
        return ["receive", "--root", str(self.place.part("archive")), "--port", port, *trust]

    def _tsa(self, port: str) -> list[str]:
        return ["development-tsa", "--root", str(self.place.part("tsa")), "--port", port]

    def _scanner(self, port: str) -> list[str]:
        return ["virtual-scanner", "--hopper", str(self.hopper), "--port", port]

    def _make_stack(self) -> None:
        """Render the specimen pages."""
        if self.wish.pages:
            return
        from appliance.demo.stack import PLANS, make_stack

        made = make_stack(self.place.part("stack"), self.wish.seed, PLANS[self.wish.sides])
        self.progress.sides = len(made.sides)

    def _gather(self) -> None:
        """Copy the user's files; what is refused is said before anything starts."""
        self.refused = feed.gather(list(self.wish.pages), self.place.part("stack")).refused

    async def _feed(self) -> Exit:
        """Load the hopper, press Start, wait for the end, tell how it went."""
        feed.load(self.place.part("stack"), self.hopper, "stack-1")
        trouble, began = "", time.monotonic()
        try:
            async with Control(self.place.control) as control:
                await self._authorise(control)
                await self._press(control)
                began = time.monotonic()
                trouble = await self._watch(control)
        except ApplianceError as problem:
            trouble = str(problem)
        return await self._tell(time.monotonic() - began, trouble)

    async def _authorise(self, control: Control) -> None:
        """Let a leader authorise the key: nothing is signed without. What has died is started again meanwhile."""
        asking = asyncio.create_task(leave.authorise(control, self.wish.pin, DEVICE))
        while not asking.done() and not self.stop.is_set():
            await self.programs.revive()
            await asyncio.wait([asking], timeout=LOOK_EVERY)
        if not asking.done():
            asking.cancel()
            return
        number = asking.result()
        self.progress.say(f"Lãnh đạo cấp ủy quyền ký số (số {number}), văn thư giữ khóa / a leader authorises "
                          f"signatures (number {number}), the clerical officer keeps the key")

    async def _press(self, control: Control) -> None:
        """Wait until the device is ready and sees the paper, then press Start.

        Raises:
            ApplianceError: DAEMON_UNREACHABLE or what the daemon answers when it is not ready in time.
        """
        give_up = time.monotonic() + STALLED
        said = False
        while not self.stop.is_set():
            seen = await self._look(control)
            ready = seen is not None and seen.state == "ready" and seen.loaded
            begun = seen is not None and bool(seen.batches)
            if (ready or begun) and not said:
                self.progress.say("Bấm Start / pressing Start")
                said = True
            if begun or ((ready or time.monotonic() > give_up) and await self._pressed(control, give_up)):
                break
            await asyncio.sleep(LOOK_EVERY)
        self.progress.start()

    async def _pressed(self, control: Control, give_up: float) -> bool:
        """Press Start; false when the daemon has died of it in time to be started again."""
        try:
            await control.post(f"/press/{DEVICE}", {"no_secret": PERSON})
        except ApplianceError as problem:
            if problem.kind is not DAEMON_UNREACHABLE or time.monotonic() > give_up:
                raise
            return False
        return True

    async def _watch(self, control: Control) -> str:
        """Show progress until nothing moves any more; start again what dies, put back what is asked for.

        Returns why the wait was broken off, or the empty text.
        """
        changed = time.monotonic()
        while True:
            before = self.seen
            seen = await self._look(control)
            if seen is not None:
                self.progress.show(seen)
                if seen.over or (seen.reload is not None and not await self._put_back(control, seen)):
                    self.progress.finish(seen)
                    return ""
            if (before.stages, before.state) != (self.seen.stages, self.seen.state):
                changed = time.monotonic()
            if self.stop.is_set():
                return "đã dừng theo yêu cầu / stopped on request"
            if time.monotonic() - changed > STALLED:
                return f"không có gì thay đổi trong {STALLED:.0f} giây / nothing moved for {STALLED:.0f} seconds"
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self, control: Control) -> Picture | None:
        """Start again what has died; return the daemon's picture, None while it cannot be had."""
        await self.programs.revive()
        try:
            self.seen = picture.read(await control.get("/status"), DEVICE)
            return self.seen
        except ApplianceError as problem:
            if problem.kind is not DAEMON_UNREACHABLE:
                raise
        return None

    async def _put_back(self, control: Control, seen: Picture) -> bool:
        """Play the operator after an interruption: put the sheets back, go on; false when that is of no use."""
        if self.wish.pages or self.reloads >= MOST_RELOADS or seen.reload is None:
            return False
        if seen.state != "reload":
            return True
        self.reloads += 1
        sheet = int(seen.reload.get("reload_sheet") or 1)
        self.progress.say(f"Lượt quét bị ngắt, đặt lại từ tờ {sheet} / interrupted, putting back sheet {sheet} on")
        feed.clear(self.hopper)
        left = feed.load(self.place.part("stack"), self.hopper, f"stack-{self.reloads + 1}", sheet)
        verb = "resume" if any(left.iterdir()) else "finish"  # every sheet was through when it broke off
        with contextlib.suppress(ApplianceError):  # not ready for it yet: the next look tries again
            await control.post(f"/{verb}/{DEVICE}")
        return True

    async def _tell(self, wall: float, trouble: str) -> Exit:
        """Write report.json and print the tables."""
        ending = report.Ending(wall, self.place.receipt_key, self.place.roots, self.refused, trouble)
        told = await asyncio.to_thread(report.make, self.seen, self.place, ending)
        report.write(told, self.place)
        for text in report.tables(told, self.place):
            self.progress.say(text)
        if trouble:
            self.progress.say(f"\n{trouble}\nNhật ký / logs: {self.place.part('logs')}")
        return Exit(told["exit"])

    async def _keep(self) -> None:
        """Leave everything running until Ctrl-C."""
        for text in ("", f"Trang trạng thái / status page  {self.page}/", f"Chỉ số / metrics  {self.page}/metrics",
                     f"Khay nạp / hopper  {self.hopper}", f"appliance press {DEVICE} --socket {self.place.control}",
                     f"Lãnh đạo thử nghiệm / leader of this trial: {leave.LEADER}, PIN {self.wish.pin}",
                     "Ctrl-C để dừng / to stop"):
            self.progress.say(text)
        while not self.stop.is_set():
            await self.programs.revive()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.stop.wait()


def main(argv: list[str]) -> int:
    """``appliance demo``: the main job on embedded defaults; returns the exit code."""
    wish = parse(argv)
    with taken(wish.out) as place:
        return asyncio.run(_with_signals(Demo(wish, place, Progress(sys.stdout))))


async def _with_signals(demo: Demo) -> int:
    """Run; the first Ctrl-C ends in order."""
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, demo.stop.set)
    return int(await demo.run())


def _port(url: str) -> str:
    """Return the port of an address."""
    return url.split("//", 1)[1].split("/", 1)[0].rsplit(":", 1)[1]
