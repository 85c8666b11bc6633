"""A document may be asked for twice: the finished output is taken as it is, anything else is made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pdf_to_sign import office_p12, pdf_a, root_of, sign_job

from appliance.core import clock
from appliance.core.config import parse
from appliance.core.jobs import SignJob
from appliance.signing import keys, sign, verify


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> keys.Key:
    return keys.from_settings(parse({"storage": {"state": str(tmp_path_factory.mktemp("state"))}}))


@pytest.fixture
def job(tmp_path: Path) -> SignJob:
    return sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf")


def test_the_finished_output_is_adopted_without_a_second_use_of_the_key(job: SignJob, key: keys.Key) -> None:
    first = sign.sign(job, key)
    before = Path(job.out).read_bytes()
    second = sign.sign(job, key)
    assert (first.adopted, second.adopted) == (False, True)
    assert Path(job.out).read_bytes() == before
    assert replace(second, adopted=False, seconds=0.0) == replace(first, seconds=0.0)


def test_what_a_killed_signer_left_is_not_the_output(job: SignJob, key: keys.Key) -> None:
    done = sign.sign(job, key)
    whole = Path(job.out).read_bytes()
    Path(job.out).unlink()
    Path(f"{job.out}.0000.part").write_bytes(whole[:-500])
    assert not sign.sign(job, key).adopted
    assert done.size == Path(job.out).stat().st_size


@pytest.mark.parametrize("spoil", ["truncated", "flipped", "appended", "unsigned", "empty", "foreign"])
def test_an_output_that_is_not_right_is_made_anew(spoil: str, job: SignJob, key: keys.Key, tmp_path: Path) -> None:
    sign.sign(job, key)
    out = Path(job.out)
    data = out.read_bytes()
    spoilt = {
        "truncated": data[:-100],
        "flipped": data[:-600] + bytes([data[-600] ^ 1]) + data[-599:],
        "appended": data + b"\n",
        "unsigned": Path(job.unsigned).read_bytes(),
        "empty": b"",
        "foreign": b"%PDF-1.7\n" + bytes(len(data)),
    }[spoil]
    out.unlink()
    out.write_bytes(spoilt)
    again = sign.sign(job, key)
    assert not again.adopted
    assert verify.verify(out, [root_of(key)]).valid


def test_an_output_of_another_key_is_not_adopted(job: SignJob, key: keys.Key, tmp_path: Path) -> None:
    other = keys.from_settings(parse({"storage": {"state": str(tmp_path / "other")}}))
    sign.sign(job, other)
    assert not sign.sign(job, key).adopted
    assert verify.verify(Path(job.out), [root_of(key)]).valid


def test_an_output_of_another_intent_is_not_adopted(job: SignJob, key: keys.Key) -> None:
    sign.sign(job, key)
    earlier = clock.now() - timedelta(minutes=5)
    other = sign_job(Path(job.unsigned), Path(job.out), signed_at=earlier)
    assert not sign.sign(other, key).adopted
    assert verify.verify(Path(job.out), []).signed_at == clock.iso(earlier)


def test_an_output_of_the_development_key_is_not_adopted_by_another(
    job: SignJob, key: keys.Key, tmp_path: Path
) -> None:
    sign.sign(job, key)
    lawful = keys.load(office_p12(tmp_path / "o.p12"), b"bi mat")
    again = sign.sign(job, lawful)
    assert not again.adopted
    assert again.key == lawful.fingerprint
