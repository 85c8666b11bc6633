"""The way to an archive whose door is an S3 bucket: packages lie down in it, signed receipts come beside them.

``<prefix>packages/<sha256>.zip`` is the package, ``<prefix>receipts/<sha256>.jws`` the archive's answer,
``<prefix>tasks.json`` what it asks of the office.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

from appliance.archive.bandwidth import Bandwidth
from appliance.archive.receipts import LONGEST
from appliance.archive.transports.body import Body
from appliance.archive.transports.bucket import BucketError, Door
from appliance.archive.transports.contract import Finding, Package, Standing
from appliance.archive.transports.multipart import LEAST, Multipart, Upload
from appliance.core import errors
from appliance.core.tasks import LONGEST as LONGEST_LIST
from appliance.core.tasks import RescanTask, read

PACKAGES, RECEIPTS, TASKS = "packages", "receipts", "tasks.json"
_HANDLE = re.compile(r"s3:([0-9a-f]{64}):([0-9]{1,18}):([ -~]*)")
T = TypeVar("T")


class S3Transport:
    """A bucket as the archive's door. A ``Transport``; its requests run in the door's threads."""

    def __init__(self, door: Door, bandwidth: Bandwidth | None = None) -> None:
        self._door = door
        self._bandwidth = bandwidth
        self._parts = Multipart(door)

    @property
    def least_piece(self) -> int:
        """What S3 asks of a part."""
        return LEAST

    async def find(self, sha256: str) -> Finding:
        """Look for the receipt, then for the package; see ``Transport.find``."""
        return await self._run(self._find, sha256)

    async def begin(self, package: Package) -> str:
        """Begin a multipart upload, or go on with one; a small package needs no announcement."""
        told = {"uuid": package.uuid, "sha256": package.sha256}
        upload = await self._run(self._parts.begin, self._key(package.sha256), package.size, told)
        return f"s3:{package.sha256}:{package.size}:{upload.name}"

    async def offset(self, handle: str) -> int | None:
        """Ask how much has arrived; an upload that only lacks its end is ended."""
        upload = self._upload(handle)
        return None if upload is None else await self._run(self._parts.offset, upload)

    async def send(self, handle: str, offset: int, piece: bytes) -> int | None:
        """Send one part; see ``Transport.send``."""
        upload, body = self._upload(handle), Body(piece, self._bandwidth)
        if upload is None:
            return None
        try:
            return await self._run(self._parts.send, upload, offset, body)
        except asyncio.CancelledError:
            body.broken = True
            raise

    async def abandon(self, handle: str) -> None:
        """Abort the multipart upload; see ``Transport.abandon``."""
        upload = self._upload(handle)
        if upload and upload.name:
            await self._run(self._parts.abort, upload)

    async def tasks(self) -> tuple[RescanTask, ...] | None:
        """Read which pages shall be scanned again; see ``Tasks.tasks``."""
        return await self._run(self._tasks)

    async def _run(self, work: Callable[..., T], *details: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._door.threads, work, *details)
        except BucketError as problem:
            if problem.code == "EntityTooLarge":
                raise errors.ARCHIVE_REFUSED.error(reason=str(problem)) from None
            raise errors.ARCHIVE_UNREACHABLE.error(
                reason=str(problem), away=not problem.code, after=problem.after) from None

    def _find(self, sha256: str) -> Finding:
        token = self._receipt(sha256)
        if token is None and self._door.size(self._key(sha256)) is not None:
            return Finding(Standing.PENDING)
        token = self._receipt(sha256) if token is None else token  # it may just have taken the package's place
        return Finding(Standing.UNKNOWN) if token is None else Finding(Standing.DECIDED, token)

    def _receipt(self, sha256: str) -> str | None:
        try:
            said = b"".join(self._door.read(self._door.key(RECEIPTS, f"{sha256}.jws"), f"bytes=0-{LONGEST}"))
        except BucketError as problem:
            if not problem.missing:
                raise
            return None
        if len(said) > LONGEST:
            raise errors.ARCHIVE_UNREACHABLE.error(reason="its receipt is too long")
        return said.decode("ascii", "replace").strip()

    def _tasks(self) -> tuple[RescanTask, ...] | None:
        try:
            said = b"".join(self._door.read(self._door.key(TASKS), f"bytes=0-{LONGEST_LIST}"))
            return read(said)
        except BucketError as problem:
            if not problem.missing:
                raise
            return None
        except ValueError as problem:
            raise errors.ARCHIVE_UNREACHABLE.error(reason=f"its tasks: {problem}") from None

    def _upload(self, handle: str) -> Upload | None:
        match = _HANDLE.fullmatch(handle)
        return Upload(self._key(match[1]), int(match[2]), match[3]) if match else None

    def _key(self, sha256: str) -> str:
        return self._door.key(PACKAGES, f"{sha256}.zip")
