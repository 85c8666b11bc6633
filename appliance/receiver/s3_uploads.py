"""Bytes of uploads as objects in an S3 bucket, one a PATCH, so that any instance of the archive goes on.

``<prefix>uploads/<upload>/<offset>-<random>``: two writers never touch the same object, and which of them counts
is decided by the index alone.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.archive.transports.bucket import BucketError, Door, Keys, need_library
from appliance.core.delivery import Bucket, Tls
from appliance.receiver.uploads import Part, Upload

_UPLOADS = "uploads"


class S3Space:
    """Parts of uploads in a bucket. An ``UploadSpace``; what S3 acknowledges is durable."""

    def __init__(self, bucket: Bucket, access: str, secret: str) -> None:
        need_library()
        self._door = Door(bucket, Tls(), lambda: Keys(access, secret))

    def held(self, name: str) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 - nobody can do harm
        """Hold nothing: no writer can harm another one's objects."""
        return contextlib.nullcontext()

    def write(self, name: str, offset: int, data: bytes) -> str:
        """Put the bytes as an object of their own; see ``UploadSpace.write``."""
        place = f"{name}/{offset:015d}-{secrets.token_hex(8)}"
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        self._door.call("put_object", Key=self._key(place), Body=io.BytesIO(data), ChecksumSHA256=digest)
        return place

    def forget(self, place: str) -> None:
        """Remove an object that did not count."""
        self._door.remove(self._key(place))

    def whole(self, upload: Upload, parts: Sequence[Part], work: Path) -> Path:
        """Bring all parts together in a file, named so that a kill leaves no second one behind."""
        target = work / f"{upload.name}.fetched"
        try:
            with target.open("wb") as sink:
                for part in parts:
                    self._bring(part, sink)
                if sink.tell() != upload.length:
                    raise FileNotFoundError(upload.name)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target

    def _bring(self, part: Part, sink: io.BufferedWriter) -> None:
        if sink.tell() != part.offset:
            raise FileNotFoundError(part.place)
        try:
            for piece in self._door.read(self._key(part.place)):
                sink.write(piece)
        except BucketError as problem:
            if problem.missing:
                raise FileNotFoundError(part.place) from None
            raise

    def drop(self, name: str, parts: Sequence[Part]) -> None:  # noqa: ARG002 - also those that did not count
        """Remove every object of an upload; see ``UploadSpace.drop``."""
        for key, _size in list(self._door.names(f"{_UPLOADS}/{name}/")):
            self._door.remove(key)

    def names(self) -> Iterator[str]:
        """Yield the uploads that have objects."""
        last, start = "", len(self._key(""))
        for key, _size in self._door.names(f"{_UPLOADS}/"):
            name = key[start:].partition("/")[0]
            if name != last:
                yield name
            last = name

    def _key(self, place: str) -> str:
        return self._door.key(_UPLOADS, place)
