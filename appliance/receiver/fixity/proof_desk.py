"""``appliance receive prove``: the evidence record of a package, and whether it holds."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from appliance.core import errors, files
from appliance.core.errors import ApplianceError, Exit
from appliance.receiver import settings, tables
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.fixity import record, sunset
from appliance.receiver.fixity.opening import evidence_of
from appliance.receiver.fixity.record import Proof, Trust
from appliance.receiver.fixity.stamper import roots
from appliance.receiver.judges import SignatureCheck

_P = tables.packages.c


def main(argv: list[str], _signature_check: SignatureCheck) -> int:
    """Read a package, judge its evidence record, and write it out; exit code 1 when it does not hold."""
    parser = argparse.ArgumentParser(prog="appliance receive prove", description="Since when a package is here.")
    settings.arguments(parser)
    parser.add_argument("package", help="its UUID, or the SHA-256 of its ZIP")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the evidence record (RFC 4998, DER) there")
    parser.add_argument("--record", type=Path, metavar="FILE", help="judge this record over the ZIP named PACKAGE; "
                        "no archive is needed, --trust names the roots of its authorities")
    given = parser.parse_args(argv)
    try:
        if given.record is not None:
            return _judged(given.record, Path(given.package), given.trust)
        with open_archive(settings.chosen(given)) as archive:
            return _proved(archive, given.package, given.out)
    except (ApplianceError, OSError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return Exit.FAILED


def _proved(archive: Archive, package: str, out: Path | None) -> int:
    sha256 = _name(archive, package)
    evidence = evidence_of(archive)
    proof = evidence.proof_of(sha256, datetime.now(UTC))
    if proof is None and not archive.settings.fixity.tsa:
        raise errors.NO_STAMP_AUTHORITY.error()
    if proof is None:
        raise errors.NO_EVIDENCE.error(package=package)
    with archive.local(sha256):  # reads it: the record is over these bytes, not over their name
        sys.stdout.write(f"{sha256} {proof}\n")
    if out is not None and (found := evidence.record_of(sha256)) is not None:
        files.write_durably(out, found, 0o644)
    return Exit.FAILED if proof.reason else Exit.DONE


def _judged(record_file: Path, package: Path, trust: list[Path]) -> int:
    """Judge a record that somebody brought over a file that somebody brought."""
    told = record_file.read_bytes()
    try:
        names = record.algorithms_in(told)
        digests = {name: _digest(package, name) for name in names}
        proof = record.judged(told, digests, Trust(roots(trust), sunset.load(), datetime.now(UTC)))
    except ValueError as problem:
        proof = Proof(str(problem))
    sys.stdout.write(f"{package.name} {proof}\n")
    return Exit.FAILED if proof.reason else Exit.DONE


def _digest(path: Path, algorithm: str) -> bytes:
    digest = hashlib.new(algorithm)
    for piece in files.read_pieces(path):
        digest.update(piece)
    return digest.digest()


def _name(archive: Archive, package: str) -> str:
    """Return the SHA-256 of a package.

    Raises:
        ApplianceError: PACKAGE_UNKNOWN.
    """
    column = _P.sha256 if re.fullmatch(r"[0-9a-fA-F]{64}", package) else _P.uuid
    with archive.index.read() as connection:
        found: str | None = connection.scalar(sa.select(_P.sha256).where(column == package.lower()).limit(1))
    if found is None:
        raise errors.PACKAGE_UNKNOWN.error(package=package)
    return found
