"""When a pushed file is complete: what is observed over time, told as a scanner or a copier writes."""

from __future__ import annotations

import pytest

from appliance.device.push_watch import Patience, Stamp, Told, Verdict, Waiting, Watch, decide

PATIENCE = Patience(settle=2.0, polled=5.0, broken=300.0, recheck=5.0)
NAME = "SCN_0001.pdf"


def stamp(size: int = 1000, mtime: int = 1, inode: int = 7) -> Stamp:
    return Stamp(inode, size, mtime)


class Folder:
    """A watch with its clock; one file in it unless said otherwise."""

    def __init__(self) -> None:
        self.watch = Watch(PATIENCE)
        self.now = 100.0

    def look(self, found: Stamp | dict[str, Stamp], told: Told | None = None, after: float = 0.3) -> None:
        self.now += after
        files = found if isinstance(found, dict) else {NAME: found}
        self.watch.seen(files, {NAME: told} if told else {}, self.now)

    def check(self, *, whole: bool) -> bool:
        """Look at the bytes when that is asked for; say whether it was."""
        name = self.watch.to_check(self.now)
        if name is not None:
            self.watch.checked(name, "d1", whole=whole, now=self.now)
        return name is not None

    def ready(self) -> list[str]:
        return [name for name, _ in self.watch.ready(self.now)]


@pytest.fixture
def folder() -> Folder:
    return Folder()


def test_a_closed_and_whole_file_is_taken_after_a_short_rest(folder: Folder) -> None:
    folder.look(stamp(), Told.CLOSED)
    assert not folder.check(whole=True)
    folder.look(stamp(), after=2.0)
    assert folder.check(whole=True)
    assert folder.ready() == [NAME]


def test_where_the_kernel_tells_nothing_the_rest_is_longer(folder: Folder) -> None:
    folder.look(stamp())
    folder.look(stamp(), after=4.9)
    assert not folder.check(whole=True)
    folder.look(stamp(), after=0.2)
    assert folder.check(whole=True) and folder.ready() == [NAME]


def test_a_writer_that_pauses_a_minute_in_the_middle_is_waited_for(folder: Folder) -> None:
    folder.look(stamp(500))
    for _ in range(60):
        folder.look(stamp(500), after=1.0)
        folder.check(whole=False)
        assert folder.ready() == []
    folder.look(stamp(1000, mtime=2))
    folder.look(stamp(1000, mtime=2), after=5.0)
    assert folder.check(whole=True) and folder.ready() == [NAME]


def test_a_writer_that_takes_its_room_first_and_keeps_the_time_is_looked_at_again(folder: Folder) -> None:
    folder.look(stamp())
    folder.look(stamp(), after=5.0)
    assert folder.check(whole=False) and not folder.check(whole=False)
    folder.look(stamp(), after=5.0)
    assert folder.check(whole=True) and folder.ready() == [NAME]


def test_a_file_that_its_writer_has_not_closed_is_not_looked_at(folder: Folder) -> None:
    folder.look(stamp(), Told.WRITTEN)
    folder.look(stamp(), after=200.0)
    assert not folder.check(whole=True) and folder.ready() == []
    folder.look(stamp(), Told.CLOSED)
    assert folder.check(whole=True) and folder.ready() == [NAME]


def test_a_close_that_is_followed_by_another_write_counts_no_more(folder: Folder) -> None:
    folder.look(stamp(400), Told.CLOSED)
    folder.look(stamp(800, mtime=2), Told.WRITTEN)
    folder.look(stamp(800, mtime=2), after=10.0)
    assert not folder.check(whole=True) and folder.ready() == []


def test_a_file_that_is_never_whole_is_taken_when_patience_ends(folder: Folder) -> None:
    folder.look(stamp())
    folder.look(stamp(), after=299.0)
    folder.check(whole=False)
    assert folder.ready() == []
    folder.look(stamp(), after=1.0)
    folder.check(whole=False)
    assert folder.ready() == [NAME]


def test_an_empty_file_is_waited_for_as_long_and_never_read(folder: Folder) -> None:
    folder.look(stamp(0), Told.CLOSED)
    folder.look(stamp(0), after=299.0)
    assert not folder.check(whole=False) and folder.ready() == []
    folder.look(stamp(0), after=1.1)
    assert folder.ready() == [NAME]


def test_a_name_that_says_it_is_unfinished_is_never_taken_but_told_of(folder: Folder) -> None:
    files = {"a.pdf.tmp": stamp(), "b.FILEPART": stamp(), "c.part": stamp(0)}
    folder.look(files)
    folder.look(files, after=299.0)
    assert folder.watch.unfinished(folder.now) == 0
    folder.look(files, after=1.1)
    assert (folder.watch.unfinished(folder.now), folder.ready(), folder.check(whole=True)) == (3, [], False)


def test_a_file_put_over_another_of_its_name_and_size_rests_anew(folder: Folder) -> None:
    folder.look(stamp())
    folder.look(stamp(), after=5.0)
    assert folder.check(whole=True) and folder.ready() == [NAME]
    folder.look(stamp(inode=8))
    assert folder.ready() == []


def test_files_are_taken_by_their_time_then_by_name(folder: Folder) -> None:
    files = {"b.pdf": stamp(mtime=5), "c.pdf": stamp(mtime=1), "a.pdf": stamp(mtime=5)}
    folder.look(files)
    folder.look(files, after=5.0)
    while folder.check(whole=True):
        pass
    assert folder.ready() == ["c.pdf", "a.pdf", "b.pdf"]


def test_damaged_files_in_front_keep_none_from_being_looked_at(folder: Folder) -> None:
    files = {f"{number}.pdf": stamp(mtime=number) for number in range(9)}
    folder.look(files)
    folder.look(files, after=5.0)
    names = set()
    for _ in range(9):
        name = folder.watch.to_check(folder.now)
        assert name is not None
        names.add(name)
        folder.watch.checked(name, "d", whole=False, now=folder.now)
    assert names == set(files)


def test_a_clock_of_the_share_that_goes_back_only_orders_files(folder: Folder) -> None:
    folder.look(stamp(mtime=10**18))
    folder.look(stamp(mtime=5))
    folder.look(stamp(mtime=5), after=5.0)
    assert folder.check(whole=True) and folder.ready() == [NAME]


def test_after_lost_events_only_looking_counts(folder: Folder) -> None:
    folder.look(stamp(), Told.WRITTEN)
    folder.watch.blind()
    folder.look(stamp(), after=5.0)
    assert folder.check(whole=True) and folder.ready() == [NAME]


def test_a_file_that_went_is_forgotten_and_begins_anew_when_it_is_back(folder: Folder) -> None:
    folder.look(stamp())
    folder.look({}, after=5.0)
    folder.look(stamp(), after=0.3)
    assert not folder.check(whole=True)


@pytest.mark.parametrize("told", [None, Told.WRITTEN, Told.CLOSED])
def test_nothing_waits_for_ever(told: Told | None) -> None:
    old = Waiting(stamp(), since=0.0, told=told, checked=299.0)
    assert decide(old, PATIENCE, 300.0) is Verdict.READY
