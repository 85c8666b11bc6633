"""A ZIP beyond 4 GiB: Python's reader, which others wrote, takes what our writer made (ZIP64)."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import pytest

from appliance.archive.packages import zipping
from appliance.archive.packages.zipping import Zip
from appliance.core import files
from appliance.core.clock import VIETNAM

pytestmark = pytest.mark.long


class Sparse:
    """Writes a file without the disk that its zeros would take."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        if data.count(0) == len(data):
            self._stream.seek(len(data), 1)
            return len(data)
        return self._stream.write(data)


def test_files_and_places_beyond_four_gib(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as stream:
        stream.truncate((4 << 30) + 5)
    target = tmp_path / "large.zip"
    with target.open("wb") as stream:
        package = Zip(cast(IO[bytes], Sparse(stream)), datetime(2026, 11, 22, 13, 5, 7, tzinfo=VIETNAM))
        with package:
            assert package.add("a/huge", huge).size == (4 << 30) + 5 > zipping.LIMIT
            assert package.add("a/after", b"after it").sha256() == hashlib.sha256(b"after it").hexdigest()
            size = package.finish()
            digest = package.sha256()
    assert target.stat().st_size == size
    assert files.sha256_of(target) == digest
    with zipfile.ZipFile(target) as opened:
        assert opened.testzip() is None
        assert opened.read("a/after") == b"after it"
        assert opened.getinfo("a/huge").file_size == (4 << 30) + 5
