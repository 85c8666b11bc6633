"""Keys: on a token, at a remote service, or in a file for trials; each opened, looked at and closed alike."""

from __future__ import annotations

from dataclasses import replace

from appliance.core import errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.signing.keys.identity import common_name
from appliance.signing.keys.key import DIGEST, SALT, CheckedSigner, Key, Origin
from appliance.signing.keys.key_file import HeldKeySigner, load
from appliance.signing.keys.library import stuck
from appliance.signing.keys.sources import FileSource, Source, TokenSource
from appliance.signing.protocol import NOWHERE, OpenSession, Outside

__all__ = ["DIGEST", "SALT", "CheckedSigner", "HeldKeySigner", "Key", "Origin", "Source", "common_name",
           "from_settings", "load", "of_office", "of_person", "stuck", "token_there"]


def of_office(config: Config, outside: Outside = NOWHERE) -> Source:
    """Return where the office's key comes from: its token, a remote service, a PKCS#12 file, or none of them."""
    signing = config.signing
    if signing.token:
        return TokenSource(config, signing.token, signing.pin_credential)
    if signing.remote.url:
        from appliance.signing.keys.remote import RemoteSource  # most offices have none

        return RemoteSource(config, outside)
    return FileSource(config)


def of_person(config: Config, session: OpenSession) -> Source:
    """Return where a person's own key comes from: their token; a development key only where the office uses one.

    Raises:
        ApplianceError: KEY_MISSING when the person has no token.
    """
    whom = replace(session, pin="")
    if session.token:
        return TokenSource(config, session.token, person=whom)
    if config.signing.token or config.signing.remote.url:
        raise errors.KEY_MISSING.error(reason=errors.both(
            f"{session.code} chưa có thiết bị ký trong cấu hình",
            f"no token is named for {session.code}"))
    return FileSource(config, whom)


def token_there(config: Config) -> str:
    """Return what is known of the office's token without its PIN; that none is plugged in is no error.

    Raises:
        ApplianceError: KEY_MISSING when URI or library are wrong.
    """
    try:
        return TokenSource(config, config.signing.token).there()
    except ApplianceError as problem:
        if problem.kind is not errors.TOKEN_AWAY:
            raise
        return "not plugged in"


def from_settings(config: Config) -> Key:
    """Open the key file that the settings name; with none named, the development key (made at first run).

    Raises:
        ApplianceError: KEY_MISSING or what ``lawful`` raises; KEY_MISSING too for a token or a remote service.
    """
    if config.signing.token or config.signing.remote.url:
        raise errors.KEY_MISSING.error(reason=errors.both(
            "khóa không nằm trong tệp; tiến trình ký số mở khóa đó",
            "the key lies in no file; the signer opens it"))
    return FileSource(config).open_now()
