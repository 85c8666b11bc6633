"""Whether a stranger's ZIP is fit to be unpacked at all."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a ZIP that is cut, changed or locked may raise."""

MOST_FILES = 100_000
MOST_GROWTH = 20
"""A ZIP may unpack to at most this many times its own size, plus 64 MiB."""


def refusals(infos: Sequence[zipfile.ZipInfo], size: int) -> Iterator[str]:
    """Yield what makes a ZIP unfit to be unpacked at all."""
    if len(infos) > MOST_FILES:
        yield "the ZIP holds too many files"
        return
    if sum(info.file_size for info in infos) > size * MOST_GROWTH + (64 << 20):
        yield "the ZIP would unpack to far more than its own size"
    folded = [info.filename.casefold() for info in infos]
    if len(set(folded)) != len(folded):
        yield "the ZIP holds two files of one name"
    for info in infos:
        if not _is_plain(info):
            yield f"the ZIP holds an unsafe name or kind of file: {shown(info.orig_filename)}"


def _is_plain(info: zipfile.ZipInfo) -> bool:
    name, mode = info.orig_filename, info.external_attr >> 16
    parts = name.split("/")
    safe = all(part not in {"", ".", ".."} for part in parts) and len(parts) > 1
    clean = name.isprintable() and not set(name) & set('\\:*?"<>|') and len(name) < 1024
    regular = stat.S_IFMT(mode) in {0, stat.S_IFREG} and not info.flag_bits & 0x1
    return safe and clean and regular


def shown(name: str) -> str:
    """Return a stranger's file name fit for a sentence: ASCII, short, one line."""
    return ascii(name)[:120]
