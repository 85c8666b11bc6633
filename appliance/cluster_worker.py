"""A worker process that joins a cluster instead of the pool of one host: one job at a time, under TLS."""

from __future__ import annotations

import asyncio
import logging
import signal
import tempfile

from appliance import cluster_task
from appliance.cluster_line import security
from appliance.core import notify
from appliance.core.config import Cluster
from appliance.core.errors import Exit
from appliance.pool_wire import Handlers

log = logging.getLogger(__name__)

DEATH = "60s"
"""How long the scheduler may be away before this process ends and its supervisor starts another one."""


def serve(cluster: Cluster, name: str, handlers: Handlers) -> Exit:
    """Work until SIGTERM comes or the scheduler is gone for good."""
    cluster_task.settle(handlers)
    return asyncio.run(_serve(cluster, name))


async def _serve(cluster: Cluster, name: str) -> Exit:
    from distributed import Worker  # only a worker of a cluster loads Dask

    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        worker = Worker(cluster.scheduler, nthreads=1, name=name, security=security(cluster), memory_limit=0,
                        death_timeout=DEATH, local_directory=folder, dashboard=False,
                        dashboard_address="127.0.0.1:0")
        try:
            await worker
        except (OSError, TimeoutError) as problem:
            log.error("the scheduler cannot be reached: %s", type(problem).__name__)
            return Exit.FAILED
        notify.notify(f"{notify.READY}\nSTATUS=in the cluster")
        ended = asyncio.ensure_future(worker.finished())
        beating = asyncio.ensure_future(notify.keep_watchdog())
        told = asyncio.ensure_future(stopped.wait())
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        beating.cancel()
        if not stopped.is_set():
            log.warning("the scheduler is gone; worker %s ends", name)
            return Exit.FAILED
        await worker.close(reason="told to stop")
        return Exit.DONE
