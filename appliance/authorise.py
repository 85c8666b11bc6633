"""``appliance authorise``: a leader lets the agency's key sign without a person beside it, or takes that back."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from appliance import client, leaders
from appliance.console.words import end, moment
from appliance.core.errors import Exit

STANDINGS = {
    "in_force": ("đang có hiệu lực", "in force"), "not_yet": ("chưa đến ngày", "not yet"),
    "key_away": ("khóa chưa sẵn sàng", "key not ready"),
    "other_key": ("cho khóa khác", "for another key"), "expired": ("đã hết hạn", "expired"),
    "revoked": ("đã thu hồi", "revoked"),
}


def main(argv: list[str]) -> int:
    """Grant, or run one of ``revoke`` and ``list``."""
    if argv[:1] == ["list"]:
        return _list(argv[1:])
    return _revoke(argv[1:]) if argv[:1] == ["revoke"] else _grant(argv)


def _grant(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "appliance authorise", description="Let the agency's key sign with no person beside it (docs/signing.md). "
        "'appliance authorise list' shows what was authorised, 'appliance authorise revoke NUMBER' takes it back.")
    parser.add_argument("--keeper", required=True, metavar="NAME", help="clerical officer (văn thư) who keeps the "
                        "key: the name, or a staff code")
    jobs = parser.add_mutually_exclusive_group(required=True)
    jobs.add_argument("--job", action="append", default=[], metavar="NAME", help="job; may be repeated")
    jobs.add_argument("--all-jobs", action="store_true", help="every job whose signature is the agency's")
    parser.add_argument("--from", dest="since", default="", metavar="DD/MM/YYYY", help="first day (now)")
    parser.add_argument("--until", required=True, metavar="DD/MM/YYYY", help="last day, 366 days at most")
    parser.add_argument("--key", default="", metavar="SHA256", help="fingerprint of the certificate (that of the "
                        "key the signer holds now)")
    parser.add_argument("--reason", default="", help="number of the decision or a remark, for the audit chain")
    leaders.options_of(parser)
    client.where(parser)
    options = parser.parse_args(argv)
    key = options.key or _shown(options)
    words = {"keeper": options.keeper, "jobs": "*" if options.all_jobs else " ".join(options.job), "key": key,
             "since": options.since, "until": options.until, "reason": options.reason}
    asyncio.run(client.ask(options, "POST", "/authorisations", {**words, "leader": options.leader, "check": "1"}))
    answer = asyncio.run(client.ask(options, "POST", "/authorisations", words | leaders.words_of(options)))
    sys.stdout.write(f"đã ủy quyền số {answer['number']} / authorised: {_term(answer)}\n")
    return Exit.DONE


def _shown(options: argparse.Namespace) -> str:
    """Show the key that is meant before the leader's PIN is asked for; return its fingerprint."""
    key: dict[str, Any] | None = asyncio.run(client.ask(options, "GET", "/authorisations"))["key"]
    if key is None:
        return ""  # the daemon says why there is none
    trial = "  KHÓA THỬ NGHIỆM / development key" if key["development"] else ""
    sys.stdout.write(f"Khóa / key: {key['subject']}{trial}\n  {key['issuer']}, đến / until {moment(key['until'])}\n"
                     f"  SHA-256 {key['fingerprint']}\n")
    return str(key["fingerprint"])


def _revoke(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("appliance authorise revoke", description="End an authorisation now: the very "
                                     "next signature is not made.")
    parser.add_argument("number", help="its number, as 'appliance authorise list' says it")
    parser.add_argument("--reason", default="", help="why, for the audit chain")
    leaders.options_of(parser)
    client.where(parser)
    options = parser.parse_args(argv)
    words = {"number": options.number, "reason": options.reason, **leaders.words_of(options)}
    new = asyncio.run(client.ask(options, "POST", "/authorisations/revoke", words))["new"]
    said = "đã thu hồi ủy quyền số / revoked" if new else "đã thu hồi từ trước / was revoked before"
    sys.stdout.write(f"{said}: {options.number}\n")
    return Exit.DONE


def _list(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("appliance authorise list", description="What was authorised, and what is in "
                                     "force for the key that the signer holds.")
    parser.add_argument("--json", action="store_true", help="everything, for programs")
    client.where(parser)
    options = parser.parse_args(argv)
    answer = asyncio.run(client.ask(options, "GET", "/authorisations"))
    found = answer["authorisations"]
    if options.json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("".join(map(_told, found)) or "chưa có ủy quyền nào / nothing was authorised\n")
    return Exit.DONE


def _told(one: Mapping[str, Any]) -> str:
    """Return an authorisation as lines: what nobody said is left out."""
    vi, en = STANDINGS[one["standing"]]
    jobs = "mọi công việc / all jobs" if one["jobs"] == "*" else one["jobs"]
    lines = [f"{one['id']:>4}  {vi} / {en}", f"{_term(one)}  {jobs}",
             f"lãnh đạo / leader: {_named(one['leader_name'], one['leader'])}  văn thư / keeper: {one['keeper']}",
             f"lý do / reason: {one['reason']}" if one["reason"] else "",
             f"khóa / key: {one['subject'] or '–'}", f"SHA-256 {one['key']}",
             f"chứng thư hết hạn / certificate ends: {moment(one['key_until'])}" if one["key_until"] else ""]
    if one["ended_by"]:
        why = f": {one['remark']}" if one["remark"] else ""
        who = _named(one["ended_name"], one["ended_by"])
        lines.append(f"thu hồi / revoked: {moment(one['ended'])}, {who}{why}")
    return "\n      ".join(line for line in lines if line) + "\n"


def _named(name: str, code: str) -> str:
    """Return a person's name with the staff code; one who is no longer in the settings has no name."""
    return f"{name} ({code})" if name else code


def _term(one: Mapping[str, Any]) -> str:
    """Return from when to when, in both languages where they differ."""
    vi, en = end(one["until"])
    return f"{moment(one['since'])} – {vi}" + (f" / {en}" if en != vi else "")
