"""A layer made twice is the same file, whoever made it, when, and under which umask."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from appliance.building import layer, release

ROOT = Path(__file__).parents[3]
EPOCH = 1_790_000_000


def folder(place: Path, names: list[str], *, mode: int, time: int) -> Path:
    for name in names:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=mode | 0o100)
        path.write_text(name, "ascii")
        path.chmod(mode)
        os.utime(path, (time, time))
    return place


def test_a_layer_does_not_tell_who_packed_it_when_or_in_which_order(tmp_path: Path) -> None:
    names = ["wheels/b-1.whl", "wheels/a-1.whl", "requirements.txt", "debian/x.deb", "debian-more/y"]
    first = folder(tmp_path / "first", names, mode=0o600, time=1_000_000_000)
    other = folder(tmp_path / "other", names[::-1], mode=0o755, time=1_700_000_000)
    layer.pack(first, tmp_path / "1.tar", EPOCH)
    layer.pack(other, tmp_path / "2.tar", EPOCH)
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()
    assert layer.digest(first) == layer.digest(other)


def test_files_that_are_links_of_one_another_are_packed_as_files(tmp_path: Path) -> None:
    place = folder(tmp_path / "place", ["a"], mode=0o644, time=EPOCH)
    (place / "b").hardlink_to(place / "a")
    layer.pack(place, tmp_path / "1.tar", EPOCH)
    with tarfile.open(tmp_path / "1.tar") as tar:
        assert [(entry.name, entry.isreg(), entry.size, entry.mode, entry.uid) for entry in tar] == [
            ("a", True, 1, 0o644, 0), ("b", True, 1, 0o644, 0)]


def test_a_layer_is_named_by_what_is_in_it_and_by_where(tmp_path: Path) -> None:
    place = folder(tmp_path / "place", ["a", "b"], mode=0o644, time=EPOCH)
    before = layer.digest(place)
    (place / "a").write_text("other", "ascii")
    changed = layer.digest(place)
    (place / "a").rename(place / "c")
    assert len({before, changed, layer.digest(place)}) == 3


def test_the_installer_runs_where_nothing_of_ours_is_installed_and_two_are_alike(tmp_path: Path) -> None:
    sources = release.sources(ROOT)
    for name in ("1.pyz", "2.pyz"):
        layer.program(ROOT, sources, release.MAIN, tmp_path / name)
    assert (tmp_path / "1.pyz").read_bytes() == (tmp_path / "2.pyz").read_bytes()
    done = subprocess.run([sys.executable, "-I", "-S", tmp_path / "1.pyz", "--help"], cwd=tmp_path, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "install" in done.stdout


def test_the_installer_says_by_its_exit_code_that_it_was_asked_wrongly(tmp_path: Path) -> None:
    layer.program(ROOT, release.sources(ROOT), release.MAIN, tmp_path / "installer.pyz")
    done = subprocess.run([sys.executable, "-I", "-S", tmp_path / "installer.pyz", "no-such"], check=False,
                          capture_output=True)
    assert done.returncode == 2
