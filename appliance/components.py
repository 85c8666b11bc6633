"""``appliance component``: what a dossier is made of, and what stands for a component that is not scanned."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from appliance.client import ask, where
from appliance.columns import aligned
from appliance.core.errors import Exit

KINDS = {"already_digitised": "đã số hóa trước", "not_required": "không cần", "accepted": "chấp nhận như thế",
         "do_not_digitise": "quyết định không số hóa", "handed_over": "đã bàn giao bản giấy"}
NEEDS = {"required": "bắt buộc", "digitised": "phải số hóa nếu có", "exempt": "không số hóa"}


def main(argv: list[str]) -> int:
    """Run one of the commands about components."""
    parser = argparse.ArgumentParser("appliance component", description="Components of dossiers.")
    commands = parser.add_subparsers(dest="command", required=True)
    _list(commands)
    _answer(commands)
    _withdraw(commands)
    _sheets(commands)
    _check(commands)
    options = parser.parse_args(argv)
    return int(options.act(options))


def _list(commands: Any) -> None:
    one = commands.add_parser("list", help="what a dossier must be made of, what is there, what is missing")
    one.add_argument("code", metavar="DOSSIER", help="code of the dossier (mã hồ sơ)")
    one.add_argument("--json", action="store_true", help="as one line for programs")
    where(one)

    def act(options: argparse.Namespace) -> int:
        found = asyncio.run(ask(options, "POST", "/component/list", {"code": options.code}))
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n" if options.json else _told(found))
        return Exit.HELD if found["findings"] else Exit.DONE

    one.set_defaults(act=act)


def _answer(commands: Any) -> None:
    one = commands.add_parser("answer", help="say why a component need not be scanned, or that it may stay")
    one.add_argument("code", metavar="DOSSIER", help="code of the dossier; it need not be scanned yet")
    one.add_argument("component", metavar="COMPONENT", help="code of the component; +N for document number N")
    kind = one.add_mutually_exclusive_group(required=True)
    kind.add_argument("--already-digitised", metavar="REASON", help="its data exist already with legal value")
    kind.add_argument("--not-required", metavar="REASON", help="this dossier does not need it")
    kind.add_argument("--accepted", metavar="REASON", help="it stays as it was scanned though it is not expected, "
                                                           "exempt, or there twice")

    def body(options: argparse.Namespace) -> dict[str, str]:
        kind = next(name for name in ("already_digitised", "not_required", "accepted")
                    if getattr(options, name) is not None)
        return {"component": options.component, "kind": kind, "reason": getattr(options, kind)}

    _decided(one, "/component/answer", body, "đã ghi / recorded")


def _withdraw(commands: Any) -> None:
    one = commands.add_parser("withdraw", help="take an answer back (data_mismatch): it is missing again")
    one.add_argument("code", metavar="DOSSIER", help="code of the dossier")
    one.add_argument("component", metavar="COMPONENT", help="code of the component")
    one.add_argument("--reason", default="", help="what does not fit")
    _decided(one, "/component/withdraw", lambda options: {"component": options.component, "reason": options.reason},
             "đã rút lại / withdrawn")


def _sheets(commands: Any) -> None:
    one = commands.add_parser("sheets", help="say how many sheets of paper a dossier has; 0 takes it back")
    one.add_argument("code", metavar="DOSSIER", help="code of the dossier; it need not be scanned yet")
    one.add_argument("sheets", metavar="SHEETS", help="number of sheets")
    one.add_argument("--closing-note", action="store_true", help="as the closing note (chứng từ kết thúc) says; "
                                                                 "otherwise as you have counted")

    def body(options: argparse.Namespace) -> dict[str, str]:
        return {"sheets": options.sheets, "source": "closing_note" if options.closing_note else "operator"}

    _decided(one, "/component/sheets", body, "đã ghi / recorded")


def _check(commands: Any) -> None:
    one = commands.add_parser("check", help="judge a dossier again by what register and table say now")
    one.add_argument("code", metavar="DOSSIER", help="code of the dossier")
    _decided(one, "/component/check", lambda _: {}, "đã xét lại / judged again")


def _decided(parser: argparse.ArgumentParser, path: str, body: Any, said: str) -> None:
    """Let a command say who decides, and send its words to the daemon."""
    parser.add_argument("--by", default="", metavar="STAFF", help="staff code of who says so; else the office")
    where(parser)

    def act(options: argparse.Namespace) -> int:
        words = {"code": options.code, "by": options.by, **body(options)}
        answer = asyncio.run(ask(options, "POST", path, words))
        sys.stdout.write(f"{options.code}: {said}\n")
        look = f"appliance component list {options.code}"
        if held := answer.get("held"):
            sys.stdout.write(f"vẫn bị giữ vì {held} / still held for {held}: {look}\n")
            return Exit.HELD
        return Exit.DONE

    parser.set_defaults(act=act)


def _told(found: dict[str, Any]) -> str:
    """Return the table that people read."""
    state = found["state"] or "chưa quét / not scanned"
    lines = ["  ".join(filter(None, (found["code"], found["of"], state, found["held"])))]
    rows = [(one["code"], one["name"], NEEDS[one["need"]], _where(one, found)) for one in found["components"]]
    if rows:
        lines += aligned([("mã", "thành phần", "yêu cầu", "hiện có"), *rows])
    else:
        lines.append("không có yêu cầu nào về thành phần / nothing is required of its components")
    if sheets := found.get("sheets"):
        lines.append("số tờ / sheets: " + ", ".join(f"{name} {number}" for name, number in sheets.items()))
    lines += [f"- {one}" for one in found["findings"]]
    for one in found["answers"]:
        back = f"; rút lại {one['withdrawn']} ({one['withdrawn_as']})" if one["withdrawn"] else ""
        lines.append(f"  {one['component']}: {KINDS.get(one['kind'], one['kind'])}: {one['reason']} "
                     f"({one['by']}, {one['at']}{back})")
    return "\n".join(lines) + "\n"


def _where(one: dict[str, Any], found: dict[str, Any]) -> str:
    if one["documents"]:
        return "tài liệu " + ", ".join(str(number) for number in one["documents"])
    if one["answer"]:
        return KINDS.get(one["answer"], str(one["answer"]))
    if one["code"] in found["missing"]:
        return "THIẾU"
    return "đã số hóa trước (mục lục)" if one.get("register_says_digitised") else "-"
