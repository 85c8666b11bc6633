"""A stand for tests of evidence records: an archive's evidence with time stamps of the PKI stand, or of OpenSSL."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from kept_archive import Kept
from pki_stand import Stand

from appliance.core.signature import Tsa
from appliance.receiver.fixity import sunset
from appliance.receiver.fixity.evidence import Evidence
from appliance.receiver.fixity.stamper import Stamp, Stamper
from appliance.signing import tokens
from appliance.signing.tokens import Token

SHIPPED = sunset.load()


def stamper(pki: Stand, *names: str) -> Stamper:
    return Stamper([Tsa(pki.tsa(name), 10.0, 1) for name in names or ("tsa",)], [pki.root], (0.0,))


def evidence(stand: Kept, pki: Stand, *names: str, table: sunset.Sunsets = SHIPPED) -> Evidence:
    return stand.evidence(stamper(pki, *names), (pki.root,), table=table)


def ending(name: str, end: datetime, use: str = "sha256") -> sunset.Sunsets:
    """Return the shipped table, but one hash ends sooner."""
    return replace(SHIPPED, hashes={**SHIPPED.hashes, name: end}, use=use)


def openssl_stamps(pki: Stand, folder: Path, signed_with: str) -> Stamp:
    """Return time stamps by OpenSSL's own authority, signed with a hash of one's choice."""
    folder.mkdir()
    (folder / "key.pem").write_bytes(pki.key("tsa").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (folder / "serial").write_text("01")
    (folder / "ts.cnf").write_text(
        f"[tsa]\ndefault_tsa=t\n[t]\nserial={folder}/serial\nsigner_cert={pki.pem('tsa')}\n"
        f"signer_key={folder}/key.pem\ncerts={pki.pem('issuing')}\nsigner_digest={signed_with}\n"
        f"default_policy=1.2.3.4\ndigests=sha256,sha384,sha512\ness_cert_id_alg={signed_with}\n")

    def stamp(digest: bytes) -> Token:
        asked = tokens.request(digest)
        (folder / "asked").write_bytes(asked.dump())
        subprocess.run(["openssl", "ts", "-reply", "-config", folder / "ts.cnf", "-queryfile", folder / "asked",
                        "-out", folder / "told"], check=True, capture_output=True)
        return tokens.inspect(tokens.read((folder / "told").read_bytes(), tokens.TYPES[0]), asked)

    return stamp
