"""Commands that speak to a running daemon over its control socket."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
import time
from typing import Any
from urllib.parse import quote

from appliance.client import ask, where
from appliance.console import words
from appliance.core.errors import Exit

LOOK_SECONDS = 0.5
"""How often the open batches are looked at while they are waited for."""

DONE = {
    "press": "đã bấm Start, máy bắt đầu quét / Start was pressed, it begins to scan",
    "resume": "quét tiếp lượt đang dở / the interrupted batch goes on",
    "finish": "đã kết thúc lượt đang dở như hiện có / the interrupted batch is closed as it is",
    "cancel": "đã dừng nạp giấy / feeding was stopped",
}
"""What each order to a device has come to."""

DRAINED = (
    "không lượt quét nào đang chạy; lượt mới chờ khởi động lại / idle: no new batch starts until the restart",
    "đã cho quét lại / batches may start again",
    "vẫn đang quét, đã cho quét lại; hãy làm lại sau / put off: a batch is being scanned; all is open again",
    "vẫn đang quét; lệnh drain trước đó vẫn giữ / put off: a batch is being scanned; an earlier drain goes on",
)
"""What ``appliance drain`` has come to: idle, ended, put off, put off while somebody else drains too."""


def status(argv: list[str]) -> int:
    """Print what the daemon is doing; exit 3 when something is held."""
    parser = argparse.ArgumentParser("appliance status", description="Show what the daemon is doing.")
    where(parser)
    parser.add_argument("--json", action="store_true", help="everything, for programs")
    options = parser.parse_args(argv)
    picture = asyncio.run(ask(options, "GET", "/status"))
    text = json.dumps(picture, ensure_ascii=False, indent=1) if options.json else as_text(picture)
    sys.stdout.write(text + "\n")
    return Exit.HELD if picture["held"] else Exit.DONE


def press(argv: list[str]) -> int:
    """Press Start, for the device's job or another."""
    parser = argparse.ArgumentParser("appliance press", description=press.__doc__)
    parser.add_argument("device", help="name of the device in the settings")
    parser.add_argument("--job", default="", help="job of the settings, instead of the device's own")
    parser.add_argument("--no-secret", default="", metavar="CODE", help="staff code of who confirms that the stack "
                        "holds no state secret")
    where(parser)
    options = parser.parse_args(argv)
    words = {"job": options.job, "no_secret": options.no_secret}
    return _done(asyncio.run(ask(options, "POST", _path("press", options.device), words)))


def resume(argv: list[str]) -> int:
    """Go on with an interrupted batch after the paper was put back."""
    return _operate("resume", argv)


def finish(argv: list[str]) -> int:
    """Close an interrupted batch as it is."""
    return _operate("finish", argv)


def cancel(argv: list[str]) -> int:
    """Stop feeding."""
    return _operate("cancel", argv)


def drain(argv: list[str]) -> int:
    """Let no new batch start and wait until none is being scanned; exit 3 when one still is: all is open again.

    A batch that waits for a sheet to be put back has the same time; then it counts no more: it goes on after a
    restart.
    """
    parser = argparse.ArgumentParser("appliance drain", description=drain.__doc__)
    where(parser)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long open batches are waited for (10)")
    parser.add_argument("--end", action="store_true", help="let batches start again")
    parser.add_argument("--json", action="store_true", help="the answer as one JSON object")
    options = parser.parse_args(argv)
    told, busy = asyncio.run(_drained(options))
    told["changed"] = not busy
    words = DRAINED[(3 if told["draining"] else 2) if busy else 1 if options.end else 0]
    sys.stdout.write((json.dumps(told) if options.json else words) + "\n")
    return Exit.HELD if busy else Exit.DONE


async def _drained(options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """Return how it stands at the end, and whether something is still being scanned."""
    if options.end:
        return await ask(options, "POST", "/drain/end"), False
    until = time.monotonic() + options.minutes * 60
    told = await ask(options, "POST", "/drain", {"minutes": str(options.minutes)})
    ours = not told.get("joined", False)
    try:
        while (told["scanning"] or told["waiting"]) and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(LOOK_SECONDS)
            told = await ask(options, "GET", "/drain")
            if not told["draining"]:  # the daemon has started again, or somebody has opened: a batch may begin
                told, ours = await ask(options, "POST", "/drain", {"minutes": str(left / 60)}), True
    except asyncio.CancelledError:  # whoever asked does not want it any more
        await _ended(options, told, ours)
        raise
    return (await _ended(options, told, ours), True) if told["scanning"] else (told, False)


async def _ended(options: argparse.Namespace, told: dict[str, Any], ours: bool) -> dict[str, Any]:
    """Let batches start again, unless somebody else waits for the same; return how it stands."""
    now = await ask(options, "POST" if ours else "GET", "/drain/end" if ours else "/drain")
    return {**now, "scanning": told["scanning"]}


def remove(argv: list[str]) -> int:
    """Take a held page that is in no document out of the count; its image is kept, the decision recorded.

    A sheet that seems to be fed twice goes with both sides.
    """
    return _decide("remove", argv, "đã bỏ / removed")


def keep(argv: list[str]) -> int:
    """Say that held pages are right as they are: in doubt after a reload, or by a check of the image; recorded."""
    return _decide("keep", argv, "giữ lại / kept")


def confirm(argv: list[str]) -> int:
    """Confirm that a batch holds no state secret, by name; one that waited for that goes on."""
    parser = argparse.ArgumentParser("appliance confirm", description=confirm.__doc__)
    parser.add_argument("batch", help="id of the batch, as 'appliance status' lists it under held")
    parser.add_argument("--code", required=True, help="staff code of who has looked at the paper and confirms")
    where(parser)
    options = parser.parse_args(argv)
    who = os.environ.get("SUDO_USER") or getpass.getuser()
    asyncio.run(ask(options, "POST", "/confirm", {"batch": options.batch, "code": options.code, "by": who}))
    sys.stdout.write(f"đã xác nhận / confirmed: {options.batch}\n")
    return Exit.DONE


def _decide(verb: str, argv: list[str], said: str) -> int:
    parser = argparse.ArgumentParser(f"appliance {verb}", description=globals()[verb].__doc__)
    parser.add_argument("page", help="id of the page, as 'appliance status' lists it under held; without its side: "
                                     "the sheet; without the sheet: every such page of the batch")
    where(parser)
    options = parser.parse_args(argv)
    answer = asyncio.run(ask(options, "POST", f"/{verb}", {"name": options.page}))
    sys.stdout.write(f"{said} {options.page}\n")
    if not (still := answer.get("held")):
        return Exit.DONE
    codes = ", ".join(still)
    sys.stdout.write(f"vẫn bị giữ vì {codes} / still held for {codes}: appliance status\n")
    return Exit.HELD


def _operate(verb: str, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(f"appliance {verb}", description=globals()[verb].__doc__)
    parser.add_argument("device", help="name of the device in the settings")
    where(parser)
    options = parser.parse_args(argv)
    return _done(asyncio.run(ask(options, "POST", _path(verb, options.device))))


def _path(verb: str, device: str) -> str:
    return f"/{verb}/{quote(device, safe='')}"


def _done(answer: dict[str, Any]) -> int:
    sys.stdout.write(f"{answer['device']}: {DONE[answer['done']]}\n")
    return Exit.DONE


def as_text(picture: dict[str, Any]) -> str:
    """Return the picture as lines for a terminal, Vietnamese first."""
    lines = [f"{picture['office']}  v{picture['version']}", ""]
    for device in picture["devices"]:
        vi, en = words.DEVICES.get(device["state"], (device["state"], device["state"]))
        lines.append(f"Máy quét {device['name']}: {vi} / {en}  {device.get('model') or ''}".rstrip())
        if device.get("message_vi"):
            lines += [f"  {device['message_vi']}", f"  {device['message_en']}"]
        if device.get("check"):
            lines.append(f"  {device['check']['vi']} / {device['check']['en']}")
        notes = [*device.get("drift", ()), device.get("warned") or {}]
        lines += [f"  {one['vi']} / {one['en']}" for one in notes if one.get("vi")]
    stages = "   ".join(f"{vi} {picture['stages'][name]}" for name, (vi, _) in words.STAGES.items())
    lines += ["", f"Tiến độ / progress: {stages}", *(f"  {text}" for text in words.totals(picture["counts"]))]
    lines += [f"  {text}" for text in words.listed(picture.get("registers", ())) or ()]
    lines += [f"  {text}" for text in words.leave(picture.get("signing", {})) or ()]
    lines += [f"  {text}" for text in words.trial(picture.get("signing", {})) or ()]
    lines += [f"  {vi} / {en}" for vi, en in words.ending(picture.get("signing", {}))]
    lines += [f"  {vi} / {en}" for name in ("delivery", "reception", "service")
              for vi, en in words.notes(picture.get(name, {}))]
    for state, (vi, en) in words.DOSSIERS.items():
        codes = [one["file_code"] for one in picture["dossiers"] if one["state"] == state]
        if codes:
            lines.append(f"Hồ sơ {vi.lower()} / {en}: {len(codes)}  {', '.join(codes[-5:])}")
    if strips := [one["id"] for one in picture.get("documents", ()) if one.get("strip_mm")]:
        lines.append(f"Có dải trắng thêm ở đầu trang 1 / with a strip above page 1: {len(strips)}  "
                     f"{', '.join(strips[-5:])}")
    lines += ["", f"Chờ xử lý / held: {len(picture['held'])}"]
    for thing in picture["held"]:
        which = " ".join(dict.fromkeys((thing["what"], str(thing["id"]))))
        lines += [f"  {thing['name']}  [{which}]",
                  f"    {thing['code']} {thing['vi']}", f"    {thing['en']}"]
    return "\n".join(lines)
