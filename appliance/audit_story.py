"""The story of a document as lines that a person reads: when, what, with what, by whom. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.audit_words import words
from appliance.core import clock

OURS = "appliance"
STARTED, RESUMED = "batch.scanning", "batch.resumed"
SUBJECTS = {"document": ("tài liệu", "document"), "dossier": ("hồ sơ", "dossier"), "batch": ("lượt quét", "batch"),
            "package": ("gói tin", "package"), "delivery": ("gói tin", "package"),
            "authorisation": ("ủy quyền số", "authorisation"), "session": ("phiên ký của", "session of")}
MADE, ASKED_AGAIN = "document.assembled", "document.asked_again"
HASH = re.compile(r"\b[0-9a-f]{64}\b")
MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
DIGITS = 12
"""Of a hash: enough to know it by; whole ones are in the details of ``--json``."""


@dataclass(frozen=True, slots=True)
class Line:
    """Links of one kind that follow each other, told at once; ``subjects``: whose they are."""

    first: Mapping[str, Any]
    last: Mapping[str, Any]
    n: int = 1
    subjects: tuple[str, ...] = ()


def lines(rows: Iterable[Mapping[str, Any]], lang: str) -> Iterator[str]:
    """Yield the story, a line for each link; sides and documents that went the same way at a stretch share one."""
    for one in grouped(rows):
        yield _line(one, lang)


def grouped(rows: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Put together the sides, and the documents, of which the same is told one after the other."""
    held: Line | None = None
    for row in rows:
        if held is not None and _same(held.last, row):
            held = Line(held.first, row, held.n + 1, (*held.subjects, str(row["subject"])))
            continue
        if held is not None:
            yield held
        held = Line(row, row, subjects=(str(row["subject"]),))
    if held is not None:
        yield held


def sentence(row: Mapping[str, Any], lang: str, subjects: tuple[str, ...] = ()) -> str:
    """Return what a link says, with its details, without time and person; ``subjects``: of several such links."""
    kind, detail = row["what"].partition(".")[0], row["detail"]
    names = ", ".join(subjects) or row["subject"]
    about = f" {SUBJECTS[kind][lang != 'vi']} {names}" if kind in SUBJECTS else ""
    details = "; ".join(f"{words().detail(word, lang)}: {_value(detail[word], lang)}" for word in sorted(detail))
    return f"{words().kind(_told_as(row), lang)}{' –' if about else ''}{about}{f' ({details})' if details else ''}"


def moment(at: datetime) -> str:
    """Return a time as the page has it, in Vietnam."""
    return f"{at.astimezone(clock.VIETNAM):%H:%M:%S %d/%m/%Y}"


def _told_as(row: Mapping[str, Any]) -> str:
    """Return the kind whose text fits: a state can be entered anew, or entered again."""
    if row["what"] == STARTED and "device" not in row["detail"]:
        return RESUMED
    if row["what"] == MADE and not row["detail"].get("unsigned_sha256"):
        return ASKED_AGAIN
    return str(row["what"])


def heading(name: str, story: Mapping[str, Any], lang: str) -> Iterator[str]:
    """Yield the first lines of a story: of what it tells, and how that stands now."""
    n = len(story["rows"])
    if lang == "vi":
        yield f"Nhật ký của {name}: {n} việc đã ghi, giờ Việt Nam (+07:00)"
    else:
        yield f"The story of {name}: {n} links, in Vietnamese time (+07:00)"
    for one in story["documents"]:
        state = words().kind(f"document.{one['state']}", lang)
        many = "sheet" if one["sheets"] == 1 else "sheets"
        sheets, level = ("tờ", "mức chữ ký") if lang == "vi" else (many, "level")
        signed = f"; {level} {one['level']}" if one["level"] else ""
        yield f"  {one['id']}: {one['sheets']} {sheets}{signed}; {state}"


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two links of sides, or of documents, tell the same."""
    return bool(one["what"].startswith(("page.", "document.")) and one["what"] == other["what"]
                and one["who"] == other["who"] and one["detail"] == other["detail"])


def _line(one: Line, lang: str) -> str:
    begun, ended = clock.parse(one.first["at"]), clock.parse(one.last["at"])
    who = one.first["who"]
    person = ("hệ thống" if lang == "vi" else "appliance") if who == OURS else who
    until = "đến" if lang == "vi" else "until"
    times = f" ×{one.n}, {until} {ended.astimezone(clock.VIETNAM):%H:%M:%S}" if one.n > 1 else ""
    return f"{moment(begun)}  {sentence(one.first, lang, one.subjects)}{times}  [{person}]"


def _value(value: Any, lang: str) -> str:
    """Return a value as a person reads it: hashes by their first digits, times as the page has them."""
    text = HASH.sub(lambda found: found[0][:DIGITS], words().value(str(value), lang))
    return MOMENT.sub(lambda found: moment(clock.parse(found[0])), text)
