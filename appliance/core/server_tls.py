"""TLS of a server: its own certificate, the authorities of its clients, and both again when their files change.

A certificate is proved in a handshake and nowhere else. So no session is ever resumed, and a connection whose
handshake was made before the files changed can be told (``ServerTls.current``).
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a server.

    Attributes:
        certificate: its own, with its chain.
        key: of that; may be in the same file.
        authorities: of the clients; None: no client is asked for a certificate.
        revoked: revocation lists of these authorities.
        demanded: whether a client without a certificate fails in the handshake; else the server must ask later.
    """

    certificate: Path
    key: Path
    authorities: Path | None
    revoked: Path | None = None
    demanded: bool = False

    def stamp(self) -> tuple[tuple[int, ...], ...]:
        """Return what changes when one of the files does. Raises OSError."""
        present = (self.certificate, self.key, self.authorities, self.revoked)
        return tuple((about.st_mtime_ns, about.st_ctime_ns, about.st_ino)
                     for about in (path.stat() for path in present if path))

    def context(self) -> ssl.SSLContext:
        """Return the context of these files as they are now.

        Raises:
            OSError: one of them cannot be used (ssl.SSLError is one).
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3  # below it OpenSSL resumes sessions that it keeps itself
        context.num_tickets = 0
        context.load_cert_chain(self.certificate, self.key, _no_password)
        if self.authorities:
            context.load_verify_locations(self.authorities)
            context.verify_mode = ssl.CERT_REQUIRED if self.demanded else ssl.CERT_OPTIONAL
        if self.revoked:
            context.load_verify_locations(self.revoked)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        return context


class ServerTls:
    """A server's TLS; each handshake uses the files as they are then, or as they last were good.

    ``context`` is the one to listen with; ``whose`` says in the log whose certificates these are.
    """

    def __init__(self, files: TlsFiles, whose: str) -> None:
        """Read the files.

        Raises:
            OSError: they cannot be used (ssl.SSLError is one).
        """
        self._files, self._whose = files, whose
        self._seen = files.stamp()
        self._newest = self.context = files.context()
        self.context.sni_callback = self._choose

    def current(self, connection: ssl.SSLObject) -> bool:
        """Say whether the handshake of a connection was made under the files as they are."""
        self._refresh()
        return connection.context is self._newest

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _outer: ssl.SSLContext) -> None:
        self._refresh()
        connection.context = self._newest

    def _refresh(self) -> None:
        """Take the files up when they changed; one half written is looked at again when it changes once more."""
        try:
            stamp = self._files.stamp()
            if stamp == self._seen:
                return
            self._seen = stamp
            self._newest = self._files.context()
            log.info("the certificates of %s were renewed", self._whose)
        except OSError as problem:
            log.warning("the certificates of %s stay as they were: %s", self._whose, type(problem).__name__)


def _no_password() -> str:
    """Refuse a key under a password: nobody is there to give it, and OpenSSL would ask at the terminal."""
    raise ssl.SSLError(0, "the key is under a password")
