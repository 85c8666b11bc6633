"""Copies are read again, mended from a sound one, and what no copy can heal is told; real files, a real index."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kept_archive import PLACES, Kept, kept
from postgres_stand import postgres, programs

from appliance.core.errors import ApplianceError
from appliance.receiver import tables
from appliance.receiver.fixity import findings, slices
from appliance.receiver.fixity.daily import Daily
from appliance.receiver.fixity.places import Places
from appliance.receiver.fixity.slices import Share
from appliance.receiver.stores import FileStore

GOOD = {"near": "good", "far": "good"}


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[object]:
    if programs() is None:
        pytest.skip("not run: PostgreSQL is not installed")
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    url = request.getfixturevalue("server").new_index() if request.param == "postgresql" else ""
    with kept(tmp_path, url) as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path) as found:
        yield found


def wrong(stand: Kept, later: timedelta = timedelta()) -> set[tuple[str, str, str]]:
    found = findings.unhealed(stand.archive.index, datetime.now(UTC) + later)
    return {(str(one.kind), one.place, one.sha256) for one in found}


def test_a_sound_archive_is_read_and_judged_whole(stand: Kept) -> None:
    told = stand.day(everything=True)
    assert told.well
    assert (told.run.objects, told.run.signatures, told.run.restored) == (3, 3, 0)
    assert told.run.bytes == sum(stand.path(place, name).stat().st_size for name in stand.names for place in PLACES)
    assert all(row["checked"] for row in stand.rows(tables.copies))
    assert [row["ended"] != "" for row in stand.rows(tables.fixity)] == [True]


@pytest.mark.parametrize("place", PLACES)
def test_a_flipped_bit_is_found_and_mended(stand: Kept, place: str) -> None:
    name = stand.names[1]
    stand.damage(place, name)
    told = stand.day(everything=True)
    assert (told.run.restored, told.run.errors) == (1, 0)
    assert stand.path(place, name).read_bytes() == stand.path("near", name).read_bytes()
    assert stand.states(name) == GOOD
    assert wrong(stand) == set()
    assert stand.day(everything=True).run.restored == 0


def test_a_copy_that_is_gone_is_put_back_the_same_day(small: Kept) -> None:
    name = small.names[0]
    small.path("far", name).unlink()
    told = small.day()  # found by its name: nobody waits for its turn in the cycle
    assert (told.missing, told.run.restored) == (1, 1)
    assert small.path("far", name).is_file()
    assert small.states(name) == GOOD


def test_what_no_copy_can_heal_is_told_until_somebody_brings_it(stand: Kept) -> None:
    name = stand.names[2]
    sound = stand.path("near", name).read_bytes()
    for place in PLACES:
        stand.damage(place, name)
    told = stand.day(everything=True)
    assert (told.run.errors, told.run.restored) == (1, 0)
    assert ("lost", "", name) in wrong(stand)
    assert stand.states(name) == {"near": "damaged", "far": "damaged"}
    path = stand.path("near", name)
    path.write_bytes(sound)  # from a backup, or sent again
    told = stand.day()  # bad copies come first every day
    assert (told.run.errors, told.run.restored) == (0, 1)
    assert wrong(stand) == set()


def test_a_short_copy_is_damaged_too(small: Kept) -> None:
    path = small.path("far", small.names[0])
    path.chmod(0o640)
    os.truncate(path, 10)
    assert small.day(everything=True).run.restored == 1
    assert small.states(small.names[0]) == GOOD


def test_a_disk_that_cannot_read_one_file_gets_it_anew(small: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = small.names[0]
    read = FileStore.read

    def broken(self: FileStore, sha256: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        if (self.name, sha256) == ("far", bad) and bad not in mended:
            raise OSError(errno.EIO, "bad sector")
        return read(self, sha256, offset, length)

    def replace(self: FileStore, sha256: str, path: Path) -> None:
        mended.append(sha256)
        put(self, sha256, path)

    mended: list[str] = []
    put = FileStore.replace
    monkeypatch.setattr(FileStore, "read", broken)
    monkeypatch.setattr(FileStore, "replace", replace)
    assert small.day(everything=True).run.restored == 1
    assert mended.count(bad) == 1


def test_a_disk_that_is_not_mounted_is_no_lost_archive(small: Kept) -> None:
    assert small.day().well
    shutil.move(small.folder / "far", small.folder / "taken away")
    (small.folder / "far").mkdir()  # an empty mount point
    told = small.day(everything=True)
    assert told.away == ("far",)
    assert not told.well
    assert list((small.folder / "far").iterdir()) == []  # nothing was written to the disk below
    assert wrong(small) == {("away", "far", "")}
    assert all(small.states(name) == GOOD for name in small.names)
    (small.folder / "far").rmdir()
    shutil.move(small.folder / "taken away", small.folder / "far")
    assert small.day().well
    assert wrong(small) == set()


def test_a_place_that_is_away_makes_no_object_lost(small: Kept) -> None:
    small.day()
    shutil.move(small.folder / "far", small.folder / "taken away")
    small.damage("near", small.names[0])
    small.day(everything=True)
    assert ("lost", "", small.names[0]) not in wrong(small)
    assert ("damaged", "near", small.names[0]) in wrong(small)
    shutil.move(small.folder / "taken away", small.folder / "far")
    assert small.day().run.restored == 1
    assert wrong(small) == set()


def test_a_new_disk_in_the_place_of_a_dead_one_is_filled_when_a_person_says_so(small: Kept) -> None:
    small.day()
    shutil.rmtree(small.folder / "far")
    assert small.day().away == ("far",)
    places = Places(small.archive.index, small.archive.stores, small.archive.work)
    with pytest.raises(ApplianceError, match="A662"):
        places.refill("elsewhere")
    places.refill("far")
    told = small.day()
    assert (told.run.restored, told.away) == (3, ())
    assert all(small.path("far", name).is_file() for name in small.names)


def test_an_object_that_nobody_knows_is_told_when_it_is_old_and_never_deleted(small: Kept) -> None:
    stranger = small.path("near", "ab" * 32)
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"who knows")
    assert small.day().strange == 1
    assert wrong(small) == set()  # it may be on its way into the index
    assert wrong(small, timedelta(hours=13)) == {("strange", "near", "ab" * 32)}
    assert stranger.is_file()
    stranger.unlink()
    small.day()
    assert wrong(small, timedelta(hours=13)) == set()


def test_a_package_whose_signature_no_longer_holds_is_told(small: Kept) -> None:
    small.judge.against.add(b"document 1")
    told = small.day(everything=True)
    assert (told.run.signatures, told.run.errors) == (3, 1)
    assert wrong(small) == {("invalid", "", small.names[1])}
    small.judge.against.clear()
    small.day(everything=True)
    assert wrong(small) == set()


def test_a_day_looks_at_what_was_longest_unseen(stand: Kept) -> None:
    stand.age(10)
    stand.age(20, stand.names[1])
    now = datetime.now(UTC)
    first = slices.due(stand.archive.index, Share(PLACES, 100.0, 1.0, now))
    assert [one.sha256 for one in first] == [stand.names[1]]
    stand.day()
    then = slices.due(stand.archive.index, Share(PLACES, 100.0, 1.0, now))
    assert len(then) == 1
    assert then[0].sha256 != stand.names[1]


def test_everything_is_seen_within_the_cycle(small: Kept) -> None:
    for number in range(17):
        small.take_in(b"more %d" % number, kib=number % 5)
    seen: set[str] = set()
    for day in range(10):
        due = slices.due(small.archive.index, Share(PLACES, 10.0, 1.0, datetime.now(UTC)))
        assert 1 <= len(due) <= 8, f"day {day} is no tenth"
        seen |= {one.sha256 for one in due}
        with small.archive.index.write() as connection:
            connection.execute(tables.copies.update().where(tables.copies.c.sha256.in_(
                [one.sha256 for one in due])).values(checked=tables.moment()))
    assert seen == set(small.names)


def test_what_is_overdue_is_due_however_much_it_is(small: Kept) -> None:
    small.age(40)
    due = slices.due(small.archive.index, Share(PLACES, 30.0, 1.0, datetime.now(UTC)))
    assert {one.sha256 for one in due} == set(small.names)


def test_of_two_receivers_one_does_the_checks(stand: Kept) -> None:
    other = Daily(stand.archive, None, stand.evidence())
    assert other.duty.take()
    with pytest.raises(AssertionError):
        stand.day()
    other.duty.release(done=False)
    assert stand.day().well


def test_a_holder_that_is_silent_for_too_long_is_followed(small: Kept) -> None:
    late = datetime.now(UTC) + timedelta(hours=1)
    first = Daily(small.archive, None, small.evidence()).duty
    second = type(first)(small.archive.index, first.name, now=lambda: late)
    assert first.take()
    assert second.take()
    assert not first.hold()
