"""What the commands of the archive's people have in common: their archive, their tables, their exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from appliance.core import errors
from appliance.receiver import settings
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.offices import REVIEWER, Office

ARCHIVE = Office("archive", "Archive", role=REVIEWER)
"""Who asks when somebody does it by command at the archive itself."""

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
    """Print rows under their names, one a line, cells separated by a tab; return how many."""
    count = 0
    sys.stdout.write("\t".join(names) + "\n")
    for count, row in enumerate(rows, 1):  # noqa: B007 - the number of the last one is the answer
        sys.stdout.write("\t".join(str(row[name]) for name in names) + "\n")
    return count
