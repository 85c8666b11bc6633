"""The line to workers of several hosts: a Dask cluster carries the jobs, the pool's own bookkeeping gives them out.

Dask brings what a second host needs: TLS both ways, workers that come and go, a scheduler that several offices may
share. Who works on what, proofs, priorities and what becomes of a job that ends its workers stay with the pool, the
same as on one host. Jobs and answers travel as the JSON of ``pool_wire``; files do not: every worker must reach the
same folder under the same name, which it shows before it is believed. docs/cluster.md is the manual.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import appliance
from appliance import cluster_task
from appliance.core import files
from appliance.core.config import Cluster
from appliance.pool_line import Heard
from appliance.pool_wire import decode, encode

if TYPE_CHECKING:
    from distributed import Client, Future, Security

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the scheduler is asked who is there."""

GREET_SECONDS = 15.0
"""After which a worker that could not be used is asked again: its host may have mounted the folder meanwhile."""

BACK = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds before a lost scheduler is tried again."""


def security(cluster: Cluster) -> Security | None:
    """Return how the cluster is spoken to: TLS with both sides known, or nothing on loopback."""
    from distributed import Security  # tornado, dask and numpy: only where a cluster is configured

    if not cluster.scheduler.startswith("tls://"):
        return None
    return Security(require_encryption=True, tls_ca_file=cluster.ca,
                    **{f"tls_{role}_{what}": value for role in ("client", "scheduler", "worker")
                       for what, value in (("cert", cluster.certificate), ("key", cluster.key))})


@dataclass(slots=True, eq=False)
class _Member:
    """One worker of the cluster for as long as we know it: where it is, our number and name for it, its jobs."""

    address: str
    number: int
    name: bytes
    welcome: bool = False
    again: float = 0.0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class ClusterLine:
    """A client of a Dask scheduler. A ``Line``; its pids are numbers of our own, for those of hosts may be equal.

    Args:
        cluster: where the scheduler is.
        shared: folder that every worker must reach under this name.
    """

    def __init__(self, cluster: Cluster, shared: Path) -> None:
        self._cluster = cluster
        self._shared = shared
        self._token = secrets.token_hex(16)
        self._members: dict[str, _Member] = {}
        self._numbers = count(1)
        self._client: Client | None = None
        self._refused: set[str] = set()

    async def open(self, heard: Heard) -> None:
        """Lay down the token by which workers show that they reach the folder."""
        self._heard = heard
        await asyncio.to_thread(files.write_durably, self._sign, self._token.encode())

    async def keep(self) -> None:
        """Stay in touch with the scheduler; see ``Line.keep``. One that is away is looked for again for ever."""
        tries = 0
        while True:
            try:
                await self._meet()
                tries = 0
                await self._look_on()
            except (OSError, TimeoutError, RuntimeError) as problem:
                log.warning("the cluster is away: %s", type(problem).__name__)
            await self._part()
            await asyncio.sleep(BACK[min(tries, len(BACK) - 1)])
            tries += 1

    def send(self, worker: bytes, kind: str, body: dict[str, Any]) -> bool:
        """Send one message; see ``Line.send``. Signs of life are Dask's own part."""
        member = next((one for one in self._members.values() if one.name == worker), None)
        if member is None or self._client is None:
            return False
        if kind == "job":
            self._follow(member, self._submit(member, cluster_task.work, encode("job", **body)))
        elif kind == "stop":
            self._follow(member, self._submit(member, cluster_task.leave, b""))
        return True

    def end(self, _pid: int) -> bool:
        """Leave it to the worker: one that is late for its job ends itself (``cluster_task``)."""
        return False

    def alive(self, pid: int) -> bool:
        """Say whether the scheduler knows a worker."""
        return any(member.number == pid for member in self._members.values())

    async def close(self, _workers: Iterable[bytes]) -> None:
        """Take leave; the workers stay, others may use them."""
        await self._part()
        await asyncio.to_thread(files.remove_durably, self._sign)

    @property
    def _sign(self) -> Path:
        return self._shared / f"cluster-{self._token[:8]}.sign"

    async def _meet(self) -> None:
        from distributed import Client

        self._client = Client(self._cluster.scheduler, asynchronous=True, security=security(self._cluster),
                              set_as_default=False, timeout=10)
        await self._client

    async def _look_on(self) -> None:
        """Take in who is there until the scheduler is lost."""
        assert self._client is not None
        while self._client.status == "running":
            there = (await self._client.scheduler.identity(n_workers=-1))["workers"]
            for member in [one for one in self._members.values() if one.address not in there]:
                self._lose(member)
            for address, facts in there.items():
                member = self._members.get(address) or self._met(address, facts["name"])
                if member.welcome:
                    self._heard(member.name, "beat", {})
                elif not member.tasks and time.monotonic() >= member.again:
                    self._greet(member)
            await asyncio.sleep(LOOK_SECONDS)

    def _met(self, address: str, told: Any) -> _Member:
        number = next(self._numbers)
        name = f"{str(told).replace('.', '-')}.{address}.{number}".encode()
        self._members[address] = _Member(address, number, name)
        return self._members[address]

    def _greet(self, member: _Member) -> None:
        member.again = time.monotonic() + GREET_SECONDS
        self._follow(member, self._submit(member, cluster_task.greet, str(self._sign)))

    def _submit(self, member: _Member, work: Any, argument: Any) -> Future[bytes]:
        """Have one worker do something; it is never given to another one, the pool decides that."""
        assert self._client is not None
        key = f"appliance-{secrets.token_hex(8)}"
        return self._client.submit(work, argument, key=key, workers=[member.address], pure=False, retries=0)

    def _follow(self, member: _Member, future: Future[bytes]) -> None:
        task = asyncio.get_running_loop().create_task(self._take(member, future))
        member.tasks.add(task)
        task.add_done_callback(member.tasks.discard)

    async def _take(self, member: _Member, future: Future[bytes]) -> None:
        """Take in what a worker says; one that ended over it is seen as gone when the scheduler says so."""
        try:
            kind, body = decode(await future)
        except Exception as problem:  # noqa: BLE001 - boundary: whatever another host's process ran into
            log.warning("a worker of the cluster did not answer: %s", type(problem).__name__)
            self._lose(member)
            return
        if kind == "ready" and not self._fits(member, body):
            return
        member.welcome = True
        self._heard(member.name, kind, {**body, "pid": member.number} if kind == "ready" else body)

    def _fits(self, member: _Member, body: dict[str, Any]) -> bool:
        """Say whether a worker may be used; why not is told once."""
        mine = appliance.__version__
        why = "" if body["versions"]["appliance"] == mine else f"its release is {body['versions']['appliance']}"
        if body["token"] != self._token:
            why = f"it does not see the folder {self._shared}"
        if why and member.address not in self._refused:
            self._refused.add(member.address)
            log.error("worker %s of the cluster is not used: %s", member.address, why)
        return not why

    def _lose(self, member: _Member) -> None:
        if self._members.get(member.address) is not member:
            return
        del self._members[member.address]
        for task in member.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        if member.welcome:
            self._heard(member.name, "gone", {"pid": member.number})

    async def _part(self) -> None:
        """Let the scheduler go; what its workers had goes back and does not count against them."""
        members, self._members = list(self._members.values()), {}
        for member in members:
            for task in member.tasks:
                task.cancel()
            if member.welcome:
                self._heard(member.name, "bye", {})
        if self._client is not None:
            client, self._client = self._client, None
            await client.close(timeout=2)

