"""An archive with TLS and offices in this process, for tests of its front."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from archive_stand import Diary, dossier, eventually, made, signed
from office_certificates import Authority

from appliance.archive.receipts import Receipt, verify
from appliance.archive.sender import deliver
from appliance.archive.transports.contract import Package
from appliance.archive.transports.tus import TusTransport
from appliance.receiver.access import Access
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.front import Front
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.service import Receiver
from appliance.receiver.settings import Limits, Settings, Store

TUS = {"Tus-Resumable": "1.0.0"}
BODY = {**TUS, "Content-Type": "application/offset+octet-stream"}
ASKER = {"person": "Lê Thị Bé", "purpose": "benefit", "reason": "hồ sơ hưu trí"}
OWN, OTHER, REVIEWER, MONITOR = "0311", "0312", "9000", "9001"
SEATS = ((OWN, "Office 0311", "office-0311.example"), (OTHER, "Office 0312", "office-0312.example"),
         (REVIEWER, "Người kiểm tra", "reviewer.example"), (MONITOR, "Monitor", "monitor.example"),
         ("unknown", "Somebody", "somebody.example"), ("server", "Archive", "localhost"))
OFFICES = """
[[office]]
code = "0311"
organs = ["H49.64.33"]
certificates = ["dns:office-0311.example"]
{own}

[[office]]
code = "0312"
organs = ["H50.10.11"]
certificates = ["dns:office-0312.example"]

[[office]]
code = "9000"
role = "reviewer"
certificates = ["subject:CN=Người kiểm tra,C=VN"]

[[office]]
code = "9001"
role = "monitor"
certificates = ["dns:monitor.example"]
"""


def is_signed(path: Path) -> str:
    return "" if b"/ByteRange" in path.read_bytes() else "it is not signed"


@dataclass
class Town:
    """An archive and its offices."""

    root: Path
    authority: Authority
    archive: Archive
    url: str
    sessions: dict[str, aiohttp.ClientSession] = field(default_factory=dict)

    @property
    def key(self) -> bytes:
        return (self.root / "keys" / "receipt-public.pem").read_bytes()

    @property
    def offices(self) -> Path:
        return Path(self.archive.settings.access.offices)

    def seat(self, office: str) -> aiohttp.ClientSession:
        """Return the session of an office; empty: without a certificate."""
        if office not in self.sessions:
            own = self.authority.folder / f"{office}.pem" if office else None
            connector = aiohttp.TCPConnector(ssl=self.authority.client(own), force_close=True)
            self.sessions[office] = aiohttp.ClientSession(connector=connector)
        return self.sessions[office]

    async def send(self, office: str, package: Package) -> Receipt:
        diary = Diary()
        transport = TusTransport(self.seat(office), self.url)
        return await deliver(package, transport, diary.keep, diary.terms(self.key))

    async def ask(self, office: str, method: str, path: str, body: Any = None,
                  **headers: str) -> tuple[int, Any]:
        """Ask for something; return status and body, parsed where it is JSON."""
        sent = json.dumps(body).encode() if body is not None else None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.seat(office).request(method, self.url + path, data=sent, headers=named) as answer:
            data = await answer.read()
            return answer.status, json.loads(data) if answer.content_type == "application/json" else data

    async def find(self, seat: str, /, **criteria: Any) -> list[dict[str, Any]]:
        status, found = await self.ask(seat, "POST", "/search", {"asker": ASKER, "find": criteria})
        assert status == 200, found
        dossiers: list[dict[str, Any]] = found["dossiers"]
        return dossiers

    async def open(self, office: str, package: str, ordinal: int = 0, /, **asker: str) -> tuple[int, Any]:
        return await self.ask(office, "POST", "/readings",
                              {"asker": ASKER | asker, "package": package, "ordinal": ordinal})

    async def announce(self, office: str, length: int, sha256: str, **headers: str) -> aiohttp.ClientResponse:
        told = f"sha256 {base64.b64encode(sha256.encode()).decode()}"
        return await self.seat(office).post(f"{self.url}/files", headers={
            **TUS, "Upload-Length": str(length), "Upload-Metadata": told, **headers})

    async def patch(self, office: str, place: str, offset: int, data: Any,
                    **headers: str) -> aiohttp.ClientResponse:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.seat(office).patch(self.url + place, data=data,
                                             headers={**BODY, "Upload-Offset": str(offset), **more})

    async def verdict(self, office: str, package: Package) -> Receipt:
        """Send a package by one plain request and return its receipt, whatever it says."""
        data = package.path.read_bytes()
        answer = await self.announce(office, len(data), package.sha256)
        assert answer.status == 201, await answer.text()
        await self.patch(office, answer.headers["Location"], 0, io.BytesIO(data))
        return await self.receipt(office, package)

    async def receipt(self, office: str, package: Package) -> Receipt:
        told: list[str] = []

        async def there() -> bool:
            status, token = await self.ask(office, "GET", f"/receipts/{package.sha256}")
            told[:] = [token.decode()] if status == 200 else []
            return bool(told)

        await eventually(there, "the receipt")
        return verify(told[0], self.key, package.sha256, package.size)


def package_of(folder: Path, uuid: str, change: Callable[[Any], Any] = lambda job: job,
               texts: tuple[bytes, ...] = (b"one", b"two")) -> Package:
    """Return a package of signed documents whose job was changed."""
    job = dossier(folder, {number: signed(text) for number, text in enumerate(texts, 1)}, uuid)
    return made(change(job))


def with_fields(**fields: str) -> Callable[[Any], Any]:
    """Return a change of a job's dossier fields."""
    return lambda job: dataclasses.replace(job, fields=job.fields | fields)


@asynccontextmanager
async def town(root: Path, own: str = "", revoked: tuple[str, ...] = (),
               check: Callable[[Path], str] = is_signed, places: tuple[str, ...] = (),
               **limits: Any) -> AsyncIterator[Town]:
    """Open an archive with TLS and four seats.

    ``own``: more settings of the office 0311; ``revoked``: codes; ``places``: names of its stores, else one.
    """
    authority = Authority(root / "certificates")
    for code, name, dns in SEATS:
        authority.issue(name, dns, file=code)
    (root / "offices.toml").write_text(OFFICES.format(own=own), encoding="utf-8")
    lists = str(authority.revoke(*(authority.folder / f"{code}.pem" for code in revoked))) if revoked else ""
    access = Access(certificate=str(authority.folder / "server.pem"), authorities=str(authority.file),
                    offices=str(root / "offices.toml"), revoked=lists)
    stores = tuple(Store(name, folder=str(root / name)) for name in places)
    settings = Settings(root / "archive", port=0, access=access, store=stores,
                        uploads=Limits(largest_mib=64, checked_mib=1, **limits))
    with open_archive(settings) as archive:
        front = Front(archive)
        receiver = Receiver(archive, ThreadJudges(check, archive.work), front.demands)
        receiver.parts.append(front)
        runner = web.AppRunner(receiver.app(front.layers), shutdown_timeout=1.0)
        await runner.setup()
        server, url = await front.listen(runner)
        opened = Town(settings.root, authority, archive, url)
        try:
            yield opened
        finally:
            await asyncio.gather(*(session.close() for session in opened.sessions.values()))
            server.close()
            await runner.cleanup()
