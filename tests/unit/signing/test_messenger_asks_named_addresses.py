"""The daemon asks for the signer only what the settings name, however an address is written."""

from __future__ import annotations

import asyncio

import pytest

from appliance.core.config import parse
from appliance.messenger import Messenger
from appliance.signing.protocol import Fetch

NAMED = "http://ocsp.example/ca"
REMOTE = {"url": "https://csc.example/csc/v1", "credential": "c", "token_credential": "remote-token"}
SETTINGS = parse({"signing": {
    "addresses": [NAMED], "tsa": [{"url": "http://tsa.example/tsr"}], "remote": REMOTE}}).signing


@pytest.mark.parametrize("url", [
    "http://ocsp.example/ca/../x", "http://ocsp.example/ca/%2e%2e/x", "http://ocsp.example/ca/%2E%2e/x",
    "http://ocsp.example/ca/.%2E/x", "http://ocsp.example/cab", "http://ocsp.example:81/ca",
    "http://ocsp.example@evil.example/ca", "http://evil.example@ocsp.example/ca", "https://ocsp.example/ca",
    "http://ocsp.example.evil.example/ca", "file:///ca", "http://[::1/ca", "http://[ocsp.example]/ca", "",
])
def test_another_address_is_refused_and_so_is_what_is_none(url: str) -> None:
    messenger = Messenger(SETTINGS)
    assert not messenger.allows(Fetch(1, "ocsp", url))
    assert asyncio.run(messenger.fetch(Fetch(1, "ocsp", url))).code == "K531"


@pytest.mark.parametrize("url", [
    NAMED, f"{NAMED}/", f"{NAMED}/MFYw%2Bx/a", "HTTP://OCSP.example/ca/x", f"{NAMED}?x=1"])
def test_a_named_address_and_what_lies_below_it_is_asked(url: str) -> None:
    assert Messenger(SETTINGS).allows(Fetch(1, "crl", url))


@pytest.mark.parametrize(("purpose", "url", "token"), [
    ("ocsp", NAMED, "remote-token"), ("timestamp", "http://tsa.example/tsr", "remote-token"),
    ("remote", "https://csc.example/csc/v1/credentials/info", "../../keys/secret"),
    ("remote", "https://csc.example/csc/v1/credentials/info", "agency-pin")])
def test_no_credential_goes_to_whom_it_is_not_for(purpose: str, url: str, token: str) -> None:
    messenger = Messenger(SETTINGS)
    assert not messenger.allows(Fetch(1, purpose, url, token=token))
    assert messenger.allows(Fetch(1, purpose, url)), "the address itself is named"


def test_the_access_token_goes_to_the_remote_service() -> None:
    address = "https://csc.example/csc/v1/credentials/info"
    assert Messenger(SETTINGS).allows(Fetch(1, "remote", address, token="remote-token"))
