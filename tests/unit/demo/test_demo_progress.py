"""What a person sees while a demo runs."""

import io

from appliance.demo import picture
from appliance.demo.picture import Picture
from appliance.demo.progress import Progress, block


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def look(captured: int, held: int = 0) -> Picture:
    return picture.read({"devices": [{"name": "demo", "state": "scanning"}], "stages": {"captured": captured},
                         "counts": {"held": held}}, "demo")


def test_off_a_terminal_a_line_comes_at_most_every_two_seconds_and_only_with_news() -> None:
    now, out = [0.0], io.StringIO()
    shown = Progress(out, 28, clock=lambda: now[0])
    for second, captured in ((0.0, 1), (1.0, 2), (2.0, 3), (4.0, 3), (6.0, 5)):
        now[0] = second
        shown.show(look(captured))
    assert [line.split()[3] for line in out.getvalue().splitlines()] == ["1", "3", "5"]


def test_on_a_terminal_the_block_is_drawn_over_itself() -> None:
    out = Terminal()
    shown = Progress(out, 28, clock=lambda: 0.0)
    shown.show(look(1))
    lines = out.getvalue().count("\n")
    shown.show(look(2))
    assert f"\x1b[{lines}F" in out.getvalue()


def test_a_line_that_stays_is_written_above_the_block() -> None:
    out = Terminal()
    shown = Progress(out, 28, clock=lambda: 0.0)
    shown.show(look(1))
    shown.say("giấy kẹt")
    assert out.getvalue().endswith("\x1b[Jgiấy kẹt\n")


def test_held_pages_and_the_stage_totals_are_told() -> None:
    lines = block(look(14, held=2), 28, 75.0)
    assert lines[0].strip().startswith("1:15")
    assert any("14/28" in line and "Quét" in line for line in lines)
    assert lines[-1].endswith("held: 2")
