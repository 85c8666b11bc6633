"""What Prometheus sees of scanners: presence, firmware, drift, trouble, worn parts. Read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, InfoMetricFamily, Metric

from appliance.core.states import SESSION
from appliance.exporter.family import gauge


@dataclass(frozen=True, slots=True)
class PartReading:
    """How far a part is worn; 0 for a ``life`` that nobody has told, and where no change (seconds) is known."""

    name: str
    sheets: int
    life: int = 0
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class DriftReading:
    """How a measure of one side's captures stands: how far off its baseline, in standard deviations of pages."""

    side: str
    measure: str
    away: float
    recent: float
    baseline: float


@dataclass(frozen=True, slots=True)
class CheckReading:
    """What the newest device check of one side gave; ``values`` by the name of the check, in its own unit."""

    side: str
    passed: bool
    at: float
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScannerReading:
    """What the gauges show of one device.

    Attributes:
        who: labels of ``appliance_scanner_info`` beside the device.
        known_good: None when nobody can say it of its firmware.
        options_changed: whether the driver's table of options is another one than was accepted.
        trouble: code of what the operator is told, or empty.
        incidents: by kind, how many a thousand sheets of the last 30 days.
        check_counts: whether a recent device check lets the device's own job pass.
    """

    name: str
    state: str
    there: bool
    who: dict[str, str] = field(default_factory=dict)
    known_good: bool | None = None
    options_changed: bool = False
    trouble: str = ""
    sheets: int = 0
    incidents: dict[str, float] = field(default_factory=dict)
    parts: tuple[PartReading, ...] = ()
    drift: tuple[DriftReading, ...] = ()
    checks: tuple[CheckReading, ...] = ()
    check_counts: bool = False


@dataclass(frozen=True, slots=True)
class ScannersReading:
    """What the gauges show of all devices; ``seen`` counts those that discovery sees, by bus."""

    scanners: tuple[ScannerReading, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)


def of_scanners(reading: ScannersReading) -> Iterator[Metric]:
    """Yield everything that is shown of scanners."""
    scanners = reading.scanners
    yield gauge("appliance_scanner_state", "1 for the state the device session is in.", ("device", "state"), [
        ((one.name, state.value), float(one.state == state.value)) for one in scanners for state in SESSION.table])
    yield _info(scanners)
    yield gauge("appliance_scanner_present", "1 when a device is plugged in or answers.", ("device",), [
        ((one.name,), float(one.there)) for one in scanners])
    yield gauge("appliance_scanner_firmware_known_good",
                "1 when the firmware is in the profile's known-good range.", ("device",), [
                    ((one.name,), float(one.known_good)) for one in scanners if one.known_good is not None])
    yield gauge("appliance_scanner_options_changed",
                "1 when the driver's table of options is not the accepted one.", ("device",), [
                    ((one.name,), float(one.options_changed)) for one in scanners])
    yield gauge("appliance_scanner_trouble", "1 for the error that the operator is told; none when all is well.",
                ("device", "code"), [((one.name, one.trouble), 1.0) for one in scanners if one.trouble])
    yield gauge("appliance_scanner_incidents_per_thousand_sheets",
                "Feeds that broke off in the last 30 days, for each 1,000 sheets.", ("device", "kind"), [
                    ((one.name, kind), rate) for one in scanners for kind, rate in sorted(one.incidents.items())])
    yield gauge("appliance_scanners_seen", "Scanners that discovery sees, in use or not.", ("bus",), [
        ((bus,), float(n)) for bus, n in sorted(reading.seen.items())])
    yield from _worn(scanners)
    yield from _drifting(scanners)
    yield from _checked(scanners)


def _info(scanners: tuple[ScannerReading, ...]) -> Metric:
    family = InfoMetricFamily(
        "appliance_scanner", "Model, firmware, serial number, profile and hash of the options of a device.",
        labels=["device"])
    for one in scanners:
        family.add_metric([one.name], one.who)
    return family


def _worn(scanners: tuple[ScannerReading, ...]) -> Iterator[Metric]:
    fed = CounterMetricFamily("appliance_sheets_fed", "Sheets fed, each time one is.", labels=["device"])
    for one in scanners:
        fed.add_metric([one.name], one.sheets)
    yield fed
    parts = [(one.name, part) for one in scanners for part in one.parts]
    labels = ("device", "part")
    yield gauge("appliance_consumable_sheets", "Sheets since a part was changed.", labels, [
        ((name, part.name), float(part.sheets)) for name, part in parts])
    yield gauge("appliance_consumable_life_sheets", "Sheets that a part lasts, as its maker says.", labels, [
        ((name, part.name), float(part.life)) for name, part in parts if part.life])
    yield gauge("appliance_consumable_changed_timestamp_seconds", "When a part was changed, where that is known.",
                labels, [((name, part.name), part.changed) for name, part in parts if part.changed])


def _drifting(scanners: tuple[ScannerReading, ...]) -> Iterator[Metric]:
    every = [((one.name, drift.side, drift.measure), drift) for one in scanners for drift in one.drift]
    labels = ("device", "side", "measure")
    yield gauge("appliance_scanner_drift", "How far recent captures lie above their baseline, in its deviations.",
                labels, [(which, drift.away) for which, drift in every])
    yield gauge("appliance_scanner_drift_recent", "A measure of captures over the last hundred pages or so.",
                labels, [(which, drift.recent) for which, drift in every])
    yield gauge("appliance_scanner_drift_baseline", "A measure of captures over the last 3,000 pages or so.",
                labels, [(which, drift.baseline) for which, drift in every])


def _checked(scanners: tuple[ScannerReading, ...]) -> Iterator[Metric]:
    every = [((one.name, check.side), check) for one in scanners for check in one.checks]
    yield gauge("appliance_scanner_check_counts", "1 when a recent device check passed, for the device's own job.",
                ("device",), [((one.name,), float(one.check_counts)) for one in scanners])
    yield gauge("appliance_scanner_check_passed", "1 when the newest device check of a side passed.",
                ("device", "side"), [(which, float(check.passed)) for which, check in every])
    yield gauge("appliance_scanner_check_timestamp_seconds", "When the newest target sheet was scanned.",
                ("device", "side"), [(which, check.at) for which, check in every])
    yield gauge("appliance_scanner_check_value", "What the newest device check measured (docs/imaging.md).",
                ("device", "side", "measure"), [
                    ((*which, name), value) for which, check in every for name, value in check.values.items()])
