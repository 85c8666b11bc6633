"""Where the page and the metrics are shown: ``[console]``, and ``[metrics]`` for collectors on other hosts."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.core.tables import setting


@dataclass(frozen=True, slots=True)
class ConsoleTls:
    """A second port for the page, over HTTPS, for browsers elsewhere; files are read again when they change."""

    host: str = setting("", doc="Address on which the page is shown over HTTPS; empty: on none.")
    port: int = setting(8462, doc="Its port; 0 takes a free one.", low=0, high=65535)
    certificate: str = setting("/etc/appliance/pki/page/current/certificate.pem",
                               doc="PEM file of this host's server certificate, with its chain.")
    key: str = setting("/etc/appliance/pki/page/current/key.pem",
                       doc="PEM file of its key; empty: the key is in the certificate's file.")
    ca: str = setting("", doc="PEM file of the authority of the browsers: nobody else is answered. Empty: browsers "
                      "need no certificate; people log in with their PIN as on the other port.")


@dataclass(frozen=True, slots=True)
class Console:
    """The page and the metrics."""

    host: str = setting("127.0.0.1", doc="Address the page and /metrics listen on.")
    port: int = setting(8460, doc="Port of the page and /metrics; 0 takes a free one.", low=0, high=65535)
    tls: ConsoleTls = field(default_factory=ConsoleTls)


@dataclass(frozen=True, slots=True)
class Exposure:
    """A port of its own for /metrics and /healthz, with certificates on both sides; read again when they change."""

    host: str = setting("", doc="Address on which a provincial collector reads /metrics; empty: on none, then an "
                        "agent on this host reads the port of [console].")
    port: int = setting(8461, doc="Its port; 0 takes a free one.", low=0, high=65535)
    certificate: str = setting("/etc/appliance/metrics/host.pem",
                               doc="PEM file of this host's server certificate, with its chain.")
    key: str = setting("", doc="PEM file of its key; empty: the key is in the certificate's file.")
    ca: str = setting("/etc/appliance/metrics/collectors.pem",
                      doc="PEM file of the authority of the collectors; nobody else is answered.")
