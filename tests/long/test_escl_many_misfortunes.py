"""Hundreds of stacks through one network scanner after another mishap: what is captured equals the paper.

Each stack has its own seed: how many sheets, one side or both, how the device numbers its answers, and what goes
wrong in each attempt. The operator does what the error says and nothing else: puts back from the sheet it names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from results_file import write

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Side
from appliance.device import profile, verdict, virtual
from appliance.device.escl import EsclScanner
from appliance.device.escl_http import open_session
from appliance.device.scanner import ScanSettings

pytestmark = pytest.mark.long

STACKS, MOST_ATTEMPTS = 300, 12
LETTER = {Side.FRONT: "a", Side.BACK: "b"}
STRIKES = ("jam_at", "lost_at", "truncated_at", "early_end_at", "wait_at")
DAMAGED = b"damaged"
Found = dict[tuple[int, Side], bytes]


@pytest.fixture(scope="module")
def tally() -> Iterator[dict[str, int]]:
    counted: dict[str, int] = {}
    yield counted
    write("escl_many_misfortunes", {"stacks": STACKS, "counted": dict(sorted(counted.items()))})


def page(sheet: int, side: Side) -> bytes:
    shade = sheet * 12 + (6 if side is Side.BACK else 0)
    return bytes(simplejpeg.encode_jpeg(np.full((240, 170, 3), shade, np.uint8)))


def load(folder: Path, sheets: int) -> None:
    stack = folder / "hopper" / "s"
    stack.mkdir(parents=True)
    for sheet in range(1, sheets + 1):
        for side, letter in LETTER.items():
            (stack / f"{sheet:04d}{letter}.jpg").write_bytes(page(sheet, side))


def put_back(folder: Path, sheet: int) -> None:
    """Do as the message says: this sheet and all after it lie in the feeder again."""
    stack = folder / "hopper" / "s"
    stack.mkdir(parents=True, exist_ok=True)
    for path in sorted((folder / "out" / "s").glob("*.jpg")):
        if int(path.name[:4]) >= sheet:
            path.rename(stack / path.name)


def mishap(chance: random.Random, sheets: int, *, duplex: bool) -> dict[str, Any]:
    """What goes wrong in one attempt; often enough nothing."""
    faults: dict[str, Any] = {"end_status": chance.choice([404, 409, 410]),
                              "jam_status": chance.choice([404, 409, 503])}
    for strike in chance.sample(STRIKES, chance.choice([0, 1, 2, 3])):
        faults[strike] = chance.randint(1, sheets)
    return faults | {"mid_page": chance.random() < 0.5,
                     "side": chance.choice(["front", "back"]) if duplex else "front"}


async def set_faults(device: EsclScanner, faults: dict[str, Any]) -> None:
    async with device._session.put(device._base.removesuffix("/eSCL") + "/faults", json=faults) as answer:
        assert answer.status == 200


async def attempt(device: EsclScanner, settings: ScanSettings, first: int, found: Found) -> int:
    """Scan once; return the sheet to put back from, or 0 when the feed came to its end."""
    try:
        async with aclosing(device.scan(settings)) as feed:
            async for side in feed:
                good = not verdict.judge(side.data, 50_000_000)[1]
                found[first + side.sheet - 1, side.side] = side.data if good else DAMAGED
    except ApplianceError as problem:
        assert problem.kind in (errors.PAPER_JAM, errors.DEVICE_LOST), str(problem)
        return first + int(problem.details["sheet"]) - 1
    return 0


@pytest.mark.parametrize("seed", range(STACKS))
async def test_the_pages_equal_the_paper(seed: int, tmp_path: Path, tally: dict[str, int]) -> None:
    chance = random.Random(seed)
    sheets, duplex = chance.randint(1, 8), chance.random() < 0.5
    load(tmp_path, sheets)
    known = profile.load("virtual")
    patience = replace(known.transport, end_doubt_seconds=0.1, retry_pause_seconds=0.01)
    found: Found = {}
    damaged = 0
    async with virtual.running(virtual.VirtualSettings(tmp_path / "hopper")) as url, open_session() as session:
        device = EsclScanner(url, session, replace(known, transport=patience))
        first = 1
        for turn in range(MOST_ATTEMPTS):
            faults = mishap(chance, sheets, duplex=duplex) if turn < MOST_ATTEMPTS - 1 else {}
            await set_faults(device, faults)
            damaged += "truncated_at" in faults
            again = await attempt(device, ScanSettings(300, duplex), first, found)
            await set_faults(device, {})
            tally["attempts"] = tally.get("attempts", 0) + 1
            if not again:
                break
            tally["broken off"] = tally.get("broken off", 0) + 1
            assert 1 <= again <= sheets
            put_back(tmp_path, again)
            first = again
    sides = (Side.FRONT, Side.BACK) if duplex else (Side.FRONT,)
    assert set(found) == {(sheet, side) for sheet in range(1, sheets + 1) for side in sides}
    wrong = [key for key, data in found.items() if data not in (page(*key), DAMAGED)]
    assert wrong == []
    assert sum(data == DAMAGED for data in found.values()) <= damaged
    tally["sides"] = tally.get("sides", 0) + len(found)
