"""Objects sent to a bucket in parts that the service remembers, so that any process goes on where another stopped.

Up to ``LEAST`` bytes go as one PUT, more as a multipart upload. Blocking: callers run it in threads.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.archive.transports.body import Body
from appliance.archive.transports.bucket import BucketError, Door

LEAST = 5 << 20
"""Bytes that S3 asks of every part but the last (EntityTooSmall otherwise)."""

PIECE = 8 << 20
MOST_PARTS = 10_000
LARGEST = 5 << 40
"""Longest object, bytes."""

_SPOILED = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall"})


@dataclass(frozen=True, slots=True)
class Upload:
    """One object on its way; ``name`` is the service's id of a multipart upload, empty for a single PUT."""

    key: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part that the service holds. ``checksum`` is base64, empty where the service keeps none."""

    number: int
    size: int
    etag: str
    checksum: str


class Multipart:
    """Uploads into one bucket. Every method raises BucketError when nothing came of it.

    What lies there already under the key is kept where the service can be asked for that, unless ``overwrite``.
    """

    def __init__(self, door: Door, *, overwrite: bool = False) -> None:
        self._door = door
        self._overwrite = overwrite
        self._known: dict[str, list[Part]] = {}

    def begin(self, key: str, size: int, told: dict[str, str]) -> Upload:
        """Return an upload to go on with, fresh or begun before; ``told`` are words that lie with the object."""
        if size > LARGEST:
            raise BucketError("EntityTooLarge", "")
        if size <= LEAST:
            return Upload(key, size, "")
        begun = self._door.call("list_multipart_uploads", Prefix=key).get("Uploads", [])
        names = [item["UploadId"] for item in begun if item["Key"] == key]
        if not names:
            fresh = self._door.call("create_multipart_upload", Key=key, ChecksumAlgorithm="SHA256",
                                    ContentType="application/zip", Metadata=told, **self._retention())
            names = [fresh["UploadId"]]
        return Upload(key, size, names[0])

    def offset(self, upload: Upload) -> int | None:
        """Return how much lies there; an upload that only lacks its end is ended; None when it is not known."""
        if not self._overwrite and self._door.size(upload.key) == upload.size:
            return upload.size
        if not upload.name:
            return 0
        parts = self._parts(upload)
        if parts is not None and _held(parts) == upload.size:
            return self._complete(upload, parts)
        return None if parts is None else _held(parts)

    def send(self, upload: Upload, offset: int, body: Body) -> int | None:
        """Send the bytes that follow ``offset``; return as ``Transport.send`` does."""
        if offset + len(body.data) < upload.size and len(body.data) < LEAST:
            return self.offset(upload)
        try:
            return self._part(upload, offset, body) if upload.name else self._whole(upload, offset, body)
        except BucketError as problem:
            if problem.damaged:
                return offset
            if not problem.missing:
                raise
            return self.offset(upload)

    def put(self, key: str, path: Path) -> None:
        """Send a whole file; goes on with what was begun."""
        size = path.stat().st_size
        upload = self.begin(key, size, {})
        offset = self.offset(upload)
        with path.open("rb") as stream:
            while offset is not None and offset < size:
                stream.seek(offset)
                held = self.send(upload, offset, Body(stream.read(max(PIECE, -(-size // MOST_PARTS)))))
                if held is not None and held <= offset:
                    raise BucketError("", "a part was damaged on its way")
                offset = held
        if offset is None:
            raise BucketError("NoSuchUpload", "")

    def _whole(self, upload: Upload, offset: int, body: Body) -> int | None:
        """Put a small package in one request."""
        if offset or len(body.data) != upload.size:
            return self.offset(upload)
        self._once("put_object", Key=upload.key, Body=body, ChecksumAlgorithm="SHA256",
                   ChecksumSHA256=body.checksum, ContentType="application/zip", **self._retention())
        return self._read_back(upload, body.checksum)

    def _part(self, upload: Upload, offset: int, body: Body) -> int | None:
        parts = self._known.get(upload.name)
        if parts is None or _held(parts) != offset:
            parts = self._parts(upload)
        if parts is None or _held(parts) != offset or offset + len(body.data) > upload.size:
            return self.offset(upload)
        if len(parts) >= MOST_PARTS:
            raise BucketError("EntityTooLarge", "")
        answer = self._door.call("upload_part", Key=upload.key, UploadId=upload.name, Body=body,
                                 PartNumber=len(parts) + 1, ChecksumSHA256=body.checksum)
        kept = body.checksum if answer.get("ChecksumSHA256") else ""
        parts = [*parts, Part(len(parts) + 1, len(body.data), answer["ETag"], kept)]
        self._known[upload.name] = parts
        return self._complete(upload, parts) if _held(parts) == upload.size else _held(parts)

    def _parts(self, upload: Upload) -> list[Part] | None:
        """Return the unbroken run of parts from the first on; None when the upload is not known."""
        listed: list[dict[str, Any]] = []
        while True:
            try:
                after = listed[-1]["PartNumber"] if listed else 0
                answer = self._door.call("list_parts", Key=upload.key, UploadId=upload.name,
                                         PartNumberMarker=after)
            except BucketError as problem:
                if problem.missing:
                    return None
                raise
            listed += answer.get("Parts", [])
            if not answer.get("IsTruncated"):
                break
        run = [part for number, part in enumerate(listed, 1) if part["PartNumber"] == number]
        self._known[upload.name] = [
            Part(part["PartNumber"], part["Size"], part["ETag"], part.get("ChecksumSHA256", "")) for part in run]
        return self._known[upload.name]

    def _complete(self, upload: Upload, parts: list[Part]) -> int | None:
        """Join the parts and look at what came of it; a second time it does no harm."""
        joined = [{"PartNumber": part.number, "ETag": part.etag,
                   **({"ChecksumSHA256": part.checksum} if part.checksum else {})} for part in parts]
        try:
            self._once("complete_multipart_upload", Key=upload.key, UploadId=upload.name,
                       MultipartUpload={"Parts": joined})
        except BucketError as problem:
            if problem.code in _SPOILED:
                self.abort(upload)
            elif not problem.missing:
                raise
            return upload.size if self._door.size(upload.key) == upload.size else None
        return self._read_back(upload, _composite(parts))

    def _once(self, operation: str, **arguments: Any) -> None:
        """Write an object if there is none of that name; where the service cannot say so, write the same anew."""
        if self._door.conditional and not self._overwrite:
            try:
                self._door.call(operation, IfNoneMatch="*", **arguments)
            except BucketError as problem:
                if problem.code == "PreconditionFailed":
                    return
                if problem.code not in {"NotImplemented", "501"}:
                    raise
                self._door.do_without_conditions()
            else:
                return
        if "Body" in arguments:
            arguments["Body"].seek(0)
        self._door.call(operation, **arguments)

    def _read_back(self, upload: Upload, checksum: str) -> int:
        """Believe what the service says of the object, not that it answered 200."""
        self._known.pop(upload.name, None)
        head = self._door.head(upload.key) or {}
        said = head.get("ChecksumSHA256", "")
        if head.get("ContentLength") != upload.size or (said and checksum and said != checksum):
            raise BucketError("", "the object is not what was sent")
        if "ObjectLockMode" not in head and (wanted := self._retention()):
            self._door.call("put_object_retention", Key=upload.key, Retention={
                "Mode": wanted["ObjectLockMode"], "RetainUntilDate": wanted["ObjectLockRetainUntilDate"]})
        return upload.size

    def abort(self, upload: Upload) -> None:
        """Forget an upload that is not whole."""
        self._known.pop(upload.name, None)
        try:
            self._door.call("abort_multipart_upload", Key=upload.key, UploadId=upload.name)
        except BucketError as problem:
            if not problem.missing:
                raise

    def _retention(self) -> dict[str, Any]:
        """Return the words that lock an object, where the settings ask for it and the bucket can."""
        days = self._door.bucket.retain_days
        if not days or not self._door.locks():
            return {}
        until = datetime.now(UTC) + timedelta(days=days)
        return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}


def _held(parts: list[Part]) -> int:
    return sum(part.size for part in parts)


def _composite(parts: list[Part]) -> str:
    """Return what S3 says of a whole that was put together of parts; empty where it keeps no checksums."""
    if not all(part.checksum for part in parts):
        return ""
    digests = b"".join(base64.b64decode(part.checksum) for part in parts)
    whole = base64.b64encode(hashlib.sha256(digests).digest()).decode()
    return f"{whole}-{len(parts)}"
