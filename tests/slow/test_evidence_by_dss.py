"""The EU's own judge (DSS) takes our evidence records: fresh, renewed over stamps, renewed over packages."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import java_judge
import pytest
from evidence_stand import ending, evidence, openssl_stamps
from kept_archive import Kept, kept
from pki_stand import Stand

from appliance.receiver import tables
from appliance.receiver.fixity import tables as keeping
from appliance.receiver.fixity.evidence import Evidence

pytestmark = pytest.mark.slow
HERE = Path(__file__).parents[1] / "oracles" / "ers"
OUT = HERE.parents[2] / "build" / "ers"


@dataclass(frozen=True)
class Verdict:
    """What DSS says: records found, indication, whether every hash fits, time stamps, those over the right hash."""

    records: int
    indication: str
    fits: bool
    stamps: int
    good: int
    words: str


@pytest.fixture(scope="module")
def judge() -> Path:
    try:
        return java_judge.build(HERE, OUT)
    except java_judge.NotHereError as reason:
        pytest.skip(f"not run: {reason}")


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path, documents=5) as found:
        yield found


def ask(judge: Path, pki: Stand, stand: Kept, found: Evidence, name: str, other: str = "") -> Verdict:
    """Have a package, or another one, judged by the record of the package ``name``."""
    told = found.record_of(name)
    assert told is not None
    record = stand.folder / f"{name[:8]}.ers"
    record.write_bytes(told)
    line = f"{pki.root}\t{record}\t{stand.path('near', other or name)}\n"
    paths = f"{judge}/ers-check-1.jar{os.pathsep}{judge}/lib/*"
    done = subprocess.run(["java", "-Xmx1g", "-cp", paths, "ErsCheck"], input=line, capture_output=True, text=True,
                          timeout=300, check=True)
    _, records, indication, fits, stamps, good, words = done.stdout.splitlines()[-1].split("\t")
    return Verdict(int(records), indication, fits == "true", int(stamps), int(good), words)


def test_a_fresh_record_fits_its_package_and_no_other(judge: Path, stand: Kept, shared_pki: Stand) -> None:
    found = evidence(stand, shared_pki)
    found.stamp_new()
    for name in stand.names:
        told = ask(judge, shared_pki, stand, found, name)
        assert (told.records, told.fits, told.stamps, told.good) == (1, True, 1, 1), told
    assert not ask(judge, shared_pki, stand, found, stand.names[0], stand.names[1]).fits


def test_a_record_renewed_over_its_stamps_fits(judge: Path, stand: Kept, shared_pki: Stand) -> None:
    found = evidence(stand, shared_pki)
    found.stamp_new()
    stand.take_in(b"another day")
    found.stamp_new()
    now = datetime.now(UTC)
    with stand.archive.index.write() as connection:
        connection.execute(keeping.stamps.update().values(renew_by=tables.moment(now + timedelta(days=9))))
    assert found.renew(now) == 2
    for name in (stand.names[0], stand.names[-1]):
        told = ask(judge, shared_pki, stand, found, name)
        assert (told.fits, told.stamps, told.good) == (True, 2, 2), told


def test_a_record_renewed_over_the_packages_fits(judge: Path, stand: Kept, shared_pki: Stand) -> None:
    evidence(stand, shared_pki).stamp_new()
    now = datetime.now(UTC)
    found = stand.evidence(openssl_stamps(shared_pki, stand.folder / "openssl", "sha384"), (shared_pki.root,),
                           table=ending("sha256", now + timedelta(days=400), "sha384"))
    assert found.renew_hashes(now, timedelta(days=300)) == 5
    told = ask(judge, shared_pki, stand, found, stand.names[3])
    assert (told.fits, told.stamps, told.good) == (True, 2, 2), told
