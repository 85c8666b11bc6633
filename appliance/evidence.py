"""``appliance evidence``: what proves the signature of a document, piece by piece, and whether each is whole."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance import client
from appliance.core import errors
from appliance.core.errors import Exit
from appliance.spool import evidence
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

KINDS = {
    "certificate": "chứng thư của người ký / certificate of the signer",
    "chain": "chứng thư của tổ chức chứng thực / certificate of an authority",
    "ocsp": "trả lời OCSP / OCSP answer",
    "crl": "danh sách thu hồi / revocation list",
    "timestamp": "dấu thời gian / time stamp",
    "result": "kết quả kiểm tra / what was found out",
}


def main(argv: list[str]) -> int:
    """List the evidence of a document's signature; it stays also when the local copies of its dossier go."""
    parser = argparse.ArgumentParser("appliance evidence", description=main.__doc__)
    parser.add_argument("name", metavar="DOCUMENT|FILECODE|FILECODE.N",
                        help="a document's id as 'appliance status' has it, a file code, or one with a number")
    client.where(parser)
    parser.add_argument("--state", type=Path, help="a state folder that no daemon uses, such as a copy")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(argv)
    found = _asked(options)
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for document in found for line in _lines(document)))
    broken = [piece for document in found for piece in document["pieces"] if piece["fault"]]
    if broken:
        raise errors.EVIDENCE_BROKEN.error(name=broken[0]["sha256"], reason=broken[0]["fault"])
    return Exit.DONE


def _asked(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Ask the daemon, or read a copied state folder.

    Raises:
        ApplianceError: REQUEST_REFUSED when no document is meant; DAEMON_UNREACHABLE.
    """
    if options.state:
        store = Store(options.state)
        if not store.ledger.is_file():
            raise errors.REQUEST_REFUSED.error(reason=f"không có sổ cái / no ledger: {store.ledger}")
        found = evidence.told(Ledger(store.ledger, read_only=True, still=True), store.evidence, options.name)
    else:
        path = f"/evidence?name={quote(options.name, safe='')}"
        found = asyncio.run(client.ask(options, "GET", path))["documents"]
    if not found:
        raise errors.REQUEST_REFUSED.error(reason=f"không có tài liệu này / no such document: {options.name}")
    return found


def _lines(document: dict[str, Any]) -> list[str]:
    """Return one document in words; pieces of files that have been replaced since are marked so."""
    said = [f"{document['document']}: {document['level'] or 'chưa ký / not signed'}"]
    for piece in document["pieces"]:
        earlier = "" if piece["signed"] == document["signed"] else "; của bản ký trước / of an earlier signed file"
        state = piece["fault"] or "nguyên vẹn / whole"
        said.append(f"  {KINDS[piece['kind']]}: {state}{earlier}\n    {piece['path']}")
    return said
