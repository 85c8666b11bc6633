"""``appliance certificate``: certificates of this host, and on the controller the authority that signs them."""

from __future__ import annotations

import argparse
import getpass
import grp
import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.errors import Exit
from appliance.pki import authority, host
from appliance.pki.cabinet import Drawer
from appliance.pki.host import Holding
from appliance.pki.purposes import PURPOSES, Purpose

ROOT = Path("/etc/appliance/pki")
RENEW_DAYS, SIGN_DAYS = 30, 397
CREDENTIAL = "ca-passphrase"
STDIN = Path("-")


def main(argv: list[str]) -> int:
    """``appliance certificate request|install|list|sign``."""
    options = _parser().parse_args(argv)
    found: dict[str, Any] = {"request": request, "install": install, "list": listed, "sign": sign}[options.verb](
        options)
    text = json.dumps(found, ensure_ascii=False) if options.json else "\n".join(_lines(options.verb, found))
    sys.stdout.write(f"{text}\n" if text else "")
    return Exit.DONE


def request(options: argparse.Namespace) -> dict[str, Any]:
    """Make a key and its request where a certificate is due."""
    return _holding(options).request(options.name, options.renew_days, renew=options.renew)


def install(options: argparse.Namespace) -> dict[str, Any]:
    """Put a certificate in force, or other roots."""
    if not options.given:
        return _holding(options).install(options.certificate, options.ca or [], datetime.now(UTC))
    given = _given()
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.pem" for name in ("certificate", "ca") if given.get(name)}
        for name, path in files.items():
            path.write_bytes(_bytes(given[name]))
        roots = [files["ca"]] if "ca" in files else []
        return _holding(options).install(files.get("certificate"), roots, datetime.now(UTC))


def _given() -> dict[str, Any]:
    """Return what standard input holds. Raises ApplianceError, PEM_UNREADABLE."""
    try:
        found = json.load(sys.stdin)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str | None) for text in found.values()):
        raise errors.PEM_UNREADABLE.error(path=STDIN, reason="JSON")
    return found


def _bytes(text: str) -> bytes:
    """Return PEM with whatever people's programs have written around it."""
    return text.encode("utf-8", "surrogateescape")


def listed(options: argparse.Namespace) -> dict[str, Any]:
    """Say what there is, and what is due."""
    found = [one.told(datetime.now(UTC)) for one in host.there(options.root)]
    return {"changed": False, "certificates": [
        {**one, "due": not one["there"] or one["days_left"] < options.renew_days} for one in found]}


def sign(options: argparse.Namespace) -> dict[str, Any]:
    """Sign a request by the authority's key."""
    own = authority.opened(options.ca_certificate, options.ca_key, _passphrase(options))
    with tempfile.TemporaryDirectory() as folder:
        asked = options.request
        if asked == STDIN:
            asked = Path(folder) / "request.csr"
            asked.write_bytes(_bytes(sys.stdin.read()))
        return own.sign(authority.Order(asked, options.out, PURPOSES[options.purpose], options.name,
                                        options.days, options.renew_days), datetime.now(UTC))


def _holding(options: argparse.Namespace) -> Holding:
    purpose = PURPOSES[options.purpose]
    return Holding(purpose, Drawer(options.root / purpose.name, _group(purpose, options.group)),
                   options.dry_run)


def _group(purpose: Purpose, wanted: str) -> int:
    """Return the id of the group that reads the key. Raises ApplianceError, KEY_READER_UNKNOWN."""
    try:
        return grp.getgrnam(wanted or purpose.group).gr_gid
    except KeyError:
        raise errors.KEY_READER_UNKNOWN.error(group=wanted or purpose.group, purpose=purpose.name) from None


def _passphrase(options: argparse.Namespace) -> bytes | None:
    """Return the passphrase of the authority's key: from a file, standard input, a credential or a person."""
    credential = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere")) / CREDENTIAL
    try:
        if options.passphrase == STDIN:
            return sys.stdin.readline().rstrip("\r\n").encode() or None
        if options.passphrase or credential.exists():
            return (options.passphrase or credential).read_bytes().rstrip(b"\r\n")
        closed = b"ENCRYPTED" in options.ca_key.read_bytes()
    except OSError as problem:
        raise errors.AUTHORITY_UNUSABLE.error(reason=f"{problem.filename}: {problem.strerror}") from None
    if closed and options.request == STDIN:  # a program asks: a prompt at its terminal would be waited for unseen
        why = errors.both(f"{options.ca_key}: cần mật khẩu (--passphrase)",
                          f"{options.ca_key}: its passphrase is wanted (--passphrase)")
        raise errors.AUTHORITY_UNUSABLE.error(reason=why)
    return getpass.getpass("Mật khẩu của khóa / passphrase of the key: ").encode() if closed else None


def _lines(verb: str, found: dict[str, Any]) -> list[str]:
    if verb == "request":
        return [found["csr"].strip()] if found["needed"] else [f"{found['purpose']}: chưa cần / not due"]
    if verb == "sign":
        return [f"{found['certificate']}: {found['serial']}, {found['not_after']}"]
    rows = found["certificates"] if verb == "list" else [found]
    return [f"{one['purpose']}: {', '.join(one['names'])}, {one['not_after']} ({one['days_left']} ngày / days)"
            f"{', gia hạn / renew' if one.get('due') else ''}" if one["there"] else
            f"{one['purpose']}: chưa có / none{', đã yêu cầu / asked for' if one['asked'] else ''}" for one in rows]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("appliance certificate", description="Certificates of this host.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = {name: verbs.add_parser(name, help=text) for name, text in (
        ("request", "make a key and its request where a certificate is due"),
        ("install", "prove a certificate and put it in force, or other roots"),
        ("list", "what there is, and how many days it lasts"),
        ("sign", "on the controller: sign a request by the agency's own authority"))}
    for verb, one in made.items():
        one.add_argument("--json", action="store_true", help="print one JSON object")
        if verb != "sign":
            one.add_argument("--root", type=Path, default=ROOT, help="folder of certificates by purpose")
        if verb in ("request", "install"):
            one.add_argument("purpose", choices=list(PURPOSES), help="what it is for")
            one.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
            one.add_argument("--group", default="", help="group that reads the key, in place of the purpose's own")
        if verb != "install":
            one.add_argument("--renew-days", type=int, default=RENEW_DAYS, help="due when fewer days are left")
        if verb in ("request", "sign"):
            one.add_argument("--name", action="append", required=True, help="name or address; may be repeated")
    made["request"].add_argument("--renew", action="store_true", help="ask for another one before its time")
    made["install"].add_argument("--certificate", type=Path, help="PEM file with its chain; none: the present one")
    roots = made["install"].add_mutually_exclusive_group(required=True)
    roots.add_argument("--ca", type=Path, action="append", help="PEM file of roots to believe; may be repeated")
    roots.add_argument("--given", action="store_true",
                       help="take both from standard input: {\"certificate\": PEM, \"ca\": PEM}")
    _add_signing(made["sign"])
    return parser


def _add_signing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("request", type=Path, help="the request, a PEM file; - is standard input")
    parser.add_argument("--purpose", choices=list(PURPOSES), required=True, help="what it is for")
    parser.add_argument("--out", type=Path, required=True, help="where the certificate goes")
    parser.add_argument("--ca-certificate", type=Path, required=True, help="the authority's own certificate")
    parser.add_argument("--ca-key", type=Path, required=True, help="its key")
    parser.add_argument("--passphrase", type=Path, help="file with the key's passphrase; - is the first line of "
                        "standard input")
    parser.add_argument("--days", type=int, default=SIGN_DAYS, help="how long it is valid")
