"""An office that never was: what it would have shown at any moment. Everything follows from its number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DAY = 86_400
STAGES = ("analyse", "read", "assemble", "sign", "pack")
BOUNDS = ("0.5", "1.0", "2.5", "5.0", "10.0", "30.0", "+Inf")
PROMISED = ("300.0", "900.0", "1800.0", "86400.0", "+Inf")
QUEUES = ("analyse", "read", "assemble", "sign", "pack", "upload", "held")
WAITING = ("held", "awaiting_signer", "awaiting_timestamp", "paper_to_centre", "locked")
PHASES = ("1", "2")

Value = Callable[[float], float]
"""Of a series at a moment, Unix time; NaN: there is none."""


@dataclass(frozen=True)
class Feed:
    """How many offices and provinces; from when to when, Unix time, and the seconds between two scrapes."""

    offices: int
    provinces: int
    start: int
    end: int
    step: int

    def times(self) -> range:
        """Return when offices are scraped."""
        return range(self.start, self.end + 1, self.step)


@dataclass(frozen=True)
class Office:
    """One office; ``since``: when it was switched on."""

    number: int
    feed: Feed

    @property
    def labels(self) -> str:
        """Labels of every series at the centre."""
        province = self.number % self.feed.provinces + 1
        ring = "canary" if self.number % 50 == 0 else str(self.number % 3 + 1)
        level = "province" if self.number < self.feed.provinces else "district"
        return (f'office="{self.number + 101:04}",province="{province:02}",level="{level}",ring="{ring}",'
                f'host="h{self.number + 101:04}"')

    @property
    def silent(self) -> bool:
        """Whether it stops reporting an hour before the end: a few, and most of the last province."""
        return self.number % 97 == 5 or (self.number % self.feed.provinces == self.feed.provinces - 1
                                         and self.number % 4 > 0)

    @property
    def poor(self) -> bool:
        """Whether things go wrong there."""
        return self.number % 23 == 7

    @property
    def pace(self) -> float:
        """Sides a second while it works."""
        return 0.02 + self.number % 7 * 0.01

    def there(self, when: float) -> bool:
        """Return whether it is heard of at a moment."""
        return not self.silent or when < self.feed.end - 3600

    def sides(self, when: float) -> float:
        """Return the sides captured since the start: more in the morning than at noon."""
        passed = when - self.feed.start
        return math.floor(self.pace * (passed + 1200 * math.sin(passed / 3600 + self.number)) + 40)


def series(office: Office) -> Iterator[tuple[str, str, str, Value]]:
    """Yield family, name, own labels and value of every series of an office."""
    yield from _identity(office)
    yield from _devices(office)
    yield from _work(office)
    yield from _promise(office)
    yield from _safety(office)
    yield from _plan(office)


def _gauge(name: str, labels: str, value: Value | float) -> tuple[str, str, str, Value]:
    return name, name, labels, value if callable(value) else lambda _: float(value)


def _count(name: str, labels: str, value: Value) -> tuple[str, str, str, Value]:
    return name, f"{name}_total", labels, lambda when: math.floor(value(when))


def _identity(office: Office) -> Iterator[tuple[str, str, str, Value]]:
    old = office.number % 11 == 3
    release = "0.1.0" if old else "0.2.0"
    yield _gauge("appliance_build_info", f'version="{release}",commit="c0ffee1",python="3.11.2",numba="0.62.1",'
                 f'release_digest="{"9a4b" if old else "77d1"}"', 1)
    yield _gauge("appliance_settings_info", f'digest="{office.number % 3:04x}"', 1)
    yield _gauge("appliance_rollout_ok", "", float(not (office.poor and old)))
    yield _gauge("appliance_rollout_timestamp_seconds", "", office.feed.end - 3 * DAY + office.number * 60)
    yield _gauge("appliance_drift_tasks", "", office.number % 41 // 40 * 3)
    yield _gauge("appliance_drift_checked_timestamp_seconds", "", office.feed.end - office.number % 8 * 3600 - 600)
    yield _gauge("appliance_backup_last_success_timestamp_seconds", "",
                 office.feed.end - (3 * DAY if office.poor else office.number % 20 * 3600))


def _devices(office: Office) -> Iterator[tuple[str, str, str, Value]]:
    model, firmware = (("fi-8170", "0M00"), ("DR-G2140", "1.20"))[office.number % 2]
    device = f'device="{model}"'
    good = office.number % 17 > 0
    vendor, version = ("PFU", "Canon")[office.number % 2], firmware if good else "0K11"
    yield _gauge("appliance_scanner_info",
                 f'{device},vendor="{vendor}",model="{model}",serial="A{office.number:05}",'
                 f'firmware="{version}",backend="sane",profile="{model}",options="5be1"', 1)
    yield _gauge("appliance_scanner_present", device, float(office.number % 61 != 11))
    yield _gauge("appliance_scanner_firmware_known_good", device, float(good))
    for number, state in enumerate(("absent", "ready", "scanning", "reload", "blocked", "unusable")):
        yield _gauge("appliance_scanner_state", f'{device},state="{state}"', _in_state(office, number))
    yield _count("appliance_pages_captured", device, office.sides)
    yield _count("appliance_sheets_fed", device, lambda when: office.sides(when) / 2 + 31_000)
    yield _gauge("appliance_consumable_sheets", f'{device},part="roller"', lambda when: office.sides(when) / 2 + (
        office.number * 613 % 220_000))
    yield _gauge("appliance_consumable_life_sheets", f'{device},part="roller"', 200_000)


def _in_state(office: Office, number: int) -> Value:
    def state(when: float) -> float:
        if office.number % 61 == 11:
            return float(number == 0)
        turn = int(when / 1800 + office.number) % 9
        now = 3 if turn == 5 else 2 if turn % 2 else 1
        return float(number == now)

    return state


def _work(office: Office) -> Iterator[tuple[str, str, str, Value]]:
    yield _count("appliance_pages_processed", 'result="ok"', office.sides)
    yield _count("appliance_pages_filed", "", lambda when: office.sides(when) * 0.7)
    yield _count("appliance_steps", 'stage="analyse",result="ok"', office.sides)
    for stage in STAGES[:2]:
        slow = 4 if office.poor else 1
        for index, bound in enumerate(BOUNDS):
            share = min(1.0, (index + 1) / (3 + slow))
            yield ("appliance_stage_duration_seconds", "appliance_stage_duration_seconds_bucket",
                   f'stage="{stage}",le="{bound}"', _share(office, share if bound != "+Inf" else 1.0))
        yield ("appliance_stage_duration_seconds", "appliance_stage_duration_seconds_count", f'stage="{stage}"',
               office.sides)
    for queue in QUEUES:
        depth = office.number % 5 if queue in {"upload", "read"} else 0
        yield _gauge("appliance_queue_items", f'queue="{queue}"', depth)
        if depth:
            age = 3 * 3600 if office.poor else 60 * office.number % 4000
            yield _gauge("appliance_queue_oldest_timestamp_seconds", f'queue="{queue}"', _ago(age))
    for state in WAITING:
        yield _gauge("appliance_waiting_items", f'state="{state}"', office.number % 6 if state == "held" else 0)


def _share(office: Office, share: float) -> Value:
    return lambda when: math.floor(office.sides(when) * share)


def _ago(seconds: float) -> Value:
    return lambda when: when - seconds


def _promise(office: Office) -> Iterator[tuple[str, str, str, Value]]:
    for stream, every in (("archive", 30), ("onestop", 12)):
        late = 0.2 if office.poor and stream == "onestop" else 0.004
        for outcome, share in (("met", 1 - late), ("missed", late)):
            yield _count("appliance_dossier_sli", f'stream="{stream}",outcome="{outcome}"',
                         lambda when, share=share,
                         every=every: office.sides(when) / every * share)  # type: ignore[misc]
        for index, bound in enumerate(PROMISED):
            part = 1 - late if bound == "900.0" else min(1.0, (index + 1) / 3)
            yield ("appliance_dossier_end_to_end_seconds", "appliance_dossier_end_to_end_seconds_bucket",
                   f'stream="{stream}",le="{bound}"', _share(office, part / every))
    yield _gauge("appliance_delivery_waiting", 'lane="bulk"', office.number % 5)


def _safety(office: Office) -> Iterator[tuple[str, str, str, Value]]:
    yield _gauge("appliance_disk_offline_seconds", "", (8 + office.number % 40) * DAY)
    yield _count("appliance_receipt_mismatches", "", lambda when: float(
        office.number == 107 and when > office.feed.end - 1800))
    yield _gauge("appliance_archive_contact_timestamp_seconds", "", _ago(office.number % 900))


def _plan(office: Office) -> Iterator[tuple[str, str, str, Value]]:
    for index, phase in enumerate(PHASES):
        planned, own = 40_000 + office.number % 9 * 5_000, f'phase="{phase}"'
        began = planned * (0.9 if index == 0 else 0.1) * (0.4 if office.poor else 1)
        yield _gauge("appliance_plan_sheets", own, planned)
        yield _gauge("appliance_plan_dossiers", own, planned / 40)
        yield _gauge("appliance_plan_digitised_sheets", own, lambda when,
                     began=began: math.floor(  # type: ignore[misc]
            began + office.sides(when) / 2))
        yield _gauge("appliance_plan_digitised_dossiers", own, math.floor(began / 40))
        yield _gauge("appliance_plan_overdue_dossiers", own, 300.0 if office.poor and index == 0 else 0)
        yield _gauge("appliance_plan_deadline_timestamp_seconds", own, office.feed.end + (200 * index - 20) * DAY)
        yield _gauge("appliance_plan_completion_timestamp_seconds", own,
                     office.feed.end + (30 + 150 * index + office.number % 90) * DAY)
    yield _gauge("appliance_plan_rate_sheets_per_day", "", 400 + office.number % 9 * 100)
    for state, share in (("planned", 1.0), ("digitised", 0.24)):
        yield _gauge("appliance_high_use_dossiers", f'state="{state}"', math.floor(900 * share))
    for state, number in (("received", 2400), ("complete", 2310)):
        yield _gauge("appliance_onestop_dossiers", f'state="{state}"', number)
    for how, number in (("required", 7000), ("reused", 2100), ("exempt", 800), ("digitised", 3800)):
        yield _gauge("appliance_onestop_components", f'how="{how}"', number)
