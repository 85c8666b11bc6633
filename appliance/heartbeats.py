"""``appliance heartbeat``: send the synthetic page now, and show how long each stage took."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from appliance.client import ask, where
from appliance.core.errors import Exit
from appliance.core.heartbeat import STAGES, TOTAL
from appliance.heartbeat.words import VIETNAMESE

LOOK_SECONDS = 0.3
ARRIVED = "Đã có xác nhận tiếp nhận. / The archive's receipt is here."
PACKED = "Đã đóng gói; từ đây do người giao mang đi. / Packed; from here on a courier carries it."


def main(argv: list[str]) -> int:
    """Send a page and wait for it; 0 it arrived, 1 it did not, 3 it waits for leave to sign."""
    parser = argparse.ArgumentParser(
        "appliance heartbeat", description="A page that the appliance draws goes the whole road.")
    where(parser)
    parser.add_argument("--last", action="store_true", help="only show how the last one fared")
    parser.add_argument("--by", default="", metavar="STAFF", help="staff code of who asks; else the office")
    parser.add_argument("--json", action="store_true", help="the outcome as one JSON object on stdout")
    options = parser.parse_args(argv)
    return asyncio.run(_shown(options) if options.last else _sent(options))


async def _shown(options: argparse.Namespace) -> int:
    told = await ask(options, "GET", "/heartbeat")
    if not options.json:
        when = f"lần tới {told['next'][:16]}" if told["enabled"] else "không chạy hằng ngày (heartbeat.enabled)"
        _say(f"Trang kiểm tra: {when} / {'next ' + told['next'][:16] if told['enabled'] else 'not sent by itself'}")
    if told["last"] is None:
        _say("Chưa có lần nào. / None has been sent yet.")
        return Exit.DONE
    if not options.json:
        for stage in (one for one in STAGES if one in told["last"]["stages"]):
            _stage(stage, told["last"]["stages"][stage])
    return _outcome(told["last"], options)


async def _sent(options: argparse.Namespace) -> int:
    run = (await ask(options, "POST", "/heartbeat", {"by": options.by}))["run"]
    seen: set[str] = set()
    waited = False
    while True:
        told = await ask(options, "GET", "/heartbeat")
        going = told["going"] if told["going"] and told["going"]["run"] == run else None
        ended = told["last"] if told["last"] and told["last"]["run"] == run else None
        now = ended or going or {"stages": {}}
        if not options.json:
            if now.get("waits") and not waited:
                waited = True
                _say("Đang quét giấy, trang kiểm tra đợi. / Paper is being fed; the page waits.")
            for stage in (one for one in STAGES if one in now["stages"] and one not in seen):
                seen.add(stage)
                _stage(stage, now["stages"][stage])
        if ended is not None:
            return _outcome(ended, options)
        await asyncio.sleep(LOOK_SECONDS)


def _outcome(ended: dict[str, Any], options: argparse.Namespace) -> int:
    """Say how a page fared; return the exit code."""
    if options.json:
        _say(json.dumps(ended, ensure_ascii=False, sort_keys=True))
    elif ended["code"]:
        sys.stderr.write(f"{ended['code']}: {ended['vi']}\n      {ended['en']}\n")
    else:
        _stage(TOTAL, ended["stages"][TOTAL])
        _say(ARRIVED if ended["receipt"] else PACKED)
    if not ended["code"]:
        return Exit.DONE
    return Exit.HELD if ended["held"] else Exit.FAILED


def _stage(stage: str, seconds: float) -> None:
    _say(f"  {VIETNAMESE[stage]:22} {stage:9} {seconds:8.2f} s")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
