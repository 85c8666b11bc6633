"""Settings of who may come to the archive and what may be read there (``[access]`` of receiver.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors
from appliance.core.server_tls import ServerTls, TlsFiles
from appliance.core.tables import setting
from appliance.receiver.offices import Offices
from appliance.receiver.policy import Policy, load


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come, and what is opened to them; files are read again when they change."""

    certificate: str = setting("", doc="PEM file of the archive's own certificate with its chain; empty: no TLS, "
                               "for trials on one machine.")
    key: str = setting("", doc="PEM file of its key; empty: it stands in the file of the certificate.")
    authorities: str = setting("", doc="PEM file of the authorities that client certificates must lead to.")
    revoked: str = setting("", doc="PEM file of their revocation lists; empty: none.")
    offices: str = setting("/etc/appliance/offices.toml", doc="The list of offices, used with TLS.")
    policy: str = setting("national", doc="Name of a shipped reading policy, or the path of another.")
    ticket_minutes: float = setting(60.0, doc="How long what a reading opened may be fetched.", low=1, high=1440,
                                    unit="minutes")

    @property
    def tls(self) -> TlsFiles | None:
        """The files of TLS; None without."""
        if not self.certificate:
            return None
        return TlsFiles(Path(self.certificate), Path(self.key or self.certificate),
                        Path(self.authorities), Path(self.revoked) if self.revoked else None)

    def open_tls(self) -> ServerTls | None:
        """Return the archive's TLS; None without.

        Everything but ``/healthz`` asks for a client certificate, which HTTP finds out after the handshake; so a
        connection may come without one, and what it asks for is refused (``gate.py``). A wrong certificate ends the
        handshake.

        Raises:
            ApplianceError: LIST_INVALID when a file cannot be used.
        """
        try:
            return ServerTls(self.tls, "the archive") if self.tls else None
        except OSError as problem:  # ssl.SSLError is one
            raise errors.LIST_INVALID.error(path=self.certificate, reason=type(problem).__name__) from None

    def open_offices(self) -> Offices | None:
        """Return the list of offices; None without TLS, where nobody can be told from another.

        Raises:
            ApplianceError: LIST_INVALID and what ``tables.build`` says of a mistake.
        """
        return Offices(Path(self.offices)) if self.certificate else None

    def open_policy(self) -> Policy:
        """Return the reading policy.

        Raises:
            ApplianceError: as ``policy.load``.
        """
        return load(self.policy)
