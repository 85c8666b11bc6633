"""From paper to receipt on a whole appliance, with an archive that is away, that refuses, that is a stranger."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rig import ROOT, Rig, Sheet, accepted, balanced, dossier, escl, flat, job, letter, page

from appliance import dossiers
from appliance.core.errors import ApplianceError


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """An appliance whose archive is not there when it starts; nothing is kept after a receipt."""
    found = Rig(tmp_path_factory.mktemp("whole") / "rig",
                {"device": [escl()], "job": [job()], "storage": {"keep_days": 0}}, archive=False)
    try:
        yield found
    finally:
        found.stop()


def scan(rig: Rig, code: str, number: int) -> None:
    rig.load([dossier(code, 1), page(number)])
    rig.press()


def delivery(found: dict[str, Any], code: str) -> dict[str, Any]:
    """Return the delivery of a dossier; empty while there is none."""
    return next((one for one in found["deliveries"] if one["dossier"].startswith(f"{code}.r")), {})


def local_files(rig: Rig) -> dict[str, int]:
    """Return how many files lie in each folder of the state."""
    return {name: sum(path.is_file() for path in (rig.state / name).rglob("*"))
            for name in ("masters", "work", "packages", "receipts")}


def nothing_but_the_receipt(rig: Rig, receipts: int) -> None:
    """Wait until every local copy is gone."""
    rig.wait(lambda _: local_files(rig) == {"masters": 0, "work": 0, "packages": 0, "receipts": receipts},
             "local copies are gone, receipts stay")


def shown(rig: Rig, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``appliance status`` as a person does."""
    return subprocess.run([sys.executable, "-m", "appliance", "status", "--socket", str(rig.place.control), *words],
                          capture_output=True, text=True, check=False, cwd=ROOT)


def test_an_archive_that_is_away_is_waited_for_and_nothing_is_deleted(rig: Rig) -> None:
    scan(rig, "AWAY.1", 1)
    found = rig.wait(lambda seen: delivery(seen, "AWAY.1").get("state") == "queued", "a package waits")
    assert local_files(rig)["masters"] == 2 and local_files(rig)["packages"] == 1
    assert found["queues"]["upload"]["n"] == 1
    assert "appliance_upload_backlog_bytes 0.0" not in rig.metrics()
    assert not found["held"], "nobody has to do anything about it"


def test_when_the_archive_comes_up_the_package_is_delivered_and_local_copies_go(rig: Rig) -> None:
    rig.start("receiver")
    status = rig.settled()
    assert accepted(status) == {"AWAY.1"}
    balanced(status)
    nothing_but_the_receipt(rig, 1)
    sha256 = delivery(status, "AWAY.1")["sha256"]
    kept = rig.place.part("archive") / "archive" / sha256[:2] / f"{sha256}.zip"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == sha256


def test_a_receipt_of_a_stranger_deletes_nothing_and_is_shown(rig: Rig, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(Ed25519PrivateKey.generate().public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    rig.restart_daemon({"archive": {"receipt_key": str(stranger)}})
    scan(rig, "STRANGE.1", 2)
    found = rig.wait(lambda seen: any(thing["code"] == "A604" for thing in seen["held"]), "A604 is shown")
    (held,) = found["held"]
    assert held["what"] == "delivery" and "Không xóa gì" in held["vi"] and "?" not in held["vi"] + held["en"]
    before = local_files(rig)
    assert before["masters"] == 2 and before["packages"] == 1 and before["receipts"] == 1
    text = shown(rig)
    assert text.returncode == 3 and "A604" in text.stdout
    assert "A604" in rig.logs()


def test_a_receipt_key_that_is_missing_is_shown(rig: Rig, tmp_path: Path) -> None:
    rig.restart_daemon({"archive": {"receipt_key": str(tmp_path / "none.pem")}})
    found = rig.wait(lambda seen: any(thing["code"] == "A606" for thing in seen["held"]), "A606 is shown")
    assert "none.pem" in found["held"][0]["vi"]
    assert local_files(rig)["packages"] == 1


def test_with_the_right_key_the_same_package_is_accepted_and_let_go(rig: Rig) -> None:
    rig.restart_daemon({"archive": {}})
    rig.wait(lambda seen: accepted(seen) == {"AWAY.1", "STRANGE.1"}, "accepted")
    assert not rig.settled()["held"]
    nothing_but_the_receipt(rig, 2)


def test_a_master_that_two_dossiers_share_stays_for_the_second(rig: Rig) -> None:
    """Two blank backs of equal bytes are one file; the dossier that is held keeps it."""
    same = Sheet(flat(letter(3)))
    rig.load([dossier("TWIN.1", 1), same, dossier("TWIN.2", 2), same])
    rig.press()
    status = rig.settled()
    assert "TWIN.1" in accepted(status)
    rig.wait(lambda _: rig.rows("SELECT count(*) FROM dossier WHERE cleared <> ''") == [(3,)], "TWIN.1 let go")
    (held,) = rig.rows("SELECT path FROM page WHERE dossier = 'TWIN.2.r1' AND sheet = 4")
    assert (rig.state / "masters" / held[0]).read_bytes() == same.front


def test_a_package_that_the_archive_rejects_waits_with_the_archives_reason(rig: Rig, tmp_path: Path) -> None:
    other = tmp_path / "other-root.pem"
    make_root(other)
    rig.run(rig.program("receiver").stop())
    words = rig.program("receiver").arguments
    kept = list(words)
    words[words.index("--trust") + 1] = str(other)
    rig.program("receiver").again = None
    rig.start("receiver")
    scan(rig, "REFUSED.1", 4)
    status = rig.settled()
    (row,) = [one for one in status["dossiers"] if one["file_code"] == "REFUSED.1"]
    assert (row["state"], row["code"]) == ("rejected", "A603")
    (held,) = [thing for thing in status["held"] if thing["id"].startswith("REFUSED.1")]
    assert held["code"] == "A603" and "REFUSED.1.1.pdf" in held["vi"], held
    balanced(status)
    assert local_files(rig)["packages"] == 1
    text = shown(rig)
    assert text.returncode == 3 and held["vi"] in text.stdout
    assert json.loads(shown(rig, "--json").stdout)["counts"] == status["counts"]
    rig.run(rig.program("receiver").stop())
    rig.program("receiver").arguments = kept
    rig.start("receiver")


def test_what_the_archive_refused_by_its_own_fault_is_sent_again_as_it_is(rig: Rig) -> None:
    ((package, signed),) = rig.rows("SELECT package, signed_sha256 FROM dossier JOIN document ON document.dossier "
                                    "= dossier.id WHERE dossier.id = 'REFUSED.1.r1'")
    socket = ["--socket", str(rig.place.control)]
    assert dossiers.main(["resend", "REFUSED.1", "--reason", "kho đã có chứng thư gốc", *socket]) == 0
    status = rig.wait(lambda found: "REFUSED.1" in accepted(found), "accepted")
    status = rig.settled()
    assert not [thing for thing in status["held"] if thing["id"].startswith("REFUSED.1")]
    balanced(status)
    ((again, same),) = rig.rows("SELECT package, signed_sha256 FROM dossier JOIN document ON document.dossier = "
                                "dossier.id WHERE dossier.id = 'REFUSED.1.r2'")
    assert again != package and same == signed
    with pytest.raises(ApplianceError) as refused:
        dossiers.main(["resend", "REFUSED.1", "--reason", "lần nữa", *socket])
    assert refused.value.code == "T533"


def make_root(path: Path) -> None:
    """Make the root certificate of somebody else."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody else")])
    now = dt.datetime.now(dt.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    path.write_bytes(made.public_bytes(Encoding.PEM))
