"""The archive's front: connections and their certificates, offices and their quotas, the routes for people.

``service.py`` takes packages and knows nothing of all this; here the two are put together.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import sqlalchemy as sa
from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from appliance.archive.packages.inspection import PackageReport
from appliance.core import errors
from appliance.receiver import gate, leave, patience, quotas, rescans, tables
from appliance.receiver.admission import Judgement, Taken
from appliance.receiver.archive import Archive
from appliance.receiver.contents import Contents
from appliance.receiver.deciding import Demands
from appliance.receiver.gate import Gate, Handler, caller
from appliance.receiver.offices import Office
from appliance.receiver.patience import Patience, Watch
from appliance.receiver.reading_routes import ReadingRoutes

_ROOM_SECONDS = 300
_SPARE = 64 << 20
"""Bytes that stay free on the disk of the uploads, for the index and what is being written."""


class Front:
    """The front of one archive. A ``Part`` of its service."""

    def __init__(self, archive: Archive) -> None:
        """Read certificates, offices and policy.

        Raises:
            ApplianceError: TLS_NEEDED, LIST_INVALID, or a mistake in one of the files.
        """
        access, host = archive.settings.access, archive.settings.host
        gate.check_place(host, access.tls is not None)
        self._archive = archive
        self._tls = access.open_tls()
        self._offices = access.open_offices()
        self._policy = access.open_policy()
        self._reading = ReadingRoutes(archive, self._policy)
        self._watch = Watch()
        self._refused = 0

    @property
    def demands(self) -> Demands:
        """What the archive asks of packages beyond their own soundness, and what follows when it takes one."""
        return Demands((_countable, self._in_own_name, self._lawful), (_answer_tasks,))

    @property
    def layers(self) -> tuple[Middleware, ...]:
        """What stands around every request, the outermost first."""
        return (self._watch.middleware, gate.speak_plainly, Gate(self._offices, self._tls).middleware,
                self._within_quota())

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for people."""
        return self._reading.routes()

    async def run(self) -> None:
        """There is nothing to do between requests."""

    def families(self) -> Iterator[Metric]:
        """Return what Prometheus sees of readings, tasks, requests and quotas."""
        count = sa.func.count()
        with self._archive.index.read() as connection:
            entries = connection.scalar(sa.select(sa.func.max(tables.readings.c.number))) or 0
            tasks = connection.scalar(sa.select(count).where(tables.tasks.c.state.in_(rescans.OPEN)))
            asked = connection.scalar(sa.select(count).where(tables.requests.c.state == leave.ASKED))
        yield GaugeMetricFamily("archive_readings", "Entries in the log of readings.", entries)
        yield GaugeMetricFamily("archive_rescan_tasks", "Pages that offices shall scan again.", tasks)
        yield GaugeMetricFamily("archive_leave_requests", "Requests for leave to read without an answer.", asked)
        yield CounterMetricFamily("archive_quota_refusals", "Uploads refused for a quota or for want of room.",
                                  self._refused)

    async def listen(self, runner: web.AppRunner) -> tuple[asyncio.Server, str]:
        """Listen; return the server and the address it listens at."""
        assert runner.server is not None  # it was set up
        self._watch.patience = Patience(runner.server)
        settings = self._archive.settings
        server = await asyncio.get_running_loop().create_server(
            self._watch.patience, settings.host, settings.port, ssl=self._tls.context if self._tls else None,
            backlog=1024, ssl_handshake_timeout=patience.HANDSHAKE_SECONDS if self._tls else None)
        host, port = server.sockets[0].getsockname()[:2]
        return server, f"{'https' if self._tls else 'http'}://{host}:{port}"

    def _in_own_name(self, office: str, report: PackageReport, found: Contents) -> str:
        """Refuse what an office sends in another's name, or to change what another one sent."""
        if self._offices is None:
            return ""
        sender = self._offices.heir(office)  # it may have been taken over since it sent this
        if sender is None or not sender.may_send(found.organ):
            return "it is sent in the name of another office: its fonds code is none of the sender's"
        with self._archive.index.read() as connection:
            before = connection.scalar(sa.select(tables.packages.c.office).where(
                tables.packages.c.uuid == (report.replaces or report.supplements)))
        return "it belongs to a package of another office" if before and not sender.owns(before) else ""

    def _lawful(self, _office: str, _report: PackageReport, found: Contents) -> str:
        return self._policy.refusal(found.modes)

    def _within_quota(self) -> Middleware:
        largest = self._archive.settings.uploads.largest

        @web.middleware
        async def within(request: web.Request, handler: Handler) -> web.StreamResponse:
            length = request.headers.get("Upload-Length", "")
            announced = int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else -1
            told = request.headers.get("Upload-Metadata", "")
            # what makes no sense, or is too long, is refused by the server in its own words
            if (request.method == "POST" and request.path == "/files" and 0 <= announced <= largest
                    and told.isascii()):
                await self._admit(caller(request), announced, told)
            return await handler(request)

        return within

    async def _admit(self, office: Office, length: int, told: str) -> None:
        try:
            if not await asyncio.to_thread(self._has_room, length):
                raise web.HTTPInsufficientStorage(headers={"Retry-After": str(_ROOM_SECONDS)})
            await asyncio.to_thread(quotas.admit, self._archive.index, office, length, told)
        except (web.HTTPInsufficientStorage, errors.ApplianceError):
            self._refused += 1
            raise

    def _has_room(self, length: int) -> bool:
        settings = self._archive.settings
        if settings.uploads.kind != "folder":
            return True
        folder = settings.folder(settings.uploads.folder, "uploads")
        return shutil.disk_usage(folder if folder.exists() else settings.root).free >= length + _SPARE


def _countable(_office: str, _report: PackageReport, found: Contents) -> str:
    return found.oddity


def _answer_tasks(connection: sa.Connection, judged: Judgement, _taken: Taken) -> None:
    """Answer the open rescan tasks of a package whose place another one takes."""
    if judged.report.replaces:
        answers = judged.contents.answers if judged.contents else None
        rescans.replaced(connection, judged.report.replaces, judged.report.uuid, answers)
