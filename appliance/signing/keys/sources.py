"""Where the office's key and people's own keys come from, as the settings say: opened, looked at, closed alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from cryptography import x509

from appliance.core import errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.signing import development
from appliance.signing.keys import key_file, pins, token
from appliance.signing.keys import uri as uris
from appliance.signing.keys.identity import names
from appliance.signing.keys.key import Key
from appliance.signing.keys.library import Library, library
from appliance.signing.keys.paddings import of_settings
from appliance.signing.keys.tries import Tries
from appliance.signing.keys.uri import KeyUri
from appliance.signing.protocol import OpenSession

TRIES = "pin-tries"
PEOPLE = "people"


class Source(Protocol):
    """Where one key comes from."""

    async def open(self, pin: str = "", again: bool = False) -> Key:
        """Return the key, ready to sign.

        Args:
            pin: what a person has typed; empty: the systemd credential, where there is one.
            again: a person allows one more try after two wrong PINs.

        Raises:
            ApplianceError: why it cannot be had.
        """
        ...

    async def look(self, key: Key) -> None:
        """Raise an ApplianceError when the key is no longer there."""
        ...

    async def close(self, key: Key, why: ApplianceError | None = None) -> None:
        """Let go of the key; ``why`` says what was wrong with it."""
        ...


@dataclass
class FileSource:
    """A PKCS#12 file; with none named, the development key (made at first run)."""

    config: Config
    person: OpenSession | None = None

    def open_now(self) -> Key:
        """Return the key; errors as ``open``."""
        signing = self.config.signing
        padding = of_settings(signing)
        try:
            if self.person is not None:
                return self._of_person(self.person)
            if signing.pkcs12:
                return key_file.load(Path(signing.pkcs12), _passphrase(signing.passphrase_file), padding)
            return key_file.load(self._development(), None, padding)
        except OSError as problem:
            raise errors.KEY_MISSING.error(reason=f"{problem.filename}: {problem.strerror}") from None

    async def open(self, pin: str = "", again: bool = False) -> Key:
        """Return the key; a file has no PIN."""
        del pin, again
        return await asyncio.to_thread(self.open_now)

    async def look(self, key: Key) -> None:
        """Do nothing: the key is in memory."""

    async def close(self, key: Key, why: ApplianceError | None = None) -> None:
        """Do nothing: nothing outside is held."""

    def _development(self) -> Path:
        folder = folder_of(self.config)
        if self.person is None:
            return development.ensure(folder, self.config.office.name)
        return development.ensure(folder / PEOPLE / self.person.code, self.person.name)

    def _of_person(self, person: OpenSession) -> Key:
        """Return a person's development key; one that was made for another name is made anew."""
        for _ in range(2):
            path = self._development()
            key = key_file.load(path, None, of_settings(self.config.signing))
            if names(key.certificate, development.shortened(person.name)):
                break
            path.unlink()
        return replace(key, name=person.code)


@dataclass
class TokenSource:
    """A key on a token. ``credential``: name of the systemd credential with its PIN; empty: a person types it."""

    config: Config
    uri: str
    credential: str = ""
    person: OpenSession | None = None
    _failed: pins.Mark = field(default_factory=pins.Mark)
    _why: ApplianceError | None = None

    async def open(self, pin: str = "", again: bool = False) -> Key:
        """Return the key. A PIN of the credential that was wrong is not tried a second time by itself."""
        named, calls = self._named()
        if not pin and not again and self._why is not None and self._failed.knows(self._credential() or ""):
            raise self._why
        login = token.Login(Tries(folder_of(self.config) / TRIES), pin or self._credential(), again)
        try:
            key = await calls.run(self._open, calls, named, login)
        except ApplianceError as problem:
            self._note(problem, login)
            raise
        except OSError as problem:
            raise errors.KEY_MISSING.error(reason=errors.both(
                f"không ghi được số lần sai mã PIN: {problem.strerror}",
                f"the count of wrong PINs: {problem.strerror}")) from None
        if login.pin == self._credential():
            self._failed.forget()
        return replace(key, name=self.person.code) if self.person else key

    def there(self) -> str:
        """Return label and model of the token, without its PIN, from where no loop runs; errors as ``open``."""
        named, calls = self._named()
        found = calls.wait(calls.find, named)
        return f"{found.label} ({found.model})"

    async def look(self, key: Key) -> None:
        """Raise when token, session or key are gone."""
        held = _held(key)
        await held.library.run(held.look)

    async def close(self, key: Key, why: ApplianceError | None = None) -> None:
        """Log out of the token."""
        del why
        held = _held(key)
        if not held.library.stuck:
            await held.library.run(held.close)

    def _open(self, calls: Library, named: KeyUri, login: token.Login) -> Key:
        """Open the key; runs in the library's thread."""
        known = certificates_of(self.config.signing.trust)
        key = token.open_key(calls, named, login, of_settings(self.config.signing), known)
        if self.person is not None and not names(key.certificate, self.person.name):
            _held(key).close()
            raise errors.NAME_DIFFERS.error(code=self.person.code)
        return key

    def _named(self) -> tuple[KeyUri, Library]:
        """Return the token's name and the library that reaches it."""
        try:
            named = uris.parse(self.uri)
        except ValueError as problem:
            raise errors.KEY_MISSING.error(reason=errors.both(
                f"địa chỉ PKCS#11 không đúng: {problem}",
                f"PKCS#11 URI: {problem}")) from None
        path = named.module or self.config.signing.library
        if not path:
            raise errors.KEY_MISSING.error(reason=errors.both(
                "chưa nêu thư viện PKCS#11 (signing.library)",
                "no PKCS#11 library is named (signing.library)"))
        return named, library(Path(path).resolve())

    def _credential(self) -> str | None:
        return pins.credential(self.credential)

    def _note(self, problem: ApplianceError, login: token.Login) -> None:
        """Remember which PIN of the credential was wrong."""
        if problem.kind in (errors.PIN_WRONG, errors.PIN_STOPPED) and login.pin == self._credential():
            self._failed.remember(login.pin or "")
            self._why = problem


def folder_of(config: Config) -> Path:
    """Return the folder of keys, counts and marks; nobody but the signer opens it."""
    return config.storage.state / "keys"


def certificates_of(paths: tuple[str, ...]) -> list[x509.Certificate]:
    """Return the certificates of PEM files; a file that cannot be read is missed where it is needed."""
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            found += x509.load_pem_x509_certificates(Path(path).read_bytes())
        except (OSError, ValueError):
            continue
    return found


def _passphrase(path: str) -> bytes | None:
    return Path(path).read_bytes().rstrip(b"\r\n") if path else None


def _held(key: Key) -> token.TokenKey:
    assert isinstance(key.signer, token.TokenSigner)
    return key.signer.held
