"""A small PDF/A to sign, keys to sign it with, and judges that are not ours."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pikepdf.pdfa
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pikepdf import Array, Name

from appliance.core import clock
from appliance.core.jobs import SignJob
from appliance.core.model import Box
from appliance.core.stamping import StampLook
from appliance.signing.keys import Key
from appliance.signing.stamp import DEVELOPMENT_MARK

AGENCY = "Bảo hiểm xã hội quận Long Biên"
BOX = Box(416.69, 802.2, 586.77, 833.39)
PASSPHRASE = b"bi mat"


def pdf_a(path: Path, pages: int = 1) -> Path:
    """Write a PDF/A-2b of A4 pages, each with a coloured field."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595.28, 841.89))
        pdf.pages[-1].Contents = pdf.make_stream(b"0.93 0.93 0.87 rg 40 40 515 700 re f")
    pikepdf.pdfa.save(pdf, path, "2b")
    return path


def sign_job(unsigned: Path, out: Path, signed_at: datetime | None = None, development: bool = True) -> SignJob:
    """Ask for the archive's stamp on page 1."""
    moment = clock.iso(signed_at or clock.now())
    said = (AGENCY, moment, DEVELOPMENT_MARK) if development else (AGENCY, moment)
    return SignJob("doc-1", str(unsigned), hashlib.sha256(unsigned.read_bytes()).hexdigest(), str(out), BOX, said,
                   StampLook(shrink=True), moment)


@dataclass(frozen=True)
class Office:
    """What an office's certificate is like; the defaults are lawful."""

    bits: int = 2048
    curve: bool = False
    content_commitment: bool = True
    starts: timedelta = timedelta(days=-1)
    ends: timedelta = timedelta(days=365)


def office_p12(path: Path, office: Office = Office()) -> Path:
    """Write a PKCS#12 of an office with its root; also ``path``.pem with the root."""
    now = datetime.now(UTC)
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = (
        ec.generate_private_key(ec.SECP256R1()) if office.curve
        else rsa.generate_private_key(public_exponent=65537, key_size=office.bits)
    )
    root_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Root", AGENCY))
    builder = x509.CertificateBuilder().issuer_name(root_name)
    root = (
        builder.subject_name(root_name).public_key(root_key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=900)).not_valid_after(now + timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage(issuing=True), critical=True).sign(root_key, hashes.SHA256())
    )
    leaf = (
        builder.subject_name(name).public_key(key.public_key()).serial_number(2)
        .not_valid_before(now + office.starts).not_valid_after(now + office.ends)
        .add_extension(usage(commitment=office.content_commitment), critical=True).sign(root_key, hashes.SHA256())
    )
    path.write_bytes(pkcs12.serialize_key_and_certificates(
        b"office", key, leaf, [root], serialization.BestAvailableEncryption(PASSPHRASE)))
    path.with_suffix(".pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return path


def usage(issuing: bool = False, commitment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issuing, content_commitment=commitment, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=issuing, crl_sign=issuing,
        encipher_only=False, decipher_only=False,
    )


def root_of(key: Key) -> Path:
    return Path(key.trust_root)


def signature_of(path: Path) -> tuple[cms.ContentInfo, bytes]:
    """Take the CMS object and the bytes it signs out of the file, without pyHanko."""
    data = path.read_bytes()
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    assert found is not None
    first, length, second, rest = map(int, found.groups())
    digits = data[first + length + 1:second - 1]
    return cms.ContentInfo.load(bytes.fromhex(digits.decode())), data[first:length] + data[second:second + rest]


def openssl_accepts(path: Path, root: Path, folder: Path) -> bool:
    """Have OpenSSL verify the CMS with the root."""
    content, signed = signature_of(path)
    (folder / "taken.cms").write_bytes(content.dump())
    (folder / "taken.bytes").write_bytes(signed)
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / "taken.cms", "-content",
         folder / "taken.bytes", "-CAfile", root, "-out", "/dev/null"], capture_output=True, check=False)
    return done.returncode == 0


def pdfsig_says(path: Path) -> str:
    """Return what poppler's pdfsig prints."""
    return subprocess.run(["pdfsig", path], capture_output=True, check=False, text=True).stdout


def pdfa_findings(path: Path) -> list[str]:
    """Judge a signed file by pikepdf's validator.

    It refuses forms as such, so the stamp is drawn as page content of a copy and the form is taken away; the
    rules for signature fields (ISO 19005-2, 6.3 and 6.4) are looked at here.
    """
    findings = []
    with pikepdf.open(path) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            findings += _field_findings(field)
            _draw_on_page(pdf, field)
        version = str(pdf.Root.get("/Version", "/1.7"))
        findings += [] if version in ("/1.5", "/1.6", "/1.7") else [f"6.1.2 version {version}"]
        del pdf.Root.AcroForm
        del pdf.Root.Extensions
        plain = io.BytesIO()
        pdf.save(plain, **pikepdf.pdfa.resolve_save_kwargs("2b"))
    plain.seek(0)
    report = pikepdf.pdfa.validate_written(plain, "2b")
    return findings + [str(finding) for finding in report.findings]


def _field_findings(field: pikepdf.Object) -> list[str]:
    flags = int(field.F)
    wrong = []
    if not flags & 4 or flags & (1 | 2 | 32 | 256):
        wrong.append(f"6.3.2 flags {flags}")
    if set(field.AP.keys()) != {"/N"}:
        wrong.append(f"6.3.3 appearance keys {list(field.AP.keys())}")
    if "/A" in field or "/AA" in field:
        wrong.append("6.4.1 action")
    return wrong


def _draw_on_page(pdf: pikepdf.Pdf, field: pikepdf.Object) -> None:
    page = pdf.pages[0]
    left, low = (float(edge) for edge in field.Rect[:2])
    name = page.add_resource(field.AP.N, Name.XObject)
    page.contents_add(f"q 1 0 0 1 {left:.2f} {low:.2f} cm {name} Do Q".encode())
    page.obj.Annots = Array([])
    del page.obj.Annots
