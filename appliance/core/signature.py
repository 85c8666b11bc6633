"""Signing as settings: the office's key, whom it trusts, who gives the time, which addresses may be asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.core.tables import setting

ADDRESS = r"https?://[!-~]+"


@dataclass(frozen=True, slots=True)
class Tsa:
    """One time-stamping authority (RFC 3161); several are asked in their order."""

    url: str = setting(doc="Address that requests are posted to.", pattern=ADDRESS)
    seconds: float = setting(180.0, doc="How long an answer may take; real ones were seen to take 131 seconds.",
                             low=1, high=900, unit="seconds")
    attempts: int = setting(3, doc="How often it is asked before the next one.", low=1, high=10, unit="")
    policy: str = setting("", doc="Policy (an OID) that its time stamps must name; empty: any.",
                          pattern=r"|[0-2](\.[0-9]{1,30}){1,20}")


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote signer that holds the office's key (CSC API)."""

    url: str = setting("", doc="Base address of the service, up to csc/v1 or csc/v2; empty: none.",
                       pattern=rf"|{ADDRESS}")
    credential: str = setting("", doc="Name of the key at that service (credentialID).", pattern=r"[!-~]{0,200}")
    token_credential: str = setting("remote-token", doc="systemd credential with the access token of the service.",
                                    pattern=r"[a-z0-9][a-z0-9_.\-]{0,63}")
    pin_credential: str = setting("remote-pin", doc="systemd credential with the PIN of the key at that service.",
                                  pattern=r"[a-z0-9][a-z0-9_.\-]{0,63}")
    seconds: float = setting(60.0, doc="How long an answer may take.", low=1, high=900, unit="seconds")


@dataclass(frozen=True, slots=True)
class Signing:
    """The key."""

    start: bool = setting(True, doc="Whether the daemon starts the signer; false when a supervisor does.")
    token: str = setting("", doc="PKCS#11 URI of the office's key (RFC 7512), as pkcs11:token=...;object=...; "
                         "empty: no token.", pattern=r"|pkcs11:[!-~]+")
    library: str = setting("", doc="PKCS#11 library, where the URI has no module-path.")
    pin_credential: str = setting("agency-pin", doc="systemd credential with the token's PIN; without it the PIN "
                                  "is asked for (appliance sign unlock).", pattern=r"[a-z0-9][a-z0-9_.\-]{0,63}")
    pkcs12: str = setting("", doc="PKCS#12 file, for trials; with no key at all a development key is made at first "
                          "run. Both are marked as such.")
    passphrase_file: str = setting("", doc="File that holds the PKCS#12 passphrase (a systemd credential).")
    padding: str = setting("pss", doc="RSA padding: pss (Circular 15/2025), or pkcs1v15 where a receiver needs it.",
                           choices=("pss", "pkcs1v15"))
    pkcs1v15: tuple[str, ...] = setting(
        (), doc="Certificates whose signatures have the older padding whatever signing.padding says, each by its "
        "SHA-256 (openssl x509 -fingerprint -sha256, without colons, small letters).", pattern=r"[0-9a-f]{64}")
    trust: tuple[str, ...] = setting((), doc="PEM files of the roots that signers and time stamps lead to.")
    addresses: tuple[str, ...] = setting(
        (), doc="Beginnings of the addresses at which OCSP answers, CRLs and certificates may be asked for; what "
        "is not named here is not asked.", pattern=ADDRESS)
    revocation: str = setting(
        "require", doc="What it means that nobody can say whether a certificate is revoked: require, nothing is "
        "signed; when_reachable, it is signed and the evidence says so.", choices=("require", "when_reachable"))
    remote: Remote = field(default_factory=Remote)
    tsa: tuple[Tsa, ...] = setting((), doc="Time-stamping authorities.")
