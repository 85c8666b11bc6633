"""Killed while copies are put back: no copy is half, nothing is forgotten, the next run goes on at once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from archive_stand import until
from kept_archive import PACKAGES, PLACES, Kept, fill, fixity, kept, run, there

from appliance.core import files
from appliance.receiver import tables


def killed_when(process: subprocess.Popen[str], true: Callable[[], bool]) -> None:
    """Kill a process at a moment, or let it have ended before."""
    until(lambda: true() or process.poll() is not None, "the moment to kill it")
    process.send_signal(signal.SIGKILL)
    process.communicate()


def restored(stand: Kept, least: int) -> bool:
    return there(stand) >= least


def test_killed_in_mid_restoring_the_next_run_goes_on(tmp_path: Path) -> None:
    with kept(tmp_path, documents=0) as stand:
        fill(stand)
        for name in stand.names:
            stand.path("far", name).unlink()
        stand.damage("near", stand.names[-1])  # of this one no copy will be sound
        killed_when(fixity(tmp_path, "--all"), partial(restored, stand, 3))
        whole = [name for name in stand.names if stand.path("far", name).is_file()]
        assert all(files.sha256_of(stand.path("far", name)) == name for name in whole)
        code, said = run(tmp_path, "--all")  # nobody waits until the killed one's time is over
        assert code == 3, said
        assert "A661" in said
        assert there(stand) == PACKAGES - 1
        for name in stand.names[:-1]:
            assert [files.sha256_of(stand.path(place, name)) for place in PLACES] == [name, name]
            assert set(stand.states(name).values()) == {"good"}


def test_what_a_killed_run_has_seen_is_not_read_again(tmp_path: Path) -> None:
    with kept(tmp_path, documents=0) as stand:
        fill(stand)
        stand.age(5000)
        killed_when(fixity(tmp_path), lambda: any(row["checked"] for row in stand.rows(tables.copies)))
        seen = {row["sha256"] for row in stand.rows(tables.copies) if row["checked"]}
        before = sum(row["objects"] for row in stand.rows(tables.fixity))
        assert run(tmp_path)[0] == 0
        assert sum(row["objects"] for row in stand.rows(tables.fixity)) - before == PACKAGES - len(seen)


def test_what_a_kill_left_half_written_goes_when_it_is_old(tmp_path: Path) -> None:
    with kept(tmp_path, documents=1) as stand:
        half = stand.path("far", stand.names[0]).with_name(f"{stand.names[0]}.zip.77{files.TEMPORARY}")
        half.write_bytes(b"half")
        fresh = half.with_name(f"fresh{files.TEMPORARY}")
        fresh.write_bytes(b"somebody writes it just now")
        os.utime(half, (1e9, 1e9))
        assert stand.day().well
        assert (half.exists(), fresh.exists()) == (False, True)
