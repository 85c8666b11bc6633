"""A package that cannot be built: a full disk holds no dossier, and what a person has mended is packed again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from archive_stand import dossier, signed
from rescan_stand import CODE, Office

from appliance.core import errors
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.jobs import Job, Packed
from appliance.core.plain import to_plain
from appliance.executor import InProcess
from appliance.spool import filing, resolutions
from appliance.spool.resolutions import Decision
from appliance.spool.store import Store
from appliance.steps.dossiers import DossierSteps
from appliance.steps.means import Means


class Here:
    """Asks the ledger in the same thread."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def ask(self, work: Callable[..., Any], *values: Any, **names: Any) -> Any:
        return work(self._office.ledger, *values, **names)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(tmp_path)
    found.dossier(1)
    found.sign()
    found.ledger.put("dossier", found.newest()["id"], composition='{"complete": true}')
    for row in found.ledger.all("documents_of_dossier", dossier=found.newest()["id"]):
        found.ledger.put("document", row["id"], catalogued="released")
    return found


def pack(office: Office, answer: Callable[[Job], Any]) -> str:
    """Take the step of everything that is ready to be packed."""
    nobody, executor = cast("Any", None), InProcess({"package": answer})
    settings, book = parse({"job": [{"name": "archive"}]}), cast("Any", Here(office))
    means = Means(settings, Store(office.root), book, executor, nobody, nobody, Bus())
    (row,) = office.ledger.all("dossiers_to_pack")
    return asyncio.run(DossierSteps(means).pack(row))


def built(_job: Job) -> Packed:
    return Packed("p.zip", "ab", 1)


def failing(problem: ApplianceError) -> Callable[[Job], Packed]:
    def work(_job: Job) -> Packed:
        raise problem
    return work


def test_a_disk_that_does_not_take_the_package_is_told_as_such(tmp_path: Path) -> None:
    from appliance.handlers import build_package

    (tmp_path / "packages").write_text("no folder")
    job = replace(dossier(tmp_path, {1: signed(b"one")}), out=str(tmp_path / "packages" / "p.zip"))
    with pytest.raises(ApplianceError) as caught:
        build_package(Job("p", "package", to_plain(job)))
    assert caught.value.code == "A609" and caught.value.kind.retry


def test_a_full_disk_holds_no_dossier_and_the_package_is_built_once_there_is_room(office: Office) -> None:
    with pytest.raises(ApplianceError) as caught:
        pack(office, failing(errors.PACKAGE_UNWRITTEN.error(reason="No space left on device")))
    assert caught.value.code == "A609"
    named = office.newest()["package"]
    assert office.newest()["state"] == "closed"
    assert pack(office, built) == "ok"
    assert (office.newest()["state"], office.newest()["package"]) == ("packed", named)


@pytest.mark.parametrize("problem", [errors.SCHEMAS_MISSING.error(name="xlink.xsd"),
                                     errors.FIELD_INVALID.error(name="fileCode", reason="long")],
                         ids=["no schemas", "a field"])
def test_what_could_not_be_packed_is_packed_again_when_a_person_says_so(
        office: Office, problem: ApplianceError) -> None:
    assert pack(office, failing(problem)) == "held"
    row = office.newest()
    assert (row["state"], row["code"]) == ("held", problem.code)
    assert not office.ledger.all("dossiers_to_pack")
    assert resolutions.resend(office.ledger, Decision(CODE, "NV001", "đã sửa"), office.places.signed) == ""
    again = office.newest()
    assert (again["id"], again["package"]) == (row["id"], row["package"])
    assert (again["state"], again["code"]) == ("closed", "")
    assert json.loads(again["decided"])[-1]["what"] == "resent"
    office.ledger.put("dossier", again["id"], composition='{"complete": true}')
    assert pack(office, built) == "ok"


def test_a_dossier_held_for_its_count_is_not_sent_by_that(office: Office) -> None:
    filing.name_package(office.ledger, office.newest()["id"], "u1", "2026-11-22T08:00:00+07:00")
    office.ledger.put("dossier", office.newest()["id"], state="held", code=errors.COUNT_MISMATCH.code)
    with pytest.raises(ApplianceError) as caught:
        resolutions.resend(office.ledger, Decision(CODE, "NV001", "đã sửa"), office.places.signed)
    assert caught.value.code == errors.DECISION_REFUSED.code
