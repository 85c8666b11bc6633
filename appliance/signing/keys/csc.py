"""Speaks to a remote signing service: API of the Cloud Signature Consortium, versions 1 and 2, over the daemon."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from appliance.core import errors
from appliance.core.signature import Remote
from appliance.signing.protocol import Fetch, Outside

SHA256 = "2.16.840.1.101.3.4.2.1"
JSON = "application/json"
WORD = re.compile(r"[a-z_]{1,40}")
"""An error of the service as it may be told on: its text may hold anything."""

UNSAID = errors.both("không nêu lý do", "no reason given")

WRONG_PIN = "invalid_pin"
OK = 200


class WrongPinError(Exception):
    """The service says that the PIN is wrong."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A key at the service.

    Attributes:
        certificates: its own first, then those above it.
        algorithms: OIDs of what it can do.
        at_once: how many hashes one request may hold.
        wants_pin: whether each use wants its PIN.
    """

    certificates: tuple[x509.Certificate, ...]
    algorithms: tuple[str, ...]
    at_once: int
    wants_pin: bool


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How hashes are signed: OID and base64 of its parameters (DER), empty for none."""

    oid: str
    parameters: str = ""


@dataclass(frozen=True)
class Service:
    """One service and one key of it. ``outside`` adds the access token: this process does not know it."""

    settings: Remote
    outside: Outside

    @property
    def second(self) -> bool:
        """Whether it speaks version 2."""
        return self.settings.url.rstrip("/").endswith("/v2")

    async def credential(self) -> Credential:
        """Ask for certificate, algorithms and limits of the key.

        Raises:
            ApplianceError: REMOTE_FAILED; KEY_MISSING when the key may not be used or wants a person each time.
        """
        told = await self._ask("credentials/info", {"certificates": "chain", "certInfo": False, "authInfo": True})
        key, cert = told.get("key", {}), told.get("cert", {})
        if key.get("status") != "enabled" or cert.get("status", "valid") != "valid":
            raise errors.KEY_MISSING.error(reason=errors.both(
                "khóa từ xa chưa bật, hoặc chứng thư hết hiệu lực",
                "the remote key is not enabled, or its certificate is not valid"))
        try:
            chain = tuple(x509.load_der_x509_certificate(base64.b64decode(text)) for text in cert["certificates"])
            at_once = max(1, int(told.get("multisign", 1)))
            found = Credential(chain, tuple(map(str, key.get("algo", ()))), at_once, _wants_pin(told))
        except (ValueError, KeyError, TypeError):
            raise errors.REMOTE_FAILED.error(reason=errors.both(
                "không hiểu thông tin dịch vụ trả về",
                "what it says of the key is not understood")) from None
        if not chain:
            raise errors.REMOTE_FAILED.error(reason=errors.both(
                "không có chứng thư cho khóa",
                "it has no certificate for the key"))
        return found

    async def leave(self, hashes: Sequence[bytes], pin: str | None) -> str:
        """Get leave to sign these hashes and no others (SAD).

        Raises:
            WrongPinError: the PIN is wrong.
            ApplianceError: REMOTE_FAILED.
        """
        body: dict[str, Any] = {"numSignatures": len(hashes), **self._hashes(hashes, "hash")}
        if pin is not None:
            body |= {"authData": [{"id": "PIN", "value": pin}]} if self.second else {"PIN": pin}
        sad = (await self._ask("credentials/authorize", body)).get("SAD")
        if not isinstance(sad, str) or not sad:
            raise errors.REMOTE_FAILED.error(reason=errors.both(
                "dịch vụ không cho phép ký",
                "it gave no leave to sign"))
        return sad

    async def sign(self, hashes: Sequence[bytes], sad: str, algorithm: Algorithm) -> list[bytes]:
        """Have hashes signed; one signature for each, in order.

        Raises:
            ApplianceError: REMOTE_FAILED.
        """
        body = {"SAD": sad, **self._hashes(hashes, "hash"), "signAlgo": algorithm.oid}
        if algorithm.parameters:
            body["signAlgoParams"] = algorithm.parameters
        if not self.second:
            body["hashAlgo"] = SHA256
        made = (await self._ask("signatures/signHash", body)).get("signatures")
        try:
            signatures = [base64.b64decode(text, validate=True) for text in made or ()]
        except (binascii.Error, TypeError, ValueError):
            signatures = []
        if len(signatures) != len(hashes):
            raise errors.REMOTE_FAILED.error(reason=errors.both(
                f"{len(signatures)} chữ ký cho {len(hashes)} tài liệu",
                f"{len(signatures)} signatures for {len(hashes)} documents"))
        return signatures

    def _hashes(self, hashes: Sequence[bytes], name: str) -> dict[str, Any]:
        texts = [base64.b64encode(one).decode() for one in hashes]
        return {"hashes": texts, "hashAlgorithmOID": SHA256} if self.second else {name: texts}

    async def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        own = self.settings
        data = json.dumps({"credentialID": own.credential, **body}).encode()
        fetched = await self.outside.fetch(Fetch(
            0, "remote", f"{own.url.rstrip('/')}/{what}", base64.b64encode(data).decode(), JSON, JSON,
            seconds=own.seconds, token=own.token_credential))
        if fetched.code:
            raise errors.REMOTE_FAILED.error(reason=fetched.reason)
        answer = _plain(fetched.body)
        if fetched.status == OK and answer is not None:
            return answer
        said = str((answer or {}).get("error", ""))
        if said == WRONG_PIN:
            raise WrongPinError
        why = errors.both("không phải JSON", "no answer in JSON") if answer is None else UNSAID
        vi, en = (said if WORD.fullmatch(said) else errors.half(why, lang) for lang in (0, errors.EN))
        raise errors.REMOTE_FAILED.error(reason=errors.both(f"HTTP {fetched.status}, {vi}",
                                                            f"HTTP {fetched.status}, {en}"))


def _wants_pin(told: dict[str, Any]) -> bool:
    """Say whether the key wants a PIN; what wants a person at each use cannot work unattended."""
    auth = told.get("auth")
    mode = auth.get("mode") if isinstance(auth, dict) else told.get("authMode")
    otp = told.get("OTP")
    one_time = isinstance(otp, dict) and str(otp.get("presence", "false")) == "true"
    if mode not in ("implicit", "explicit") or one_time:
        raise errors.KEY_MISSING.error(reason=errors.both(
            "khóa từ xa đòi người xác nhận mỗi lần ký",
            "the remote key wants a person at each use"))
    pin = told.get("PIN")
    return mode == "explicit" and not (isinstance(pin, dict) and str(pin.get("presence")) == "false")


def _plain(body: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(base64.b64decode(body))
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
