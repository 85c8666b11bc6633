"""``appliance reprocess`` where no worker comes: it says so, and when it is stopped nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from appliance import reprocess
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.jobs import Recipe
from appliance.pool import Pool
from appliance.pool_line import ZeroLine, not_ours


def run(pool: Pool, folder: Path) -> reprocess.Run:
    return reprocess.Run(pool, Recipe("vie", "tesseract", 300, "", ""), folder, Config(), reprocess.Tally())


async def test_a_run_without_workers_that_is_stopped_leaves_no_task_behind(tmp_path: Path) -> None:
    packages, complaints = tmp_path / "packages", list[dict[str, Any]]()
    packages.mkdir()
    for number in range(8):
        (packages / f"{number}.zip").write_bytes(bytes([number]))
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    pool = Pool(ZeroLine(tmp_path / "pool.ipc", not_ours), Bus())
    await pool.start()
    work = run(pool, tmp_path / "out")
    task = asyncio.create_task(work.all(packages))
    async with asyncio.timeout(10):
        while sum(pool.stats().waiting.values()) < 4:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await pool.close()
    await asyncio.sleep(0)
    gc.collect()
    assert not complaints
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []


async def test_a_run_without_workers_says_for_what_it_waits(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(reprocess, "TELL", 0.01)
    pool = Pool(ZeroLine(tmp_path / "pool.ipc", not_ours), Bus())
    telling = asyncio.create_task(run(pool, tmp_path).tell())
    told = ""
    async with asyncio.timeout(10):
        while "no worker of the cluster" not in told:
            await asyncio.sleep(0.01)
            told += capsys.readouterr().err
    telling.cancel()
    await pool.close()
    assert "dask scheduler" in told


def test_without_a_scheduler_the_refusal_names_the_option(tmp_path: Path) -> None:
    settings = tmp_path / "appliance.toml"
    settings.write_text("")
    with pytest.raises(ApplianceError, match="--scheduler"):
        reprocess.main(["--config", str(settings), "--from", str(tmp_path), "--out", str(tmp_path)])
