"""The one durable way to write a file: nothing here is done until it would survive a power cut.

Order: temporary name in the same folder, length check, fsync, rename, fsync of the folder. Leaving
out the last step lost acknowledged pages in power-cut trials on ext4 and xfs (docs/decisions.md).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

TEMPORARY = ".part"


def write_durably(path: Path, data: bytes, mode: int = 0o440) -> None:
    """Write ``data`` to ``path`` so that after return it survives a power cut.

    An existing file of that name is replaced as a whole.

    Raises:
        OSError: the disk is full, read-only or broken; ``path`` is then as it was before.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with temporary.open("xb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            _settle(stream.fileno(), len(data))
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def adopt_durably(temporary: Path, path: Path, mode: int = 0o440) -> None:
    """Make a finished file in the same file system durable under its final name.

    Raises:
        OSError: as ``write_durably``; ``temporary`` is left where it is.
    """
    with temporary.open("rb+") as stream:
        os.fchmod(stream.fileno(), mode)
        _settle(stream.fileno(), temporary.stat().st_size)
    temporary.rename(path)
    sync_folder(path.parent)


def append_durably(path: Path, offset: int, data: bytes, mode: int = 0o640) -> None:
    """Make ``data`` the end of a growing file, from byte ``offset`` on; the file is made if missing.

    What lay beyond ``offset`` (an append that was never acknowledged) is cut off first.

    Raises:
        OSError: as ``write_durably``; the bytes before ``offset`` are untouched.
    """
    fresh = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, mode)
    with os.fdopen(descriptor, "wb") as stream:
        if os.fstat(descriptor).st_size < offset:
            raise OSError(f"the file ends before byte {offset}")
        stream.truncate(offset)
        stream.seek(offset)
        stream.write(data)
        stream.flush()
        _settle(stream.fileno(), offset + len(data))
    if fresh:
        sync_folder(path.parent)


def make_folder(path: Path, mode: int = 0o750) -> Path:
    """Create ``path`` and its parents if missing, durably; return it."""
    if not path.is_dir():
        make_folder(path.parent, mode)
        path.mkdir(mode=mode, exist_ok=True)
        sync_folder(path.parent)
    return path


def move_folder(folder: Path, target: Path) -> None:
    """Give a finished folder its final name in the same file system, in one step and durably."""
    folder.rename(target)
    sync_folder(target.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_durably(path: Path) -> None:
    """Unlink ``path`` if it is there, durably."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def overwrite(path: Path, size: int = 1 << 20) -> None:
    """Write zeros over a file's bytes, as far as a disk lets one (docs/secrets.md); it keeps its name.

    Args:
        path: the file.
        size: bytes written at a time.
    """
    path.chmod(0o600)
    with path.open("r+b") as stream:
        left = path.stat().st_size
        while left > 0:
            left -= stream.write(bytes(min(size, left)))
        stream.flush()
        os.fsync(stream.fileno())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as lowercase hex, read in pieces."""
    digest = hashlib.sha256()
    for piece in read_pieces(path):
        digest.update(piece)
    return digest.hexdigest()


def read_pieces(path: Path, size: int = 1 << 20) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces of at most ``size``."""
    with path.open("rb") as stream:
        while piece := stream.read(size):
            yield piece


def sweep_temporaries(folder: Path) -> int:
    """Remove what interrupted writes left below ``folder``; return how many files that were."""
    left = list(folder.rglob(f"*{TEMPORARY}"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _settle(descriptor: int, expected: int) -> None:
    """Flush to the disk after checking that every byte arrived."""
    actual = os.fstat(descriptor).st_size
    if actual != expected:
        raise OSError(f"short write: {actual} of {expected} bytes")
    os.fsync(descriptor)
