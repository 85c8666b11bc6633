"""A real signed package is judged again by real judges in processes, as of the time since when it is proved."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_stand import dossier, made
from evidence_stand import evidence
from kept_archive import PLACES, kept
from pdf_to_sign import pdf_a, sign_job
from pki_stand import Stand

from appliance.core.config import parse
from appliance.core.jobs import SignPolicy
from appliance.messenger import Messenger
from appliance.receiver import admission
from appliance.receiver.admission import Taken
from appliance.receiver.fixity.daily import Daily
from appliance.receiver.judges import JudgePool
from appliance.receiver.settings import Judging
from appliance.signature_check import signature_check
from appliance.signing import keys, sign, validity, witness


@pytest.fixture(scope="module")
def signed(shared_pki: Stand, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document signed by the office without any time stamp: it holds as long as the certificate does."""
    folder = tmp_path_factory.mktemp("judged")
    shared_pki.reset()

    async def make() -> Path:
        config = parse({"signing": shared_pki.signing("office"), "storage": {"state": str(folder / "state")}})
        messenger = Messenger(config.signing)
        seen_by = witness.of(config.signing.tsa, validity.trust_of(config, messenger))
        key = keys.from_settings(config)
        job = replace(sign_job(pdf_a(folder / "u.pdf"), folder / "s.pdf", development=key.development),
                      policy=SignPolicy(level="B-B"))
        done = await sign.async_sign(job, key, seen_by)
        await messenger.close()
        return Path(done.path)

    return asyncio.run(make())


def test_a_signature_whose_certificate_has_ended_holds_as_of_the_time_of_its_evidence(
        signed: Path, shared_pki: Stand, tmp_path: Path) -> None:
    package = made(dossier(tmp_path / "p", {1: signed.read_bytes()}))
    ended = shared_pki.certificate("office").not_valid_after_utc + timedelta(days=1)

    async def go() -> None:
        with kept(tmp_path / "archive", documents=0) as stand, closing(
                JudgePool(signature_check, [shared_pki.root], stand.archive.work, Judging(processes=1))) as judges:
            judged = await judges.judge(package.path, package.sha256)
            assert judged.report.ok, judged.report.problems
            later = await judges.judge(package.path, package.sha256, ended)
            assert "certificate" in later.report.problems[0]
            stand.archive.keep(package.sha256, package.path)
            with stand.archive.index.write() as connection:
                admission.admit(connection, judged, Taken(package.sha256, package.size, "", PLACES))
            found = evidence(stand, shared_pki)
            told = await Daily(stand.archive, judges, found).run(everything=True)
            assert told is not None
            assert told.well
            assert (told.stamped, told.run.signatures) == (1, 1)
            proof = await asyncio.to_thread(found.proof_of, package.sha256, datetime.now(UTC))
            assert proof is not None
            assert proof.since is not None
            assert proof.since < ended

    asyncio.run(go())
