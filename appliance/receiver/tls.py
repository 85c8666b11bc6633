"""TLS of the archive: its own certificate, the authorities of the offices, and both again when their files change.

Everything but ``/healthz`` asks for a client certificate, which HTTP finds out after the handshake; so a connection
may come without one, and what it asks for is refused (``gate.py``). A wrong certificate ends the handshake.
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

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Return what changes when one of the files does."""
        present = (self.certificate, self.key, self.authorities, self.revoked)
        return tuple((about.st_mtime_ns, about.st_ino) for about in (path.stat() for path in present if path))

    def context(self) -> ssl.SSLContext:
        """Return the context of these files as they are now.

        Raises:
            OSError, ssl.SSLError: one of them cannot be used.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        context.load_verify_locations(self.authorities)
        context.verify_mode = ssl.CERT_OPTIONAL
        if self.revoked:
            context.load_verify_locations(self.revoked)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        return context


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """Return a context for a server; each handshake uses the files as they are then, or as they last were good.

    Raises:
        ApplianceError: LIST_INVALID when they cannot be used at the start.
    """
    try:
        return _Renewing(files).outer
    except OSError as problem:  # ssl.SSLError is one
        raise errors.LIST_INVALID.error(path=files.certificate, reason=type(problem).__name__) from None


class _Renewing:
    """A context that hands every handshake to the newest one."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._stamp = files.stamp()
        self._newest = self.outer = files.context()
        self.outer.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _outer: ssl.SSLContext) -> None:
        try:
            stamp = self._files.stamp()
            if stamp != self._stamp:
                self._newest, self._stamp = self._files.context(), stamp
                log.info("the archive's certificates were renewed")
        except OSError as problem:  # a file half written: the next handshake looks again
            log.warning("the archive's certificates stay as they were: %s", type(problem).__name__)
        connection.context = self._newest
