"""Every alert, by its name and in the order of the groups."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.monitoring.alert import Alert
from appliance.monitoring.alerts import (
    absence,
    archive,
    delivery,
    device,
    disk,
    pipeline,
    quality,
    rhythm,
    rollout,
    signing,
    slo,
    trust,
    waiting,
    watching,
)

TABLES = (slo, absence, delivery, disk, pipeline, waiting, device, quality, signing, trust, rhythm, rollout,
          archive, watching)

ALERTS: Mapping[str, Alert] = MappingProxyType({alert.name: alert for table in TABLES for alert in table.ALERTS})
"""By name; ``ALERTS["UploadStuck"].limit.value`` is what a dashboard draws."""


def groups() -> dict[str, tuple[Alert, ...]]:
    """Return the alerts by group, in order."""
    names = dict.fromkeys(alert.group for alert in ALERTS.values())
    return {name: tuple(alert for alert in ALERTS.values() if alert.group == name) for name in names}
