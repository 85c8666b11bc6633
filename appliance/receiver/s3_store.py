"""Copies of the archive's objects in an S3 bucket, under ``<prefix>objects/<2 hex>/<sha256>.zip``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from appliance.archive.transports.bucket import BucketError, Door, Keys, need_library
from appliance.archive.transports.multipart import Multipart
from appliance.core.delivery import Bucket, Tls

_OBJECTS = "objects"
_NAME = re.compile(r".*/[0-9a-f]{2}/([0-9a-f]{64})\.zip")


class S3Store:
    """A bucket that holds one copy. An ``ObjectStore``; what S3 acknowledges is durable.

    With ``retain_days`` and Object Lock nobody can delete an object for that time, the archive itself included.
    """

    def __init__(self, name: str, bucket: Bucket, access: str, secret: str) -> None:
        self._name = name
        need_library()
        self._door = Door(bucket, Tls(), lambda: Keys(access, secret))

    @property
    def name(self) -> str:
        """Name of the place."""
        return self._name

    def put(self, sha256: str, path: Path, *, given: bool = False) -> None:  # noqa: ARG002 - nothing can be moved
        """Keep a file; see ``ObjectStore.put``."""
        if self.size(sha256) is None:
            Multipart(self._door).put(self._key(sha256), path)

    def replace(self, sha256: str, path: Path) -> None:
        """Put a sound copy in place; where the bucket keeps versions the damaged one stays as an older version."""
        Multipart(self._door, overwrite=True).put(self._key(sha256), path)

    def size(self, sha256: str) -> int | None:
        """Return the size of an object; see ``ObjectStore.size``."""
        return self._door.size(self._key(sha256))

    def read(self, sha256: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes; see ``ObjectStore.read``."""
        if length is not None and length <= 0:
            return
        last = "" if length is None else str(offset + length - 1)
        wanted = f"bytes={offset}-{last}" if offset or last else ""
        try:
            yield from self._door.read(self._key(sha256), wanted)
        except BucketError as problem:
            if problem.missing:
                raise FileNotFoundError(sha256) from None
            if problem.code != "InvalidRange":  # nothing lies at or beyond that offset
                raise

    def names(self) -> Iterator[str]:
        """Yield what is here; see ``ObjectStore.names``."""
        for key, _size in self._door.names(f"{_OBJECTS}/"):
            if match := _NAME.fullmatch(key):
                yield match[1]

    def _key(self, sha256: str) -> str:
        return self._door.key(_OBJECTS, sha256[:2], f"{sha256}.zip")
