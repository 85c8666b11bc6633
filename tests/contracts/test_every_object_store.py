"""One suite for every place of the archive's objects: the contract of ``receiver/stores.py`` as a program.

``s3`` is OpenStack Swift and belongs to the slow tier (``.ci/setup slow``).
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import swift_stand

from appliance.core.delivery import Bucket
from appliance.receiver.s3_store import S3Store
from appliance.receiver.stores import FileStore, ObjectStore

_names = itertools.count()


@dataclass
class Place:
    """A store under test, how another process opens it, and how its medium damages an object."""

    open: Callable[[], ObjectStore]
    damage: Callable[[str], None]
    away: Callable[[], ObjectStore]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[swift_stand.Swift]:
    if reason := swift_stand.missing():
        pytest.skip(reason)
    with swift_stand.swift(tmp_path_factory.mktemp("swift")) as running:
        yield running


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return _folder(tmp_path)
    return _bucket(request.getfixturevalue("service"), f"keep-{next(_names)}")


def _folder(tmp_path: Path) -> Place:
    root = tmp_path / "store"
    (tmp_path / "gone").write_text("no folder")

    def damage(sha256: str) -> None:
        path = FileStore(root, "a").path(sha256)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o640)
        path.write_bytes(data)

    return Place(lambda: FileStore(root, "a"), damage, lambda: _unplugged(tmp_path))


def _unplugged(tmp_path: Path) -> FileStore:
    store = FileStore(tmp_path / "unplugged", "b")
    (tmp_path / "unplugged").rmdir()
    (tmp_path / "unplugged").write_text("the disk is gone")
    return store


def _bucket(service: swift_stand.Swift, name: str) -> Place:
    client = service.client()
    client.create_bucket(Bucket=name)
    settings = Bucket(endpoint=service.url, bucket=name, prefix="keep/")

    def damage(sha256: str) -> None:
        key = f"keep/objects/{sha256[:2]}/{sha256}.zip"
        data = bytearray(client.get_object(Bucket=name, Key=key)["Body"].read())
        data[len(data) // 2] ^= 1
        client.put_object(Bucket=name, Key=key, Body=bytes(data))

    nobody = Bucket(endpoint="http://127.0.0.1:9", bucket=name)
    return Place(lambda: S3Store("a", settings, swift_stand.ACCESS, swift_stand.SECRET), damage,
                 lambda: S3Store("b", nobody, "a", "b"))


def made(folder: Path, size: int, seed: int = 1) -> tuple[str, Path]:
    """Write a file of this size; return its SHA-256 and its place."""
    data = random.Random(seed).randbytes(size)
    path = folder / f"{size}-{seed}.bin"
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest(), path


def read(store: ObjectStore, sha256: str, offset: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.read(sha256, offset, length))


@pytest.mark.parametrize("size", [1, 3 << 20, (5 << 20) + 1, 21 << 20])
def test_what_is_put_is_read_by_another_process(place: Place, tmp_path: Path, size: int) -> None:
    sha256, path = made(tmp_path, size)
    place.open().put(sha256, path)
    store = place.open()
    assert store.size(sha256) == size
    assert read(store, sha256) == path.read_bytes()
    assert list(store.names()) == [sha256]


def test_the_file_stays_unless_it_is_given_away(place: Place, tmp_path: Path) -> None:
    store = place.open()
    sha256, path = made(tmp_path, 1000)
    store.put(sha256, path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    given, gift = made(tmp_path, 1000, 2)
    data = gift.read_bytes()
    store.put(given, gift, given=True)
    assert read(store, given) == data


def test_two_stores_never_share_bytes(place: Place, tmp_path: Path) -> None:
    sha256, path = made(tmp_path, 1000)
    place.open().put(sha256, path)
    FileStore(tmp_path / "other", "other").put(sha256, path)
    path.write_bytes(b"scribbled over")
    place.damage(sha256)
    assert hashlib.sha256(read(FileStore(tmp_path / "other", "other"), sha256)).hexdigest() == sha256


def test_putting_known_bytes_again_changes_nothing(place: Place, tmp_path: Path) -> None:
    store = place.open()
    sha256, path = made(tmp_path, 6 << 20)
    for _ in range(3):
        store.put(sha256, path)
    assert read(store, sha256) == path.read_bytes()
    assert list(store.names()) == [sha256]


def test_many_putting_the_same_at_once_leave_one_sound_object(place: Place, tmp_path: Path) -> None:
    sha256, path = made(tmp_path, 17 << 20)
    with ThreadPoolExecutor(4) as crowd:
        outcomes = [crowd.submit(place.open().put, sha256, path) for _ in range(4)]
    failed = [outcome.exception() for outcome in outcomes if outcome.exception()]
    assert all(isinstance(problem, OSError) for problem in failed)
    place.open().put(sha256, path)
    assert read(place.open(), sha256) == path.read_bytes()


def test_a_part_of_an_object_is_read_alone(place: Place, tmp_path: Path) -> None:
    store = place.open()
    sha256, path = made(tmp_path, 100_000)
    store.put(sha256, path)
    data = path.read_bytes()
    for offset, length in ((0, 10), (99_990, None), (99_990, 50), (5, 0), (0, None), (40_000, 20_000)):
        end = None if length is None else offset + length
        assert read(store, sha256, offset, length) == data[offset:end]
    assert read(store, sha256, 100_000) == b""


def test_what_is_not_here_is_said_so(place: Place) -> None:
    store = place.open()
    assert store.size("ab" * 32) is None
    with pytest.raises(FileNotFoundError):
        read(store, "ab" * 32)
    assert list(store.names()) == []


@pytest.mark.parametrize("size", [1000, 9 << 20])
def test_a_damaged_object_is_replaced_by_a_sound_one(place: Place, tmp_path: Path, size: int) -> None:
    store = place.open()
    sha256, path = made(tmp_path, size)
    store.put(sha256, path)
    place.damage(sha256)
    assert hashlib.sha256(read(store, sha256)).hexdigest() != sha256
    store.put(sha256, path)
    assert hashlib.sha256(read(store, sha256)).hexdigest() != sha256, "put leaves what is there"
    store.replace(sha256, path)
    assert read(place.open(), sha256) == path.read_bytes()


def test_every_object_is_named_once(place: Place, tmp_path: Path) -> None:
    store = place.open()
    kept = {made(tmp_path, 10, seed) for seed in range(12)}
    for sha256, path in kept:
        store.put(sha256, path)
    assert sorted(store.names()) == sorted(sha256 for sha256, _ in kept)


def test_a_place_that_is_away_is_no_missing_object(place: Place, tmp_path: Path) -> None:
    store = place.away()
    sha256, path = made(tmp_path, 1000)
    with pytest.raises(OSError, match=r".") as caught:
        store.put(sha256, path)
    assert not isinstance(caught.value, FileNotFoundError)
    with pytest.raises(OSError, match=r"."):
        read(store, sha256)
