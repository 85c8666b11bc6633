"""The manual page of logs, the catalog of the journal and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.audit_words import words
from appliance.chronicle import catalog
from appliance.chronicle.events import BY_NAME, COMMON, EVENTS, FIELDS, Event
from appliance.core import errors, journal
from appliance.spool.chronicle import KINDS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([^`]+)` \| (.*) \|$", re.MULTILINE)
MADE_ELSEWHERE = {"batch.resumed", "heartbeat.failed"}
"""Events that a kind of link becomes only in some cases."""


def rows(part: str) -> dict[str, str]:
    """Return the rows of a table of the page by their first cell."""
    table = PAGE.partition(f"<!-- {part} -->")[2].partition(f"<!-- end of {part} -->")[0]
    return dict(ROW.findall(table))


def test_every_event_that_the_ledger_can_tell_is_in_the_table_and_no_other() -> None:
    assert {event for event, _ in KINDS.values()} | MADE_ELSEWHERE == set(BY_NAME)
    assert len(BY_NAME) == len(EVENTS)


def test_every_kind_of_link_that_is_listened_to_exists() -> None:
    assert set(KINDS) <= set(words().kinds)


def test_every_event_stands_on_the_page_with_its_id_its_priority_and_its_fields() -> None:
    shown = rows("events")
    assert set(shown) == set(BY_NAME)
    for one in EVENTS:
        fields = ", ".join(f"`{name}`" for name in one.fields)
        assert re.fullmatch(rf"`{one.id}` \| {one.priority} \w+ \| {re.escape(fields)}", shown[one.name]), one.name


def test_every_field_stands_on_the_page_in_both_languages_and_no_other() -> None:
    used = {name.rstrip("?") for one in EVENTS for name in one.fields} | set(COMMON)
    assert used <= set(FIELDS)
    assert set(rows("fields")) == set(FIELDS)
    assert rows("fields") == {name: text.replace("|", "\\|") for name, text in FIELDS.items()}


@pytest.mark.parametrize("event", EVENTS, ids=lambda one: str(one.name))
def test_an_event_says_what_has_happened_and_what_to_do_with_fields_that_it_has(event: Event) -> None:
    own = {f"APPLIANCE_{name.rstrip('?').upper()}" for name in event.fields}
    for texts in (event.vi, event.en):
        assert set(re.findall(r"@([A-Z_0-9]+)@", "".join(texts))) <= own
    assert event.vi[0] != event.en[0] and event.vi[1].endswith(".") and event.en[1].endswith(".")
    if event.priority <= 4:
        assert "hãy" in event.vi[1].lower()


@pytest.mark.parametrize(("name", "language"), catalog.FILES.items())
def test_the_shipped_catalog_is_the_one_that_the_tables_make(name: str, language: str) -> None:
    shipped = (ROOT / "systemd" / name).read_text(encoding="utf-8")
    assert shipped == catalog.written(language), "run: python -m appliance.chronicle systemd"


def test_the_catalog_explains_every_event_and_every_code_once_and_leaves_no_gap_open() -> None:
    text = catalog.written("vi")
    identities = re.findall(r"^-- ([0-9a-f]{32})$", text, re.MULTILINE)
    assert len(identities) == len(set(identities)) == len(EVENTS) + len(errors.CATALOGUE)
    assert {journal.message_id(code) for code in errors.CATALOGUE} <= set(identities)
    assert not re.search(r"\{[a-z_]", text)


def test_an_id_never_changes() -> None:
    assert journal.message_id("batch.started") == "5559c33f963e5ea7b1b085f7bd924dd8"
    assert journal.message_id("package.accepted") == "d8794174dbb45ac09f70eddae2d39224"
    assert journal.message_id("D102") == "db6da7c4098154e4a262afcda0dd7f6e"


def test_rows_keep_the_numbers_by_which_lines_name_them() -> None:
    """VACUUM may number rows of tables without an integer key anew."""
    for path in (ROOT / "appliance").rglob("*"):
        if path.suffix in (".py", ".sql"):
            assert not re.search(r"\bVACUUM\b", path.read_text(encoding="utf-8")), path
