"""Packages that end the process which looks at them, and processes that end for other reasons."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from archive_stand import UUID, Diary, dossier, made, sessions, signed, small, until
from receiver_stand import Instance, children, judges, settings_file, until_ended

from appliance.archive.sender import deliver
from appliance.archive.transports.contract import Package
from appliance.archive.transports.tus import TusTransport
from appliance.core import files
from appliance.receiver.judges import DamagedError, JudgeDiedError, JudgePool
from appliance.receiver.settings import Judging


def dying_check(_trust: list[Path]) -> Callable[[Path], str]:
    """Make a check that does what the document says."""
    def check(path: Path) -> str:
        data = path.read_bytes()
        if b"kill the judge" in data:
            os.abort()
        if b"eat memory" in data:
            return str(len(bytearray(1 << 40)))
        if b"sleep" in data:
            time.sleep(60)
        return ""
    return check


def pool_of(folder: Path, **more: float) -> JudgePool:
    work = files.make_folder(folder / "work")
    return JudgePool(dying_check, [], work, Judging(processes=1, **more))  # type: ignore[arg-type]


@asynccontextmanager
async def opened(folder: Path, **more: float) -> AsyncIterator[JudgePool]:
    pool = pool_of(folder, **more)
    try:
        yield pool
    finally:
        pool.close()


def deadly(folder: Path, words: bytes, package: str = UUID) -> Package:
    return made(dossier(folder, {1: signed(words)}, package))


async def test_a_judge_that_dies_is_told_and_the_next_package_gets_a_new_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as pool:
        poison, good = deadly(tmp_path / "a", b"kill the judge"), small(tmp_path / "b")
        with pytest.raises(JudgeDiedError):
            await pool.judge(poison.path, poison.sha256)
        judged = await pool.judge(good.path, good.sha256)
        assert judged.report.ok
        assert judged.contents is not None and len(judged.contents.documents) == 2


async def test_a_file_that_wants_all_memory_is_refused_and_one_that_never_ends_is_ended(tmp_path: Path) -> None:
    async with opened(tmp_path, seconds=1.0) as pool:
        greedy, endless = deadly(tmp_path / "a", b"eat memory"), deadly(tmp_path / "b", b"sleep")
        judged = await pool.judge(greedy.path, greedy.sha256)
        assert judged.report.problems == ("it cannot be inspected (MemoryError)",)
        with pytest.raises(JudgeDiedError):
            await pool.judge(endless.path, endless.sha256)
        with pytest.raises(DamagedError):
            await pool.judge(greedy.path, "0" * 64)
        gone = judges(os.getpid())
    until_ended(gone)


def no_check(_trust: list[Path]) -> Callable[[Path], str]:
    """Fail to make a check: something of the archive is broken, not a package."""
    raise RuntimeError("the library of signatures is not installed")


async def test_a_judge_that_cannot_even_start_is_no_fault_of_the_package(tmp_path: Path) -> None:
    work, good = files.make_folder(tmp_path / "work"), small(tmp_path)
    pool = JudgePool(no_check, [], work, Judging(processes=1))
    try:
        for _ in range(2):
            with pytest.raises(OSError, match="cannot start"):
                await pool.judge(good.path, good.sha256)
    finally:
        pool.close()


async def bring(package: Package, one: Instance, key: Path) -> tuple[bool, str]:
    async with sessions() as session:
        terms = Diary().terms(key.read_bytes())
        receipt = await deliver(package, TusTransport(session, one.url), Diary().keep, terms)
    return receipt.accepted, receipt.reason


async def test_poison_is_rejected_with_a_reason_while_the_others_are_taken(tmp_path: Path) -> None:
    one = Instance(settings_file(tmp_path, "a", "", judging={"crashes": 2}), tmp_path / "hold")
    one.start()
    try:
        key = tmp_path / "keys" / "receipt-public.pem"
        poison, good = deadly(tmp_path / "p", b"kill the judge"), small(tmp_path / "g", f"{UUID[:-1]}2")
        found = await asyncio.gather(bring(poison, one, key), bring(good, one, key))
        reason = "it cannot be inspected: the inspection ended 2 times without a result"
        assert list(found) == [(False, reason), (True, "")]
        assert one.metric("archive_judge_crashes_total") == 2
        assert one.metric('archive_packages_total{result="rejected"}') == 1
        assert one.metric('archive_packages_total{result="accepted"}') == 1
        assert (tmp_path / "a" / "rejected" / poison.sha256[:2] / f"{poison.sha256}.zip").is_file()
    finally:
        one.kill()


async def test_a_receiver_that_ends_leaves_no_process_and_says_nothing_untoward(tmp_path: Path) -> None:
    one = Instance(settings_file(tmp_path, "a", ""), tmp_path / "hold")
    one.start()
    key = tmp_path / "keys" / "receipt-public.pem"
    assert await bring(small(tmp_path / "g"), one, key) == (True, "")
    family = children(one.pid)
    assert await asyncio.to_thread(one.end, 15) == 0
    until_ended(family)
    assert "Traceback" not in one.log, one.log
    one.start()
    assert await bring(small(tmp_path / "h", f"{UUID[:-1]}2"), one, key) == (True, "")
    family = judges(one.pid)
    assert family
    await asyncio.to_thread(one.kill)
    until_ended(family)
    until(lambda: not (tmp_path / "a" / "index.sqlite-journal").exists(), "nothing is left half written")
