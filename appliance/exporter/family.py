"""How a value becomes a family of series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric


def gauge(name: str, text: str, labels: tuple[str, ...],
          values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    """Return a gauge with one series for each of ``values``."""
    family = GaugeMetricFamily(name, text, labels=list(labels))
    for label_values, value in values:
        family.add_metric(list(label_values), value)
    return family


def one(name: str, text: str, value: float) -> Metric:
    """Return a gauge of one series without labels."""
    return GaugeMetricFamily(name, text, value=float(value))


def known(name: str, text: str, value: float | None) -> Metric:
    """Return a gauge of one series, or of none where the value is not known or there is none: 0 or None."""
    return gauge(name, text, (), [((), float(value))] if value else [])


def counter(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a counter with one series for each of ``values``; ``name`` without ``_total``."""
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in sorted(values.items()):
        family.add_metric([value], float(count))
    return family
