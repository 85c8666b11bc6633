"""The host's side: a key and a request when one is due, a certificate put in force, what there is.

Keys are ECDSA on P-256: made in a millisecond on the smallest host, as strong as RSA 3072, and spoken by everybody
who meets them (OpenSSL, Go's Prometheus, browsers). The authority's own key may be of any kind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.pki import pem
from appliance.pki.cabinet import CERTIFICATE, KEY, REQUEST, ROOTS, Drawer
from appliance.pki.proof import Offer, prove
from appliance.pki.purposes import PURPOSES, Purpose


@dataclass(frozen=True)
class Holding:
    """What a host has for one purpose, and what is done with it."""

    purpose: Purpose
    drawer: Drawer
    trial: bool = False

    def request(self, names: list[str], days: int, *, renew: bool = False) -> dict[str, Any]:
        """Ask for a certificate where one is due: there is none, it ends within ``days``, or it has other names.

        What was asked for and is not answered yet is asked for again, with the same key. On a ``trial`` nothing is
        written: a key that would be made has no request yet.
        """
        names = pem.names(names)
        waiting = self._waiting(names)
        due = renew or waiting or self._due(names, days)
        if self.trial:
            pass
        elif not due:
            self.drawer.forget()
        elif not waiting:
            self.drawer.ask(_asked(names))
        path = self.drawer.next / REQUEST
        asked = bool(due and (waiting or not self.trial))
        return {"changed": bool(due and not waiting), "needed": bool(due), "purpose": self.purpose.name,
                "names": names, "request": str(path) if asked else "",
                "csr": path.read_text("ascii") if asked else ""}

    def install(self, certificate: Path | None, roots: Sequence[Path], now: datetime) -> dict[str, Any]:
        """Put a certificate in force; without one keep the present one and believe other roots.

        Modes and the key's group are set right too, which a restored backup or a person may have changed.

        Raises:
            ApplianceError: what ``proof.prove`` refuses; HOST_KEY_MISSING where no key fits.
        """
        source = certificate or self.drawer.current / CERTIFICATE
        chain = pem.chain(source)
        key, asked = self._key_for(chain[0], source)
        names = pem.names_of(pem.request(self.drawer.next / REQUEST)) if asked else self._names()
        believed = [one for path in roots for one in pem.chain(path)]
        if not believed:
            raise errors.HOST_ISSUER_UNKNOWN.error(path=source, reason="ca: -")
        content = {KEY: key.read_bytes(), CERTIFICATE: pem.written(chain), ROOTS: pem.written(believed)}
        with tempfile.TemporaryDirectory() as folder:
            offer = Offer(Path(folder) / CERTIFICATE, key, Path(folder) / ROOTS, source)
            offer.certificate.write_bytes(content[CERTIFICATE])
            offer.roots.write_bytes(content[ROOTS])
            prove(offer, self.purpose, names, now)
        changed = not self._in_force(content)
        if changed and not self.trial:
            self.drawer.install(content)
        astray = self.drawer.astray()
        if not self.trial:
            self.drawer.mend(astray)
        if asked and not self.trial:
            self.drawer.forget()
        return {"changed": changed or bool(astray), **self.told(now)}

    def told(self, now: datetime) -> dict[str, Any]:
        """Return what is in force and what is asked for."""
        found: dict[str, Any] = {"purpose": self.purpose.name, "folder": str(self.drawer.current),
                                 "asked": (self.drawer.next / REQUEST).exists()}
        try:
            leaf = pem.chain(self.drawer.current / CERTIFICATE)[0]
            roots = pem.chain(self.drawer.current / ROOTS)
        except ApplianceError:
            return {**found, "there": False}
        return {**found, "there": True, "names": pem.names_of(leaf), "issuer": leaf.issuer.rfc4514_string(),
                "serial": f"{leaf.serial_number:x}", "sha256": leaf.fingerprint(hashes.SHA256()).hex(),
                "roots": [one.subject.rfc4514_string() for one in roots],
                "not_after": clock.iso(leaf.not_valid_after_utc),
                "days_left": (leaf.not_valid_after_utc - now).days}

    def _due(self, names: list[str], days: int) -> bool:
        """Say whether a certificate is to be asked for."""
        if self._names() != names or not pem.public_of(self.drawer.current / KEY):
            return True
        end = pem.chain(self.drawer.current / CERTIFICATE)[0].not_valid_after_utc
        return (end - datetime.now(UTC)).days < days

    def _waiting(self, names: list[str]) -> bool:
        """Say whether just this was asked for, with a key that is there and not in force already."""
        try:
            asked = pem.request(self.drawer.next / REQUEST)
        except ApplianceError:
            return False
        key = pem.public_of(self.drawer.next / KEY)
        return (pem.names_of(asked) == names and pem.public(asked.public_key()) == key
                and key != pem.public_of(self.drawer.current / KEY))

    def _names(self) -> list[str]:
        """Return the names of what is in force; none where nothing is."""
        try:
            return pem.names_of(pem.chain(self.drawer.current / CERTIFICATE)[0])
        except ApplianceError:
            return []

    def _key_for(self, leaf: x509.Certificate, source: Path) -> tuple[Path, bool]:
        """Return the key of a certificate, and whether it is the one that waits. Raises HOST_KEY_MISSING."""
        for folder in (self.drawer.next, self.drawer.current):
            if pem.public_of(folder / KEY) == pem.public(leaf.public_key()):
                return folder / KEY, folder == self.drawer.next
        raise errors.HOST_KEY_MISSING.error(path=source, purpose=self.purpose.name)

    def _in_force(self, content: dict[str, bytes]) -> bool:
        try:
            return all((self.drawer.current / name).read_bytes() == data for name, data in content.items())
        except OSError:
            return False


def _asked(names: list[str]) -> dict[str, bytes]:
    """Return a new key and the request for its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(pem.subject(names)).add_extension(
        pem.alternative(names), critical=False).sign(key, hashes.SHA256())
    return {KEY: key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                   serialization.NoEncryption()),
            REQUEST: made.public_bytes(serialization.Encoding.PEM)}


def there(root: Path) -> list[Holding]:
    """Return every purpose for which a host has a folder."""
    return [Holding(one, Drawer(root / name)) for name, one in PURPOSES.items() if (root / name).is_dir()]
