"""Certificates of a host: asked for with a key that stays, proved before use, put in force in one step."""

from __future__ import annotations

import base64
import getpass
import io
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from certificate_stand import PASSPHRASE, Host, Root, authority, group, refused, run
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from appliance import expiry
from appliance.core import files
from appliance.pki import cabinet, pem
from appliance.pki.cabinet import CERTIFICATE, KEY, Drawer


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> Root:
    return authority(tmp_path_factory.mktemp("ca"), "national")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Root:
    return authority(tmp_path_factory.mktemp("other"), "national", kind="ec")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    before = os.umask(0o077)  # as careful as a hardened host
    yield Host(tmp_path)
    os.umask(before)


def leaf(path: Path | str) -> x509.Certificate:
    return pem.chain(Path(path))[0]


def fits(folder: Path) -> bool:
    """Say whether the key and the certificate of a folder belong together."""
    return pem.public(leaf(folder / CERTIFICATE).public_key()) == pem.public_of(folder / KEY)


def test_a_second_request_changes_nothing_and_no_key_leaves_the_host(host: Host, national: Root) -> None:
    first = host.request("page")
    again = host.request("page")
    assert (first["changed"], again["changed"], again["needed"]) == (True, False, True)
    assert first["csr"] == again["csr"]
    assert "PRIVATE" not in str(first)
    signed = host.sign(national, "page")
    assert host.install("page", national, signed=signed)["changed"]
    assert not host.install("page", national, signed=signed)["changed"]
    assert host.request("page") == {"changed": False, "needed": False, "purpose": "page", "request": "", "csr": "",
                                    "names": ["127.0.0.1", "localhost"]}
    assert b"PRIVATE" not in signed.read_bytes()
    assert fits(host.root / "page" / "current")


def test_a_trial_says_what_would_change_and_changes_nothing(host: Host, national: Root) -> None:
    found = host.request("page", "--dry-run")
    assert (found["changed"], found["needed"], found["csr"]) == (True, True, "")
    assert not host.root.exists()
    host.request("page")
    assert not host.request("page", "--dry-run")["changed"]
    words = host.installing("page", national, signed=host.sign(national, "page"))
    assert run(*words, "--dry-run")["changed"]
    assert not (host.root / "page" / "current").exists()
    assert run(*words)["changed"] and not run(*words, "--dry-run")["changed"]


def test_request_and_answer_may_come_by_standard_input(host: Host, tmp_path: Path, national: Root,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    closed, out = authority(tmp_path / "ca", "closed", passphrase=PASSPHRASE), tmp_path / "page.pem"
    csr = host.request("page")["csr"]
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSPHRASE}\n{csr}"))
    run("sign", "-", "--passphrase", "-", "--purpose", "page", "--out", out, "--name", "localhost", "--name",
        "127.0.0.1", "--ca-certificate", closed.certificate, "--ca-key", closed.key)
    words = host.installing("page")
    for certificate, roots, code in ((out.read_text(), "", "H946"), ("nothing", "", "H950"),
                                     (out.read_text(), national.certificate.read_text(), "H946")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"certificate": certificate, "ca": roots})))
        assert refused(*words, "--given") == code
    both = national.certificate.read_text() + closed.certificate.read_text()
    for given, changed in (({"certificate": out.read_text(), "ca": both}, True), ({"ca": both}, False)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(given)))
        assert run(*words, "--given")["changed"] is changed


def test_the_key_is_for_one_group_and_the_rest_for_everybody(host: Host, national: Root) -> None:
    host.provision("archive", national)
    found = host.root / "archive" / "current"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (found, *found.iterdir())}
    assert modes == {"current": 0o755, "key.pem": 0o440, "certificate.pem": 0o444, "ca.pem": 0o444}
    assert (found / KEY).stat().st_gid == os.getgid()
    assert stat.S_IMODE(host.root.stat().st_mode) == 0o755
    assert refused("request", "archive", "--root", host.root, "--name", "x", "--group", "no-such-group") == "H954"


@pytest.mark.parametrize(("purpose", "usages"), [
    ("archive", {Usage.CLIENT_AUTH}), ("metrics", {Usage.SERVER_AUTH}), ("page", {Usage.SERVER_AUTH}),
    ("receiver", {Usage.SERVER_AUTH}), ("monitoring", {Usage.SERVER_AUTH, Usage.CLIENT_AUTH})])
def test_a_certificate_has_the_rights_of_its_purpose_and_no_more(
        host: Host, national: Root, purpose: str, usages: set[x509.ObjectIdentifier]) -> None:
    host.request(purpose)
    made = leaf(host.sign(national, purpose, "--days", "100"))
    assert set(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == usages
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert 98 <= (made.not_valid_after_utc - datetime.now(UTC)).days <= 100
    assert made.serial_number.bit_length() > 64


def test_what_is_signed_follows_the_inventory_not_the_request(host: Host, national: Root) -> None:
    host.request("page")
    csr = host.root / "page" / "next" / "request.csr"
    words = ["--purpose", "page", "--out", host.folder / "x.pem", "--ca-certificate", national.certificate,
             "--ca-key", national.key]
    assert refused("sign", csr, "--name", "scan0311.bhxh.example", *words) == "H951"
    spoilt = host.folder / "spoilt.csr"
    spoilt.write_text("no request")
    assert refused("sign", spoilt, "--name", "localhost", *words) == "H950"
    assert not (host.folder / "x.pem").exists()


def signing_request(path: Path, key: Any, *extensions: x509.ExtensionType) -> Path:
    """Write a request as a host could that is not ours any more."""
    made = x509.CertificateSigningRequestBuilder().subject_name(pem.subject(["localhost"]))
    for one in extensions or (pem.alternative(["localhost"]),):
        made = made.add_extension(one, critical=True)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def test_what_a_hostile_host_asks_for_beyond_its_names_is_never_signed(national: Root, tmp_path: Path) -> None:
    greedy = signing_request(
        tmp_path / "greedy.csr", ec.generate_private_key(ec.SECP256R1()), pem.alternative(["localhost"]),
        x509.BasicConstraints(ca=True, path_length=None), x509.NameConstraints([x509.DNSName("")], None),
        x509.ExtendedKeyUsage([Usage.CODE_SIGNING, Usage.CLIENT_AUTH]))
    out = tmp_path / "x.pem"
    words = ["--purpose", "page", "--out", out, "--ca-certificate", national.certificate, "--ca-key", national.key,
             "--name", "localhost"]
    run("sign", greedy, *words)
    made = leaf(out)
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert set(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == {Usage.SERVER_AUTH}
    assert not made.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    with pytest.raises(x509.ExtensionNotFound):
        made.extensions.get_extension_for_class(x509.NameConstraints)
    for number, weak in enumerate((rsa.generate_private_key(65537, 1024), dsa.generate_private_key(2048),
                                   ec.generate_private_key(ec.SECP224R1()))):
        asked = signing_request(tmp_path / f"weak{number}.csr", weak)
        assert refused("sign", asked, *words[:2], "--out", tmp_path / "weak.pem", *words[4:]) == "H951"
    assert not (tmp_path / "weak.pem").exists()


def test_a_request_made_to_be_odd_is_refused_by_its_code_and_trips_nothing(national: Root, tmp_path: Path) -> None:
    good = signing_request(tmp_path / "good.csr", ec.generate_private_key(ec.SECP256R1())).read_bytes()
    der, luck = base64.b64decode(b"".join(good.splitlines()[1:-1])), random.Random(9)
    words = ["--purpose", "page", "--out", tmp_path / "x.pem", "--ca-certificate", national.certificate, "--ca-key",
             national.key, "--name", "localhost"]
    codes = set()
    for at in range(0, len(der), 2):
        odd = bytearray(der)
        odd[at] ^= luck.randrange(1, 256)
        (tmp_path / "odd.csr").write_bytes(b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(odd)
                                           + b"-----END CERTIFICATE REQUEST-----\n")
        codes.add(refused("sign", tmp_path / "odd.csr", *words))
    assert codes == {"H950", "H951"}


@pytest.mark.parametrize("name", ["", "máy-quét.vn", "a b", "a..b", ".a", "a.example.", "*.example", "a\nb",
                                  "x" * 64, "10.31.1.5/24", "010.1.1.1", "fe80::1%eth0", "a." * 130 + "vn",
                                  "a-.vn"])
def test_a_name_that_no_host_can_have_is_refused_before_a_key_is_made(host: Host, name: str) -> None:
    assert refused("request", "page", "--root", host.root, "--group", group(), "--name", name) == "H970"
    assert not host.root.exists()


def test_an_address_in_another_spelling_is_the_same_address(host: Host, national: Root) -> None:
    host.names["page"] = ["Scan0311.BHXH.example", "FD00:0:0:0::0001", "fd00::1"]
    host.provision("page", national)
    assert host.request("page")["needed"] is False
    assert run("list", "--root", host.root)["certificates"][0]["names"] == ["fd00::1", "scan0311.bhxh.example"]


def test_an_answer_with_a_persons_words_around_it_is_taken(
        host: Host, national: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    host.request("page")
    answer = "\ufeffChứng thư số của máy quét\r\n" + host.sign(national, "page").read_text().replace("\n", "\r\n")
    words = ("install", "page", "--root", host.root, "--group", group(), "--given")
    for odd in ("", "[1]", "{", '{"certificate": 7}'):
        monkeypatch.setattr(sys, "stdin", io.StringIO(odd))
        assert refused(*words) == "H950"
    given = {"certificate": answer, "ca": national.certificate.read_text()}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(given)))
    assert run(*words)["changed"]


def test_modes_that_a_restored_backup_or_a_person_changed_are_set_right_by_the_next_run(
        host: Host, national: Root) -> None:
    for _ in range(2):
        host.provision("archive", national, renew=True)
    drawer = host.root / "archive"
    before, now = drawer / "1", drawer / "2"
    for folder in (before, now):
        (folder / KEY).chmod(0o644)
    (now / CERTIFICATE).chmod(0o400)
    now.chmod(0o700)
    words = ["install", "archive", "--root", host.root, "--group", group(), "--ca", national.certificate]
    assert run(*words, "--dry-run")["changed"] and stat.S_IMODE((now / KEY).stat().st_mode) == 0o644
    assert run(*words)["changed"]
    modes = {stat.S_IMODE((folder / name).stat().st_mode) for folder in (before, now) for name in (KEY,)}
    assert modes == {0o440}
    assert (stat.S_IMODE((now / CERTIFICATE).stat().st_mode), stat.S_IMODE(now.stat().st_mode)) == (0o444, 0o755)
    assert not run(*words)["changed"]
    if os.geteuid() == 0:
        os.chown(now / KEY, -1, 1)
        assert run(*words)["changed"] and (now / KEY).stat().st_gid == os.getgid()


def test_a_new_certificate_of_the_authority_between_is_in_the_next_answer(
        host: Host, national: Root, tmp_path: Path) -> None:
    province = authority(tmp_path / "below", "province", above=national)
    host.request("page")
    old = pem.chain(host.sign(province, "page"))
    key = serialization.load_pem_private_key(province.key.read_bytes(), None)
    above = serialization.load_pem_private_key(national.key.read_bytes(), None)
    now = datetime.now(UTC)
    again = (x509.CertificateBuilder().subject_name(old[1].subject).issuer_name(old[1].issuer)
             .public_key(key.public_key())  # type: ignore[arg-type]
             .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
             .not_valid_after(now + timedelta(days=3650))
             .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
             .sign(above, hashes.SHA256()))  # type: ignore[arg-type]
    province.certificate.write_bytes(pem.written([again]))
    assert pem.chain(host.sign(province, "page"))[1] == again


def test_a_request_is_signed_once_and_again_when_its_end_is_near(host: Host, national: Root) -> None:
    host.request("page")
    first = leaf(host.sign(national, "page", "--days", "40")).serial_number
    assert leaf(host.sign(national, "page", "--days", "40")).serial_number == first
    assert leaf(host.sign(national, "page", "--days", "400", "--renew-days", "60")).serial_number != first


def test_the_authoritys_key_wants_its_passphrase(host: Host, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    closed = authority(tmp_path / "ca", "closed", passphrase=PASSPHRASE)
    words = ["--purpose", "page", "--out", tmp_path / "x.pem", "--ca-certificate", closed.certificate,
             "--ca-key", closed.key, "--name", "localhost", "--name", "127.0.0.1"]
    csr = host.request("page")["request"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
    assert refused("sign", csr, *words, "--passphrase", "-") == "H952"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSPHRASE}\n"))
    assert run("sign", csr, *words, "--passphrase", "-")["changed"]
    monkeypatch.setattr(getpass, "getpass", lambda _: pytest.fail("a run of Ansible would wait for ever"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(Path(csr).read_text()))
    assert refused("sign", "-", *words) == "H952"
    (tmp_path / "ca-passphrase").write_text(f"{PASSPHRASE}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert run("sign", csr, *words, "--renew-days", "398", "--days", "399")["changed"]


@pytest.mark.parametrize("wrong", ["key of another", "no authority", "ends too soon"])
def test_an_authority_that_cannot_sign_signs_nothing(
        host: Host, national: Root, tmp_path: Path, wrong: str) -> None:
    other = authority(tmp_path / "ca", "other", ca=wrong != "no authority", days=20)
    key = other.key if wrong != "key of another" else national.key
    csr = host.request("page")["request"]
    assert refused("sign", csr, "--purpose", "page", "--out", tmp_path / "x.pem", "--name", "localhost", "--name",
                   "127.0.0.1", "--ca-certificate", other.certificate, "--ca-key", key) == "H952"


def test_a_certificate_of_another_key_or_a_stranger_or_another_purpose_is_refused(
        host: Host, national: Root, stranger: Root, tmp_path: Path) -> None:
    host.provision("page", national)
    before = leaf(host.file("page", CERTIFICATE)).serial_number
    host.request("page", "--renew")
    other = Host(tmp_path / "another")
    other.request("page")
    foreign = other.sign(national, "page")
    assert refused(*host.installing("page", national, signed=foreign)) == "H945"
    assert refused(*host.installing("page", national, signed=host.sign(stranger, "page"))) == "H946"
    client = host.folder / "signed" / "client.pem"
    run("sign", host.root / "page" / "next" / "request.csr", "--purpose", "archive", "--out", client, "--name",
        "localhost", "--name", "127.0.0.1", "--ca-certificate", national.certificate, "--ca-key", national.key)
    assert refused(*host.installing("page", national, signed=client)) == "H948"
    assert refused(*host.installing("page", national, signed=tmp_path / "missing.pem")) == "H950"
    assert leaf(host.file("page", CERTIFICATE)).serial_number == before
    assert fits(host.root / "page" / "current")


def issued(by: Root, csr: Path, out: Path, names: str, start: int = -1, days: int = 30) -> Path:
    """Issue as a careless authority would, by OpenSSL: names and time as told."""
    more = out.with_suffix(".ext")
    more.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName={names}\n")
    subprocess.run(["openssl", "x509", "-req", "-in", csr, "-CA", by.certificate, "-CAkey", by.key, "-days",
                    str(days), "-extfile", more, "-out", out], check=True, capture_output=True)
    if start != -1:
        made = leaf(out)
        from cryptography.hazmat.primitives import hashes, serialization
        key = serialization.load_pem_private_key(by.key.read_bytes(), None)
        now = datetime.now(UTC)
        built = (x509.CertificateBuilder().subject_name(made.subject).issuer_name(made.issuer)
                 .public_key(made.public_key()).serial_number(1).not_valid_before(now + timedelta(days=start))
                 .not_valid_after(now + timedelta(days=start + days)))
        for one in made.extensions:
            built = built.add_extension(one.value, one.critical)
        out.write_bytes(pem.written([built.sign(key, hashes.SHA256())]))  # type: ignore[arg-type]
    return out


@pytest.mark.parametrize(("names", "start", "code"), [
    ("DNS:localhost,IP:127.0.0.1", -40, "H949"), ("DNS:localhost,IP:127.0.0.1", 5, "H949"),
    ("DNS:scan0701.bhxh.example", -1, "H947"), ("DNS:localhost,IP:127.0.0.1,DNS:*.bhxh.example", -1, "H947"),
    ("DNS:localhost,IP:127.0.0.1", -1, "")])
def test_an_ended_or_misnamed_certificate_of_a_careless_authority_is_refused(
        host: Host, national: Root, tmp_path: Path, names: str, start: int, code: str) -> None:
    csr = Path(host.request("page")["request"])
    signed = issued(national, csr, tmp_path / "c.pem", names, start)
    words = host.installing("page", national, signed=signed)
    if code:
        assert refused(*words) == code
        assert not (host.root / "page" / "current").exists()
    else:
        assert run(*words)["changed"]


def test_a_certificate_below_another_authority_brings_its_chain(host: Host, national: Root, tmp_path: Path) -> None:
    below = authority(tmp_path / "ca", "province", above=national)
    host.request("page")
    host.install("page", national, signed=host.sign(below, "page"))
    assert len(pem.chain(Path(host.file("page", CERTIFICATE)))) == 2
    alone = tmp_path / "alone.pem"
    alone.write_bytes(pem.written([leaf(host.file("page", CERTIFICATE))]))
    assert refused(*host.installing("page", national, signed=alone)) == "H946"


def test_renewal_is_due_when_fewer_days_are_left_or_names_change(host: Host, national: Root) -> None:
    host.request("page")
    host.install("page", national, signed=host.sign(national, "page", "--days", "60"))
    assert not host.request("page")["needed"]
    assert host.request("page", "--renew-days", "61")["changed"]
    assert not host.request("page")["changed"], "what was asked for is still asked for"
    host.names["page"] = ["scan0311.bhxh.example"]
    found = host.request("page")
    assert found["changed"] and found["names"] == ["scan0311.bhxh.example"]
    assert fits(host.root / "page" / "current"), "what is in force stays until the answer is installed"


def test_the_list_says_how_many_days_are_left_and_metrics_when_they_end(host: Host, national: Root) -> None:
    host.request("page")
    host.install("page", national, signed=host.sign(national, "page", "--days", "60"))
    host.request("archive")
    found = {one["purpose"]: one for one in run("list", "--root", host.root)["certificates"]}
    assert 58 <= found["page"]["days_left"] <= 60 and not found["page"]["due"]
    assert not found["archive"]["there"] and found["archive"]["asked"] and found["archive"]["due"]
    assert run("list", "--root", host.root, "--renew-days", "61")["certificates"][1]["due"]
    assert list(expiry.of_host(host.root)) == ["page"]


def test_other_roots_are_believed_in_one_step_and_only_such_as_fit(
        host: Host, national: Root, stranger: Root) -> None:
    host.provision("page", national)
    certificate = leaf(host.file("page", CERTIFICATE)).serial_number
    assert host.install("page", national, stranger)["changed"]
    assert len(pem.chain(Path(host.file("page", cabinet.ROOTS)))) == 2
    assert not host.install("page", national, stranger)["changed"]
    assert refused(*host.installing("page", stranger)) == "H946", "its own certificate would lead nowhere"
    assert leaf(host.file("page", CERTIFICATE)).serial_number == certificate


class Cut(BaseException):
    """The power goes."""


@pytest.mark.parametrize("after", range(24))
def test_whenever_the_power_goes_key_and_certificate_fit(
        host: Host, national: Root, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    host.provision("page", national)
    old = leaf(host.file("page", CERTIFICATE)).serial_number
    host.request("page", "--renew")
    signed = host.sign(national, "page")
    left = [after]
    with monkeypatch.context() as patched:
        for where, name in ((files, "write_durably"), (files, "sync_folder"), (Path, "rename"),
                            (Path, "replace"), (Path, "symlink_to"), (shutil, "rmtree")):
            patched.setattr(where, name, _cut(getattr(where, name), left))
        try:
            host.install("page", national, signed=signed)
            done = True
        except Cut:
            done = False
    now = host.root / "page" / "current"
    assert fits(now)
    assert leaf(now / CERTIFICATE).serial_number in (old, leaf(signed).serial_number)
    assert done or after < 23, "the last one lets everything be done"
    again = host.request("page")
    if again["needed"]:
        host.install("page", national, signed=signed)
    assert leaf(now / CERTIFICATE).serial_number == leaf(signed).serial_number
    Drawer(host.root / "page").sweep()
    assert len([one for one in (host.root / "page").iterdir() if one.name != "current"]) <= 2


def _cut(real: object, left: list[int]) -> object:
    """Return something that does as the real one until the power goes, and nothing afterwards."""
    def step(*words: object, **named: object) -> object:
        if left[0] <= 0:
            raise Cut
        left[0] -= 1
        return real(*words, **named)  # type: ignore[operator]

    return step


def test_who_reads_meanwhile_never_meets_half_of_a_renewal(host: Host, national: Root) -> None:
    """A reader that opens the folder once finds a fitting pair in it, however often it is renewed."""
    host.provision("page", national)
    stop, misfits = threading.Event(), []

    def reads() -> None:
        while not stop.is_set():
            folder = (host.root / "page" / "current").resolve()
            if not fits(folder):
                misfits.append(folder)

    reader = threading.Thread(target=reads)
    reader.start()
    try:
        host.provision("page", national, renew=True)
    finally:
        stop.set()
        reader.join()
    assert not misfits
