"""Uploads on their way into the archive, each a growing file and a small record, both durable.

The record's offset is the truth: bytes beyond it were never acknowledged and are cut off by the next
append. So a kill or a power cut at any moment loses nothing that was acknowledged and keeps nothing that
was not.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

from appliance.core import files
from appliance.core.plain import from_plain, to_plain


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload.

    Attributes:
        name: 32 hex digits; follows from what the sender announced, so that announcing twice is harmless.
        metadata: the Upload-Metadata header as it came.
        offset: bytes acknowledged.
        expires: Unix time after which an unfinished upload is thrown away.
        settled: the archive has decided; the data lie elsewhere.
    """

    name: str
    length: int
    sha256: str
    metadata: str
    expires: float
    offset: int = 0
    settled: bool = False

    @property
    def whole(self) -> bool:
        """Say whether every byte has arrived."""
        return self.offset == self.length


class Uploads:
    """The folder of uploads."""

    def __init__(self, folder: Path, keep_seconds: float) -> None:
        self.folder = files.make_folder(folder)
        self._keep_seconds = keep_seconds
        files.sweep_temporaries(self.folder)

    def create(self, length: int, sha256: str, metadata: str) -> Upload:
        """Return the upload with this announcement, made if it is new."""
        name = hashlib.sha256(f"{length} {metadata}".encode()).hexdigest()[:32]
        known = self.get(name)
        if known and (known.expires > time.time() or known.whole):
            return known
        fresh = Upload(name, length, sha256, metadata, time.time() + self._keep_seconds)
        files.append_durably(self.data(name), 0, b"")
        return self._keep(fresh)

    def get(self, name: str) -> Upload | None:
        """Return the upload of that name, or None."""
        if len(name) != 32 or not name.isalnum() or not name.isascii():
            return None
        try:
            return from_plain(Upload, json.loads(self._record(name).read_bytes()))
        except FileNotFoundError:
            return None

    def data(self, name: str) -> Path:
        """Return where the bytes of an upload lie."""
        return self.folder / f"{name}.data"

    def append(self, upload: Upload, data: bytes) -> Upload:
        """Add bytes at the upload's offset; when this returns they may be acknowledged.

        Raises:
            OSError: the disk is full or broken; the upload is as it was before.
        """
        files.append_durably(self.data(upload.name), upload.offset, data)
        return self._keep(dataclasses.replace(upload, offset=upload.offset + len(data),
                                              expires=time.time() + self._keep_seconds))

    def settle(self, upload: Upload) -> None:
        """Remember that the archive has decided, so that asking for the offset still gives the length."""
        self._keep(dataclasses.replace(upload, settled=True))
        files.remove_durably(self.data(upload.name))

    def remove(self, upload: Upload) -> None:
        """Forget an upload and its bytes."""
        files.remove_durably(self._record(upload.name))
        files.remove_durably(self.data(upload.name))

    def undecided(self) -> list[Upload]:
        """Return the uploads that are whole and wait for a decision."""
        return [upload for upload in self._all() if upload.whole and not upload.settled]

    def sweep(self, now: float) -> int:
        """Throw away what expired, but nothing that waits for a decision; return how many."""
        expired = [upload for upload in self._all()
                   if upload.expires < now and (upload.settled or not upload.whole)]
        for upload in expired:
            self.remove(upload)
        return len(expired)

    def _all(self) -> list[Upload]:
        found = (self.get(path.stem) for path in sorted(self.folder.glob("*.json")))
        return [upload for upload in found if upload]

    def _record(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _keep(self, upload: Upload) -> Upload:
        files.write_durably(self._record(upload.name), json.dumps(to_plain(upload)).encode(), 0o640)
        return upload
