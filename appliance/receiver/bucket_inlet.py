"""A bucket in which offices leave packages by S3 and find their receipts: the other end of ``transports/s3.py``.

An office whose prefix is ``H49.64.33/`` leaves ``H49.64.33/packages/<sha256>.zip`` and finds
``H49.64.33/receipts/<sha256>.jws``. Who may write below which prefix is the bucket's policy, so the prefix tells
the office; without one the office is not told.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

from appliance.archive.transports.bucket import BucketError, Door, need_library
from appliance.archive.transports.s3 import PACKAGES, RECEIPTS, TASKS
from appliance.core.errors import ApplianceError
from appliance.receiver.inlets import Arrival

_PACKAGE = re.compile(rf".*{PACKAGES}/([0-9a-f]{{64}})\.zip", re.DOTALL)
_OFFICE = re.compile(r"([A-Za-z0-9][A-Za-z0-9.\-]{0,63})/")


class BucketInlet:
    """A bucket, or what lies below its prefix. An ``Inlet``."""

    def __init__(self, door: Door) -> None:
        need_library()
        self._door = door

    @property
    def name(self) -> str:
        """Name of the place."""
        return f"s3:{self._door.bucket.bucket}"

    def there(self) -> bool:
        """Say whether the bucket answers; see ``Inlet.there``."""
        try:
            self._door.call("list_objects_v2", Prefix=self._door.key(""), MaxKeys=1)
        except (OSError, ApplianceError):
            return False
        return True

    def arrivals(self) -> Iterator[Arrival]:
        """Yield what waits; see ``Inlet.arrivals``. Receipts of years are not listed, only asked for by name."""
        for office in ("", *self.offices()):
            for key, size in self._door.names(self._below(office, PACKAGES, "")):
                match = _PACKAGE.fullmatch(key)
                arrival = Arrival(match[1], size, "", office) if match else None
                if arrival and self._door.size(self._beside(arrival)) is None:
                    yield arrival
                elif arrival:  # a kill came between its receipt and its removal
                    self._let_go(arrival)

    def offices(self) -> frozenset[str]:
        """Return the offices that have a folder here; see ``Telling.offices``."""
        found = (_OFFICE.fullmatch(folder) for folder in self._door.folders())
        return frozenset(match[1] for match in found if match and match[1] not in {PACKAGES, RECEIPTS})

    def tell(self, office: str, tasks: bytes) -> None:
        """Leave the list beside the receipts, where it is another one than before; see ``Telling.tell``."""
        key = self._door.key(self._below(office, TASKS))
        try:
            known = b"".join(self._door.read(key))
        except BucketError as problem:
            if not problem.missing:
                raise
            known = b""
        if known != tasks:
            self._put(key, tasks, "application/json")

    def fetch(self, arrival: Arrival, target: Path) -> None:
        """Download a package; see ``Inlet.fetch``."""
        try:
            with target.open("xb") as sink:
                for piece in self._door.read(self._package(arrival)):
                    sink.write(piece)
        except BucketError as problem:
            if problem.missing:
                raise FileNotFoundError(arrival.sha256) from None
            raise

    def answer(self, arrival: Arrival, receipt: str) -> None:
        """Put the receipt beside, then let the package go; where it may not be deleted it stays."""
        self._put(self._beside(arrival), receipt.encode(), "application/jose")
        self._let_go(arrival)

    def refuse(self, arrival: Arrival) -> None:
        """Remove a damaged package; see ``Inlet.refuse``."""
        self._door.remove(self._package(arrival))

    def _let_go(self, arrival: Arrival) -> None:
        try:
            self._door.remove(self._package(arrival))
        except BucketError as problem:
            if problem.code != "AccessDenied":
                raise

    def _put(self, key: str, data: bytes, kind: str) -> None:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        self._door.call("put_object", Key=key, Body=io.BytesIO(data), ChecksumAlgorithm="SHA256",
                        ChecksumSHA256=digest, ContentType=kind)

    def _package(self, arrival: Arrival) -> str:
        return self._door.key(self._below(arrival.office, PACKAGES, f"{arrival.sha256}.zip"))

    def _beside(self, arrival: Arrival) -> str:
        return self._door.key(self._below(arrival.office, RECEIPTS, f"{arrival.sha256}.jws"))

    @staticmethod
    def _below(office: str, *parts: str) -> str:
        return "/".join((office, *parts) if office else parts)
