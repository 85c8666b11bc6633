"""The key at first run, from a file, and every key that must be refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pdf_to_sign import PASSPHRASE, Office, office_p12
from pki_stand import Stand

from appliance.core import clock, errors
from appliance.core.config import Config, parse
from appliance.core.errors import ApplianceError
from appliance.signing import development, keys


def settings(state: Path, **signing: str) -> Config:
    return parse({"storage": {"state": str(state)}, "office": {"name": "Văn phòng thử"}, "signing": signing})


def refused(store: Path, passphrase: bytes | None = PASSPHRASE) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        keys.load(store, passphrase)
    return caught.value


def test_the_first_run_makes_a_development_key_and_says_so(tmp_path: Path) -> None:
    key = keys.from_settings(settings(tmp_path))
    facts = key.facts()
    assert facts.development
    assert facts.subject == "Văn phòng thử"
    assert facts.algorithm == "RSASSA-PSS with SHA-256"
    assert clock.parse(facts.not_before) < clock.now() < clock.parse(facts.not_after)
    folder = tmp_path / "keys"
    assert (folder / "development.p12").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Path(facts.trust_root) == folder / "development-root.pem"
    assert b"PRIVATE" not in Path(facts.trust_root).read_bytes()


def test_the_second_run_has_the_same_key_and_mends_a_lost_root(tmp_path: Path) -> None:
    first = keys.from_settings(settings(tmp_path))
    Path(first.trust_root).unlink()
    second = keys.from_settings(settings(tmp_path))
    assert second.fingerprint == first.fingerprint
    assert Path(second.trust_root).is_file()


def test_a_long_office_name_still_gets_a_certificate() -> None:
    made = development.make("Bảo hiểm xã hội " * 10, clock.now())
    assert made


def test_a_key_file_opens_with_its_passphrase_file_and_counts_as_a_trial(tmp_path: Path) -> None:
    store = office_p12(tmp_path / "o.p12")
    secret = tmp_path / "secret"
    secret.write_bytes(PASSPHRASE + b"\n")
    key = keys.from_settings(settings(tmp_path, pkcs12=str(store), passphrase_file=str(secret), padding="pkcs1v15"))
    assert key.development, "who else has a copy of a file nobody knows"
    assert key.trust_root == ""
    assert key.algorithm == "RSA PKCS#1 v1.5 with SHA-256"


@pytest.mark.parametrize(("office", "kind", "word"), [
    (Office(bits=1024), errors.CERTIFICATE_WEAK, "1024 bits"),
    (Office(content_commitment=False), errors.CERTIFICATE_USAGE, "nonRepudiation"),
    (Office(starts=timedelta(days=-100), ends=timedelta(days=-1)), errors.CERTIFICATE_EXPIRED, "expired"),
    (Office(starts=timedelta(days=1)), errors.CERTIFICATE_NOT_YET, "not valid before"),
])
def test_a_key_the_law_forbids_is_refused(office: Office, kind: errors.Kind, word: str, tmp_path: Path) -> None:
    problem = refused(office_p12(tmp_path / "o.p12", office))
    assert problem.kind is kind
    assert word in problem.details["reason"]


def test_a_certificate_signed_with_sha1_is_refused(shared_pki: Stand) -> None:
    problem = refused(shared_pki.p12("sha1"), None)
    assert problem.kind is errors.CERTIFICATE_WEAK
    assert "(ký bằng sha1)" in problem.vi and "(signed with sha1)" in problem.en


def test_a_certificate_that_nobody_issued_is_refused(shared_pki: Stand) -> None:
    assert refused(shared_pki.p12("self_signed"), None).kind is errors.CERTIFICATE_SELF_SIGNED


@pytest.mark.parametrize("passphrase", [b"wrong", b"", None])
def test_a_wrong_passphrase_is_a_missing_key_and_is_not_repeated(passphrase: bytes | None, tmp_path: Path) -> None:
    problem = refused(office_p12(tmp_path / "o.p12"), passphrase)
    assert problem.code == "K501"
    assert "wrong" not in str(problem)


def test_a_file_that_is_no_pkcs12_is_a_missing_key(tmp_path: Path) -> None:
    (tmp_path / "o.p12").write_bytes(b"\x30\x03abc")
    assert refused(tmp_path / "o.p12").code == "K501"


def test_a_key_file_that_is_not_there_is_a_missing_key(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError) as caught:
        keys.from_settings(settings(tmp_path, pkcs12=str(tmp_path / "none.p12")))
    assert caught.value.code == "K501"
    assert "none.p12" in str(caught.value)


def test_a_key_that_runs_out_while_the_signer_runs_is_refused(tmp_path: Path) -> None:
    key = keys.from_settings(settings(tmp_path))
    with pytest.raises(ApplianceError) as caught:
        key.refuse_outside_validity(key.certificate.not_valid_after_utc + timedelta(seconds=1))
    assert caught.value.kind is errors.CERTIFICATE_EXPIRED
