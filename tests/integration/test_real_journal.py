"""Lines that a real journald has taken: with their fields, found by the batch, explained by our catalog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from journal_stand import Look, entries, journal_of, why_not

from appliance.chronicle.events import BY_NAME
from appliance.core import errors
from appliance.core.journal import message_id

if why_not():
    pytest.skip(f"not run: {why_not()}", allow_module_level=True)

Entries = list[dict[str, Any]]

BATCH = "019a1b2c-0000-7000-8000-000000000001"
PROGRAM = f"""
import logging
from appliance.chronicle import lines
from appliance.core import errors, journal
from appliance.spool.chronicle import Told
channel = journal.begin("appliance")
log = logging.getLogger("appliance.station")
whose = {{"batch": "{BATCH}", "device": "counter", "job": "archive"}}
for one in (Told(7, "2026-11-22T09:00:00.000+07:00", "batch.started", whose),
            Told(9, "2026-11-22T09:00:09.000+07:00", "batch.interrupted", whose | {{"sheet": 4, "code": "D102"}})):
    assert channel.send(lines.text_of(one), lines.fields_of(one))
try:
    raise ValueError("Trần Thị Bí Mật, hồ sơ 4711")
except ValueError:
    log.exception("step pack of %s", "batch")
log.warning("two lines\\nare one message")
log.warning("archive: %s, next try in 5 s", errors.ARCHIVE_UNREACHABLE.code)
"""
LAST = "next try in 5 s"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Entries:
    return entries(journal_of(PROGRAM, tmp_path_factory.mktemp("journal"), LAST))


def one(journal: Entries, begin: str) -> dict[str, Any]:
    (found,) = [entry for entry in journal if str(entry.get("MESSAGE", "")).startswith(begin)]
    return found


def test_a_line_of_work_is_one_entry_with_its_id_its_batch_and_all_of_it_as_json(journal: Entries) -> None:
    found = [entry for entry in journal if entry.get("APPLIANCE_BATCH") == BATCH]
    assert [entry["MESSAGE_ID"] for entry in found] == [BY_NAME[name].id for name in ("batch.started",
                                                                                       "batch.interrupted")]
    assert [entry["SYSLOG_IDENTIFIER"] for entry in found] == ["appliance"] * 2
    told = json.loads(found[1]["MESSAGE"])
    assert (told["batch"], told["code"], told["sheet"]) == (BATCH, "D102", 4)
    assert (found[1]["APPLIANCE_CODE"], found[1]["APPLIANCE_SHEET"], found[1]["PRIORITY"]) == ("D102", "4", "4")


def test_an_ordinary_line_has_its_priority_its_place_and_the_id_of_its_code(journal: Entries) -> None:
    code = errors.ARCHIVE_UNREACHABLE.code
    entry = one(journal, f"WARNING appliance.station: archive: {code}")
    assert (entry["PRIORITY"], entry["APPLIANCE_CODE"], entry["MESSAGE_ID"]) == ("4", code, message_id(code))
    assert entry["APPLIANCE_LOGGER"] == "appliance.station" and entry["CODE_LINE"].isdigit()


def test_a_message_of_two_lines_stays_one_entry(journal: Entries) -> None:
    assert one(journal, "WARNING appliance.station: two lines")["MESSAGE"].endswith("\nare one message")


def test_an_exception_is_told_with_its_places_and_without_what_it_says(journal: Entries) -> None:
    entry = one(journal, "ERROR appliance.station: step pack of batch")
    assert 'File "<string>"' in entry["MESSAGE"] and entry["MESSAGE"].endswith("ValueError")
    assert not any("Bí Mật" in str(found.get("MESSAGE")) for found in journal)


@pytest.mark.parametrize(("locale", "says"), [
    ("C.UTF-8", ("Lượt quét", "broke off (D102)", "Put back the stack from sheet 4 on")),
    ("vi_VN.UTF-8", (f"Lượt quét {BATCH} dừng giữa chừng (D102)", "Hãy nạp lại từ tờ 4")),
])
def test_the_journal_explains_a_line_to_who_asks(tmp_path: Path, locale: str, says: tuple[str, ...]) -> None:
    away = errors.ARCHIVE_UNREACHABLE
    look = Look(f"--catalog APPLIANCE_EVENT=batch.interrupted + APPLIANCE_CODE={away.code}", locale)
    said = journal_of(PROGRAM, tmp_path, LAST, look)
    assert all(part in said for part in says), said
    assert away.vi.split("{")[0] in said and "docs/errors.md" in said
