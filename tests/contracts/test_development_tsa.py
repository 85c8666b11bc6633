"""The development TSA behaves as a real one does; ``openssl ts`` is the judge, and asks it too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from appliance.signing.development_time import KEY_FILE, POLICY
from appliance.signing.stamp import DEVELOPMENT_ORGANISATION

ROOT = Path(__file__).parents[2]
QUERY = "application/timestamp-query"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tsa")


@pytest.fixture(scope="module")
def tsa(folder: Path) -> Iterator[dict[str, str]]:
    """Start the process; return what its ready line says."""
    process = begun(folder)
    assert process.stdout is not None
    word, *facts = process.stdout.readline().split()
    assert word == "ready"
    yield dict(fact.split("=", 1) for fact in facts)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stdout.close()


def begun(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "appliance", "development-tsa", "--root", folder / "kept",
                             "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def query(folder: Path, *words: str) -> Path:
    """Have OpenSSL write a question."""
    data, asked = folder / "data", folder / "asked.tsq"
    data.write_bytes(os.urandom(64))
    subprocess.run(["openssl", "ts", "-query", "-data", data, *words, "-out", asked], check=True,
                   capture_output=True)
    return asked


def answer(url: str, body: bytes, kind: str = QUERY) -> tuple[int, str, bytes]:
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=60) as found:
            return found.status, found.headers["Content-Type"], found.read()
    except urllib.error.HTTPError as problem:
        return problem.code, "", problem.read()


def judged(folder: Path, asked: Path, trust: str, body: bytes, *words: Any) -> bool:
    told = folder / "told.tsr"
    told.write_bytes(body)
    done = subprocess.run(["openssl", "ts", "-verify", "-in", told, "-queryfile", asked, "-CAfile", trust, *words],
                          capture_output=True, check=False)
    return done.returncode == 0


def said(folder: Path, body: bytes) -> str:
    """Return what OpenSSL reads in an answer."""
    told = folder / "told.tsr"
    told.write_bytes(body)
    return subprocess.run(["openssl", "ts", "-reply", "-in", told, "-text"], capture_output=True, check=True,
                          text=True).stdout


@pytest.mark.parametrize("digest", ["-sha256", "-sha384", "-sha512"])
@pytest.mark.parametrize("nonce", [(), ("-no_nonce",)])
def test_openssl_accepts_its_time_stamps(tsa: dict[str, str], folder: Path, digest: str, nonce: tuple[str]) -> None:
    asked = query(folder, digest, "-cert", *nonce)
    status, kind, body = answer(tsa["url"], asked.read_bytes())
    assert (status, kind) == (200, "application/timestamp-reply")
    assert judged(folder, asked, tsa["trust"], body)
    assert not judged(folder, query(folder, digest, "-cert", *nonce), tsa["trust"], body)
    assert POLICY in said(folder, body)


def test_without_being_asked_it_sends_no_certificate(tsa: dict[str, str], folder: Path) -> None:
    asked = query(folder, "-sha256")
    _, _, body = answer(tsa["url"], asked.read_bytes())
    leaf = folder / "leaf.pem"
    store = folder / "kept" / KEY_FILE
    subprocess.run(["openssl", "pkcs12", "-in", store, "-nokeys", "-clcerts", "-passin", "pass:",
                    "-out", leaf], check=True, capture_output=True)
    assert judged(folder, asked, tsa["trust"], body, "-untrusted", leaf)
    assert not judged(folder, asked, tsa["trust"], body)


def test_its_certificate_says_that_it_is_for_trials_and_for_time_stamps_alone(
        tsa: dict[str, str], folder: Path) -> None:
    store = pkcs12.load_pkcs12((folder / "kept" / KEY_FILE).read_bytes(), None)
    assert store.cert is not None
    certificate = store.cert.certificate
    assert DEVELOPMENT_ORGANISATION in [part.value for part in certificate.subject]
    use = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert use.critical
    assert list(use.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    assert (folder / "kept" / KEY_FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("words", "why"), [(("-sha1",), "nrecognized or unsupported algorithm"),
                                            (("-sha256", "-tspolicy", "1.2.3.4"), "policy is not supported")])
def test_what_it_does_not_do_is_refused_in_its_answer(
        tsa: dict[str, str], folder: Path, words: tuple[str, ...], why: str) -> None:
    status, _, body = answer(tsa["url"], query(folder, *words).read_bytes())
    assert status == 200
    assert "Status: Rejected" in said(folder, body)
    assert why in said(folder, body)


def test_nonsense_is_refused_and_the_next_one_is_served(tsa: dict[str, str], folder: Path) -> None:
    assert "Rejected" in said(folder, answer(tsa["url"], b"what time is it?")[2])
    assert answer(tsa["url"], b"x", "text/plain")[0] == 415
    assert answer(tsa["url"], bytes(1 << 20))[0] == 413
    assert answer(tsa["url"].replace("/tsa", "/other"), b"x")[0] == 404
    asked = query(folder, "-sha256", "-cert")
    assert judged(folder, asked, tsa["trust"], answer(tsa["url"], asked.read_bytes())[2])


def test_started_again_it_has_the_same_root(tsa: dict[str, str], folder: Path) -> None:
    before = Path(tsa["trust"]).read_bytes()
    second = begun(folder)
    assert second.stdout is not None
    assert second.stdout.readline().startswith("ready ")
    second.terminate()
    second.communicate(timeout=30)
    assert Path(tsa["trust"]).read_bytes() == before
