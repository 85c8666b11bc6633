"""What certificates of a host are for: who reads the key, and which side of a connection it may be."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose.

    Attributes:
        name: as commands and folders call it.
        group: the group that reads its key.
        client, server: the sides of a connection that it stands on.
    """

    name: str
    group: str
    client: bool = False
    server: bool = False

    @property
    def usages(self) -> list[ObjectIdentifier]:
        """Return the extended key usages that it needs; a certificate gets no others."""
        return [usage for wanted, usage in ((self.server, Usage.SERVER_AUTH), (self.client, Usage.CLIENT_AUTH))
                if wanted]


PURPOSES = {one.name: one for one in (
    Purpose("archive", "appliance", client=True),  # by which the archive knows the office: [archive.tls]
    Purpose("metrics", "appliance", server=True),  # the door for collectors: [metrics]
    Purpose("page", "appliance", server=True),  # the page over HTTPS: [console.tls]
    Purpose("monitoring", "prometheus", client=True, server=True),  # agent, node_exporter, collector, centre
    Purpose("receiver", "appliance-archive", server=True),  # the archive's own: [access] of receiver.toml
)}
