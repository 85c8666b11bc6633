"""What the commands of the archive's people have in common: their archive, their tables, their exit codes."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from appliance.core import clock, errors
from appliance.receiver import settings
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.leave import AT_ARCHIVE
from appliance.receiver.offices import REVIEWER, Office

ARCHIVE = Office(AT_ARCHIVE, "Archive", role=REVIEWER)
"""Who asks when somebody does it by command at the archive itself."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_HEADINGS = {
    "answer": "trả lời", "asked": "lúc hỏi", "at": "lúc", "by": "người trả lời", "bytes_a_day": "byte mỗi ngày",
    "code": "mã", "decided": "lúc trả lời", "decision": "quyết định", "doc_code": "mã tài liệu",
    "documents": "số tài liệu", "end_date": "ngày kết thúc", "file_code": "mã hồ sơ", "id": "mã số",
    "mode": "chế độ", "name": "tên", "number": "số", "office": "đơn vị", "ordinal": "tài liệu số",
    "organs": "mã phông", "package": "gói tin", "page": "trang", "person": "người đọc", "province": "tỉnh",
    "purpose": "mục đích", "reading": "được đọc", "reviewer": "người kiểm tra", "role": "vai trò",
    "start_date": "ngày bắt đầu", "state": "trạng thái", "title": "tiêu đề", "until": "đến",
    "uploads_at_once": "số lần nộp cùng lúc", "uuid": "gói tin", "what": "việc",
}
Deed = Callable[[Archive, argparse.Namespace], int]


def run(parser: argparse.ArgumentParser, argv: list[str]) -> int:
    """Carry out the command that the words of ``parser`` set as ``deed``; return the exit code."""
    try:
        given = parser.parse_args(argv)
        with open_archive(settings.chosen(given)) as archive:
            code: int = given.deed(archive, given)
            return code
    except (errors.ApplianceError, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return errors.Exit.FAILED


def word(words: Any, name: str, deed: Deed, text: str) -> argparse.ArgumentParser:
    """Add one word to the subparsers ``words``, with the flags that find the archive."""
    parser: argparse.ArgumentParser = words.add_parser(name, help=text, description=text)
    parser.set_defaults(deed=deed)
    settings.arguments(parser)
    return parser


def tell(rows: Iterable[Mapping[str, Any]], *names: str) -> int:
    """Print rows under their names, one a line, cells separated by a tab; return how many.

    Times are those of Vietnam, to the second.
    """
    count = 0
    sys.stdout.write("\t".join(f"{_HEADINGS[name]} / {name}" for name in names) + "\n")
    for count, row in enumerate(rows, 1):  # noqa: B007 - the number of the last one is the answer
        sys.stdout.write("\t".join(cell(row[name]) for name in names) + "\n")
    return count


def cell(value: Any) -> str:
    """Return a value as people read it: a moment of the index in Vietnamese time, several as a list."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    text = str(value)
    return clock.iso(clock.parse(text)) if _MOMENT.fullmatch(text) else text
