"""``appliance receive office``: look at the list of offices, and at what a certificate says."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from appliance.core import errors
from appliance.core.errors import Exit
from appliance.receiver import commands
from appliance.receiver.archive import Archive
from appliance.receiver.offices import Identity, checked


def main(argv: list[str], _signature_check: object) -> int:
    """Run one word."""
    parser = argparse.ArgumentParser(prog="appliance receive office", description=__doc__)
    words = parser.add_subparsers(required=True)
    commands.word(words, "list", _list, "check the list of offices and show it")
    marks = words.add_parser("marks", help="print what offices.toml may say of a certificate (PEM)")
    marks.add_argument("certificate", type=Path)
    if argv[:1] == ["marks"]:
        return _marks(parser.parse_args(argv).certificate)
    return commands.run(parser, argv)


def _list(archive: Archive, _given: argparse.Namespace) -> int:
    by_code, _ = checked(Path(archive.settings.access.offices))
    rows = [dataclasses.asdict(one) for one in by_code.values()]
    commands.tell(rows, "code", "name", "province", "role", "organs", "bytes_a_day", "uploads_at_once")
    return Exit.DONE


def _marks(certificate: Path) -> int:
    try:
        first = x509.load_pem_x509_certificates(certificate.read_bytes())[0]  # chain or key may stand beside it
        found = Identity.of(first.public_bytes(serialization.Encoding.DER)).marks
    except (OSError, ValueError) as problem:
        reason = type(problem).__name__
        sys.stderr.write(f"{errors.LIST_INVALID.error(path=certificate, reason=reason)}\n")
        return Exit.FAILED
    sys.stdout.write("".join(f"{mark}\n" for mark in sorted(found)))
    return Exit.DONE
