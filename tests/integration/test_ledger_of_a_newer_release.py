"""A way back across one schema: a newer release has brought the ledger forward, and the one before works on it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rescan_stand import Office

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.spool import schema
from appliance.spool.ledger import Ledger

NOW = schema.steps()
ADDED = """
ALTER TABLE page ADD COLUMN mood TEXT NOT NULL DEFAULT 'fair';
CREATE TABLE weather (id INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT;
INSERT INTO weather (said) VALUES ('rain');
"""


def newer(folder: Path, **scripts: str) -> Path:
    """Return the migrations of a newer release."""
    shutil.copytree(schema.MIGRATIONS, folder)
    for name, text in scripts.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(text, "utf-8")
    return folder


def last() -> str:
    """Return the number in the name of this release's newest migration."""
    return max(path.name for path in schema.MIGRATIONS.glob("[0-9]*.sql"))[:4]


def brought_forward(place: Path, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the newer release open a ledger."""
    with monkeypatch.context() as patch:
        patch.setattr("appliance.spool.ledger.MIGRATIONS", scripts)
        Ledger(place).close()


def test_the_release_before_works_on_a_ledger_that_lets_it_and_the_newer_one_comes_back(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = newer(tmp_path / "scripts", m0099_weather=f"-- readable-from: {last()}\n{ADDED}")
    (tmp_path / "office").mkdir()
    old = Office(tmp_path / "office")
    old.dossier(1, code="H1.before")
    old.ledger.close()
    brought_forward(old.ledger.path, scripts, monkeypatch)
    back = Office(tmp_path / "office")
    back.batches = old.batches
    back.dossier(2, code="H1.meanwhile")
    for code in ("H1.before", "H1.meanwhile"):
        back.sign(code)
        back.pack(code, code)
        back.deliver(code, code)
    back.ledger.close()
    brought_forward(old.ledger.path, scripts, monkeypatch)
    with closing(sqlite3.connect(old.ledger.path)) as read:
        assert read.execute("PRAGMA user_version").fetchone() == (len(NOW) + 1,)
        assert read.execute("SELECT said FROM weather").fetchall() == [("rain",)]
        assert read.execute("SELECT DISTINCT mood FROM page").fetchall() == [("fair",)]
        assert {row[0] for row in read.execute("SELECT state FROM dossier")} == {"accepted"}


@pytest.mark.parametrize("scripts", [
    {"m0099_weather": ADDED},
    {"m0098_weather": ADDED, "m0099_more": f"-- readable-from: {last()}\nCREATE TABLE more (id INTEGER);"},
], ids=["it does not say", "one before it does not"])
def test_a_ledger_that_does_not_let_it_is_refused_and_not_touched(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripts: dict[str, str]) -> None:
    place = tmp_path / "ledger.sqlite3"
    brought_forward(place, newer(tmp_path / "scripts", **scripts), monkeypatch)
    before = place.read_bytes()
    with pytest.raises(ApplianceError) as caught:
        Ledger(place)
    assert caught.value.code == errors.LEDGER_NEWER.code
    assert place.read_bytes() == before


def test_a_migration_names_only_one_that_stands_before_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0100"):
        schema.steps(newer(tmp_path / "scripts", m0099_weather="-- readable-from: 0100\n"))


def test_what_the_ledger_keeps_is_what_a_manifest_says(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "ledger.sqlite3")):
        pass
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as read:
        kept = read.execute("SELECT schema FROM reader").fetchone()[0]
        assert (kept, read.execute("PRAGMA user_version").fetchone()[0]) == (NOW[-1].readable_from, NOW[-1].number)


def test_a_migration_that_takes_something_away_says_nothing_of_earlier_readers() -> None:
    for path in sorted(schema.MIGRATIONS.glob("[0-9]*.sql")):
        text = path.read_text("utf-8")
        if schema.FIRST_LINE.match(text):
            assert not re.search(r"\b(DROP (TABLE|COLUMN)|RENAME)\b", text, re.IGNORECASE), path.name
