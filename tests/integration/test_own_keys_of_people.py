"""People sign with their own keys: opened for a session, closed with it, gone with the token."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pki_token
import pytest
import token_stand
from pdf_to_sign import openssl_accepts, pdf_a, sign_job
from pki_stand import OFFICER, SECOND_OFFICER, Stand

from appliance.core.errors import ApplianceError
from appliance.core.jobs import SignJob
from appliance.signing import keeper
from appliance.signing.protocol import CloseSession, OpenSession, Unlock
from appliance.steps.signing import FOR_SIGNER

pytestmark = pytest.mark.skipif(bool(token_stand.why_not()), reason=token_stand.why_not())
CODE = "NV01"
Table = dict[str, Any]


@pytest.fixture(scope="module")
def token(shared_pki: Stand) -> pki_token.Token:
    return shared_pki.token("office", "officer", "officer_ec", label="people")


@pytest.fixture
def table(shared_pki: Stand) -> Table:
    """Settings of an office whose own key lies in a file."""
    return {"trust": [str(shared_pki.root)], "addresses": [shared_pki.address], "revocation": "when_reachable",
            "pkcs12": str(shared_pki.p12("office")), "library": str(token_stand.proxy())}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: socket names have at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="pk") as name:
        yield Path(name)


@pytest.fixture
async def office(folder: Path, token: pki_token.Token, table: Table,
                 monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[token_stand.TokenOffice]:
    monkeypatch.setattr(keeper, "POLL", 0.05)
    office = token_stand.TokenOffice(folder, token, table)
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    token.log_in()
    office.pin_file.write_text(token.pin)
    await office.begin()
    await office.ready()
    yield office
    await office.end()


@pytest.fixture
def session(token: pki_token.Token) -> OpenSession:
    return OpenSession(CODE, OFFICER, token.uri("officer"), token.pin)


@pytest.fixture
def job(tmp_path: Path) -> SignJob:
    return replace(sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf", development=False), key=CODE)


async def refused(office: token_stand.TokenOffice, session: OpenSession) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        await office.desk.open(session)
    assert caught.value.code in FOR_SIGNER
    assert CODE not in office.desk.keys
    return caught.value


@pytest.mark.parametrize("name", ["officer", "officer_ec"])
async def test_a_person_signs_in_a_session_and_not_after_it(
    name: str, office: token_stand.TokenOffice, session: OpenSession, job: SignJob, shared_pki: Stand,
    tmp_path: Path,
) -> None:
    facts = await office.desk.open(replace(session, token=office.token.uri(name)))
    assert (facts.name, facts.subject, facts.development) == (CODE, OFFICER, False)
    await office.until(lambda: CODE in office.desk.keys)
    signed = await office.desk.sign(job)
    assert signed.key == facts.fingerprint
    assert openssl_accepts(Path(signed.path), shared_pki.root, tmp_path)
    await office.desk.close(CloseSession(CODE))
    await office.until(lambda: CODE not in office.desk.keys)
    with pytest.raises(ApplianceError) as caught:
        await office.desk.sign(replace(job, document="doc-2", out=str(tmp_path / "s2.pdf")))
    assert caught.value.code == "K521"
    assert office.desk.key is not None, "the office's own key stays"


async def test_a_token_of_somebody_else_opens_no_session_and_stays_free(
    office: token_stand.TokenOffice, session: OpenSession
) -> None:
    problem = await refused(office, replace(session, name=SECOND_OFFICER))
    assert problem.code == "K517"
    assert OFFICER not in str(problem)
    assert (await office.desk.open(session)).subject == OFFICER


async def test_pulling_the_token_ends_the_session_and_putting_it_back_opens_none(
    office: token_stand.TokenOffice, session: OpenSession, job: SignJob
) -> None:
    await office.desk.open(session)
    office.say("sign-out")
    with pytest.raises(ApplianceError) as caught:
        await office.desk.sign(job)
    assert caught.value.code == "K510"
    assert CODE not in office.desk.keys
    assert office.desk.key is not None
    office.say()
    with pytest.raises(ApplianceError) as caught:
        await office.desk.sign(job)
    assert caught.value.code == "K521", "a session is opened by the person, never by itself"
    await office.desk.open(session)
    assert (await office.desk.sign(job)).path == job.out
    assert office.count("signs") == 1


async def test_a_session_that_is_opened_again_needs_its_pin_again(
    office: token_stand.TokenOffice, session: OpenSession
) -> None:
    await office.desk.open(session)
    assert (await refused_again(office, replace(session, pin="000000"))).code == "K512"
    assert (await office.desk.open(session)).name == CODE


async def refused_again(office: token_stand.TokenOffice, session: OpenSession) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        await office.desk.open(session)
    return caught.value


async def test_a_wrong_pin_is_typed_twice_and_not_a_third_time(
    office: token_stand.TokenOffice, session: OpenSession
) -> None:
    codes = [(await refused(office, replace(session, pin="000000"))).code for _ in range(3)]
    assert codes == ["K512", "K513", "K513"]
    assert office.count("logins") == 2
    assert (await refused(office, session)).code == "K513"
    assert (await office.desk.open(replace(session, again=True))).name == CODE


async def test_without_a_pin_nothing_is_tried(office: token_stand.TokenOffice, session: OpenSession) -> None:
    assert (await refused(office, replace(session, pin=""))).code == "K511"
    assert office.count("logins") == 0


async def test_one_token_holds_one_key_at_a_time(office: token_stand.TokenOffice, session: OpenSession) -> None:
    await office.desk.open(session)
    with pytest.raises(ApplianceError) as caught:
        await office.desk.open(replace(session, code="NV02", token=office.token.uri("officer_ec"), pin="000000"))
    assert "in use" in str(caught.value), "else any PIN would do: the token is logged in already"
    assert office.count("logins") == 1


async def test_a_person_without_a_token_gets_a_development_key_where_the_office_tries_things_out(
    office: token_stand.TokenOffice, job: SignJob, session: OpenSession
) -> None:
    facts = await office.desk.open(replace(session, token="", pin=""))
    assert (facts.subject, facts.development, facts.name) == (OFFICER, True, CODE)
    trial = replace(job, lines=(*job.lines, "KHÓA THỬ NGHIỆM"))
    assert (await office.desk.sign(trial)).development_key
    await office.desk.close(CloseSession(CODE))
    other = await office.desk.open(replace(session, name=SECOND_OFFICER, token="", pin=""))
    assert other.subject == SECOND_OFFICER, "the key of a name that was changed is made anew"


async def test_the_pin_of_a_session_is_not_kept(office: token_stand.TokenOffice, session: OpenSession) -> None:
    await office.desk.open(session)
    assert session.pin not in repr(session)

    def with_pin() -> list[OpenSession]:
        gc.collect()
        return [thing for thing in gc.get_objects() if isinstance(thing, OpenSession) and thing.pin == session.pin]

    await office.until(lambda: with_pin() == [session])
    assert CODE in office.desk.keys


class TestOfficeWithAToken:
    """People need tokens too."""

    @pytest.fixture
    def table(self, token: pki_token.Token, shared_pki: Stand) -> Table:
        return {"trust": [str(shared_pki.root)], "addresses": [shared_pki.address],
                "revocation": "when_reachable", "token": token.uri("office"), "library": str(token_stand.proxy())}

    async def test_nobody_gets_a_development_key(
        self, office: token_stand.TokenOffice, session: OpenSession
    ) -> None:
        assert (await refused(office, replace(session, token="", pin=""))).code == "K501"

    async def test_unlocking_what_is_open_changes_nothing(self, office: token_stand.TokenOffice) -> None:
        assert (await office.desk.unlock(Unlock("000000"))).development is False
        assert office.count("logins") == 1
