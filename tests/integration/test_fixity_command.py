"""``appliance receive fixity`` and ``prove`` as people run them, and what Prometheus sees of the keeping."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kept_archive import PLACES, Kept, kept
from pki_stand import Stand
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from appliance.receiver.fixity import check_desk, proof_desk
from appliance.receiver.fixity.figures import KeepingFigures
from appliance.receiver.fixity.record import algorithms_in


def check_of(_trusted: Sequence[Path]) -> Callable[..., str]:
    """Return a check of signatures that a judge's process can be given."""
    return passes


def passes(path: Path, at: datetime | None = None) -> str:
    return "it is not signed" if b"unsigned" in path.read_bytes() else ""


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path) as found:
        yield found


def settings_file(stand: Kept, *more: str) -> list[str]:
    """Write the settings of the archive; return the flag that names them."""
    path = stand.folder / "receiver.toml"
    stores = "".join(f'[[store]]\nname = "{name}"\nfolder = {json.dumps(str(stand.folder / name))}\n'
                     for name in PLACES)
    path.write_text("\n".join([f"root = {json.dumps(str(stand.folder / 'root'))}", stores, *more]))
    return ["--settings", str(path)]


def stamped_by(pki: Stand, *, signatures: bool = False) -> str:
    return (f'[fixity]\nsignatures = {str(signatures).lower()}\ntrust = [{json.dumps(str(pki.root))}]\n'
            f'[[fixity.tsa]]\nurl = "{pki.tsa()}"\nseconds = 10.0\n')


def figures(stand: Kept) -> dict[str, float]:
    """Return the samples of a scrape by name and labels."""
    class Scraped(Collector):
        def collect(self) -> Iterator[Metric]:
            return KeepingFigures(stand.archive, stand.evidence()).families()

    registry = CollectorRegistry()
    registry.register(Scraped())
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_all_is_read_judged_stamped_and_mended_and_the_exit_code_says_so(
        stand: Kept, shared_pki: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    stand.damage("far", stand.names[0])
    flags = settings_file(stand, stamped_by(shared_pki, signatures=True))
    assert check_desk.main([*flags, "--all"], check_of) == 0
    said = capsys.readouterr().out
    assert "judged again: 3" in said
    assert "copies restored: 1" in said
    assert "packages stamped, renewed: 3, 0" in said
    assert "wrong and not mended: 0" in said


def test_what_is_wrong_is_listed_without_another_run(stand: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    flags = settings_file(stand, "[fixity]\nsignatures = false")
    for place in PLACES:
        stand.damage(place, stand.names[1])
    assert check_desk.main([*flags, "--all"], check_of) == 3
    capsys.readouterr()
    assert check_desk.main([*flags, "--report"], check_of) == 3
    said = capsys.readouterr().out
    assert f"lost - {stand.names[1]}" in said
    assert "A661" in said
    assert "hãy" in said.lower()


def test_a_place_that_nobody_named_cannot_be_refilled(stand: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_desk.main([*settings_file(stand), "--refill", "moon"], check_of) == 1
    assert "A662" in capsys.readouterr().err


def test_a_package_is_proved_by_its_identity_or_its_hash(
        stand: Kept, shared_pki: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    flags = settings_file(stand, stamped_by(shared_pki))
    uuid = "0198f3c0-1111-7000-8000-000000000001"
    assert proof_desk.main([*flags, uuid], check_of) == 1
    assert "A666" in capsys.readouterr().err
    assert proof_desk.main([*flags, "ab" * 32], check_of) == 1
    assert "A667" in capsys.readouterr().err
    assert check_desk.main(flags, check_of) == 0
    out = stand.folder / "record.ers"
    assert proof_desk.main([*flags, uuid, "--out", str(out)], check_of) == 0
    assert proof_desk.main([*flags, stand.names[0].upper()], check_of) == 0
    said = capsys.readouterr().out
    assert said.count(f"{stand.names[0]} có giá trị từ {datetime.now(UTC):%Y}-") == 2
    assert said.count(f"holds since {datetime.now(UTC):%Y}-") == 2
    assert algorithms_in(out.read_bytes()) == ("sha256",)


def test_a_record_is_judged_without_the_archive_it_came_from(
        stand: Kept, shared_pki: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    flags = settings_file(stand, stamped_by(shared_pki))
    assert check_desk.main(flags, check_of) == 0
    out = stand.folder / "record.ers"
    assert proof_desk.main([*flags, stand.names[0], "--out", str(out)], check_of) == 0
    here, other = (str(stand.path("near", name)) for name in stand.names[:2])
    offline = ["--record", str(out), "--trust", str(shared_pki.root)]
    assert proof_desk.main([*offline, here], check_of) == 0
    assert proof_desk.main([*offline, other], check_of) == 1
    assert proof_desk.main(["--record", here, here], check_of) == 1
    assert proof_desk.main(["--record", str(out), here], check_of) == 1  # nobody is trusted
    assert capsys.readouterr().out.count("does not hold:") == 3


def test_a_proof_of_a_package_that_is_lost_is_none(
        stand: Kept, shared_pki: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    flags = settings_file(stand, stamped_by(shared_pki))
    assert check_desk.main(flags, check_of) == 0
    for place in PLACES:
        stand.damage(place, stand.names[0])
    assert proof_desk.main([*flags, stand.names[0]], check_of) == 1
    assert "A642" in capsys.readouterr().err


def test_prometheus_sees_checks_errors_copies_and_the_days_to_the_next_renewal(
        stand: Kept, shared_pki: Stand) -> None:
    before = figures(stand)
    assert before["archive_fixity_last_complete_timestamp_seconds"] == 0
    assert before["archive_packages_unstamped"] == 3
    assert "archive_evidence_renewal_seconds" not in before
    for place in PLACES:
        stand.damage(place, stand.names[1])
    stand.path("far", stand.names[0]).unlink()
    check_desk.main([*settings_file(stand, stamped_by(shared_pki)), "--all"], check_of)
    after = figures(stand)
    now = datetime.now(UTC)
    assert after["archive_fixity_last_complete_timestamp_seconds"] == pytest.approx(now.timestamp(), abs=60)
    assert after["archive_fixity_oldest_check_timestamp_seconds"] <= now.timestamp()
    assert after["archive_fixity_restored_total"] == 1
    assert after["archive_fixity_objects_total"] == 4  # three packages and what proves them
    assert after['archive_fixity_errors{kind="lost",place=""}'] == 1
    assert after['archive_copies_missing{place="far"}'] == 1
    assert after["archive_packages_unstamped"] == 0
    ends = shared_pki.certificate("tsa").not_valid_after_utc - now
    assert 30 * 86400 < after["archive_evidence_renewal_seconds"] <= ends.total_seconds()
