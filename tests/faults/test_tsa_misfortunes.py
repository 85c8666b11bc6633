"""A time-stamping authority that is late, wrong, or talks nonsense: nothing is signed by it, nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pki_stand import Stand
from stamped_signatures import Desk, authorities, desk

from appliance.core.errors import ApplianceError
from appliance.core.jobs import SignJob
from appliance.signing.protocol import KEY_USED

FIVE_MINUTES = 330.0
"""And half a minute: an hour that is told in whole seconds to a busy machine is some seconds late."""
MISFORTUNES = [
    ("error", {}, "K530"), ("nothing", {}, "K530"), ("large", {}, "K530"), ("cut", {}, "K530"),
    ("html", {}, "K532"), ("empty", {}, "K532"), ("garbage", {}, "K532"), ("rejected", {}, "K532"),
    ("wrong_nonce", {}, "K533"), ("no_nonce", {}, "K533"), ("wrong_imprint", {}, "K533"),
    ("wrong_signature", {}, "K533"), ("stranger", {}, "K534"), ("unfit", {}, "K534"),
    ("wrong_hour", {"seconds": FIVE_MINUTES}, "K535"), ("wrong_hour", {"seconds": -FIVE_MINUTES}, "K535"),
]


@pytest.fixture
def pki(shared_pki: Stand) -> Iterator[Stand]:
    """The one stand of all tests, well at first and afterwards."""
    shared_pki.reset()
    yield shared_pki
    shared_pki.reset()


async def failed(office: Desk, job: SignJob) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        await office.sign(job)
    return caught.value


@pytest.mark.parametrize(("what", "how", "code"), MISFORTUNES)
async def test_no_signature_is_left_and_the_unsigned_file_is_untouched(
    pki: Stand, tmp_path: Path, what: str, how: dict[str, float], code: str
) -> None:
    async with desk(pki, tmp_path, **authorities(pki)) as office:
        job = office.job()
        before = Path(job.unsigned).read_bytes()
        pki.trouble("tsa", what, **how)  # type: ignore[arg-type]
        problem = await failed(office, job)
        assert problem.code == code
        assert problem.kind.retry
        assert KEY_USED not in problem.details  # nobody had met this authority yet: it was asked before the key
        assert office.left() == []
        assert Path(job.unsigned).read_bytes() == before
        pki.clear()
        assert (await office.sign(job)).level == "B-T"


async def test_a_late_authority_is_given_up(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, seconds=1.0, attempts=1)) as office:
        pki.trouble("tsa", "silent")
        assert (await failed(office, office.job())).code == "K530"
        assert pki.requests["tsa"] == 1


async def test_many_documents_at_once_share_one_meeting_with_an_authority_that_is_away(
        pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki)) as office:
        pki.trouble("tsa", "error")
        jobs = [office.job(name=f"{number}.pdf") for number in range(8)]
        problems = await asyncio.gather(*(office.sign(job) for job in jobs), return_exceptions=True)
        assert {getattr(problem, "code", "") for problem in problems} == {"K530"}
        assert pki.requests["tsa"] == 2


async def test_a_profile_that_may_wait_for_its_time_stamp_still_needs_an_authority(
        pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, tsa=[]) as office:
        assert (await failed(office, office.job(without_timestamp="sign_bb_then_lift"))).code == "K537"


async def test_it_is_said_when_a_key_was_used_in_vain(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki)) as office:
        await office.sign(office.job(name="first.pdf"))
        pki.trouble("tsa", "error")
        problem = await failed(office, office.job())
        assert (problem.code, problem.details[KEY_USED]) == ("K530", "1")
        assert office.left() == ["first.pdf"]


async def test_attempts_are_as_many_as_the_settings_say(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, attempts=3)) as office:
        pki.trouble("tsa", "error", times=2)
        assert (await office.sign(office.job())).level == "B-T"
        assert pki.requests["tsa"] == 4  # three for the first meeting, one for the signature
        pki.trouble("tsa", "error")
        await failed(office, office.job(name="t.pdf"))
        assert pki.requests["tsa"] == 7


async def test_the_next_authority_is_asked_and_the_failed_one_rests(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, "tsa", "tsa2")) as office:
        pki.trouble("tsa", "html")
        assert (await office.sign(office.job())).level == "B-T"
        assert pki.requests["tsa"] == 2
        assert (await office.sign(office.job(name="t.pdf"))).level == "B-T"
        assert pki.requests["tsa"] == 2
        assert pki.requests["tsa2"] == 3


async def test_of_several_failures_the_one_that_says_most_is_told(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, "other_tsa", "tsa")) as office:
        pki.trouble("tsa", "error")
        assert (await failed(office, office.job())).code == "K534"


async def test_an_authority_whose_clock_is_wrong_is_passed_over(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, "tsa", "tsa2")) as office:
        pki.trouble("tsa", "wrong_hour", seconds=-7200)
        done = await office.sign(office.job())
        assert done.level == "B-T"
        assert pki.requests["tsa"] == 1  # asking again would not set its clock


async def test_two_clocks_against_one_the_host_is_told_to_be_wrong(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, "tsa", "tsa2")) as office:
        for name in ("tsa", "tsa2"):
            pki.trouble(name, "wrong_hour", seconds=7200)
        problem = await failed(office, office.job())
        assert problem.code == "K535"
        assert "another authority says so too" in problem.en


async def test_without_any_authority_in_the_settings_it_is_said(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, tsa=[]) as office:
        assert (await failed(office, office.job())).code == "K537"


async def test_an_authority_with_another_policy_is_refused(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, policy="1.2.3.4")) as office:
        assert (await failed(office, office.job())).code == "K533"


async def test_a_slow_authority_holds_nobody_up_and_is_not_pressed(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, **authorities(pki, seconds=30.0)) as office:
        await office.sign(office.job(name="first.pdf"))
        pki.reset()
        pki.trouble("tsa", "silent")
        waiting = [asyncio.create_task(office.sign(office.job(name=f"{number}.pdf"))) for number in range(16)]
        async with asyncio.timeout(60):
            while pki.requests["tsa"] < 4:
                await asyncio.sleep(0.01)
        assert (await office.sign(office.job("B-B", name="meanwhile.pdf"))).level == "B-B"
        assert pki.requests["tsa"] == 4
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert office.left() == ["first.pdf", "meanwhile.pdf"]
