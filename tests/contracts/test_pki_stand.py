"""The PKI of tests is judged by OpenSSL and OpenSC: what it says is right is right, what it spoils is spoilt."""

from __future__ import annotations

import http.client
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pki_token
import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from pki_server import LARGE
from pki_stand import PEOPLE, Stand, apart

GOOD = ("office", "office_ec", "officer", "officer_ec", "officer2", "soon_over")
BAD = {
    "expired": "certificate has expired", "not_yet_valid": "certificate is not yet valid",
    "self_signed": "self-signed certificate", "stranger": "unable to get local issuer certificate",
    "revoked": "certificate revoked", "wrong_usage": "unsuitable certificate purpose",
    "weak_rsa": "EE certificate key too weak", "sha1": "CA signature digest algorithm too weak",
}
NO_TOKEN = pki_token.available()


@pytest.fixture
def stand(shared_pki: Stand) -> Stand:
    """The session's stand as it is when nobody has troubled it."""
    shared_pki.reset()
    return shared_pki


def openssl(*arguments: object) -> str:
    """Return everything OpenSSL says."""
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def ask(url: str, body: bytes = b"", seconds: float = 10.0) -> tuple[int, str, bytes]:
    """Return status, content type and body."""
    place = urlsplit(url)
    line = http.client.HTTPConnection(place.netloc, timeout=seconds)
    try:
        line.request("POST" if body else "GET", place.path, body or None)
        answer = line.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read()
    finally:
        line.close()


def verified(stand: Stand, name: str, folder: Path) -> str:
    """Return what OpenSSL says of a certificate: chain, use, strength, revocation."""
    lists = []
    for issuer in ("root", "issuing"):
        path = folder / f"{issuer}.crl"
        path.write_bytes(ask(f"{stand.address}/pki/crls/{issuer}/latest.crl")[2])
        pem = path.with_suffix(".crl.pem")
        openssl("crl", "-inform", "DER", "-in", path, "-out", pem)
        lists += ["-CRLfile", pem]
    return openssl("verify", "-x509_strict", "-auth_level", 2, "-purpose", "smimesign", "-crl_check", *lists,
                   "-CAfile", stand.root, "-untrusted", stand.pem("issuing"), stand.pem(name))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_signer_is_good(stand: Stand, name: str, tmp_path: Path) -> None:
    assert verified(stand, name, tmp_path).strip().endswith(": OK")


@pytest.mark.parametrize(("name", "said"), BAD.items())
def test_a_bad_signer_is_bad_for_its_own_reason(stand: Stand, name: str, said: str, tmp_path: Path) -> None:
    assert said in verified(stand, name, tmp_path)


def test_every_signer_is_judged() -> None:
    assert {*GOOD, *BAD} == set(PEOPLE)


def ocsp(stand: Stand, name: str) -> str:
    """Return what OpenSSL makes of the responder's answer about a certificate."""
    return openssl("ocsp", "-issuer", stand.pem("issuing"), "-cert", stand.pem(name), "-CAfile", stand.root,
                   "-url", f"{stand.address}/pki/ocsp/issuing")


def test_ocsp_answers_are_signed_by_a_responder_and_say_what_is_so(stand: Stand) -> None:
    assert "Response verify OK" in ocsp(stand, "office")
    assert "office.pem: good" in ocsp(stand, "office")
    assert "revoked.pem: revoked" in ocsp(stand, "revoked")
    assert stand.requests == {"ocsp": 3}


def test_a_certificate_is_revoked_and_good_again(stand: Stand, tmp_path: Path) -> None:
    stand.revoke("officer2")
    assert "officer2.pem: revoked" in ocsp(stand, "officer2")
    assert "certificate revoked" in verified(stand, "officer2", tmp_path)
    stand.restore("officer2")
    assert "officer2.pem: good" in ocsp(stand, "officer2")
    assert verified(stand, "officer2", tmp_path).strip().endswith(": OK")


@pytest.mark.parametrize(("what", "said"), [
    ("try_later", "trylater"), ("unauthorized", "unauthorized"), ("wrong_signature", "Response Verify Failure"),
    ("stale", "status expired"), ("garbage", "Error querying OCSP responder"), ("error", "Error querying OCSP")])
def test_a_spoilt_ocsp_answer_is_seen_to_be_spoilt(stand: Stand, what: str, said: str) -> None:
    stand.trouble("ocsp", what, seconds=40 * 3600, times=1)
    assert said in ocsp(stand, "office")
    assert "Response verify OK" in ocsp(stand, "office")


@pytest.mark.parametrize(("what", "said"), [
    ("stale", "CRL has expired"), ("wrong_signature", "CRL signature failure")])
def test_a_spoilt_list_of_revoked_certificates_is_seen_to_be_spoilt(stand: Stand, what: str, said: str,
                                                                   tmp_path: Path) -> None:
    stand.trouble("crl", what, seconds=100 * 24 * 3600)
    assert said in verified(stand, "office", tmp_path)
    stand.clear("crl")
    assert verified(stand, "office", tmp_path).strip().endswith(": OK")


def test_ca_certificates_can_be_fetched(stand: Stand, tmp_path: Path) -> None:
    status, kind, der = ask(f"{stand.address}/pki/certs/issuing/ca.crt")
    (tmp_path / "ca.der").write_bytes(der)
    assert (status, kind) == (200, "application/pkix-cert")
    told = openssl("x509", "-inform", "DER", "-in", tmp_path / "ca.der", "-noout", "-subject")
    assert "CN = Test Issuing CA" in told


def stamped(stand: Stand, folder: Path, name: str = "tsa") -> str:
    """Ask for a time stamp and return what OpenSSL says of it."""
    data, query, reply = folder / "data", folder / "query", folder / "reply"
    data.write_bytes(b"hold me")
    openssl("ts", "-query", "-data", data, "-sha256", "-cert", "-out", query)
    reply.write_bytes(ask(stand.tsa(name), query.read_bytes())[2])
    return openssl("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", stand.root)


@pytest.mark.parametrize("name", ["tsa", "tsa2"])
def test_a_time_stamp_verifies(stand: Stand, name: str, tmp_path: Path) -> None:
    assert "Verification: OK" in stamped(stand, tmp_path, name)
    assert stand.requests == {name: 1}


@pytest.mark.parametrize(("what", "said"), [
    ("wrong_nonce", "nonce mismatch"), ("no_nonce", "nonce not returned"),
    ("wrong_imprint", "message imprint mismatch"), ("wrong_signature", "signature failure"),
    ("rejected", "not in the mood"), ("unfit", "unsuitable certificate purpose"),
    ("stranger", "certificate verify error")])
def test_a_spoilt_time_stamp_is_seen_to_be_spoilt(stand: Stand, what: str, said: str, tmp_path: Path) -> None:
    stand.trouble("tsa", what, times=1)
    first = stamped(stand, tmp_path)
    assert said in first
    assert "Verification: FAILED" in first
    assert "Verification: OK" in stamped(stand, tmp_path)


@pytest.mark.parametrize("name", ["tsa_unfit", "other_tsa"])
def test_an_authority_that_may_not_stamp_is_seen_not_to(stand: Stand, name: str, tmp_path: Path) -> None:
    assert "Verification: FAILED" in stamped(stand, tmp_path, name)


def test_an_authority_whose_clock_is_wrong_tells_the_wrong_hour(stand: Stand, tmp_path: Path) -> None:
    stand.trouble("tsa", "wrong_hour", seconds=-400 * 24 * 3600)
    assert "Verification: OK" in stamped(stand, tmp_path)
    told = openssl("ts", "-reply", "-in", tmp_path / "reply", "-text")
    year = time.gmtime(time.time() - 400 * 24 * 3600).tm_year
    assert f"{year} GMT" in next(line for line in told.splitlines() if line.startswith("Time stamp:"))


@pytest.mark.parametrize(("what", "seen"), [
    ("error", (503, "text/plain", 9)), ("html", (200, "text/html", 46)),
    ("large", (200, "application/timestamp-reply", LARGE)), ("empty", (200, "application/timestamp-reply", 0))])
def test_misfortunes_of_a_network_happen_as_often_as_said(stand: Stand, what: str,
                                                          seen: tuple[int, str, int]) -> None:
    stand.trouble("crl", what, times=2)
    url = f"{stand.address}/pki/crls/root/latest.crl"
    for _ in range(2):
        status, kind, body = ask(url)
        assert (status, kind, len(body)) == seen
    assert ask(url)[1] == "application/pkix-crl"
    assert stand.requests == {"crl": 3}
    assert stand.connections == 3


def test_an_answer_never_comes_or_breaks_off_or_comes_late(stand: Stand) -> None:
    url = f"{stand.address}/pki/crls/root/latest.crl"
    stand.trouble("crl", "nothing", times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(url)
    stand.trouble("crl", "cut", times=1)
    with pytest.raises(http.client.IncompleteRead):
        ask(url)
    stand.trouble("crl", "silent", times=1)
    with pytest.raises(TimeoutError):
        ask(url, seconds=0.3)
    stand.trouble("crl", "late", seconds=0.3, times=1)
    begun = time.monotonic()
    assert ask(url)[0] == 200
    assert time.monotonic() - begun >= 0.3


def test_a_key_file_opens_with_its_passphrase_only(stand: Stand) -> None:
    data = stand.p12("office", b"bi mat").read_bytes()
    held = pkcs12.load_pkcs12(data, b"bi mat")
    assert held.cert is not None
    assert held.cert.certificate == stand.certificate("office")
    assert [item.certificate for item in held.additional_certs] == [stand.certificate(name)
                                                                     for name in ("issuing", "root")]
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(data, b"sai")


def test_two_stands_stand_side_by_side_with_the_same_keys(stand: Stand, tmp_path: Path) -> None:
    with Stand(tmp_path / "other") as other:
        assert other.address != stand.address
        assert other.certificate("office") != stand.certificate("office")
        assert other.certificate("office").public_key() == stand.certificate("office").public_key()
        assert "Verification: OK" in stamped(other, tmp_path)
    assert stand.requests == {}


def test_a_stand_apart_answers_and_counts(tmp_path: Path) -> None:
    with apart(tmp_path / "apart") as elsewhere:
        assert ask(f"{elsewhere.table['addresses'][0]}/pki/crls/root/latest.crl")[0] == 200
        assert elsewhere.counts() == {"crl": 1}
        assert elsewhere.counts() == {}
        assert set(elsewhere.files) == set(PEOPLE)


@pytest.mark.skipif(bool(NO_TOKEN), reason=NO_TOKEN)
def test_a_token_signs_until_it_is_taken_out(stand: Stand, tmp_path: Path) -> None:
    token = stand.token("officer", "office")
    data, signature = tmp_path / "data", tmp_path / "signature"
    data.write_bytes(b"hold me")
    sign = ["pkcs11-tool", "--module", token.library, "--token-label", token.label, "--login", "--pin", token.pin,
            "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "02", "-i", str(data), "-o", str(signature)]

    def signed(*wrong: str) -> bool:
        command = [{"--pin": "--pin", token.pin: wrong[0]}.get(word, word) for word in sign] if wrong else sign
        return not subprocess.run(command, env=token.environment, capture_output=True, check=False,
                                  timeout=60).returncode

    assert signed()
    public = tmp_path / "public.pem"
    public.write_text(openssl("x509", "-in", stand.pem("office"), "-pubkey", "-noout"))
    assert "Verified OK" in openssl("dgst", "-sha256", "-verify", public, "-signature", signature, data)
    assert not signed("000000")
    token.take_out()
    assert not signed()
    token.put_back()
    assert signed()
