"""The story of a document as lines that a person reads: when, what, with what, by whom. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.audit_words import words
from appliance.core import clock

OURS = "appliance"
STARTED, RESUMED = "batch.scanning", "batch.resumed"
SUBJECTS = {"document": ("tài liệu", "document"), "dossier": ("hồ sơ", "dossier"), "batch": ("lượt quét", "batch"),
            "package": ("gói tin", "package"), "delivery": ("gói tin", "package"),
            "authorisation": ("ủy quyền số", "authorisation"), "session": ("phiên ký của", "session of")}
SHORT = frozenset({"key", "signing_key", "audit_head", "head"})
"""Details of which the first digits are enough to know them by."""

DIGITS = 16


@dataclass(frozen=True, slots=True)
class Line:
    """Links of one kind that follow each other, told at once."""

    first: Mapping[str, Any]
    last: Mapping[str, Any]
    n: int = 1


def lines(rows: Iterable[Mapping[str, Any]], lang: str) -> Iterator[str]:
    """Yield the story, one line for each link; sides that went the same way at a stretch share one."""
    for one in grouped(rows):
        yield _line(one, lang)


def grouped(rows: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Put together the sides of which the same is told one after the other."""
    held: Line | None = None
    for row in rows:
        if held is not None and _same(held.last, row):
            held = Line(held.first, row, held.n + 1)
            continue
        if held is not None:
            yield held
        held = Line(row, row)
    if held is not None:
        yield held


def sentence(row: Mapping[str, Any], lang: str) -> str:
    """Return what one link says, with its details, without time and person."""
    kind = row["what"].partition(".")[0]
    what = RESUMED if row["what"] == STARTED and "device" not in row["detail"] else row["what"]
    about = f" {SUBJECTS[kind][lang != 'vi']} {row['subject']}" if kind in SUBJECTS else ""
    details = "; ".join(f"{words().detail(name, lang)}: {_value(name, value, lang)}"
                        for name, value in sorted(row["detail"].items()))
    return f"{words().kind(what, lang)}{' –' if about else ''}{about}{f' ({details})' if details else ''}"


def heading(name: str, story: Mapping[str, Any], lang: str) -> Iterator[str]:
    """Yield the first lines of a story: of what it tells, and how that stands now."""
    n = len(story["rows"])
    if lang == "vi":
        yield f"Nhật ký của {name}: {n} việc đã ghi, giờ Việt Nam (+07:00)"
    else:
        yield f"The story of {name}: {n} links, in Vietnamese time (+07:00)"
    for one in story["documents"]:
        state = words().kind(f"document.{one['state']}", lang)
        sheets, level = ("tờ", "mức chữ ký") if lang == "vi" else ("sheets", "level")
        signed = f"; {level} {one['level']}" if one["level"] else ""
        yield f"  {one['id']}: {one['sheets']} {sheets}{signed}; {state}"


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two links of sides tell the same."""
    return bool(one["what"].startswith("page.") and one["what"] == other["what"] and one["who"] == other["who"]
                and one["detail"] == other["detail"])


def _line(one: Line, lang: str) -> str:
    begun, ended = clock.parse(one.first["at"]), clock.parse(one.last["at"])
    who = one.first["who"]
    person = ("hệ thống" if lang == "vi" else "appliance") if who == OURS else who
    until = "đến" if lang == "vi" else "until"
    times = f" ×{one.n}, {until} {ended.astimezone(clock.VIETNAM):%H:%M:%S}" if one.n > 1 else ""
    at = f"{begun.astimezone(clock.VIETNAM):%d/%m/%Y %H:%M:%S} +07:00"
    return f"{at}  {sentence(one.first, lang)}{times}  [{person}]"


def _value(name: str, value: Any, lang: str) -> str:
    text = str(value)
    return text[:DIGITS] if name in SHORT else words().value(text, lang)
