"""A key at a remote signing service (CSC): the hash goes out through the daemon, the document never does."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11.util.ec import encode_ecdsa_signature

from appliance.core import clock, errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.signing import lawful
from appliance.signing.keys import pins
from appliance.signing.keys.batches import Batches
from appliance.signing.keys.csc import Algorithm, Credential, Service, WrongPinError
from appliance.signing.keys.identity import chain_of
from appliance.signing.keys.key import CheckedSigner, Key, Origin, PublicKey, made, mechanism, public_of
from appliance.signing.keys.paddings import chosen, of_settings
from appliance.signing.keys.sources import TRIES, certificates_of, folder_of
from appliance.signing.keys.tries import Tries
from appliance.signing.protocol import Outside

PSS, RSA_SHA256, RSA, ECDSA_SHA256, EC = (
    "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1", "1.2.840.10045.4.3.2",
    "1.2.840.10045.2.1")
DER_SEQUENCE = b"\x30"


@dataclass
class Account:
    """How this office uses its key at the service: each batch gets its own leave, wrong PINs are counted."""

    service: Service
    credential: Credential
    algorithm: Algorithm
    tries: Tries
    pin_credential: str
    typed: str = field(default="", repr=False)
    again: bool = False
    proved: bool = False
    failed: pins.Mark = field(default_factory=pins.Mark)

    @property
    def serial(self) -> str:
        """What the count of wrong PINs is kept under."""
        return f"remote {self.service.settings.url} {self.service.settings.credential}"

    @property
    def pin(self) -> str | None:
        """The PIN: typed by a person, or that of the systemd credential; None when there is none."""
        return self.typed or pins.credential(self.pin_credential)

    async def sign(self, hashes: Sequence[bytes]) -> list[bytes]:
        """Sign a batch.

        Raises:
            ApplianceError: PIN_NEEDED, PIN_WRONG, PIN_STOPPED, REMOTE_FAILED.
        """
        leave = await self._leave(hashes)
        return await self.service.sign(hashes, leave, self.algorithm)

    async def _leave(self, hashes: Sequence[bytes]) -> str:
        """Get leave for a batch; a PIN that was never right before is counted before it is tried."""
        if not self.credential.wants_pin:
            return await self.service.leave(hashes, None)
        pin = self.pin
        if pin is None:
            raise errors.PIN_NEEDED.error()
        if self.failed.knows(pin):  # it was wrong for the batch before
            raise self._refusal()
        if not self.proved:
            self.tries.begin(self.serial, again=self.again)
        try:
            leave = await self.service.leave(hashes, pin)
        except WrongPinError:
            raise self._wrong(pin) from None
        except ApplianceError:
            if not self.proved:
                self.tries.untried(self.serial)
            raise
        if not self.proved:
            self.tries.right(self.serial)
        self.proved, self.again = True, False
        return leave

    def _wrong(self, pin: str) -> ApplianceError:
        if self.proved:
            self.tries.begin(self.serial, again=True)
        self.proved, self.again = False, False
        self.failed.remember(pin)
        return self._refusal()

    def _refusal(self) -> ApplianceError:
        left = self.tries.left(self.serial)
        return errors.PIN_WRONG.error(left=left) if left else errors.PIN_STOPPED.error()


class RemoteSigner(CheckedSigner):
    """Has the service sign; documents that come together go in one request."""

    def __init__(self, account: Account, certificate: x509.Certificate, others: Sequence[x509.Certificate],
                 padding: str) -> None:
        super().__init__(certificate, others, padding)
        self.account = account
        self._batches = Batches(account.sign, account.credential.at_once)

    async def raw(self, data: bytes) -> bytes:
        """Return the signature over ``data``; an ECDSA one that came as two bare numbers is put into DER."""
        signature = await self._batches.sign(hashlib.sha256(data).digest())
        bare = isinstance(self.public, ec.EllipticCurvePublicKey) and not (
            signature.startswith(DER_SEQUENCE) and len(signature) == signature[1] + 2)
        return encode_ecdsa_signature(signature) if bare else signature


@dataclass
class RemoteSource:
    """The office's key at a remote service."""

    config: Config
    outside: Outside
    _account: Account | None = None
    _why: ApplianceError | None = None

    async def open(self, pin: str = "", again: bool = False) -> Key:
        """Return the key; a PIN that was wrong is not tried again by itself."""
        settings = self.config.signing
        self._refuse_same_pin(pin, again)
        service = Service(settings.remote, self.outside)
        credential = await service.credential()
        certificate = credential.certificates[0]
        chain = chain_of(certificate, [*credential.certificates[1:], *certificates_of(settings.trust)])
        lawful.refuse_unlawful(certificate, chain)
        padding = chosen(of_settings(settings), certificate)
        algorithm = _algorithm(public_of(certificate), padding, credential.algorithms)
        self._account = Account(service, credential, algorithm, Tries(folder_of(self.config) / TRIES),
                                settings.remote.pin_credential, pin, again)
        if credential.wants_pin and self._account.pin is None:
            self._account.tries.refuse_stopped(self._account.serial)
            raise errors.PIN_NEEDED.error()
        key = made(RemoteSigner(self._account, certificate, chain, padding), certificate, chain,
                   padding, Origin("remote", {"service": settings.remote.url,
                                                       "credential": settings.remote.credential}))
        key.refuse_outside_validity(clock.now())
        return key

    def _refuse_same_pin(self, pin: str, again: bool) -> None:
        former = self._account
        if former is None or self._why is None or pin or again:
            return
        if former.failed.knows(former.pin or ""):
            raise self._why

    async def look(self, key: Key) -> None:
        """Do nothing: a service that does not answer shows when it is to sign."""

    async def close(self, key: Key, why: ApplianceError | None = None) -> None:
        """Forget the PIN that was typed; remember that it was wrong."""
        del key
        self._why = why if why is not None and why.kind in (errors.PIN_WRONG, errors.PIN_STOPPED) else None
        if self._account is not None:
            self._account.typed = ""


def _algorithm(public: PublicKey, padding: str, able: Sequence[str]) -> Algorithm:
    """Return how the service is to sign.

    Raises:
        ApplianceError: KEY_FAILED when it cannot sign that way.
    """
    if isinstance(public, ec.EllipticCurvePublicKey):
        ways = [Algorithm(ECDSA_SHA256), Algorithm(EC)]
    elif padding == "pss":
        parameters = mechanism(public, padding)["parameters"].dump()
        ways = [Algorithm(PSS, base64.b64encode(parameters).decode())]
    else:
        ways = [Algorithm(RSA_SHA256), Algorithm(RSA)]
    for way in ways:
        if way.oid in able:
            return way
    raise errors.KEY_FAILED.error(reason=errors.both(
        f"khóa từ xa không làm được {ways[0].oid}; xem signing.padding",
        f"the remote key cannot do {ways[0].oid}; see signing.padding"))
