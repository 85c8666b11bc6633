"""What every key must do, wherever it lies: in a PKCS#12 file, on a token (SoftHSM), at a remote signer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import csc_service
import pki_token
import pytest
from pdf_to_sign import openssl_accepts, pdf_a, pdfsig_says, sign_job
from pki_stand import Stand

from appliance.core.config import Config, parse
from appliance.core.errors import ApplianceError
from appliance.messenger import Messenger
from appliance.signing import keys, sign
from appliance.steps.signing import FOR_SIGNER

KINDS = ("file", "token_rsa", "token_ec", "remote_v1", "remote_v2", "remote_ec")
SECRET = "not-the-right-one"
pytestmark = pytest.mark.skipif(bool(pki_token.available()), reason=pki_token.available())


@dataclass
class Place:
    """Where a key lies, and what may befall it."""

    name: str
    table: dict[str, Any]
    secret: Path
    right: str
    go: Callable[[], object]
    come: Callable[[], object]
    attempts: Callable[[], int] | None = None


@pytest.fixture(scope="module")
def token(shared_pki: Stand) -> pki_token.Token:
    return shared_pki.token("office", "office_ec", label="contract")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, shared_pki: Stand, tmp_path: Path,
          monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    kind = request.param
    if kind == "file":
        yield in_file(shared_pki, credentials, tmp_path)
    elif kind.startswith("token"):
        yield on_token(request.getfixturevalue("token"), kind, credentials, monkeypatch)
    else:
        yield from at_service(shared_pki, kind, credentials)


def in_file(pki: Stand, credentials: Path, folder: Path) -> Place:
    store, secret = pki.p12("office", b"bi mat"), credentials / "passphrase"
    table = {"pkcs12": str(folder / "office.p12"), "passphrase_file": str(secret)}
    here = folder / "office.p12"
    here.write_bytes(store.read_bytes())
    return Place("office", table, secret, "bi mat", lambda: here.rename(folder / "away"),
                 lambda: (folder / "away").rename(here))


def on_token(token: pki_token.Token, kind: str, credentials: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("SOFTHSM2_CONF", str(token.conf))
    name = "office" if kind == "token_rsa" else "office_ec"
    table = {"token": token.uri(name), "library": token.library}
    return Place(name, table, credentials / "agency-pin", token.pin, token.take_out, token.put_back)


def at_service(pki: Stand, kind: str, credentials: Path) -> Iterator[Place]:
    name = "office_ec" if kind == "remote_ec" else "office"
    version = 2 if kind == "remote_v2" else 1
    (credentials / "remote-token").write_text(csc_service.TOKEN)
    with csc_service.CscService(pki.key(name), [pki.certificate(name), *pki.chain(name)], version) as service:
        table = {"remote": {"url": service.url, "credential": csc_service.CREDENTIAL, "seconds": 10}}
        yield Place(name, table, credentials / "remote-pin", csc_service.PIN,
                    lambda: setattr(service, "trouble", "down"), lambda: setattr(service, "trouble", ""),
                    lambda: service.wrong_pins)


@dataclass
class Bench:
    """Opens keys as the signer does, and closes them in the end."""

    config: Config
    place: Place
    messenger: Messenger
    opened: list[tuple[keys.Source, keys.Key]]

    def source(self) -> keys.Source:
        return keys.of_office(self.config, self.messenger)

    async def open(self, source: keys.Source | None = None) -> keys.Key:
        chosen = source or self.source()
        key = await chosen.open()
        self.opened.append((chosen, key))
        return key

    async def close(self) -> None:
        while self.opened:
            source, key = self.opened.pop()
            await source.close(key)


@pytest.fixture
async def bench(place: Place, shared_pki: Stand, tmp_path: Path) -> AsyncIterator[Bench]:
    place.secret.write_text(f"{place.right}\n")
    config = parse({"storage": {"state": str(tmp_path / "state")},
                    "signing": {"trust": [str(shared_pki.root)], **place.table}})
    bench = Bench(config, place, Messenger(config.signing), [])
    yield bench
    await bench.close()
    await bench.messenger.close()


async def test_it_signs_what_others_accept(bench: Bench, shared_pki: Stand, tmp_path: Path) -> None:
    key = await bench.open()
    out = tmp_path / "s.pdf"
    job = sign_job(pdf_a(tmp_path / "u.pdf"), out, development=key.development)
    done = await sign.async_sign(job, key)
    assert done.key == key.fingerprint
    assert openssl_accepts(out, shared_pki.root, tmp_path)
    assert "Signature is Valid" in pdfsig_says(out)


async def test_it_tells_who_it_is_and_whether_it_is_for_trials(bench: Bench, shared_pki: Stand) -> None:
    key = await bench.open()
    assert key.certificate == shared_pki.certificate(bench.place.name)
    assert [one.subject for one in key.chain] == [one.subject for one in shared_pki.chain(bench.place.name)]
    assert key.development == ("pkcs12" in bench.place.table)
    assert key.facts().algorithm.startswith("ECDSA" if "ec" in bench.place.name else "RSASSA-PSS")
    assert bench.place.right not in repr(key)


async def test_many_documents_at_once_get_their_own_signatures(bench: Bench) -> None:
    key = await bench.open()
    data = [b"document %d" % number for number in range(16)]
    made = await asyncio.gather(*(key.signer.async_sign_raw(each, "sha256") for each in data))
    assert len(set(made)) == len(data), "each was checked with the certificate, and none is another's"


async def test_another_digest_is_refused(bench: Bench) -> None:
    key = await bench.open()
    with pytest.raises(ApplianceError):
        await key.signer.async_sign_raw(b"x", "sha1")


async def test_a_key_that_is_away_lets_documents_wait_and_comes_back(bench: Bench) -> None:
    source = bench.source()
    bench.place.go()
    with pytest.raises(ApplianceError) as caught:
        await bench.open(source)
    assert caught.value.code in FOR_SIGNER
    bench.place.come()
    key = await bench.open(source)
    await source.look(key)
    assert await key.signer.async_sign_raw(b"x", "sha256")


async def test_it_can_be_opened_again_after_it_was_closed(bench: Bench) -> None:
    source = bench.source()
    for _ in range(2):
        key = await bench.open(source)
        assert await key.signer.async_sign_raw(b"x", "sha256")
        await bench.close()


async def used(bench: Bench, source: keys.Source) -> ApplianceError:
    """Open and use a key with the wrong secret; return what was said."""
    with pytest.raises(ApplianceError) as caught:
        key = await bench.open(source)
        try:
            await key.signer.async_sign_raw(b"x", "sha256")
        except ApplianceError as problem:
            await source.close(key, problem)
            raise
    return caught.value


async def test_a_wrong_secret_is_said_but_not_told_and_never_tried_a_third_time(bench: Bench) -> None:
    bench.place.secret.write_text(SECRET)
    source = bench.source()
    codes = [problem.code for problem in [await used(bench, source) for _ in range(4)]]
    assert len(set(codes)) == 1, "the same PIN is not tried twice by itself"
    problems = [await used(bench, bench.source()) for _ in range(4)]
    assert all(problem.code in FOR_SIGNER and SECRET not in str(problem) for problem in problems)
    if bench.place.attempts is not None:
        assert bench.place.attempts() == 2
    if "pkcs12" not in bench.place.table:
        assert {problem.code for problem in problems} == {"K513"}


async def test_after_two_wrong_ones_a_person_may_allow_the_right_one(bench: Bench) -> None:
    bench.place.secret.write_text(SECRET)
    for _ in range(2):
        await used(bench, bench.source())
    bench.place.secret.write_text(bench.place.right)
    source = bench.source()
    key = await source.open(again=True)
    bench.opened.append((source, key))
    assert await key.signer.async_sign_raw(b"x", "sha256")
    await bench.close()
    assert await (await bench.open()).signer.async_sign_raw(b"x", "sha256"), "the count begins anew"
