"""The archive as its commands and its service see it: settings, index, places of the copies, a folder for work."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from appliance.core import errors, files
from appliance.receiver import tables
from appliance.receiver.credentials import secret
from appliance.receiver.file_uploads import FileSpace
from appliance.receiver.fixity.copies import Outcome, look
from appliance.receiver.index import Index, open_index, open_sqlite
from appliance.receiver.settings import Limits, Settings, Store
from appliance.receiver.stores import FileStore, ObjectStore
from appliance.receiver.uploads import UploadSpace

_COPIES = tables.copies.c
_A_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Archive:
    """An open archive. Its methods block."""

    settings: Settings
    index: Index
    stores: tuple[ObjectStore, ...]
    work: Path

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def keep(self, sha256: str, path: Path, *, given: bool = False) -> None:
        """Put a proved file into every place; durable in all when this returns. A ``given`` file may be moved away.

        Raises:
            OSError: a place failed; the others may have it already, doing it again is harmless.
        """
        first, *others = self.stores
        for store in others:
            store.put(sha256, path)
        first.put(sha256, path, given=given)

    def read(self, sha256: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of an object from the first place that has them; good copies are asked before others.

        Raises:
            ApplianceError: RECEIVER_OBJECT_LOST when no place has it.
            OSError: the reading failed half-way.
        """
        for store in self._by_state(sha256):
            try:
                if store.size(sha256) is not None:
                    return store.read(sha256, offset, length)
            except OSError:
                continue
        raise errors.RECEIVER_OBJECT_LOST.error(sha256=sha256[:16])

    def doubt(self, sha256: str) -> None:
        """Look at every copy of an object that came out wrong; those that are damaged are asked last from now on.

        The daily keeping of copies mends what is noted here.
        """
        for store in self.stores:
            if look(store, sha256).outcome is Outcome.DAMAGED:
                with self.index.write() as connection:
                    connection.execute(tables.copies.update().where(
                        _COPIES.sha256 == sha256, _COPIES.place == store.name).values(state=Outcome.DAMAGED.value))

    def tidy(self) -> None:
        """Remove what killed judges and commands left in the folder for work, when nobody can be at it any more."""
        old = time.time() - _A_DAY - 10 * self.settings.judging.seconds
        for path in (*self.work.glob("*"), *self.work.glob("inlets/*/*")):
            with contextlib.suppress(FileNotFoundError):  # whoever made it is done with it just now
                if path.name == "inlets" or path.lstat().st_mtime > old:
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    @contextlib.contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """Lend an object as a local file whose SHA-256 was proved; a damaged copy makes the next place be asked.

        Raises:
            ApplianceError: RECEIVER_OBJECT_LOST when no place has it sound.
        """
        with contextlib.ExitStack() as stack:
            for store in self._by_state(sha256):
                path = None
                with contextlib.suppress(OSError):
                    path = stack.enter_context(self._fetched(store, sha256))
                if path is not None:
                    yield path
                    return
        raise errors.RECEIVER_OBJECT_LOST.error(sha256=sha256[:16])

    @contextlib.contextmanager
    def _fetched(self, store: ObjectStore, sha256: str) -> Iterator[Path | None]:
        """Lend the copy of one place; None where it is not sound."""
        if isinstance(store, FileStore):
            path = store.path(sha256)
            yield path if path.is_file() and files.sha256_of(path) == sha256 else None
            return
        handle, name = tempfile.mkstemp(dir=self.work, prefix="fetched-")
        try:
            digest = hashlib.sha256()
            with os.fdopen(handle, "wb") as sink:
                for piece in store.read(sha256):
                    digest.update(piece)
                    sink.write(piece)
            yield Path(name) if digest.hexdigest() == sha256 else None
        finally:
            Path(name).unlink(missing_ok=True)

    def _by_state(self, sha256: str) -> Sequence[ObjectStore]:
        with self.index.read() as connection:
            bad = set(connection.scalars(sa.select(_COPIES.place).where(
                _COPIES.sha256 == sha256, _COPIES.state != "good")))
        return sorted(self.stores, key=lambda store: store.name in bad)


@contextlib.contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """Open the archive of these settings.

    Raises:
        ApplianceError: RECEIVER_INDEX_REFUSED, RECEIVER_STORES_REFUSED, RECEIVER_OTHER_USER.
        OSError: index or disk out of reach.
    """
    check_user(settings.root)
    stores = open_stores(settings)
    index = open_settings_index(settings)
    try:
        yield Archive(settings, index, stores, files.make_folder(settings.root / "work"))
    finally:
        index.close()


def check_user(root: Path) -> None:
    """Refuse root in an archive of another user: what root makes there, the service could neither read nor change.

    Raises:
        ApplianceError: RECEIVER_OTHER_USER.
    """
    owner = root.stat().st_uid if root.exists() else os.geteuid()
    if os.geteuid() == 0 != owner:
        raise errors.RECEIVER_OTHER_USER.error(path=root, user=_user(owner))


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def open_settings_index(settings: Settings) -> Index:
    """Open the index of these settings; a file of it is nobody else's to read."""
    if not settings.alone:
        return open_index(settings.index.url, secret(settings.index.password_credential))
    named = sa.make_url(settings.index.url).database if settings.index.url else None
    return open_sqlite(Path(named) if named else settings.root / "index.sqlite")


def open_stores(settings: Settings) -> tuple[ObjectStore, ...]:
    """Open the places of the copies; without any in the settings there is one, the folder ``archive`` below root.

    Raises:
        ApplianceError: RECEIVER_STORES_REFUSED when two have one name or one folder.
    """
    wanted = settings.store or (Store("first", folder=str(settings.root / "archive")),)
    places = [one.folder if one.kind == "folder" else (one.s3.endpoint, one.s3.bucket, one.s3.prefix)
              for one in wanted]
    if len({one.name for one in wanted}) != len(wanted) or len(set(places)) != len(places):
        raise errors.RECEIVER_STORES_REFUSED.error(reason="hai nơi trùng nhau / two places are the same")
    return tuple(_store(one) for one in wanted)


def open_space(limits: Limits, root: Path) -> UploadSpace:
    """Open the space in which uploads grow."""
    if limits.kind == "folder":
        return FileSpace(Path(limits.folder) if limits.folder else root / "uploads")
    from appliance.receiver.s3_uploads import S3Space  # boto3: only where S3 is used

    return S3Space(limits.s3, secret(limits.s3.access_credential), secret(limits.s3.secret_credential))


def _store(one: Store) -> ObjectStore:
    if one.kind == "folder":
        if not one.folder:
            raise errors.RECEIVER_STORES_REFUSED.error(reason=f"{one.name}: folder?")
        return FileStore(Path(one.folder), one.name)
    from appliance.receiver.s3_store import S3Store  # boto3: only where S3 is used

    return S3Store(one.name, one.s3, secret(one.s3.access_credential), secret(one.s3.secret_credential))
