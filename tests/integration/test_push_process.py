"""Files pushed into a real folder, a real scanner process, real stations: every page once, nobody at a keyboard."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from push_rig import page, pdf
from scanner_rig import Rig, rig

from appliance.core import errors
from appliance.core.config import Device

NAME = "copier1"


@pytest.fixture
async def copier(tmp_path: Path) -> AsyncIterator[Rig]:
    share = tmp_path / "share"
    share.mkdir()
    (tmp_path / "appliance").mkdir()
    device = Device(NAME, "push", folder=str(share), profile="push_generic", settle_seconds=0.2)
    async with rig(tmp_path / "appliance", device) as made:
        yield made


def share_of(made: Rig) -> Path:
    return Path(made.device.folder)


def lying(made: Rig) -> list[str]:
    return sorted(path.name for path in share_of(made).rglob("*") if path.is_file())


def batches(made: Rig) -> dict[str, list[bytes]]:
    """The masters of every batch, checked against their hashes, in the order of the sheets."""
    found: dict[str, dict[int, bytes]] = {}
    for side in made.desk.sides:
        data = (made.desk.masters / side.master.path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == side.master.sha256
        found.setdefault(side.batch, {})[side.sheet] = data
    return {batch: [sheets[sheet] for sheet in sorted(sheets)] for batch, sheets in found.items()}


async def finished(made: Rig, count: int) -> None:
    await made.until(lambda: made.desk.verbs().count("finished") >= count, f"{count} batches")


async def test_a_file_written_slowly_comes_to_the_ledger_page_by_page_and_leaves_the_share(copier: Rig) -> None:
    whole = pdf(*(page(number) for number in range(1, 6)))
    await copier.start_process()
    await copier.until_state("ready")
    with (share_of(copier) / "SCN_0001.pdf").open("wb") as writer:
        for at in range(0, len(whole), len(whole) // 6 + 1):
            writer.write(whole[at : at + len(whole) // 6 + 1])
            writer.flush()
            await asyncio.sleep(0.1)
            assert copier.desk.told == []
    (share_of(copier) / "SCN_0002.jpg").write_bytes(page(9))
    await finished(copier, 2)
    assert list(batches(copier).values()) == [[page(number) for number in range(1, 6)], [page(9)]]
    assert {side.code for side in copier.desk.sides} == {""}
    await copier.until(lambda: lying(copier) == [], "the share is empty")
    await copier.until_state("ready")


async def test_a_held_page_says_what_to_set_on_the_scanner(copier: Rig) -> None:
    await copier.start_process()
    await copier.until_state("ready")
    (share_of(copier) / "grey.pdf").write_bytes(pdf(page(1, "L")))
    await finished(copier, 1)
    (side,) = copier.desk.sides
    problem = errors.by_code(side.code).error(reason=side.reason)
    assert side.code == errors.PUSH_GREY.code and "đặt Chế độ màu = Màu 24 bit" in problem.vi


@pytest.mark.slow
async def test_a_process_killed_again_and_again_in_the_middle_feeds_every_page_once(copier: Rig) -> None:
    pages = [page(number) for number in range(1, 10)]
    await copier.start_process()
    await copier.until_state("ready")
    (share_of(copier) / "stack.pdf").write_bytes(pdf(*pages))
    for kills in range(1, 4):
        copier.desk.hold_after = 2 * kills
        await copier.until(lambda most=2 * kills: len(copier.desk.sides) >= most, "sides")  # type: ignore[misc]
        copier.processes[-1].kill()
        await copier.processes[-1].wait()
        copier.desk.hold_after = 10**9
        copier.desk.gate.set()
        await copier.until_state("absent")
        copier.desk.gate.clear()
        await copier.start_process()
    await finished(copier, 1)
    keys = [(side.batch, side.sheet) for side in copier.desk.sides]
    assert sorted(keys) == [("batch-1", sheet) for sheet in range(1, 10)]
    assert batches(copier) == {"batch-1": pages}
    await copier.until(lambda: lying(copier) == [], "the share is empty")


@pytest.mark.slow
async def test_a_ledger_that_refuses_a_side_gets_it_again_without_anybodys_help(copier: Rig) -> None:
    await copier.start_process()
    await copier.until_state("ready")
    copier.desk.refuse_after = 2
    (share_of(copier) / "stack.pdf").write_bytes(pdf(*(page(number) for number in range(1, 6))))
    await copier.until(lambda: "interrupted" in copier.desk.verbs(), "broken off")
    copier.desk.refuse_after = 10**9
    await finished(copier, 1)
    assert batches(copier) == {"batch-1": [page(number) for number in range(1, 6)]}
    assert [side.sheet for side in copier.desk.sides] == [1, 2, 3, 4, 5]


async def test_what_it_staff_must_put_right_stands_with_the_device(copier: Rig) -> None:
    (share_of(copier) / "scan.jpg").symlink_to("/etc/passwd")
    await copier.start_process()
    await copier.until(lambda: copier.now()["code"] == errors.PUSH_REFUSED.code, "a notice")
    assert "Có 1 mục" in str(copier.now()["message_vi"]) and copier.now()["state"] == "ready"
    (share_of(copier) / "scan.jpg").unlink()
    await copier.until(lambda: copier.now()["code"] == "", "no notice")


async def test_a_share_that_goes_and_comes_is_absent_and_ready(copier: Rig) -> None:
    share = share_of(copier)
    away = share.rename(share.with_name("away"))
    await copier.start_process()
    await copier.until(lambda: copier.now()["pid"] != 0, "a process")
    assert copier.now()["state"] == "absent"
    away.rename(share)
    await copier.until_state("ready")
    (share / "scan.jpg").write_bytes(page(1))
    await finished(copier, 1)
    assert batches(copier) == {"batch-1": [page(1)]}
