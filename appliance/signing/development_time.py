"""Time stamps for trials: a key of its own, marked as such, and RFC 3161 answers made with it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from appliance.core import files
from appliance.signing import development
from appliance.signing.tokens import Response

KEY_FILE = "development-tsa.p12"
ROOT_FILE = "development-tsa-root.pem"
NAME = "Development time stamps"
POLICY = "1.3.6.1.4.1.32473.1"
"""An OID of the arc that is kept for examples (RFC 5612): no real authority has it."""

DIGEST = "sha256"
SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError)


@dataclass(frozen=True)
class Clockmaker:
    """A key for trials that signs what the host's clock shows."""

    key: rsa.RSAPrivateKey
    certificate: asn1_x509.Certificate
    root: Path
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def answer(self, body: bytes) -> bytes:
        """Return the DER answer to a DER request; one that is not understood is refused in the answer."""
        try:
            asked = tsp.TimeStampReq.load(body, strict=True)
            imprint = asked["message_imprint"]
            algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
            policy, nonce = asked["req_policy"].native, asked["nonce"].native
        except BROKEN:
            return _refusal("bad_data_format")
        if len(digest) != SIZES.get(algorithm, -1):
            return _refusal("bad_alg")
        if policy and asked["req_policy"].dotted != POLICY:
            return _refusal("unaccepted_policy")
        info = {"version": "v1", "policy": POLICY, "message_imprint": imprint,
                "serial_number": secrets.randbits(64),
                "gen_time": self.now().replace(microsecond=0), "accuracy": {"seconds": 1}}
        token = self._token(tsp.TSTInfo({**info, "nonce": nonce} if nonce is not None else info),
                            bool(asked["cert_req"].native))
        response: bytes = Response({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
        return response

    def _token(self, info: tsp.TSTInfo, with_certificate: bool) -> cms.ContentInfo:
        """Return a token: CMS over the time, naming the certificate it is signed with."""
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": cms.ParsableOctetString(info.dump())})
        attributes = cms.CMSAttributes([
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(info.dump()).digest()]},
            {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2(
                {"certs": [{"cert_hash": hashlib.sha256(self.certificate.dump()).digest()}]})]},
        ])
        digest = algos.DigestAlgorithm({"algorithm": DIGEST})
        signer = {
            "version": "v1", "digest_algorithm": digest, "signed_attrs": attributes,
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": {
                "issuer": self.certificate.issuer, "serial_number": self.certificate.serial_number}}),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
            "signature": self.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256()),
        }
        signed = {"version": "v3", "digest_algorithms": [digest], "encap_content_info": content,
                  "signer_infos": [signer]}
        if with_certificate:
            signed["certificates"] = [self.certificate]
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def ensure(folder: Path) -> Clockmaker:
    """Return the clockmaker whose key lies in ``folder``; it is made when there is none.

    Raises:
        OSError: the folder cannot be read or written.
        ValueError: the key file is broken.
    """
    path = files.make_folder(folder, 0o700) / KEY_FILE
    if not path.is_file():
        files.write_durably(path, _made(datetime.now(UTC)), 0o600)
    store = pkcs12.load_pkcs12(path.read_bytes(), None)
    if store.cert is None or not isinstance(store.key, rsa.RSAPrivateKey):
        raise ValueError(f"{path.name} holds no RSA key with a certificate")
    root = folder / ROOT_FILE
    files.write_durably(root, store.additional_certs[0].certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    der = store.cert.certificate.public_bytes(serialization.Encoding.DER)
    return Clockmaker(store.key, asn1_x509.Certificate.load(der), root)


def _made(now: datetime) -> bytes:
    """Return a new PKCS#12: a key for time stamps and nothing else, its certificate and root."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return development.make(NAME, now, purpose)


def _refusal(why: str) -> bytes:
    refused: bytes = Response({"status": {"status": "rejection", "fail_info": {why}}}).dump()
    return refused
