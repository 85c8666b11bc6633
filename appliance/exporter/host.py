"""What Prometheus sees of the host: its clock, the disk on which papers lie, kernels compiled on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, Metric

from appliance.exporter.family import gauge, one
from appliance.system_clock import ClockReading


@dataclass(frozen=True, slots=True)
class HostReading:
    """What the gauges show.

    Attributes:
        clock: how the system's clock stands; None where the kernel does not say.
        used_bytes: of the disk on which masters lie, by whomever.
        limit_bytes: where scanning pauses.
        free_bytes: of that disk, for this program.
        compiled: kernels that this release had to compile on this host.
    """

    clock: ClockReading | None = None
    used_bytes: int = 0
    limit_bytes: int = 0
    free_bytes: int = 0
    compiled: int = 0


def of_host(reading: HostReading) -> Iterator[Metric]:
    """Yield everything that is shown of the host."""
    known = [reading.clock] if reading.clock is not None else []
    yield gauge("appliance_clock_offset_seconds", "How far the clock is off, as far as the kernel was told; none "
                "where it does not say.", (), [((), clock.offset) for clock in known])
    yield gauge("appliance_clock_maximum_error_seconds", "How far the clock may be off at most; it grows while "
                "nobody sets the clock. None where the kernel does not say.", (), [
                    ((), clock.most) for clock in known])
    yield gauge("appliance_clock_synchronised", "1 while something keeps the clock right; none where the kernel "
                "does not say.", (), [((), float(clock.synchronised)) for clock in known])
    yield one("appliance_spool_bytes", "Bytes in use on the disk on which masters lie, whoever uses them.",
              reading.used_bytes)
    yield one("appliance_spool_limit_bytes", "Bytes in use on that disk at which scanning pauses "
              "(storage.min_free_mb).", reading.limit_bytes)
    yield one("appliance_disk_free_bytes", "Free space where masters lie.", reading.free_bytes)
    yield CounterMetricFamily("appliance_jit_compilations", "Image kernels that this release had to compile on "
                              "this host because they did not lie ready; it grows only when a cache was lost or "
                              "damaged.", value=float(reading.compiled))
