"""Whether a network scanner is the one that a person trusts: its certificate, and no authority's word.

Office scanners sign their own certificates, let them expire and answer under any name. So exactly the one
certificate whose SHA-256 stands in the settings is spoken to. Without it an https scanner is refused, and what
was found is shown: to trust it is a person's decision. There is no way from https back to http.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
from urllib.parse import urlsplit

import aiohttp

from appliance.core import errors
from appliance.core.errors import ApplianceError

_HTTPS = 443


def pin(url: str, fingerprint: str) -> aiohttp.Fingerprint | None:
    """Return what every connection to ``url`` must show: None for http, or while https has no fingerprint.

    Args:
        url: the device's address.
        fingerprint: SHA-256 of its certificate, 64 hexadecimal digits, with colons or without.

    Raises:
        ApplianceError: CONFIG_BAD_VALUE: no address, or a fingerprint where nothing is encrypted.
    """
    scheme, host = _parts(url)
    if scheme not in ("http", "https") or not host:
        raise errors.CONFIG_BAD_VALUE.error(key="device.url", value=repr(url), allowed="http://... or https://.../eSCL")
    if not fingerprint:
        return None
    if scheme == "http":
        raise errors.CONFIG_BAD_VALUE.error(key="device.url", value=url, allowed="https with a fingerprint")
    return aiohttp.Fingerprint(bytes.fromhex(fingerprint.replace(":", "")))


def _parts(url: str) -> tuple[str, str]:
    try:
        said = urlsplit(url)
        return said.scheme, said.hostname or "" if said.port is None or said.port else ""
    except ValueError:  # brackets that do not close, a port that is none
        return "", ""


def secure(url: str) -> bool:
    """Whether an address asks for encryption."""
    return _parts(url)[0] == "https"


def shown(digest: bytes) -> str:
    """Return a digest as devices, browsers and the settings write it: ``AB:CD:...``."""
    return digest.hex(":").upper()


async def untrusted(url: str, seconds: float) -> ApplianceError:
    """Return the error for an https scanner without a fingerprint, with the fingerprint that it shows now.

    Args:
        url: the device's address.
        seconds: time for the whole look.

    Raises:
        ApplianceError: DEVICE_LOST when it is out of reach, DEVICE_UNUSABLE when it speaks no TLS.
    """
    return errors.SCANNER_UNTRUSTED.error(text=shown(await _certificate(url, seconds)))


def changed(mismatch: aiohttp.ServerFingerprintMismatch) -> ApplianceError:
    """Return the error for a scanner that showed another certificate than the trusted one."""
    return errors.SCANNER_CHANGED.error(text=shown(mismatch.got))


async def _certificate(url: str, seconds: float) -> bytes:
    """Return the SHA-256 of the certificate that stands behind an https address; nothing else is asked."""
    said = urlsplit(url)
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE  # it is looked at, not believed
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(said.hostname, said.port or _HTTPS, ssl=anybody)
    except ssl.SSLError as problem:
        raise errors.DEVICE_UNUSABLE.error(text=f"TLS: {problem.reason or type(problem).__name__}") from None
    except (OSError, TimeoutError) as problem:
        raise errors.DEVICE_LOST.error(reason=type(problem).__name__) from None
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):  # how it says good-bye is of no interest
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
    return hashlib.sha256(found).digest()
