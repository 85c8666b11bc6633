"""The ZIP writer against Python's reader: any files, in any order, give a sound archive with the hash it says."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.archive.packages import zipping
from appliance.archive.packages.zipping import Zip
from appliance.core.clock import VIETNAM

MOMENT = datetime(2026, 11, 22, 13, 5, 7, tzinfo=VIETNAM)


def stored(files: dict[str, bytes | Path]) -> tuple[bytes, list[tuple[int, str]], str]:
    stream = io.BytesIO()
    with Zip(stream, MOMENT) as package:
        poured = [package.add(name, source) for name, source in files.items()]
        assert package.finish() == len(stream.getvalue())
        return stream.getvalue(), [(one.size, one.sha256()) for one in poured], package.sha256()


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[A-Za-z0-9._\-]{1,12}){0,2}", fullmatch=True),
                       st.binary(max_size=200_000), max_size=6))
def test_any_files_come_out_as_they_went_in(files: dict[str, bytes]) -> None:
    data, poured, digest = stored(dict(files))
    assert digest == hashlib.sha256(data).hexdigest()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        assert {info.filename: package.read(info) for info in package.infolist()} == files
        assert all(info.compress_type == zipfile.ZIP_STORED for info in package.infolist())
        assert {info.date_time for info in package.infolist()} <= {(2026, 11, 22, 13, 5, 6)}
        assert {info.external_attr >> 16 for info in package.infolist()} <= {0o100640}
    assert poured == [(len(one), hashlib.sha256(one).hexdigest()) for one in files.values()]


@pytest.mark.parametrize("size", [0, 1, zipping.LITTLE - 1, zipping.LITTLE, zipping.PIECE, 3 * zipping.PIECE + 1])
@pytest.mark.parametrize("keep", [0, zipping.KEEP])
def test_files_of_any_length_are_the_same_whether_kept_in_memory_or_not(
        size: int, keep: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipping, "KEEP", keep)
    whole = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    path = tmp_path / "file"
    path.write_bytes(whole)
    data, poured, digest = stored({"a/b": path, "a/c": b"small"})
    assert poured[0] == (size, hashlib.sha256(whole).hexdigest())
    assert digest == hashlib.sha256(data).hexdigest()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.read("a/b") == whole


def test_more_files_than_sixteen_bits_can_count() -> None:
    data, _, _ = stored({f"a/{number}": b"" for number in range(0x10001)})
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert len(package.infolist()) == 0x10001
        assert package.testzip() is None


def test_a_file_that_grows_while_it_is_packed_ends_the_build(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipping, "KEEP", 0)
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)

    class Growing(io.BytesIO):
        def write(self, data: object) -> int:
            path.write_bytes(b"x" * 2000)
            return super().write(data)  # type: ignore[arg-type]

    with Zip(Growing(), MOMENT) as package, pytest.raises(OSError, match="changed its length"):
        package.add("a", path)
