"""A scrape of an office with a long history: no page is looked at for it, a topic that fails stops no other."""

from __future__ import annotations

import logging
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from office_certificates import Authority
from prometheus_client.parser import text_string_to_metric_families

from appliance.daemon import Daemon
from appliance.exporter.scanners import ScannersReading
from appliance.exporter.topics import TOPICS
from appliance.readings import Readings
from appliance.spool.ledger import Ledger
from bench.full_office import full_office

SIDES = 2000
LONG = ("page", "document", "bound", "audit", "register_row", "interruption")
"""Tables that grow with every sheet."""

AT_AN_END = re.compile(r"FROM audit ORDER BY seq( DESC)? LIMIT 1;?$")
"""The first or last row by its number: SQLite calls that a scan too, and stops after it."""


@pytest.fixture
async def office() -> AsyncIterator[Daemon]:
    async with full_office(SIDES) as daemon:
        yield daemon


def asked(ledger: Ledger, statements: list[str] | None) -> None:
    ledger._db.set_trace_callback(None if statements is None else statements.append)


def plan(ledger: Ledger, statement: str) -> list[str]:
    return [row["detail"] for row in ledger._db.execute(f"EXPLAIN QUERY PLAN {statement}")]


async def test_no_statement_of_a_scrape_goes_through_a_table_that_grows_with_every_sheet(office: Daemon) -> None:
    await office.scrape()  # what is read once only is read
    statements: list[str] = []
    await office.book.ask(asked, statements)
    await office.scrape()
    await office.book.ask(asked, None)
    assert len(statements) > 10
    for statement in dict.fromkeys(statements):
        if not re.match(r"(SELECT|WITH)", statement) or AT_AN_END.search(statement):
            continue
        steps = await office.book.ask(plan, statement)
        through = [step for step in steps if re.match(rf"SCAN ({'|'.join(LONG)})\b", step)]
        assert not [step for step in through if "INDEX" not in step or "SCAN page" in step], (statement, steps)


async def test_a_scrape_changes_nothing(office: Daemon) -> None:
    await office.scrape()  # what scanners say of themselves is remembered once
    before = await office.book.ask(lambda ledger: ledger._db.total_changes)
    await office.scrape()
    assert await office.book.ask(lambda ledger: ledger._db.total_changes) == before


async def test_every_topic_of_a_real_daemon_is_read(office: Daemon) -> None:
    text = (await office.scrape()).decode()
    found = {sample.labels["collector"]: sample.value for family in text_string_to_metric_families(text)
             for sample in family.samples if sample.name == "appliance_collector_success"}
    assert found == {topic.name: 1.0 for topic in TOPICS}


async def test_the_page_of_a_real_daemon_says_who_it_is_and_where_every_side_is(office: Daemon) -> None:
    text = (await office.scrape()).decode()
    sides = {sample.labels["fate"]: sample.value for family in text_string_to_metric_families(text)
             for sample in family.samples if sample.name == "appliance_sides"}
    assert sum(sides.values()) == SIDES - SIDES % 42 and sides["filed"] > 0 < sides["under_way"]
    assert "appliance_sides_unreconciled 0.0" in text
    assert 'appliance_office_info{level="district",office="0164",province="01"} 1.0' in text
    assert re.search(r'appliance_build_info\{.*python="3\.\d+\.\d+".*\} 1\.0', text)
    assert re.search(r'appliance_settings_info\{digest="[0-9a-f]{16}"\} 1\.0', text)
    assert re.search(r'appliance_scanner_info\{backend="sane",device="tray-1",.*vendor="fujitsu"\} 1\.0', text)
    assert 'appliance_pages_captured_total{device="tray-1"}' in text
    for measure in ("focus", "background", "streaks", "skew"):
        assert f'appliance_scanner_drift{{device="tray-2",measure="{measure}",side="back"}}' in text


async def test_a_real_page_has_no_fault_that_promtool_finds(office: Daemon, tmp_path: Path) -> None:
    page = await office.scrape()
    try:
        done = subprocess.run(["promtool", "check", "metrics"], input=page, cwd=tmp_path, capture_output=True,
                              timeout=60, check=False)
    except FileNotFoundError:
        pytest.skip("promtool is not installed")
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


async def test_a_topic_that_cannot_be_read_says_so_once_and_leaves_the_others(
        office: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> object:
        raise ZeroDivisionError

    sources = {**office.sources, "audit": broken}
    with caplog.at_level(logging.ERROR):
        pages = [(await office.metrics.scrape(sources)).decode() for _ in range(3)]
    for text in pages:
        assert 'appliance_collector_success{collector="audit"} 0.0' in text
        assert "appliance_audit_sequence " not in text and "appliance_sides_unreconciled 0.0" in text
    assert [record.message for record in caplog.records] == ["metrics: audit cannot be read"]
    assert caplog.records[0].exc_info
    again = (await office.scrape()).decode()
    assert 'appliance_collector_success{collector="audit"} 1.0' in again and "appliance_audit_sequence " in again
    with caplog.at_level(logging.ERROR):
        await office.metrics.scrape(sources)
    assert len(caplog.records) == 2, "a failure that comes back is told again"


@pytest.mark.parametrize("said", ["\ud800", None, 7])
async def test_a_label_that_no_page_can_carry_takes_its_own_topic_away_and_no_other(
        office: Daemon, said: Any) -> None:
    async def hostile() -> ScannersReading:
        return ScannersReading(seen={said: 1})

    text = (await office.metrics.scrape({**office.sources, "scanners": hostile})).decode()
    assert 'appliance_collector_success{collector="scanners"} 0.0' in text
    assert 'appliance_collector_success{collector="audit"} 1.0' in text and "appliance_audit_sequence " in text


async def test_the_end_of_every_certificate_that_lies_there_is_told(office: Daemon, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    identity = office.dispatch.identity
    identity.tls = replace(identity.tls, certificate=str(authority.issue("Office 0164")))
    door = replace(office.config.metrics, host="127.0.0.1", certificate=str(authority.issue("host 0164")))
    config = replace(office.config, metrics=door)
    sources = Readings(replace(office.outlook, config=config), office.upkeep, office.heart).sources()
    text = (await office.metrics.scrape({**office.sources, "certificates": sources["certificates"]})).decode()
    found = dict(re.findall(r'^appliance_certificate_not_after_timestamp_seconds\{purpose="(\w+)"\} (\S+)', text,
                            re.MULTILINE))
    assert set(found) == {"archive", "metrics"}, "no key is there: it has no end, and none that is 0"
    assert all(float(end) > 1.7e9 for end in found.values())
