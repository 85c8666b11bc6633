"""The one durable write: whole or not at all, and in the order that survives a power cut."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import pytest

from appliance.core import files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_whole_and_read_only(tmp_path: Path) -> None:
    path = tmp_path / "master.jpg"
    files.write_durably(path, b"bytes" * 1000)
    assert path.read_bytes() == b"bytes" * 1000
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert names(tmp_path) == ["master.jpg"]


def test_an_existing_file_is_replaced_as_a_whole_even_if_read_only(tmp_path: Path) -> None:
    path = tmp_path / "text.json"
    files.write_durably(path, b"a long first version")
    files.write_durably(path, b"second")
    assert path.read_bytes() == b"second"


def test_the_steps_come_in_the_order_that_survives_a_power_cut(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        steps.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        real_fsync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return real_rename(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    files.write_durably(tmp_path / "a", b"x")
    (tmp_path / "b.part").write_bytes(b"y")
    files.adopt_durably(tmp_path / "b.part", tmp_path / "b")
    assert steps == ["sync file", "rename", "sync folder"] * 2
    steps.clear()
    files.make_folder(tmp_path / "c" / "d")
    files.remove_durably(tmp_path / "a")
    assert steps == ["sync folder"] * 3


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_fails_leaves_the_old_file_and_no_litter(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    path = tmp_path / "master.jpg"
    files.write_durably(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match=os.strerror(code)):
            files.write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["master.jpg"]


def test_a_write_that_falls_short_is_noticed_before_the_name_is_given(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="short write: 3 of 4"), (tmp_path / "x").open("wb") as stream:
        stream.write(b"abc")
        stream.flush()
        files._settle(stream.fileno(), 4)


def test_a_finished_file_is_adopted_under_its_name(tmp_path: Path) -> None:
    temporary, path = tmp_path / f"big{files.TEMPORARY}", tmp_path / "big.pdf"
    temporary.write_bytes(b"pdf")
    files.adopt_durably(temporary, path)
    assert path.read_bytes() == b"pdf"
    assert names(tmp_path) == ["big.pdf"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_adopting_what_is_not_there_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "big.pdf"
    files.write_durably(path, b"old")
    with pytest.raises(FileNotFoundError):
        files.adopt_durably(tmp_path / "none.part", path)
    assert path.read_bytes() == b"old"


def test_folders_are_made_with_their_parents_and_may_be_there(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    assert files.make_folder(deep) == deep
    assert files.make_folder(deep) == deep
    assert stat.S_IMODE(deep.stat().st_mode) & 0o007 == 0


def test_removing_twice_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write_durably(path, b"x")
    files.remove_durably(path)
    files.remove_durably(path)
    assert names(tmp_path) == []


def test_the_hash_is_that_of_the_bytes_also_of_a_large_file(tmp_path: Path) -> None:
    data = bytes(range(256)) * 12_345
    (tmp_path / "a").write_bytes(data)
    assert files.sha256_of(tmp_path / "a") == hashlib.sha256(data).hexdigest()
    assert max(len(piece) for piece in files.read_pieces(tmp_path / "a", 4096)) == 4096
    (tmp_path / "b").touch()
    assert files.sha256_of(tmp_path / "b") == hashlib.sha256(b"").hexdigest()


def test_what_a_power_cut_left_half_written_is_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    for name in ("ab/x.jpg", "ab/x.jpg.1234abcd.part", "y.part", "part"):
        (tmp_path / name).touch()
    assert files.sweep_temporaries(tmp_path) == 2
    assert names(tmp_path) == ["ab", "part"]
    assert names(tmp_path / "ab") == ["x.jpg"]
