"""Archive time stamps by real authorities: one for many packages, renewed in time, judged without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from evidence_stand import SHIPPED, ending, evidence, openssl_stamps
from kept_archive import Kept, kept
from pki_stand import Stand

from appliance.core.errors import ApplianceError
from appliance.receiver import tables
from appliance.receiver.fixity import record
from appliance.receiver.fixity import tables as keeping
from appliance.receiver.fixity.evidence import Evidence
from appliance.receiver.fixity.record import Proof, Trust
from appliance.receiver.fixity.stamper import roots

SOON = timedelta(days=30)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path, documents=5) as found:
        yield found


@pytest.fixture
def clock_of(shared_pki: Stand) -> Iterator[Stand]:
    yield shared_pki
    shared_pki.reset()


def proof(found: Evidence, name: str, at: datetime | None = None) -> Proof:
    told = found.proof_of(name, at or datetime.now(UTC))
    assert told is not None
    return told


def test_one_question_stamps_every_package(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    before = clock_of.requests["tsa"]
    assert found.stamp_new() == 5
    assert clock_of.requests["tsa"] == before + 1
    told = [proof(found, name) for name in stand.names]
    assert [one.reason for one in told] == [""] * 5
    assert all(one.since and abs(datetime.now(UTC) - one.since) < timedelta(minutes=5) for one in told)
    assert found.stamp_new() == 0
    assert clock_of.requests["tsa"] == before + 1


def test_a_package_that_comes_later_gets_its_own(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    name = stand.take_in(b"one more")
    assert found.proof_of(name, datetime.now(UTC)) is None
    assert found.stamp_new() == 1
    assert proof(found, name).reason == ""


def test_a_record_proves_nothing_of_other_bytes(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    told = found.record_of(stand.names[0])
    assert told is not None
    trust = Trust(roots([clock_of.root]), SHIPPED, datetime.now(UTC))
    assert record.judged(told, {"sha256": bytes.fromhex(stand.names[0])}, trust).reason == ""
    assert record.judged(told, {"sha256": bytes.fromhex(stand.names[1])}, trust).reason
    assert record.judged(told, {"sha256": hashlib.sha256(b"forged").digest()}, trust).reason


def test_a_record_with_any_byte_changed_does_not_hold_or_says_the_same(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    told = found.record_of(stand.names[0])
    assert told is not None
    trust = Trust(roots([clock_of.root]), SHIPPED, datetime.now(UTC))
    digests = {"sha256": bytes.fromhex(stand.names[0])}
    since = record.judged(told, digests, trust).since
    for at in range(0, len(told), 41):
        changed = told[:at] + bytes([told[at] ^ 0x55]) + told[at + 1:]
        proved = record.judged(changed, digests, trust)
        assert proved.reason or proved.since == since  # what no signature covers (a spare certificate) says nothing


def test_a_stamp_of_a_stranger_proves_nothing(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    told = found.record_of(stand.names[0])
    assert told is not None
    trust = Trust(roots([clock_of.pem("other_root")]), SHIPPED, datetime.now(UTC))
    assert "K" in record.judged(told, {"sha256": bytes.fromhex(stand.names[0])}, trust).reason


@pytest.mark.parametrize("name", ["other_tsa", "tsa_unfit"])
def test_an_authority_that_is_not_trusted_stamps_nothing(stand: Kept, clock_of: Stand, name: str) -> None:
    found = evidence(stand, clock_of, name)
    with pytest.raises(ApplianceError):
        found.stamp_new()
    assert stand.rows(keeping.stamps) == []


def test_while_no_authority_answers_the_checks_go_on(stand: Kept, clock_of: Stand) -> None:
    clock_of.trouble("tsa", "error")
    stand.damage("far", stand.names[0])
    told = stand.day(evidence(stand, clock_of), everything=True)
    assert told.run.restored == 1
    assert not told.well
    assert [trouble[:4] for trouble in told.troubles] == ["A664"]
    clock_of.clear()
    assert stand.day(evidence(stand, clock_of)).stamped == 5


def test_a_stamp_whose_key_ends_is_renewed_by_one_that_holds_longer(stand: Kept, clock_of: Stand) -> None:
    first = evidence(stand, clock_of)
    first.stamp_new()
    second = stand.take_in(b"another day")
    first.stamp_new()
    now = datetime.now(UTC)
    with stand.archive.index.write() as connection:  # both were made by a certificate that ends soon
        connection.execute(keeping.stamps.update().values(renew_by=tables.moment(now + SOON)))
    before = clock_of.requests["tsa"]
    assert first.renew(now) == 2
    assert clock_of.requests["tsa"] == before + 1
    assert first.renew(now) == 0
    for name in (*stand.names[:2], second):
        told = proof(first, name)
        assert (told.reason, told.stamps) == ("", 2)
        assert told.since is not None
        assert told.newest is not None
        assert told.since <= told.newest
    assert (first.renew_by() or now) > now + timedelta(days=300)


def test_a_stamp_is_not_put_over_one_that_holds_as_long(stand: Kept, clock_of: Stand) -> None:
    found = replace(evidence(stand, clock_of), terms=replace(evidence(stand, clock_of).terms,
                                                             ahead=timedelta(days=9000)))
    found.stamp_new()
    with pytest.raises(ApplianceError, match="A664"):
        found.renew(datetime.now(UTC))
    assert len(stand.rows(keeping.stamps)) == 1


def test_a_hash_that_ends_is_renewed_over_the_packages_themselves(stand: Kept, clock_of: Stand) -> None:
    evidence(stand, clock_of).stamp_new()
    now = datetime.now(UTC)
    stamp = openssl_stamps(clock_of, stand.folder / "openssl", "sha384")
    table = ending("sha256", now + timedelta(days=400), "sha384")
    fresh = stand.evidence(stamp, (clock_of.root,), table=table)
    assert fresh.renew_hashes(now, timedelta(days=100)) == 0  # not yet
    assert fresh.renew_hashes(now, timedelta(days=300)) == 5
    assert fresh.renew_hashes(now, timedelta(days=300)) == 0
    name = stand.take_in(b"after the change")
    assert fresh.stamp_new() == 1
    assert fresh.renew(now) == 0
    later = now + timedelta(days=500)  # then sha256 counts no more
    told = proof(fresh, stand.names[3], later)
    assert (told.reason, told.stamps) == ("", 2)
    assert proof(fresh, name, later).reason == ""


def test_a_newer_hash_over_other_bytes_proves_nothing(stand: Kept, clock_of: Stand) -> None:
    evidence(stand, clock_of).stamp_new()
    now = datetime.now(UTC)
    fresh = stand.evidence(openssl_stamps(clock_of, stand.folder / "openssl", "sha384"), (clock_of.root,),
                           table=ending("sha256", now + timedelta(days=400), "sha384"))
    fresh.renew_hashes(now, timedelta(days=300))
    told = fresh.record_of(stand.names[0])
    assert told is not None
    assert record.algorithms_in(told) == ("sha256", "sha384")
    trust = Trust(roots([clock_of.root]), SHIPPED, now)
    right = fresh.digests(stand.names[0], ("sha256", "sha384"))
    assert record.judged(told, right, trust).reason == ""
    other = {**right, "sha384": fresh.digests(stand.names[1], ("sha384",))["sha384"]}
    assert record.judged(told, other, trust).reason


def test_after_the_end_of_its_hash_a_stamp_without_a_newer_one_proves_nothing(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    ended = evidence(stand, clock_of, table=ending("sha256", datetime.now(UTC) - timedelta(days=1), "sha384"))
    assert "renewed too late" in proof(ended, stand.names[0]).reason


def test_after_the_end_of_the_authoritys_certificate_too(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    assert proof(found, stand.names[0], datetime.now(UTC) + timedelta(days=20 * 365)).reason


def test_a_chain_is_renewed_again_and_again(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    now = datetime.now(UTC)
    for _ in range(3):
        with stand.archive.index.write() as connection:
            connection.execute(keeping.stamps.update().where(keeping.stamps.c.renewed == "").values(
                renew_by=tables.moment(now + SOON)))
        assert found.renew(now) == 1
    assert (proof(found, stand.names[0]).reason, proof(found, stand.names[0]).stamps) == ("", 4)


def test_a_signature_is_judged_as_of_the_time_since_when_it_is_proved(stand: Kept, clock_of: Stand) -> None:
    stand.judge.ends[b"document 0"] = datetime.now(UTC) + timedelta(minutes=5)  # it still holds when it is stamped
    found = evidence(stand, clock_of)
    found.stamp_new()
    stand.judge.asked.clear()
    stand.judge.ends[b"document 0"] = datetime.now(UTC) + timedelta(seconds=2)
    assert stand.day(found, everything=True).run.errors == 0
    assert all(at is not None for at in stand.judge.asked)


def test_evidence_lies_in_every_place_and_is_checked_like_all_else(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    stand.day(found)
    name = stand.rows(keeping.stamps)[0]["object"]
    assert stand.states(name) == {"near": "good", "far": "good"}
    stand.damage("near", name)
    told = stand.day(found, everything=True)
    assert (told.run.restored, told.run.errors, told.strange) == (1, 0, 0)


def test_a_leaf_that_was_changed_in_the_index_is_told(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    with stand.archive.index.write() as connection:
        leaf = keeping.leaves.c.subject == stand.names[0]
        connection.execute(keeping.leaves.update().where(leaf).values(leaf="00" * 32))
    told = stand.day(evidence(stand, clock_of), everything=True)
    assert told.run.errors == 5  # the tree has another root, so it is no proof for any of them
