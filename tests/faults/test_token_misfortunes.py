"""What befalls a token: pulled out in mid signature, locked, full, wrong PIN; documents wait, none signed twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pki_token
import pytest
import token_stand
from pdf_to_sign import openssl_accepts, pdf_a, sign_job
from pki_stand import Stand

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY, SignJob
from appliance.signing import keeper
from appliance.signing.keys import library
from appliance.signing.protocol import Unlock
from appliance.steps.signing import FOR_SIGNER

pytestmark = pytest.mark.skipif(bool(token_stand.why_not()), reason=token_stand.why_not())
WRONG = "000000"
CODE = "NV01"
AWAY = frozenset({errors.SIGNER_AWAY.code})


@pytest.fixture(scope="module")
def token(shared_pki: Stand) -> pki_token.Token:
    return shared_pki.token("office", "office_ec", label="misfortunes")


@pytest.fixture(scope="module")
def own_token(shared_pki: Stand, token: pki_token.Token) -> pki_token.Token:
    """A token of a person, in a second slot of the same library."""
    return shared_pki.token("officer", label="person")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: socket names have at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="tk") as name:
        yield Path(name)


@pytest.fixture
async def office(folder: Path, token: pki_token.Token, shared_pki: Stand,
                 monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[token_stand.TokenOffice]:
    signing = {"trust": [str(shared_pki.root)], "addresses": [shared_pki.address], "revocation": "when_reachable",
               "token": token.uri("office"), "library": str(token_stand.proxy())}
    monkeypatch.setattr(keeper, "POLL", 0.05)
    office = token_stand.TokenOffice(folder, token, signing)
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    token.log_in()
    office.pin_file.write_text(token.pin)
    yield office
    await office.end()


@pytest.fixture
def job(tmp_path: Path) -> SignJob:
    return sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf", development=False)


async def fails(office: token_stand.TokenOffice, job: SignJob, also: frozenset[str] = frozenset()) -> str:
    """Ask for a signature that cannot be had; return the code with which the document waits."""
    with pytest.raises(ApplianceError) as caught:
        await office.desk.sign(job)
    assert caught.value.code in FOR_SIGNER | also
    assert not Path(job.out).exists()
    assert [path.name for path in Path(job.out).parent.iterdir() if path.suffix == ".part"] == []
    return caught.value.code


async def test_pulled_out_in_mid_signature_and_put_back_the_document_is_signed_once(
    office: token_stand.TokenOffice, job: SignJob, shared_pki: Stand, tmp_path: Path
) -> None:
    await office.begin(apart=True)
    first = await office.ready()
    office.say("sign-out")
    assert await fails(office, job) == "K510"
    assert office.desk.key is None, "the key is gone before the document is told to wait"
    assert (await office.refused("K510")).kind.retry
    assert await fails(office, job) == "K501"
    office.say()
    assert (await office.ready()).pid == first.pid, "the same process goes on"
    done = await office.desk.sign(job)
    assert openssl_accepts(Path(done.path), shared_pki.root, tmp_path)
    assert (await office.desk.sign(job)).adopted
    assert office.count("signs") == 1


async def test_many_in_flight_when_it_is_pulled_out_all_wait_and_all_are_signed_later(
    office: token_stand.TokenOffice, job: SignJob, tmp_path: Path
) -> None:
    await office.begin()
    await office.ready()
    jobs = [replace(job, document=f"doc-{at}", out=str(tmp_path / f"s{at}.pdf")) for at in range(6)]
    office.say("sign-out")
    outcomes = await asyncio.gather(*(office.desk.sign(each) for each in jobs), return_exceptions=True)
    assert all(isinstance(outcome, ApplianceError) and outcome.code in FOR_SIGNER for outcome in outcomes)
    office.say()
    await office.ready()
    done = await asyncio.gather(*(office.desk.sign(each) for each in jobs))
    assert not any(each.adopted for each in done)
    assert office.count("signs") == len(jobs)


async def test_pulled_out_while_nothing_is_signed_it_is_missed_by_itself(office: token_stand.TokenOffice) -> None:
    await office.begin()
    await office.ready()
    office.say("out")
    await office.refused("K510")
    office.say()
    await office.ready()


async def test_a_host_started_without_its_token_has_it_once_it_is_put_in(office: token_stand.TokenOffice) -> None:
    office.say("out")
    await office.begin()
    await office.refused("K510")
    assert office.count("logins") == 0
    office.say()
    await office.ready()


async def test_the_wrong_pin_is_tried_once_by_a_signer_and_twice_by_all_of_them(
    office: token_stand.TokenOffice
) -> None:
    office.pin_file.write_text(WRONG)
    await office.begin(apart=True)
    assert "1" in (await office.refused("K512")).vi
    await office.stop()
    await office.start(apart=True)
    await office.refused("K513")
    for _ in range(3):
        await office.stop()
        await office.start()
        await office.refused("K513")
    assert office.count("logins") == 2, "the third would have locked the token"


async def test_a_person_who_types_it_wrong_is_stopped_and_may_say_again(office: token_stand.TokenOffice) -> None:
    office.pin_file.unlink()
    await office.begin()
    await office.refused("K511")
    for code in ("K512", "K513", "K513"):
        with pytest.raises(ApplianceError) as caught:
            await office.desk.unlock(Unlock(WRONG))
        assert caught.value.code == code
    with pytest.raises(ApplianceError) as caught:
        await office.desk.unlock(Unlock(office.token.pin))
    assert caught.value.code == "K513", "even the right one is not tried by itself"
    with pytest.raises(ApplianceError) as caught:
        await office.desk.unlock(Unlock(""))
    assert caught.value.code == "K513", "no PIN at all changes nothing of that"
    assert office.count("logins") == 2
    assert (await office.desk.unlock(Unlock(office.token.pin, again=True))).name == AGENCY
    assert (await office.ready()).name == AGENCY
    assert office.count("wrong") == 0


async def test_a_typed_pin_is_asked_for_anew_when_the_token_comes_back(office: token_stand.TokenOffice) -> None:
    office.pin_file.unlink()
    await office.begin()
    await office.refused("K511")
    await office.desk.unlock(Unlock(office.token.pin))
    await office.ready()
    office.say("out")
    await office.refused("K510")
    office.say()
    await office.refused("K511")


async def test_a_locked_token_is_left_alone(office: token_stand.TokenOffice) -> None:
    office.words.with_name("misfortunes.wrong").write_text("xxx")
    await office.begin()
    await office.refused("K514")
    with pytest.raises(ApplianceError) as caught:
        await office.desk.unlock(Unlock(office.token.pin, again=True))
    assert caught.value.code == "K514"
    assert office.count("logins") == 0


async def test_the_last_try_of_a_token_that_others_tried_is_not_used_up(office: token_stand.TokenOffice) -> None:
    office.say("final")
    await office.begin()
    await office.refused("K513")
    assert office.count("logins") == 0
    await office.desk.unlock(Unlock(again=True))
    await office.ready()
    assert office.count("logins") == 1


async def test_a_token_that_tells_of_a_wrong_try_gets_one_more(office: token_stand.TokenOffice) -> None:
    office.say("low")
    office.pin_file.write_text(WRONG)
    await office.begin()
    await office.refused("K513")
    assert office.count("logins") == 1


async def test_a_full_token_at_opening_and_in_mid_signature(office: token_stand.TokenOffice, job: SignJob) -> None:
    office.say("full")
    await office.begin()
    assert (await office.refused("K515")).kind.retry
    office.say()
    await office.ready()
    office.say("sign-full")
    assert await fails(office, job) == "K515"
    office.say()
    await office.ready()
    assert (await office.desk.sign(job)).path == job.out


async def test_a_signature_that_does_not_fit_the_certificate_never_leaves_the_signer(
    office: token_stand.TokenOffice, job: SignJob
) -> None:
    await office.begin()
    await office.ready()
    office.say("sign-bad")
    assert await fails(office, job) == "K516"
    office.say()
    await office.ready()
    assert (await office.desk.sign(job)).path == job.out


async def test_a_driver_that_hangs_ends_the_signer_and_the_next_one_signs(
    office: token_stand.TokenOffice, job: SignJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "SECONDS", 1.0)
    monkeypatch.setattr(library, "_LIBRARIES", {})
    await office.begin()
    await office.ready()
    office.say("hang")
    await fails(office, job, also=AWAY)  # the poll may find it first: then the line closes
    await office.until(lambda: office.serving is not None and office.serving.done())
    office.say()
    await office.stop()
    monkeypatch.setattr(library, "_LIBRARIES", {})
    await office.start()
    await office.ready()
    assert (await office.desk.sign(job)).path == job.out


@pytest.mark.parametrize(("word", "signs"), [("raw", True), ("pkcs1", False)])
async def test_a_token_that_can_do_less(
    word: str, signs: bool, office: token_stand.TokenOffice, job: SignJob, shared_pki: Stand, tmp_path: Path
) -> None:
    office.say(word)
    await office.begin()
    if signs:
        await office.ready()
        assert openssl_accepts(Path((await office.desk.sign(job)).path), shared_pki.root, tmp_path)
    else:
        assert "signing.padding" in (await office.refused("K516")).en


async def test_a_clock_that_jumped_back_lets_documents_wait_until_a_person_says_that_it_is_right(
    office: token_stand.TokenOffice, job: SignJob
) -> None:
    latest = office.state / "keys" / "latest-use"
    latest.parent.mkdir(parents=True)
    latest.write_text(clock.iso(clock.now() + timedelta(days=1)))
    await office.begin()
    await office.refused("K518")
    assert await fails(office, job) == "K501"
    assert office.count("signs") == 0
    await office.desk.unlock(Unlock(again=True))
    assert (await office.desk.sign(job)).path == job.out


async def test_a_clock_that_jumps_back_takes_the_keys_out_of_use_and_gives_them_back(
    office: token_stand.TokenOffice, job: SignJob
) -> None:
    office.pin_file.unlink()
    await office.begin()
    await office.refused("K511")
    await office.desk.unlock(Unlock(office.token.pin))
    assert (await office.desk.sign(job)).path == job.out
    office.inside._clock._now = lambda: clock.now() - timedelta(hours=1)
    await office.refused("K518")
    office.inside._clock._now = clock.now
    await office.ready()
    assert office.count("logins") == 1, "the token stayed open: its PIN was typed"


async def test_no_pin_is_in_a_log_a_file_or_what_the_daemon_hears(
    office: token_stand.TokenOffice, caplog: pytest.LogCaptureFixture
) -> None:
    office.pin_file.write_text(WRONG)
    await office.begin(apart=True)
    heard = str(await office.refused("K512"))
    with pytest.raises(ApplianceError) as caught:
        await office.desk.unlock(Unlock("13572468"))
    said = (await office.stop()).decode() + heard + str(caught.value) + repr(Unlock("13572468")) + caplog.text
    kept = b"".join(path.read_bytes() for path in office.state.rglob("*") if path.is_file()).decode("latin-1")
    for secret in (WRONG, "13572468", office.token.pin):
        assert secret not in said
        assert secret not in kept
    await office.start()
