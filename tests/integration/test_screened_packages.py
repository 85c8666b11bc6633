"""The look for harmful code by real ClamAV: what it finds, and everything that keeps it from looking."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_stand import dossier, large, made, signed, small
from clamav_stand import HARM, clamd, definitions, needed

from appliance.archive.packages import clamav, screening
from appliance.core import clock
from appliance.core.delivery import Screen
from appliance.core.jobs import Screened, ScreenJob

SECONDS = 60.0
BY = f"clamscan, definitions of {clock.today()}"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return definitions(tmp_path_factory.mktemp("known"))


@pytest.fixture(scope="module")
def door(known: Path) -> Iterator[Path]:
    """Return the socket of a real clamd that looks at no stream over 1 MiB."""
    with clamd(known, StreamMaxLength="1M") as sock:
        yield sock


def harmful(folder: Path) -> Path:
    return made(dossier(folder, {1: signed(b"one"), 2: signed(HARM)})).path


def by_program(known: Path) -> Screen:
    return Screen(socket="", definitions=str(known), seconds=SECONDS)


def looked(package: Path, settings: Screen) -> Screened:
    return screening.screen(ScreenJob(str(package), settings))


def test_clamscan_passes_a_clean_package_and_finds_harm_in_a_document(known: Path, tmp_path: Path) -> None:
    needed("clamscan")
    assert looked(small(tmp_path / "good").path, by_program(known)) == Screened(by=BY)
    bad = looked(harmful(tmp_path / "bad"), by_program(known))
    assert (bad.found, bad.unfit, bad.unable) == ("Appliance.Test.Harm.UNOFFICIAL", "", "")


def test_clamd_passes_a_clean_package_and_finds_harm_in_one_of_its_documents(
        known: Path, door: Path, tmp_path: Path) -> None:
    settings = replace(by_program(known), socket=str(door))
    good = looked(small(tmp_path / "good").path, settings)
    assert (good.found, good.unfit, good.unable) == ("", "", "")
    assert good.by.startswith("ClamAV ")
    assert looked(harmful(tmp_path / "bad"), settings).found == "Appliance.Test.Harm.UNOFFICIAL"


def test_a_document_over_the_limits_of_clamd_is_never_taken_for_clean(
        known: Path, door: Path, tmp_path: Path) -> None:
    found = looked(large(tmp_path, 3 << 10).path, replace(by_program(known), socket=str(door)))
    assert (found.found, found.unable) == ("", "")
    assert "StreamMaxLength" in found.unfit


def test_where_clamd_is_not_there_clamscan_is_asked(known: Path, tmp_path: Path) -> None:
    needed("clamscan")
    settings = replace(by_program(known), socket=str(tmp_path / "no.sock"))
    assert looked(small(tmp_path / "good").path, settings).by == BY


def test_a_clamd_that_died_and_left_its_socket_holds_the_package(known: Path, tmp_path: Path) -> None:
    path = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert "clamd" in looked(small(tmp_path / "good").path, replace(by_program(known), socket=str(path))).unable


def test_a_clamd_that_never_answers_holds_the_package_when_its_time_is_over(known: Path, tmp_path: Path) -> None:
    path = tmp_path / "mute.sock"
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen(8)
        settings = replace(by_program(known), socket=str(path), seconds=1.0)
        assert "in time" in looked(small(tmp_path / "good").path, settings).unable


def test_a_clamd_that_answers_nonsense_holds_the_package(known: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.sock"
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(str(path))
        odd.listen(8)

        def answer() -> None:
            for _ in range(2):
                line, _ = odd.accept()
                with line:
                    line.recv(64)
                    line.sendall(b"hello\0")
                    line.shutdown(socket.SHUT_WR)
                    while line.recv(1 << 16):
                        pass

        thread = threading.Thread(target=answer)
        thread.start()
        found = looked(small(tmp_path / "good").path, replace(by_program(known), socket=str(path)))
        thread.join()
    assert "clear answer" in found.unable


def test_without_definitions_nothing_passes(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        assert "no definitions" in looked(small(tmp_path / "good").path, by_program(folder)).unable


def test_old_definitions_let_nothing_pass(tmp_path: Path) -> None:
    known = definitions(tmp_path / "known")
    then = time.time() - 40 * 86_400
    os.utime(known / "appliance.ndb", (then, then))
    package = small(tmp_path / "good").path
    assert "40 days old" in looked(package, by_program(known)).unable
    needed("clamscan")
    passed = looked(package, replace(by_program(known), max_age_days=50))
    assert passed == Screened(by=f"clamscan, definitions of {clock.iso(clock.now() - timedelta(days=40))[:10]}")


def test_an_exception_of_the_office_does_not_make_old_definitions_young(tmp_path: Path) -> None:
    known = definitions(tmp_path / "known")
    head = b"ClamAV-VDB:16 Sep 2025 04-29 -0400:63:6647427:90:x:x:builder:1758011340"
    (known / "daily.cvd").write_bytes(head.ljust(512) + b"rest")
    (known / "office.ign2").write_text("Some.Name\n")
    assert clamav.made(known) == datetime(2025, 9, 16, 8, 29, tzinfo=UTC)
    changed = clamav.changed(known)
    assert changed is not None
    assert changed > datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize(("said", "when"), [
    ("ClamAV 1.4.6/27500/Sat Nov 21 07:12:13 2026", datetime(2026, 11, 21, 7, 12, 13, tzinfo=UTC)),
    ("ClamAV 1.0.7/27328/Sun Jul  7 08:24:00 2024", datetime(2024, 7, 7, 8, 24, tzinfo=UTC)),
    ("ClamAV 1.4.6", None), ("", None), ("ClamAV 1.4.6/27500/Sat Abc 21 07:12:13 2026", None)])
def test_clamd_is_believed_when_it_says_how_old_its_definitions_are(said: str, when: datetime | None) -> None:
    assert clamav.loaded(said) == when


def test_a_program_that_is_not_there_fails_or_never_ends_holds_the_package(tmp_path: Path) -> None:
    package = small(tmp_path / "good").path
    for program, reason in ((("/nonexistent/program",), "No such file"), ((), "is empty"),
                            (("sh", "-c", "exit 2"), "ended with 2"), (("sh", "-c", "exec sleep 60"), "in time")):
        found = looked(package, Screen(kind="program", program=program, seconds=1.0))
        assert reason in found.unable, program
        assert (found.found, found.unfit) == ("", "")


def test_a_program_of_the_offices_own_passes_and_refuses_by_its_exit(tmp_path: Path) -> None:
    package = small(tmp_path / "good").path
    assert looked(package, Screen(kind="program", program=("sh", "-c", 'test -s "$0"'))) == Screened(by="sh")
    assert looked(package, Screen(kind="program", program=("false",))) == Screened(found="?", by="false")


def test_a_package_that_is_gone_or_broken_concerns_no_other(known: Path, door: Path, tmp_path: Path) -> None:
    settings = replace(by_program(known), socket=str(door))
    assert looked(tmp_path / "gone.zip", settings).unfit
    (tmp_path / "broken.zip").write_bytes(b"no ZIP")
    assert looked(tmp_path / "broken.zip", settings).unfit


def test_a_warning_before_the_finding_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "clamscan"
    program.write_text('#!/bin/sh\nfor last; do :; done\n'
                       'echo "LibClamAV Warning: ***  The virus database is older than 7 days!  ***"\n'
                       'echo "$last: Some.Harm FOUND"\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = looked(small(tmp_path / "p").path, by_program(definitions(tmp_path / "known")))
    assert (found.found, found.unable) == ("Some.Harm", "")


def test_definitions_that_are_exchanged_at_this_very_moment_do_not_hide_the_others(tmp_path: Path) -> None:
    known = definitions(tmp_path / "known")
    for name in ("daily.cvd", "office.ign2", "gone.ndb"):
        (known / name).symlink_to(tmp_path / "gone")
    assert clamav.made(known) is not None
    assert clamav.changed(known) is not None
