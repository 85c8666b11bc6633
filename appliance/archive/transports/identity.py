"""How office and archive know each other: mutual TLS with a pinned authority, renewed without a restart."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509

from appliance.core import errors
from appliance.core.delivery import Tls
from appliance.core.errors import ApplianceError

log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int, int], ...]
"""What changes when files do, or who may read them: inode, size and time of change of each."""


@dataclass
class Identity:
    """The TLS side of an office, read again when its files change.

    While they are unreadable (half written, key and certificate of two ages) what was read last goes on.
    """

    tls: Tls
    _stamp: Stamp = ()
    _refused: Stamp = ()
    _context: ssl.SSLContext | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext | bool:
        """Return the context for a new connection; True, the system's authorities, where no file is named.

        Raises:
            ApplianceError: ARCHIVE_TLS when the files cannot be used and none were before.
        """
        if not any(self._files()):
            return True
        stamp = self._look()
        if self._context is None or stamp not in (self._stamp, self._refused):
            self._read(stamp)
        assert self._context is not None
        return self._context

    def check(self, url: str) -> None:
        """Refuse to speak without TLS where certificates are named. Raises ARCHIVE_TLS."""
        if any(self._files()) and not url.startswith("https://"):
            raise errors.ARCHIVE_TLS.error(reason="the archive's address is not https://")

    @property
    def trouble(self) -> ApplianceError | None:
        """Why a renewal could not be read, while what was read before goes on; None when all is well."""
        return errors.ARCHIVE_TLS.error(reason="renewal / gia hạn") if self._refused else None

    def end(self) -> datetime | None:
        """Return when this office's certificate ends; None where there is none that can be read."""
        return end_of(self.tls.certificate)

    def _files(self) -> tuple[str, ...]:
        return self.tls.ca, self.tls.certificate, self.tls.key

    def _look(self) -> Stamp:
        found = []
        for name in filter(None, self._files()):
            try:
                state = Path(name).stat()
                found.append((state.st_ino, state.st_size, state.st_ctime_ns))
            except OSError:
                found.append((0, 0, 0))
        return tuple(found)

    def _read(self, stamp: Stamp) -> None:
        try:
            self._context = _made(self.tls)
            self._stamp, self._refused = stamp, ()
        except (OSError, ssl.SSLError) as problem:
            reason = f"{type(problem).__name__}: {getattr(problem, 'reason', None) or problem.strerror or '?'}"
            if self._context is None:
                raise errors.ARCHIVE_TLS.error(reason=reason) from None
            self._refused = stamp  # looked at again when the files change
            log.warning("archive: %s, the certificates read before go on", errors.ARCHIVE_TLS.code)


def _made(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the name, demands a certificate
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.ca:
        context.load_verify_locations(tls.ca)
    else:
        context.load_default_certs()
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key or None, _no_password)
    return context


def _no_password() -> str:
    """Refuse a key under a password: nobody is there to give it, and OpenSSL would ask at the terminal."""
    raise ssl.SSLError(0, "the key is under a password")


def end_of(certificate: str) -> datetime | None:
    """Return when the certificate of a PEM file ends; None where there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(Path(certificate).read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
