"""A dossier that somebody waits for at the counter is put together, signed and packed before a day of bulk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from appliance.core import config
from appliance.core.events import Bus
from appliance.core.jobs import Priority
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.steps import Steps

BULK, COUNTER = "archive-tt05-2025", "onestop-ttvpcp-2023"


class Backlog:
    """A ledger in which bulk documents stand before one of the counter, and another after it."""

    async def ask(self, _work: Any, *_values: Any) -> Any:
        names = [BULK] * 100 + [COUNTER, BULK, COUNTER]
        return [{"id": str(number), "rules": rules} for number, rules in enumerate(names)]


@pytest.fixture
def means(tmp_path: Path) -> Means:
    nobody: Any = None
    return Means(config.parse({}), Store(tmp_path), cast("Any", Backlog()), nobody, nobody, nobody, Bus())


@pytest.mark.parametrize("query", ["documents_to_assemble", "documents_to_sign", "dossiers_to_pack"])
async def test_what_somebody_waits_for_is_handed_out_first(means: Means, query: str) -> None:
    rows = await Steps(means).ready(query, 64)
    assert [row["id"] for row in rows[:3]] == ["100", "102", "0"]
    assert len(rows) == 103


def test_its_jobs_go_before_bulk_in_the_pool(means: Means) -> None:
    assert (means.priority(COUNTER), means.priority(BULK)) == (Priority.PAGE, Priority.BULK)
