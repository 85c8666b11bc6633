"""One S3 bucket, reached through boto3: what the transport, the receiver's drop, its store and its uploads share.

Every request carries the SHA-256 of its body under the signature, so that any S3 service refuses a damaged one,
also where it knows no checksum header. Nothing here tries again: whoever calls knows when.
"""

from __future__ import annotations

import importlib.util
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.archive.retry import retry_after
from appliance.archive.transports.bucket_keys import Keys, keys_of
from appliance.core import errors
from appliance.core.delivery import Bucket, Tls

__all__ = ["BucketError", "Door", "Keys", "need_library"]
THREADS = 16
CONNECT_SECONDS, READ_SECONDS = 15, 60
_PIECE = 1 << 20
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload"})
_DAMAGED = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch",
                      "IncompleteBody"})


class BucketError(OSError):
    """A request that brought nothing.

    ``code`` is the S3 error code, empty when no answer came at all; ``after`` the seconds that the service asked
    not to be tried for.
    """

    def __init__(self, code: str, reason: str, after: float = 0.0) -> None:
        super().__init__(f"S3: {code or reason}")
        self.code = code
        self.after = after

    @property
    def missing(self) -> bool:
        """Say whether the object or the upload is not there."""
        return self.code in _MISSING

    @property
    def damaged(self) -> bool:
        """Say whether the body arrived damaged."""
        return self.code in _DAMAGED


class Door:
    """The bucket of these settings. Its methods may be called by any thread; ``close`` it in the end.

    Keys and certificates are read again when their files change: renewed ones need no restart.
    """

    def __init__(self, bucket: Bucket, tls: Tls, keys: Callable[[], Keys] | None = None) -> None:
        self.bucket = bucket
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")
        self.conditional = True
        """Whether ``If-None-Match`` works here; false once the service said that it does not."""
        self._tls = tls
        self._keys = keys or (lambda: keys_of(bucket))
        self._lock = threading.Lock()
        self._client: Any = None
        self._made: deque[Any] = deque(maxlen=2)  # the one before may still be sending
        self._made_for: object = None
        self._locking: bool | None = None

    def close(self) -> None:
        """Let the threads go; what one of them is doing just now is not waited for."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for client in self._made:
            client.close()

    def do_without_conditions(self) -> None:
        """Note that ``If-None-Match`` does not work; a service that refused it closes the connection under us."""
        with self._lock:
            self.conditional, self._client = False, None

    def key(self, *parts: str) -> str:
        """Return a key below the prefix."""
        return self.bucket.prefix + "/".join(parts)

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Run one operation on the bucket by its boto3 name; return its answer.

        Raises:
            BucketError: it brought nothing.
            ApplianceError: S3_LIBRARY_MISSING, S3_CREDENTIAL_MISSING, S3_SETTINGS_INVALID.
        """
        client = self._current()
        with _told():
            answer: dict[str, Any] = getattr(client, operation)(Bucket=self.bucket.bucket, **arguments)
            return answer

    def size(self, key: str) -> int | None:
        """Return the size of an object in bytes; None when it is not there."""
        head = self.head(key)
        return None if head is None else int(head["ContentLength"])

    def head(self, key: str) -> dict[str, Any] | None:
        """Return what the service says of an object; None when it is not there."""
        try:
            return self.call("head_object", Key=key, ChecksumMode="ENABLED")
        except BucketError as trouble:
            if trouble.missing:
                return None
            raise

    def read(self, key: str, byte_range: str = "") -> Iterator[bytes]:
        """Yield the bytes of an object; ``byte_range`` as in the header Range."""
        asked = {"Range": byte_range} if byte_range else {}
        body = self.call("get_object", Key=key, **asked)["Body"]
        try:
            while True:
                with _told():
                    piece = body.read(_PIECE)
                if not piece:
                    return
                yield piece
        finally:
            body.close()

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield key and size of every object whose key begins so (below the bucket's own prefix)."""
        after = ""
        while True:
            more = {"StartAfter": after} if after else {}
            listed = self.call("list_objects_v2", Prefix=self.key(prefix), **more).get("Contents", [])
            if not listed:
                return
            for item in listed:
                yield item["Key"], item["Size"]
            after = listed[-1]["Key"]

    def folders(self) -> Iterator[str]:
        """Yield the beginnings of keys up to their first slash, below the bucket's own prefix, with that slash."""
        more: dict[str, str] = {}
        while True:
            listed = self.call("list_objects_v2", Prefix=self.bucket.prefix, Delimiter="/", **more)
            for item in listed.get("CommonPrefixes", []):
                yield item["Prefix"][len(self.bucket.prefix):]
            if not listed.get("IsTruncated"):
                return
            more = {"ContinuationToken": listed["NextContinuationToken"]}

    def remove(self, key: str) -> None:
        """Delete an object; that it is not there is no error."""
        try:
            self.call("delete_object", Key=key)
        except BucketError as trouble:
            if not trouble.missing:
                raise

    def locks(self) -> bool:
        """Say whether the bucket has Object Lock."""
        if self._locking is None:
            try:
                told = self.call("get_object_lock_configuration").get("ObjectLockConfiguration", {})
                self._locking = told.get("ObjectLockEnabled") == "Enabled"
            except BucketError as trouble:
                if trouble.code not in {"ObjectLockConfigurationNotFoundError", "NotImplemented", "404",
                                        "MethodNotAllowed"}:
                    raise
                self._locking = False
        return self._locking

    def _current(self) -> Any:
        keys = self._keys()
        mark = (keys, *(_stamp(path) for path in (self._tls.ca, self._tls.certificate, self._tls.key)))
        with self._lock:
            if self._client is None or mark != self._made_for:
                self._client, self._made_for = _made(self.bucket, self._tls, keys), mark
                self._made.append(self._client)
            return self._client


def need_library() -> None:
    """Raise S3_LIBRARY_MISSING where boto3 is not installed."""
    if importlib.util.find_spec("boto3") is None:
        raise errors.S3_LIBRARY_MISSING.error()


def _stamp(path: str) -> int:
    """Return what changes when a file is renewed."""
    try:
        return Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        return -1


def _made(bucket: Bucket, tls: Tls, keys: Keys) -> Any:
    """Build a client; boto3 is imported here only, it is not for every office."""
    if not bucket.bucket:
        raise errors.S3_SETTINGS_INVALID.error(reason="archive.s3.bucket")
    need_library()
    import boto3
    from botocore.config import Config

    certificate = (tls.certificate, tls.key or tls.certificate) if tls.certificate else None
    config = Config(
        signature_version="s3v4", connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS,
        client_cert=certificate, retries={"total_max_attempts": 1},
        s3={"addressing_style": "path", "payload_signing_enabled": True},
        max_pool_connections=THREADS, request_checksum_calculation="when_required",
        response_checksum_validation="when_required")
    try:
        session = boto3.session.Session(keys.access, keys.secret, region_name=bucket.region)
        return session.client("s3", endpoint_url=bucket.endpoint or None, config=config, verify=tls.ca or None)
    except (ValueError, OSError) as problem:
        raise errors.S3_SETTINGS_INVALID.error(reason=type(problem).__name__) from None


@contextmanager
def _told() -> Iterator[None]:
    """Turn the library's exceptions into BucketError."""
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as problem:
        headers = problem.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        code = str(problem.response.get("Error", {}).get("Code", "")) or "?"
        raise BucketError(code, "", retry_after(str(headers.get("retry-after", "")), time.time())) from None
    except (BotoCoreError, HTTPError, OSError) as problem:
        raise BucketError("", type(problem).__name__) from None
