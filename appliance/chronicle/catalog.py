"""Makes the journal's catalog: what ``journalctl -x`` says of every event and every error code, in both languages.

Two files: Vietnamese for a Vietnamese locale, both languages together for every other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from appliance.chronicle.events import EVENTS, Event
from appliance.core.errors import CATALOGUE, Kind
from appliance.core.journal import message_id

FILES = {"appliance.catalog": "", "appliance.vi.catalog": "vi"}
"""Names that systemd-journal-catalog expects: the language stands before the ending."""

MANUAL = {"vi": "Mọi trường của dòng này: docs/logs.md.", "en": "Every field of this line: docs/logs.md."}
CODES = {"vi": "Mã lỗi {code} của máy quét hồ sơ; bảng mã: docs/errors.md.",
         "en": "Error code {code} of the scanner appliance; all codes: docs/errors.md."}
LANGUAGES = ("vi", "en")
_GAP = re.compile(r"\{[a-z_0-9]*[^}]*\}")


def written(language: str) -> str:
    """Return the whole catalog in one language, or with an empty name in both."""
    entries = [*(_of_event(one, language) for one in EVENTS),
               *(_of_code(CATALOGUE[code], language) for code in sorted(CATALOGUE))]
    return "# Made by: python -m appliance.chronicle systemd\n\n" + "\n".join(entries)


def write(folder: Path) -> list[Path]:
    """Write the files into ``folder``; return them."""
    made = []
    for name, language in FILES.items():
        (folder / name).write_text(written(language), encoding="utf-8")
        made.append(folder / name)
    return made


def _of_event(event: Event, language: str) -> str:
    texts = {"vi": event.vi, "en": event.en}
    own = _chosen(language)
    subject = " / ".join(texts[one][0] for one in own)
    body = "\n\n".join(f"{texts[one][1]}\n{MANUAL[one]}" for one in own)
    return _entry(event.id, subject, body)


def _of_code(kind: Kind, language: str) -> str:
    texts = {"vi": kind.vi, "en": kind.en}
    own = _chosen(language)
    body = "\n\n".join(f"{_plain(texts[one])}\n{CODES[one].format(code=kind.code)}" for one in own)
    return _entry(message_id(kind.code), f"{kind.code}: {_first(_plain(texts[own[0]]))}", body)


def _entry(identity: str, subject: str, body: str) -> str:
    return f"-- {identity}\nSubject: {subject}\nDefined-By: appliance\n\n{body}\n"


def _chosen(language: str) -> tuple[str, ...]:
    return (language,) if language else LANGUAGES


def _plain(text: str) -> str:
    """Return an error's text without its gaps, on one line; ``@`` would stand for a field."""
    return " ".join(_GAP.sub("…", text).replace("@", "(at)").split())


def _first(text: str) -> str:
    """Return the first sentence, at most 110 letters of it."""
    sentence = next(_sentences(text), text)
    return sentence if len(sentence) <= 110 else f"{sentence[:109].rstrip()}…"


def _sentences(text: str) -> Iterator[str]:
    yield from (part for part in re.split(r"(?<=[.!?])\s", text) if part)
