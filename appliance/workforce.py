"""Builds the pool that the settings ask for: workers of this host, or of a cluster."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from appliance.cluster_line import ClusterLine
from appliance.core import clock, errors
from appliance.core.config import Cluster, Config
from appliance.core.events import Bus
from appliance.crew import Proof
from appliance.golden.pages import JOB as PROVE
from appliance.pool import Pool
from appliance.pool_line import ZeroLine
from appliance.pool_wire import Timing

SHARED = 3600.0
"""Seconds that a job may stand behind another office's at a worker of the cluster, which ends late ones itself."""


def gather(config: Config, bus: Bus, end_worker: Callable[[int], bool]) -> Pool:
    """Return the pool of a daemon; ``end_worker`` ends one of its children."""
    if config.pool.cluster.scheduler:
        return of_cluster(config.pool.cluster, config.storage.state, bus)
    line = ZeroLine(config.storage.runtime / "pool.ipc", end_worker)
    return Pool(line, bus, proof=Proof(PROVE, clock.today))


def of_cluster(cluster: Cluster, shared: Path, bus: Bus) -> Pool:
    """Return a pool of a cluster's workers, all of which reach the folder ``shared``.

    Raises:
        ApplianceError: CONFIG_BAD_VALUE where Dask is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise errors.CONFIG_BAD_VALUE.error(key="pool.cluster.scheduler", value=cluster.scheduler,
                                            allowed="an installation with the extra 'cluster'")
    return Pool(ClusterLine(cluster, shared), bus, Timing(slack=SHARED), Proof(PROVE, clock.today))
