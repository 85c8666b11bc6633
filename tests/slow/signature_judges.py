"""Judges of signed files besides the EU's: pyHanko, poppler's pdfsig, OpenSSL. Each returns what is wrong, if any.

None of them uses a line of the product. OpenSSL and pdfsig are given the bytes of each revision as they lie in the
file; pyHanko is asked as its manual says, and offline it may use only what is in the file (ETSI EN 319 102-1).
"""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from asn1crypto import cms, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
USAGE = KeyUsageConstraints(key_usage={"non_repudiation"})
STAMP_OID = "1.2.840.113549.1.9.16.2.14"
UNCHANGED = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)


@dataclass(frozen=True)
class Bench:
    """What the judges need: the root they trust, lists of revoked certificates (PEM), a folder for their papers."""

    root: Path
    lists: Sequence[Path]
    folder: Path


def pyhanko(path: Path, bench: Bench, level: str) -> str:
    """Have pyHanko validate the signature of a file: by what is in it alone, where its level promises that."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    root = x509.Certificate.load(pem.unarmor(bench.root.read_bytes())[2])
    ways = {"B-LT": _long, "B-LTA": _for_ever}
    with path.open("rb") as stream:
        return asyncio.run(ways.get(level, _now)(PdfFileReader(stream), root))


async def _now(reader: PdfFileReader, root: x509.Certificate) -> str:
    async with aiohttp.ClientSession() as session:
        context = ValidationContext(trust_roots=[root], allow_fetching=True, revocation_mode="hard-fail",
                                    fetcher_backend=AIOHttpFetcherBackend(session=session))
        status = await async_validate_pdf_signature(reader.embedded_regular_signatures[0], context,
                                                    key_usage_settings=USAGE)
    changed = status.modification_level
    return "" if status.bottom_line and changed in UNCHANGED else f"{status.summary()} {changed}"


async def _long(reader: PdfFileReader, root: x509.Certificate) -> str:
    """Validate offline by the file's DSS dictionary (EN 319 102-1, 5.5)."""
    signature = reader.embedded_regular_signatures[0]
    signature.compute_integrity_info()
    held = DocumentSecurityStore.read_dss(reader)
    answers = held.as_validation_context({"allow_fetching": False, "trust_roots": [root]})
    known = LocalKnowledge(known_certs=[*held.load_certs(), root],
                           known_ocsps=[OCSPContainer(one) for one in answers.ocsps],
                           known_crls=[CRLContainer(one) for one in answers.crls])
    result = await ades_with_time_validation(signature.signed_data, _wanted(root, known),
                                             raw_digest=signature.compute_digest())
    changed = getattr(signature.diff_result, "modification_level", ModificationLevel.OTHER)
    changed = changed if signature.diff_result else ModificationLevel.NONE
    good = result.ades_subindic is AdESPassed.OK and changed in UNCHANGED
    return "" if good else f"{result.ades_subindic} {changed}"


async def _for_ever(reader: PdfFileReader, root: x509.Certificate) -> str:
    """Validate offline with the document time stamps as evidence (EN 319 102-1, 5.6)."""
    wanted = PdfSignatureValidationSpec(_wanted(root, LocalKnowledge()))
    result = await ades_lta_validation(reader.embedded_regular_signatures[0], wanted)
    status = result.api_status
    changed = status.modification_level if status else None
    good = result.ades_subindic is AdESPassed.OK and changed in UNCHANGED
    return "" if good else f"{result.ades_subindic} {changed}"


def _wanted(root: x509.Certificate, known: LocalKnowledge) -> SignatureValidationSpec:
    rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[root]),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)))
    return SignatureValidationSpec(
        cert_validation_policy=policy, local_knowledge=known, key_usage_settings=USAGE,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY))


def pdfsig(path: Path, level: str) -> str:
    """Have poppler look whether the first signature is whole, and whether the last one covers the file to its end.

    It does not know document time stamps (poppler 22.12): of those only the range is looked at. The proof of B-LT
    lies behind the signature; whether it is nothing but proof the EU's judge and pyHanko say.
    """
    done = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, timeout=60, check=False)
    parts = done.stdout.split("Signature #")[1:]
    if not parts:
        return "no signature"
    wrong = []
    if "Signature Validation: Signature is Valid." not in parts[0]:
        wrong.append(_line(parts[0], "Signature Validation"))
    if "Signature Type: ETSI.CAdES.detached" not in parts[0]:
        wrong.append(_line(parts[0], "Signature Type"))
    if level != "B-LT" and "- Total document signed" not in parts[-1]:
        wrong.append("not the whole document is signed")
    return "; ".join(wrong)


def _line(text: str, name: str) -> str:
    return next((line.strip() for line in text.splitlines() if name in line), f"no {name}")


def openssl(path: Path, bench: Bench, level: str) -> str:
    """Have OpenSSL verify every signature and time stamp; the last must cover the file to its end, but for B-LT."""
    data, trusted = path.read_bytes(), bench.folder / "trusted.pem"
    trusted.write_bytes(b"".join(one.read_bytes() for one in (bench.root, *bench.lists)))
    found = [tuple(map(int, match.groups())) for match in RANGE.finditer(data)]
    whole = bool(found) and found[-1][2] + found[-1][3] == len(data)
    wrong = [] if whole or (found and level == "B-LT") else ["not the whole file is signed"]
    for at, (_, length, second, rest) in enumerate(found):
        content = bytes.fromhex(data[length + 1:second - 1].decode())
        signed = bench.folder / "signed.bytes"
        signed.write_bytes(data[:length] + data[second:second + rest])
        wrong.append(_stamp(content, signed, trusted) if at else _signature(content, signed, trusted))
    return "; ".join(filter(None, wrong))


def _signature(content: bytes, signed: Path, trusted: Path) -> str:
    """Verify the signature itself and its time stamp, if it has one."""
    taken = signed.with_name("taken.cms")
    taken.write_bytes(content)
    said = _openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", taken, "-content", signed, "-CAfile",
                    trusted, "-crl_check", "-auth_level", 2, "-out", "/dev/null")
    info = cms.ContentInfo.load(content)["content"]["signer_infos"][0]
    tokens = [one["values"][0] for one in info["unsigned_attrs"] or () if one["type"].dotted == STAMP_OID]
    value = signed.with_name("value.bytes")
    value.write_bytes(info["signature"].native)
    return "; ".join(filter(None, [said, *(_stamp(token.dump(), value, trusted) for token in tokens)]))


def _stamp(token: bytes, signed: Path, trusted: Path) -> str:
    taken = signed.with_name("taken.token")
    taken.write_bytes(token)
    return _openssl("ts", "-verify", "-token_in", "-in", taken, "-data", signed, "-CAfile", trusted)


def _openssl(*arguments: object) -> str:
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else " ".join((done.stdout + done.stderr).split())[-200:]
