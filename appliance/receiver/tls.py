"""TLS of the archive: its own certificate, the authorities of the offices, and both again when their files change.

Everything but ``/healthz`` asks for a client certificate, which HTTP finds out after the handshake; so a connection
may come without one, and what it asks for is refused (``gate.py``). A wrong certificate ends the handshake.

A certificate is proved in a handshake and nowhere else. So no session is ever resumed, and a connection whose
handshake was made before the files changed has to make another one (``ServerTls.current``): who was revoked in mid
upload goes no further.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the archive's certificate with its chain, its key, the offices' authorities, revocation lists."""

    certificate: Path
    key: Path
    authorities: Path
    revoked: Path | None = None

    def stamp(self) -> tuple[tuple[int, ...], ...]:
        """Return what changes when one of the files does."""
        present = (self.certificate, self.key, self.authorities, self.revoked)
        return tuple((about.st_mtime_ns, about.st_ctime_ns, about.st_ino)
                     for about in (path.stat() for path in present if path))

    def context(self) -> ssl.SSLContext:
        """Return the context of these files as they are now.

        Raises:
            OSError, ssl.SSLError: one of them cannot be used.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3  # below it OpenSSL resumes sessions that it keeps itself
        context.num_tickets = 0
        context.load_cert_chain(self.certificate, self.key)
        context.load_verify_locations(self.authorities)
        context.verify_mode = ssl.CERT_OPTIONAL
        if self.revoked:
            context.load_verify_locations(self.revoked)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        return context


class ServerTls:
    """A server's TLS; each handshake uses the files as they are then, or as they last were good.

    ``context`` is the one to listen with.
    """

    def __init__(self, files: TlsFiles) -> None:
        """Read the files.

        Raises:
            ApplianceError: LIST_INVALID when they cannot be used.
        """
        self._files = files
        try:
            self._seen = files.stamp()
            self._newest = self.context = files.context()
        except OSError as problem:  # ssl.SSLError is one
            raise errors.LIST_INVALID.error(path=files.certificate, reason=type(problem).__name__) from None
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
            log.info("the archive's certificates were renewed")
        except OSError as problem:
            log.warning("the archive's certificates stay as they were: %s", type(problem).__name__)
