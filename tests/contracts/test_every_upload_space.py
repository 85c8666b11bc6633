"""One suite for every space of uploads: the contract of ``receiver/uploads.py`` as a program, over a real index.

``s3`` is OpenStack Swift and belongs to the slow tier (``.ci/setup slow``).
"""

from __future__ import annotations

import contextlib
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
from appliance.receiver.file_uploads import FileSpace
from appliance.receiver.index import open_sqlite
from appliance.receiver.s3_uploads import S3Space
from appliance.receiver.uploads import ElsewhereError, Upload, Uploads, UploadSpace

DATA = random.Random(7).randbytes(300_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
_names = itertools.count()


@dataclass
class Stand:
    """``open`` gives the uploads as one more instance of the archive sees them."""

    open: Callable[[], Uploads]
    space: Callable[[], UploadSpace]
    work: Path

    def announced(self, metadata: str = "filename YQ==") -> Upload:
        return self.open().create("H49.64.33", len(DATA), SHA256, metadata)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[swift_stand.Swift]:
    if reason := swift_stand.missing():
        pytest.skip(reason)
    with swift_stand.swift(tmp_path_factory.mktemp("swift")) as running:
        yield running


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    space: Callable[[], UploadSpace] = lambda: FileSpace(tmp_path / "uploads")  # noqa: E731 - two ways to one name
    if request.param == "s3":
        running = request.getfixturevalue("service")
        settings = Bucket(endpoint=running.url, bucket=f"up-{next(_names)}", prefix="live/")
        running.client().create_bucket(Bucket=settings.bucket)
        space = lambda: S3Space(settings, swift_stand.ACCESS, swift_stand.SECRET)  # noqa: E731
    with contextlib.ExitStack() as stack:

        def opened() -> Uploads:
            index = open_sqlite(tmp_path / "index.sqlite")
            stack.callback(index.close)
            return Uploads(index, space(), 3600)

        (tmp_path / "work").mkdir()
        yield Stand(opened, space, tmp_path / "work")


def test_an_upload_goes_on_at_another_instance_and_comes_whole(stand: Stand) -> None:
    upload = stand.announced()
    upload = stand.open().append(upload, DATA[:100_000])
    upload = stand.open().append(upload, DATA[100_000:100_001])
    upload = stand.open().append(upload, DATA[100_001:])
    assert upload.whole
    assert stand.open().whole(upload, stand.work).read_bytes() == DATA


def test_announcing_again_gives_the_same_upload(stand: Stand) -> None:
    upload = stand.open().append(stand.announced(), DATA[:5])
    assert stand.announced() == upload
    assert stand.announced("filename Yg==").offset == 0


def test_of_two_writers_at_one_place_one_is_sent_away(stand: Stand) -> None:
    upload = stand.announced()
    first, second = stand.open(), stand.open()
    upload_one = first.append(upload, DATA[:1000])
    with pytest.raises(ElsewhereError):
        second.append(upload, b"x" * 5000)
    whole = first.append(upload_one, DATA[1000:])
    assert second.whole(whole, stand.work).read_bytes() == DATA


def test_many_writers_at_once_leave_one_true_upload(stand: Stand) -> None:
    upload = stand.announced()
    crowd = [stand.open() for _ in range(4)]

    def write(uploads: Uploads) -> bool:
        now = uploads.get(upload.name)
        assert now is not None
        try:
            uploads.append(now, DATA[now.offset:now.offset + 20_000])
        except ElsewhereError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        while not (now := crowd[0].get(upload.name) or upload).whole:
            assert any(list(pool.map(write, crowd))), "somebody gets on"
    assert crowd[0].whole(now, stand.work).read_bytes() == DATA


def test_bytes_that_were_never_acknowledged_do_not_come_in(stand: Stand) -> None:
    """A kill between the durable bytes and the index: the next writer writes from the acknowledged place."""
    upload = stand.open().append(stand.announced(), DATA[:1000])
    stand.space().write(upload.name, upload.offset, b"bytes of the dead" * 1000)
    upload = stand.open().append(upload, DATA[1000:])
    assert stand.open().whole(upload, stand.work).read_bytes() == DATA


def test_bytes_that_are_gone_are_said_to_be(stand: Stand) -> None:
    upload = stand.open().append(stand.announced(), DATA)
    for name in list(stand.space().names()):
        stand.space().drop(name, [])
    with pytest.raises(FileNotFoundError):
        stand.open().whole(upload, stand.work)


def test_an_upload_given_up_leaves_no_bytes(stand: Stand) -> None:
    upload = stand.open().append(stand.announced(), DATA[:1000])
    stand.space().write(upload.name, upload.offset, b"not acknowledged")
    assert list(stand.space().names()) == [upload.name]
    stand.open().remove(upload)
    assert list(stand.space().names()) == []
    assert stand.announced().offset == 0


def test_bytes_of_an_upload_that_nobody_knows_are_swept(stand: Stand) -> None:
    known = stand.open().append(stand.announced(), DATA[:1000])
    stand.space().write("ab" * 16, 0, b"left by a kill")
    assert sorted(stand.space().names()) == sorted(["ab" * 16, known.name])
    stand.open().sweep()
    assert list(stand.space().names()) == [known.name]
