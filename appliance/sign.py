"""``appliance sign``: a person's signing session, and the PIN of the office's token."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Callable
from typing import Any

from appliance import client
from appliance.console.words import moment
from appliance.core.errors import Exit

TRIAL = "  KHÓA THỬ NGHIỆM / development key"


def main(argv: list[str]) -> int:
    """Run one of open, close, status and unlock."""
    parser = argparse.ArgumentParser(
        "appliance sign", description="Signing sessions of persons (phiên ký), and the office's token "
        "(docs/signing.md). PINs are asked for, or read as one line of standard input.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in (("open", "let a person's own key sign what this person scanned, for one shift at most"),
                       ("close", "end a person's session")):
        one = verbs.add_parser(verb, help=text, description=text)
        one.add_argument("code", help="staff code")
        client.where(one)
        if verb == "open":
            _again(one)
    client.where(verbs.add_parser("status", help="the office's key, and which sessions are open"))
    one = verbs.add_parser("unlock", help="give the PIN of the office's token", description=(
        "Nhập mã PIN cho thiết bị ký của cơ quan. / Give the PIN of the office's token; it is asked for, or read "
        "as one line of standard input, and holds until the token is taken out or the signer starts again."))
    client.where(one)
    _again(one)
    options = parser.parse_args(argv)
    work: Callable[[argparse.Namespace], int] = {
        "open": _open, "close": _close, "status": _status, "unlock": _unlock}[options.verb]
    return work(options)


def _again(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--again", action="store_true", help="one more try after two wrong PINs: a third wrong one "
                        "may lock the token")


def _open(options: argparse.Namespace) -> int:
    _post(options, "/sign/open", {"code": options.code, "check": "1"})  # nobody types a PIN in vain
    answer = _post(options, "/sign/open", {"code": options.code, "pin": _pin(options.code)})
    sys.stdout.write(f"đã mở phiên ký / session open: {options.code}, đến / until {moment(answer['until'])}\n"
                     f"{answer['waiting']} tài liệu đang chờ / documents waited for it\n")
    for name in answer["documents"]:
        sys.stdout.write(f"  {name}\n")
    return Exit.DONE


def _close(options: argparse.Namespace) -> int:
    new = _post(options, "/sign/close", {"code": options.code})["new"]
    said = "đã đóng phiên ký / session closed" if new else "không có phiên ký nào đang mở / no session was open"
    sys.stdout.write(f"{said}: {options.code}\n")
    return Exit.DONE


def _status(options: argparse.Namespace) -> int:
    found = asyncio.run(client.ask(options, "GET", "/sign"))
    if found["key"] is not None:
        sys.stdout.write(_told(found["key"]))
    else:
        why = found["refusal"] or {"code": "K506", "vi": "Tiến trình ký số chưa sẵn sàng.", "en": "No signer."}
        sys.stdout.write(f"khóa cơ quan / agency's key: –\n  {why['code']} {why['vi']}\n  {why['en']}\n")
    for one in found["sessions"]:
        sys.stdout.write(f"phiên ký / session: {one['name']} ({one['code']}), {moment(one['opened'])} – "
                         f"{moment(one['until'])}\n")
    if not found["sessions"]:
        sys.stdout.write("không có phiên ký nào đang mở / no session is open\n")
    return Exit.DONE if found["key"] is not None else Exit.HELD


def _unlock(options: argparse.Namespace) -> int:
    answer = _post(options, "/sign/unlock", {"pin": _pin("")})
    sys.stdout.write(_told(answer["key"]))
    return Exit.DONE


def _told(key: dict[str, Any]) -> str:
    return (f"khóa cơ quan / agency's key: {key['subject']}{TRIAL if key['development'] else ''}\n"
            f"  {key['issuer']}, đến / until {moment(key['until'])}\n  SHA-256 {key['fingerprint']}\n")


def _post(options: argparse.Namespace, path: str, words: dict[str, str]) -> dict[str, Any]:
    by = os.environ.get("SUDO_USER") or getpass.getuser()
    again = {"again": "1"} if getattr(options, "again", False) else {}
    return asyncio.run(client.ask(options, "POST", path, {**words, **again, "by": by}))


def _pin(code: str) -> str:
    """Return the PIN of a token; it never stands on a command line."""
    if sys.stdin.isatty():
        whose = f"của {code}" if code else "của thiết bị ký cơ quan"
        return getpass.getpass(f"Mã PIN {whose} / token PIN: ")
    return sys.stdin.readline().rstrip("\r\n")
