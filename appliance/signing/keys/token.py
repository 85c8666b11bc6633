"""A key on a PKCS#11 token: one session is opened and used for every signature until the token goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pkcs11
from cryptography import x509
from pkcs11 import Attribute
from pkcs11.constants import TokenFlag

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.signing import lawful
from appliance.signing.keys import contents
from appliance.signing.keys.contents import Manner
from appliance.signing.keys.identity import chain_of
from appliance.signing.keys.key import CheckedSigner, Key, Origin, made, public_of
from appliance.signing.keys.library import FULL, WRONG, Library, serial_of
from appliance.signing.keys.paddings import Paddings, chosen
from appliance.signing.keys.tries import Tries
from appliance.signing.keys.uri import KeyUri


@dataclass(frozen=True, slots=True)
class Login:
    """How a token is opened.

    Attributes:
        pin: None when nobody has said it.
        again: a person allows one more try after two wrong ones.
    """

    tries: Tries
    pin: str | None = field(default=None, repr=False)
    again: bool = False


@dataclass
class TokenKey:
    """A private key in a session that is logged in. All its methods run in the library's thread."""

    library: Library
    token: pkcs11.Token
    session: pkcs11.Session
    private: Any
    manner: Manner | None = None

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data``."""
        assert self.manner is not None
        return self.manner.sign(self.private, data)

    def look(self) -> None:
        """Say whether token, session and key are still there.

        Raises:
            pkcs11.PKCS11Error: they are not.
        """
        try:
            there = serial_of(self.token.slot.get_token())
        except pkcs11.GeneralError:
            there = ""
        if there != serial_of(self.token):
            raise pkcs11.TokenNotPresent
        _ = self.private[Attribute.KEY_TYPE]

    def close(self) -> None:
        """Log out; a token that is gone needs no logout."""
        self.library.users.discard(serial_of(self.token))
        try:
            self.session.close()
        except pkcs11.PKCS11Error:
            self.library.clear()


class TokenSigner(CheckedSigner):
    """Has a token make the signatures."""

    def __init__(self, held: TokenKey, certificate: x509.Certificate, others: Sequence[x509.Certificate],
                 padding: str) -> None:
        super().__init__(certificate, others, padding)
        self.held = held

    async def raw(self, data: bytes) -> bytes:
        """Return the signature over ``data``; errors of the token have words (keys/library.py)."""
        return await self.held.library.run(self.held.sign, data)


def open_key(library: Library, uri: KeyUri, login: Login, padding: str | Paddings,
             known: Sequence[x509.Certificate] = ()) -> Key:
    """Open a key; runs in the library's thread.

    Args:
        library: that the token is reached by.
        uri: token and key.
        login: PIN and count of wrong ones.
        padding: ``pss`` or ``pkcs1v15``, or as the settings say.
        known: certificates of issuers that do not lie on the token.

    Raises:
        ApplianceError: TOKEN_AWAY, KEY_MISSING, PIN_NEEDED, PIN_WRONG, PIN_STOPPED, PIN_LOCKED, TOKEN_FULL,
            KEY_FAILED, or what ``lawful`` raises of the certificate.
        pkcs11.PKCS11Error: whatever else the token says.
        OSError: the count of wrong PINs cannot be kept.
    """
    token = library.find(uri)
    session = _logged_in(library, token, login)
    try:
        stored = contents.certificates(session)
        held = TokenKey(library, token, session, contents.private_key(session, uri, stored))
        certificate = contents.certificate_of(held.private, stored, clock.now())
        chain = chain_of(certificate, [*(one.certificate for one in stored), *known])
        lawful.refuse_unlawful(certificate, chain)
        padding = chosen(padding, certificate)
        held.manner = contents.manner_of(public_of(certificate), padding, token.slot.get_mechanisms())
        key = made(TokenSigner(held, certificate, chain, padding), certificate, chain, padding, _origin(token))
        key.refuse_outside_validity(clock.now())
    except BaseException:
        TokenKey(library, token, session, None).close()
        raise
    return key


def _logged_in(library: Library, token: pkcs11.Token, login: Login) -> pkcs11.Session:
    """Open a session and log in; the try is counted before it is made."""
    serial, flags = serial_of(token), token.flags
    if serial in library.users:
        raise errors.KEY_MISSING.error(reason=errors.both(
            f"thiết bị {token.label} đang dùng cho khóa khác",
            f"the token {token.label} is in use for another key"))
    if not flags & TokenFlag.LOGIN_REQUIRED:
        session = token.open()
        library.users.add(serial)
        return session
    if flags & TokenFlag.USER_PIN_LOCKED:
        raise errors.PIN_LOCKED.error(reason=token.label)
    if login.pin is None:
        login.tries.refuse_stopped(serial, _wrong_by_token(flags))
        raise errors.PIN_NEEDED.error()
    token.open().close()  # what has nothing to do with the PIN shows before a try is counted
    login.tries.begin(serial, _wrong_by_token(flags), login.again)
    session = _tried(library, token, login)
    login.tries.right(serial)
    library.users.add(serial)
    return session


def _tried(library: Library, token: pkcs11.Token, login: Login) -> pkcs11.Session:
    """Try the PIN once."""
    serial = serial_of(token)
    try:
        return token.open(user_pin=login.pin)
    except WRONG:
        library.clear()
        raise _wrong(login.tries.left(serial)) from None
    except (*FULL, pkcs11.TokenNotPresent, pkcs11.UserAlreadyLoggedIn):
        login.tries.untried(serial)
        library.clear()
        raise
    except pkcs11.PKCS11Error:
        library.clear()
        raise


def _wrong(left: int) -> ApplianceError:
    return errors.PIN_WRONG.error(left=left) if left else errors.PIN_STOPPED.error()


def _wrong_by_token(flags: TokenFlag) -> int:
    """Return how many wrong PINs the token tells of: its flags know of tries that were made elsewhere."""
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        return 2
    return 1 if flags & TokenFlag.USER_PIN_COUNT_LOW else 0


def _origin(token: pkcs11.Token) -> Origin:
    about = {"label": token.label, "manufacturer": token.manufacturer_id, "model": token.model,
             "serial": token.serial.decode("ascii", "replace").strip(),
             "firmware": ".".join(str(part) for part in token.firmware_version)}
    return Origin("token", about)
