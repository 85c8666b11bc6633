"""The office's seal on its way to the signer: made into a stencil once, missed in words, replaced at any time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from drawn_seal import drawn, png

from appliance.core import config, rules
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.jobs import Job, Outcome, Stencil
from appliance.core.plain import to_plain
from appliance.dispatch import Dispatch
from appliance.handlers import cut_seal
from appliance.pool_wire import failed
from appliance.signing.desk import SignerDesk
from appliance.spool.ledger import Book
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.stamps import Stamps

SEALED, PLAIN, PERSONAL = "archive-tt02-2019", "archive-tt05-2025", "onestop-ttvpcp-2023"


@dataclass
class Here:
    """Does a worker's jobs at once, in this process, and counts them."""

    done: list[str] = field(default_factory=list)
    broken: bool = False

    async def run(self, job: Job) -> Outcome:
        self.done.append(job.kind)
        if self.broken:
            return failed(job.id, "the worker died")
        return Outcome(job.id, ok=True, body=to_plain(cut_seal(job)))

    def capacity(self) -> int:
        return 1

    async def drain(self) -> None:
        """Nothing is ever waiting."""

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Office:
    """An office's settings, its disk, and its one worker."""

    folder: Path
    worker: Here = field(default_factory=Here)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def image(self) -> Path:
        return self.folder / "seal.png"

    def stamps(self) -> Stamps:
        office = config.parse({"office": {"seal": str(self.image)}, **self.more})
        store, nothing = Store(self.folder / "state"), cast(Any, None)
        store.prepare()
        desk = SignerDesk(self.folder / "signer.sock")
        return Stamps(Means(office, store, cast(Book, nothing), self.worker, desk, cast(Dispatch, nothing), Bus()))

    async def seal(self, profile: str = SEALED) -> Stencil | None:
        return await self.stamps().seal(rules.load(profile))

    async def refused(self) -> ApplianceError:
        with pytest.raises(ApplianceError) as caught:
            await self.seal()
        return caught.value


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_a_profile_without_a_seal_asks_for_none(office: Office) -> None:
    assert await office.seal(PLAIN) is None
    assert office.worker.done == []


async def test_a_stencil_is_made_once_and_found_again_after_a_restart(office: Office) -> None:
    office.image.write_bytes(png(drawn()))
    first = await office.seal()
    assert first is not None
    assert hashlib.sha256(Path(first.path).read_bytes()).hexdigest() == first.sha256
    assert await office.seal() == first
    assert office.worker.done == ["seal"]


async def test_a_missing_seal_is_told_with_what_to_do_and_used_as_soon_as_it_is_there(office: Office) -> None:
    problem = await office.refused()
    assert problem.code == "K550"
    assert str(office.image) in problem.vi
    assert "hãy đặt tệp PNG của con dấu" in problem.vi
    office.image.write_bytes(png(drawn()))
    assert await office.seal() is not None


async def test_no_seal_in_the_settings_is_told(office: Office) -> None:
    office.more = {"office": {"seal": ""}}
    problem = await office.refused()
    assert (problem.code, "office.seal" in problem.vi) == ("K550", True)


async def test_a_wrong_image_is_looked_at_once_and_refused_until_it_is_another(office: Office) -> None:
    office.image.write_bytes(png(drawn(ink=(0, 0, 0, 255))))
    for _ in range(3):
        problem = await office.refused()
        assert problem.code == "K551"
        assert "không có mực đỏ / no red ink" in problem.vi
    assert office.worker.done == ["seal"]
    office.image.write_bytes(png(drawn()))
    assert await office.seal() is not None


async def test_a_new_seal_is_used_without_a_restart(office: Office) -> None:
    office.image.write_bytes(png(drawn()))
    old = await office.seal()
    office.image.write_bytes(png(drawn(side=700, ink=(180, 0, 0, 255))))
    new = await office.seal()
    assert old is not None
    assert new is not None
    assert (old.sha256, old.path) != (new.sha256, new.path)
    assert Path(old.path).exists(), "a document may be on its way with it"


@pytest.mark.parametrize("damage", ["stencil gone", "stencil changed", "facts gone", "facts broken"])
async def test_a_stencil_that_is_damaged_on_disk_is_made_again(office: Office, damage: str) -> None:
    office.image.write_bytes(png(drawn()))
    first = await office.seal()
    assert first is not None
    path = Path(first.path) if "stencil" in damage else Path(first.path).with_suffix(".json")
    path.chmod(0o600)
    if "gone" in damage:
        path.unlink()
    else:
        path.write_bytes(b"{}" if "facts" in damage else b"\0" * 100)
    again = await office.seal()
    assert again == first
    assert hashlib.sha256(Path(first.path).read_bytes()).hexdigest() == first.sha256


async def test_a_huge_file_is_not_read(office: Office) -> None:
    with office.image.open("wb") as stream:
        stream.truncate(1 << 30)
    assert (await office.refused()).code == "K551"
    assert office.worker.done == []


async def test_a_worker_that_dies_over_it_is_no_verdict_on_the_image(office: Office) -> None:
    office.image.write_bytes(png(drawn()))
    office.worker.broken = True
    assert (await office.refused()).code not in {"K550", "K551"}
    office.worker.broken = False
    assert await office.seal() is not None


@pytest.mark.parametrize(("profile", "code", "more", "trial"), [
    (PLAIN, "", {}, True),
    (PLAIN, "", {"signing": {"pkcs12": "/x.p12"}}, True),
    (PLAIN, "", {"signing": {"token": "pkcs11:token=a"}}, False),
    (PLAIN, "", {"signing": {"remote": {"url": "https://sign.example/csc/v1"}}}, False),
    (PERSONAL, "A1", {"signing": {"token": "pkcs11:token=a"}, "operator": [{"code": "A1", "name": "A"}]}, True),
    (PERSONAL, "A1", {"operator": [{"code": "A1", "name": "A", "token": "pkcs11:token=a"}]}, False),
    (PERSONAL, "B1", {"operator": [{"code": "A1", "name": "A", "token": "pkcs11:token=a"}]}, True),
])
def test_room_is_kept_to_say_that_a_key_is_for_trials_where_it_is_likely_to_be(
        office: Office, profile: str, code: str, more: dict[str, Any], trial: bool) -> None:
    office.more = more
    assert office.stamps().development(rules.load(profile), code) == trial
