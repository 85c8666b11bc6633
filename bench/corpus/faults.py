"""Pages with one fault each, from hardly there to gross, and as many without it: a set per check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from bench.corpus import chance
from bench.corpus.chance import PER_VARIANT
from bench.corpus.spec import Corner, Lie, Sensor, Sheet, Spec, Streak, Under

Draw = Callable[[Random, int, int], Spec]
KINDS = (*chance.ORDINARY, "voucher", "card")


def _plain(rng: Random, number: int, dpi: int) -> Spec:
    return chance.page_of(rng, KINDS[number // 3 % len(KINDS)], number // PER_VARIANT, dpi)


def _bad(number: int) -> bool:
    """Say whether a page gets the fault: two of three do, in some of them hardly to be seen."""
    return number % 3 != 0


def _sensor(change: Callable[[Random, Sensor], Sensor]) -> Draw:
    """Return a set whose fault is the scanner's."""
    def draw(rng: Random, number: int, dpi: int) -> Spec:
        spec = _plain(rng, number, dpi)
        return replace(spec, sensor=change(rng, spec.sensor)) if _bad(number) else spec
    return draw


def _sheet(change: Callable[[Random, Sheet], Sheet]) -> Draw:
    """Return a set whose fault is the paper's."""
    def draw(rng: Random, number: int, dpi: int) -> Spec:
        spec = _plain(rng, number, dpi)
        return replace(spec, sheet=change(rng, spec.sheet)) if _bad(number) else spec
    return draw


def _contrast(rng: Random, sheet: Sheet) -> Sheet:
    return replace(sheet, ink=rng.choice((rng.uniform(0.08, 0.25), rng.uniform(0.25, 0.6))), thermal=False)


def _clipping(rng: Random, sensor: Sensor) -> Sensor:
    if rng.random() < 0.5:
        return replace(sensor, white=rng.uniform(150, 235))
    return replace(sensor, black=rng.uniform(10, 90))


def _exposure(rng: Random, sensor: Sensor) -> Sensor:
    return replace(sensor, gain=rng.choice((rng.uniform(0.3, 0.75), rng.uniform(1.1, 1.6))))


def _streaks(rng: Random, sensor: Sensor) -> Sensor:
    return replace(sensor, streaks=tuple(_streak(rng) for _ in range(rng.choice((1, 1, 1, 2, 3)))))


def _streak(rng: Random) -> Streak:
    depth = rng.choice((rng.uniform(4, 20), rng.uniform(20, 120)))
    return Streak(rng.uniform(0.05, 0.95), rng.uniform(0.09, 0.5), depth, rng.choice((-1, -1, -1, 0, 1, 2)))


def _blur(rng: Random, sensor: Sensor) -> Sensor:
    return replace(sensor, blur=rng.choice((rng.uniform(1, 3), rng.uniform(3, 7))))


def _apart(rng: Random, sensor: Sensor) -> Sensor:
    reach = rng.choice((rng.uniform(0.2, 0.8), rng.uniform(0.8, 3)))
    return replace(sensor, apart=rng.choice(((0.0, reach), (reach, 0.0), (reach * 0.7, reach * 0.7))), blur=0.0)


def _staple(rng: Random, sheet: Sheet) -> Sheet:  # noqa: ARG001 - one form for all
    return replace(sheet, staple=True)


def _corner(rng: Random, sheet: Sheet) -> Sheet:
    leg = rng.choice((rng.uniform(4, 15), rng.uniform(15, 45)))
    return replace(sheet, corner=Corner(rng.randrange(4), (leg, leg * rng.uniform(0.7, 1.4)), rng.random() < 0.6))


def _cut_off(rng: Random, number: int, dpi: int) -> Spec:
    """A sheet that lies so far off that print is lost at an edge."""
    spec = _plain(rng, number, dpi)
    if not _bad(number):
        return replace(spec, lie=replace(spec.lie, overscan=0.0))
    off = rng.uniform(12, 60) * rng.choice((-1, 1))
    shift = (off, 0.0) if rng.random() < 0.6 else (0.0, off)
    return replace(spec, lie=Lie(spec.lie.skew, 0, rng.choice(("grey", "black", "white")), 0.0, shift))


def _double_feed(rng: Random, number: int, dpi: int) -> Spec:
    spec = _plain(rng, number, dpi)
    if not _bad(number) or spec.kind == "card":
        return replace(spec, lie=Lie(spec.lie.skew, 0, rng.choice(("grey", "black")), 4.0))
    under = Under(rng.choice(("letter", "table", "form")), number // PER_VARIANT,
                  (rng.uniform(-4, 4), rng.uniform(8, 150)), rng.uniform(-2, 2), rng.uniform(0.05, 0.3))
    return replace(spec, lie=Lie(spec.lie.skew, 0, rng.choice(("grey", "black", "white")), 4.0, under=under))


def _dpi_measured(rng: Random, number: int, dpi: int) -> Spec:
    spec = _plain(rng, number, dpi)
    if not _bad(number):
        return spec
    wrong = rng.choice([value for value in (100, 150, 200, 300, 400, 600) if value != dpi])
    return replace(spec, sensor=replace(spec.sensor, header_dpi=wrong))


FAULTS: dict[str, Draw] = {
    "contrast": _sheet(_contrast), "clipping": _sensor(_clipping), "exposure": _sensor(_exposure),
    "streaks": _sensor(_streaks), "sharpness": _sensor(_blur), "misregistration": _sensor(_apart),
    "staple": _sheet(_staple), "folded_corner": _sheet(_corner), "cut_off": _cut_off, "double_feed": _double_feed,
    "dpi_measured": _dpi_measured,
}
"""By the name of the verdict that should find it."""
