"""A host that sees the golden pages wrong looks at no page and begins no stack, until it sees right again."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backlog_stand import PATIENCE, Stand, backlog

from appliance.core.config import Ocr
from appliance.core.errors import ApplianceError


async def until(true: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"never came: {what}") from None


async def notes(stand: Stand) -> list[str]:
    return [link["what"] for link in await stand.ask("audit") if link["what"].startswith("golden.")]


async def states(stand: Stand) -> dict[str, int]:
    return {row["state"]: row["n"] for row in await stand.ask("states_of") if row["kind"] == "page"}


@pytest.mark.slow
async def test_a_wrong_language_model_stops_pages_and_start_until_it_is_mended() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "tessdata"
        model.symlink_to("/nonexistent")
        async with backlog(3, looked_at=False, workers=1, ocr=f'tessdata = "{model}"', rest=0.5) as stand:
            before = await stand.start()  # a stack that is being fed when the fault is seen
            pool = stand.daemon.pool
            await until(lambda: pool.refusal() is not None, "a golden page seen wrong")
            with pytest.raises(ApplianceError) as refused:
                await stand.start()
            assert refused.value.code == "P705"
            assert "front.jpg" in refused.value.vi and refused.value.vi.endswith("'appliance selftest'.")
            with pytest.raises(ApplianceError):
                await stand.daemon.intake.go_on("tray", before)
            await stand.feed(before)
            assert await states(stand) == {"captured": 4}, "paper that is fed is safe, and nobody looks at it"
            assert [one["code"] for one in (await stand.daemon.outlook.picture())["held"]] == ["P705"]
            assert "appliance_golden_page_good 0.0" in (await stand.daemon.scrape()).decode()
            assert await notes(stand) == ["golden.failed"]

            model.unlink()
            model.symlink_to(Ocr().tessdata)
            await until(lambda: pool.refusal() is None, "a fresh worker that sees right")
            await stand.start()
            await until(lambda: pool.stats().fit == 1, "a worker fit for pages")
            async with asyncio.timeout(PATIENCE):
                while "captured" in await states(stand):
                    await asyncio.sleep(0.05)
            assert await notes(stand) == ["golden.failed", "golden.passed"], "each once, however often it was tried"
            told = (await stand.daemon.scrape()).decode()
            assert "appliance_golden_page_good 1.0" in told
            assert 'appliance_golden_pages_total{result="failed"}' in told
