"""What a person sees while it runs: a block that is redrawn on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from appliance.demo.picture import STAGES, Picture

BAR = 28
EVERY = 2.0


@dataclass
class Progress:
    """Shows the stages. ``sides`` is how many sides the feeder holds (0: not known)."""

    stream: TextIO
    sides: int = 0
    clock: Callable[[], float] = time.monotonic
    drawn: int = 0
    shown: str = ""
    began: float = field(default=0.0)
    last: float = field(default=float("-inf"))

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def live(self) -> bool:
        """Whether lines can be redrawn."""
        return self.stream.isatty()

    def start(self) -> None:
        """Count the time from now on."""
        self.began, self.last = self.clock(), float("-inf")

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self._erase()
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def show(self, picture: Picture) -> None:
        """Show where things stand; off a terminal at most every two seconds, and only what changed."""
        passed = self.clock() - self.began
        if self.live:
            self._erase()
            lines = block(picture, self.sides, passed)
            self.stream.write("\n".join(lines) + "\n")
            self.drawn = len(lines)
        elif passed - self.last >= EVERY and (text := line(picture)) != self.shown:
            self.stream.write(f"{passed:6.1f} s  {text}\n")
            self.last, self.shown = passed, text
        self.stream.flush()

    def finish(self, picture: Picture) -> None:
        """Show the end, however short ago the last look was."""
        self.last = float("-inf")
        self.show(picture)
        self.drawn = 0

    def _erase(self) -> None:
        if self.drawn:
            self.stream.write(f"\x1b[{self.drawn}F\x1b[J")
            self.drawn = 0


def block(picture: Picture, sides: int, seconds: float) -> list[str]:
    """Return one line per stage with a bar, and the device's message if it has one."""
    totals = picture.totals(sides)
    lines = [f"  {int(seconds) // 60}:{int(seconds) % 60:02d}   máy quét / scanner: {picture.state}"]
    for key, vi, en in STAGES:
        done, total = picture.stages.get(key, 0), totals[key]
        full = round(BAR * min(done, total) / total) if total else 0
        lines.append(f"  {vi:<11}{en:<10} {'█' * full}{'·' * (BAR - full)} {done:>4}/{total or '?'}")
    held = picture.counts.get("held", 0)
    if held:
        lines.append(f"  Chờ xử lý / held: {held}")
    message = str(picture.device.get("message_vi") or "")
    if message:
        lines += [f"  {message}", f"  {picture.device.get('message_en', '')}"]
    return lines


def line(picture: Picture) -> str:
    """Return all stages in one line."""
    words = [f"{vi} {picture.stages.get(key, 0)}" for key, vi, _ in STAGES]
    held = picture.counts.get("held", 0)
    return "  ".join([*words, *([f"chờ xử lý {held}"] if held else [])])
