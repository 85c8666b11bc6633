"""``appliance receive readings``: look into the log of readings, and verify its chain."""

from __future__ import annotations

import argparse
import re
import sys

from appliance.core.errors import Exit
from appliance.receiver import commands, readings
from appliance.receiver.archive import Archive


def main(argv: list[str], _signature_check: object) -> int:
    """Run one word."""
    parser = argparse.ArgumentParser(prog="appliance receive readings", description=__doc__)
    words = parser.add_subparsers(required=True)
    shown = commands.word(words, "list", _list, "show the newest entries")
    shown.add_argument("--package", default="", metavar="UUID", help="only those of one package")
    shown.add_argument("--count", type=int, default=50, help="at most so many (50)")
    proved = commands.word(words, "verify", _verify, "look at every entry; note the last line it prints elsewhere")
    proved.add_argument("--noted", type=_noted, default=(0, ""), metavar="NUMBER:HASH",
                        help="an entry that was noted earlier")
    return commands.run(parser, argv)


def _noted(text: str) -> tuple[int, str]:
    """Read a note as this command prints it; of an empty log it is ``0:``."""
    if not re.fullmatch(r"0:|[1-9][0-9]{0,17}:[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text}: NUMBER:HASH")
    number, _, noted = text.partition(":")
    return int(number), noted


def _list(archive: Archive, given: argparse.Namespace) -> int:
    rows = readings.recent(archive.index, given.count, given.package)
    commands.tell(rows, "number", "at", "office", "person", "purpose", "what", "package", "ordinal", "decision")
    return Exit.DONE


def _verify(archive: Archive, given: argparse.Namespace) -> int:
    proof = readings.verify(archive.index, *given.noted)
    if proof.wrong:
        sys.stderr.write(f"{proof.wrong}\n")
        return Exit.FAILED
    sys.stdout.write(f"{proof.entries}:{proof.hash}\n")
    return Exit.DONE
