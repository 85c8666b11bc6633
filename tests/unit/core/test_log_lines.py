"""What becomes of a log line: its form, its fields, and that nothing it meets stops the work."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.journal import (
    Channel,
    Lines,
    _offered,
    code_in,
    fields_of,
    listened,
    message_id,
    native,
    priority,
)


def line(text: str, *args: object, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("appliance.pool", level, "/x/pool.py", 7, text, args, None, "give")


def test_a_value_of_several_lines_goes_with_its_length() -> None:
    value = "ừ\n2".encode()
    said = b"A=b\nMESSAGE\n" + len(value).to_bytes(8, "little") + value + b"\n"
    assert native({"A": "b", "MESSAGE": value.decode()}) == said


def test_a_line_with_a_code_of_the_catalogue_has_the_codes_id() -> None:
    code = errors.DISK_FULL.code
    fields = fields_of(line("tried again: %s", code))
    assert (fields["APPLIANCE_CODE"], fields["MESSAGE_ID"], fields["PRIORITY"]) == (code, message_id(code), "4")


@pytest.mark.parametrize("text", ["sheet A4 of Z999", "a1b2c3", "", "XD1022"])
def test_what_only_looks_like_a_code_is_none(text: str) -> None:
    assert code_in(text) == ""
    assert "MESSAGE_ID" not in fields_of(line(text))


@pytest.mark.parametrize(("level", "number"), [(50, 2), (40, 3), (30, 4), (20, 6), (10, 7), (35, 4)])
def test_levels_are_the_priorities_of_syslog(level: int, number: int) -> None:
    assert priority(level) == number


def test_without_a_journal_an_ordinary_line_keeps_its_form() -> None:
    stream = io.StringIO()
    Lines(Channel("appliance", stream=stream)).emit(line("a worker was lost: %s", "hung"))
    assert stream.getvalue() == "WARNING appliance.pool: a worker was lost: hung\n"


def test_a_line_whose_arguments_do_not_fit_is_said_by_its_place() -> None:
    stream = io.StringIO()
    Lines(Channel("appliance", stream=stream)).emit(line("%d papers of %s", "Trần Thị"))
    assert stream.getvalue() == "ERROR appliance.pool: a line of pool.py:7 cannot be told\n"


def test_an_error_behind_an_error_is_told_by_codes_and_kinds_alone() -> None:
    stream, person, paper = io.StringIO(), "Trần Thị Bí Mật", "H79.4711.1"
    try:
        try:
            raise OSError(28, "No space left on device", f"/srv/{person}.csv")
        except OSError as problem:
            raise errors.STATE_CONFLICT.error(what=paper, expected="signed") from problem
    except errors.ApplianceError:
        record = line("step")
        record.exc_info = sys.exc_info()
        Lines(Channel("appliance", stream=stream)).emit(record)
    said = stream.getvalue()
    assert "OSError: No space left on device" in said and said.endswith(f"{errors.STATE_CONFLICT.code}\n")
    assert person not in said and paper not in said


def test_a_stream_that_is_closed_or_full_takes_no_line_and_stops_nothing() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    for stream in (Full(), closed):
        channel = Channel("appliance", stream=stream)
        assert not channel.send("x", {})
        channel.say("x", {})


def test_a_stderr_that_is_full_because_the_journal_hangs_keeps_nobody_waiting() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        assert _offered(b"one\n", ours.fileno()) and theirs.recv(9) == b"one\n"
        while _offered(b"x" * 60_000, ours.fileno()):
            pass
        assert not _offered(b"one more\n", ours.fileno())
        assert ours.fileno() >= 0, "it stays open"


def test_a_stderr_that_is_no_socket_or_not_there_takes_nothing_and_stops_nothing(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        assert not _offered(b"one\n", stream.fileno())
    assert not _offered(b"one\n", 987_654)


def test_what_asyncio_shows_of_a_task_that_failed_stays_out(tmp_path: Path) -> None:
    stream, person = io.StringIO(), "Trần Thị Bí Mật"

    async def failing() -> None:
        raise ValueError(person)

    async def forgotten() -> None:
        task = asyncio.create_task(failing(), name=person)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    handler = Lines(Channel("appliance", stream=stream))
    logging.getLogger("asyncio").addHandler(handler)
    try:
        asyncio.run(forgotten())
    finally:
        logging.getLogger("asyncio").removeHandler(handler)
    assert "Task exception was never retrieved" in stream.getvalue() and "ValueError" in stream.getvalue()
    assert person not in stream.getvalue()


@pytest.mark.parametrize("fault", [
    "raise ValueError(person)",
    "threading.Thread(target=lambda: int(person)).start()",
    "Bad = type('Bad', (), {'__del__': lambda self: int(person)}); Bad()",
])
def test_what_nobody_catches_is_told_without_what_it_says(fault: str) -> None:
    program = ("import threading\nfrom appliance.core import journal\njournal.begin('appliance')\n"
               f"person = 'Trần Thị Bí Mật'\n{fault}\n")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert "CRITICAL appliance: uncaught: ValueError" in done.stderr and done.stderr.endswith("ValueError\n")
    assert "Bí Mật" not in done.stderr and "B\\xed" not in done.stderr


@pytest.mark.parametrize("said", ["", "nonsense", "0:0"])
def test_a_stderr_that_is_not_the_journals_is_seen(said: str) -> None:
    assert not listened({"JOURNAL_STREAM": said})


def test_a_stderr_that_is_the_journals_is_seen(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        own = (tmp_path / "stderr").stat()
        assert listened({"JOURNAL_STREAM": f"{own.st_dev}:{own.st_ino}"}, stream.fileno())
