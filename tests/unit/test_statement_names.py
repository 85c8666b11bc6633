"""Two statements of one name: the later one would be run in the place of the other."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.spool import statements


def test_no_statement_of_the_ledger_has_the_name_of_another() -> None:
    text = Path(statements.__file__).with_name("queries.sql").read_text("utf-8")
    names = re.findall(r"^-- name: (\S+)", text, flags=re.MULTILINE)
    assert sorted(names) == sorted(statements.statements())
