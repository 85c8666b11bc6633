"""Rows of a CSV file, whichever letters, separator and quotes it was saved with, a bounded piece at a time."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from appliance.core import errors, files
from appliance.core.errors import ApplianceError
from appliance.documents.register.cell import Cell, Kind, Row

HEAD = 65_536
SEPARATORS = (",", ";", "\t", "|")
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LONGEST_CELL = 40_000
LONGEST_LINE = 4 << 20
MOST_COLUMNS = 1000

Score = Callable[[list[Row]], int]
"""How many headings are known in the first rows of a table."""


def rows(path: Path, score: Score) -> Iterator[Row]:
    """Yield the rows of a CSV file; text that is no Unicode comes as Windows shows it (letters.py).

    The separator is the one that gives most headings. A first line "sep=;" is obeyed.

    Raises:
        ApplianceError: REGISTER_UNREADABLE.
    """
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as stream:
        declared = _declared(stream)
        start = stream.tell()
        head = stream.read(HEAD)
        stream.seek(start)
        found = declared or max(SEPARATORS, key=lambda one: score(list(islice(_lenient(head, one), 40))))
        yield from _rows(stream, found, 2 if declared else 1, path.name)


def encoding_of(path: Path) -> str:
    """Return how the bytes of a file are to be read; latin-1 stands for one sign a byte, whatever it means.

    Raises:
        ApplianceError: REGISTER_UNREADABLE for UTF-8 that is damaged, and for what is no text.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    for mark, name in MARKS:
        if head.startswith(mark):
            return _checked(path, name)
    if head[1::2].count(0) > len(head) // 4:
        return _checked(path, "utf-16-le")
    if head[::2].count(0) > len(head) // 4:
        return _checked(path, "utf-16-be")
    if b"\0" in head:
        raise errors.REGISTER_UNREADABLE.error(file=path.name, reason="không phải tệp văn bản / no text file")
    return _utf8_or_bytes(path)


def _checked(path: Path, name: str) -> str:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for piece in files.read_pieces(path):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        reason = f"{name.upper().removesuffix('-SIG')} bị hỏng / damaged"
        raise errors.REGISTER_UNREADABLE.error(file=path.name, reason=reason) from None
    return name


def _utf8_or_bytes(path: Path) -> str:
    """Tell UTF-8 from old letters: old text fails at once and everywhere, damaged UTF-8 in a few places only."""
    good = bad = 0
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for piece in files.read_pieces(path):
        text = decoder.decode(piece)
        wrong = text.count("\ufffd")
        bad += wrong
        good += len(text) - len(text.encode("ascii", "ignore")) - wrong
    bad += decoder.decode(b"", final=True).count("\ufffd")
    if not bad:
        return "utf-8"
    if good > 10 * bad:
        reason = f"UTF-8 bị hỏng ở {bad} chỗ / damaged in {bad} places"
        raise errors.REGISTER_UNREADABLE.error(file=path.name, reason=reason)
    return "latin-1"


def _declared(stream: io.TextIOBase) -> str:
    """Return the separator that the first line declares (sep=;), having read it; else nothing, nothing read."""
    line = stream.readline(16).strip()
    if line.lower().startswith("sep=") and len(line) == 5:
        return line[4]
    stream.seek(0)
    return ""


def _lenient(head: str, separator: str) -> Iterator[Row]:
    try:
        yield from _rows(io.StringIO(head, newline=""), separator, 1, "")
    except ApplianceError:  # only a trial, and the head may end in the middle of quotes
        return


def _rows(stream: io.TextIOBase, separator: str, first: int, name: str) -> Iterator[Row]:
    """Yield rows with the number of the line on which each begins; empty ones are left out."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_lines(stream, name), delimiter=separator, strict=True)
    begins = first
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise errors.REGISTER_UNREADABLE.error(file=name, reason=_reason(problem, begins)) from None
        cells = {column: _cell(text) for column, text in enumerate(values[:MOST_COLUMNS])
                 if text and not text.isspace()}
        if cells:
            yield Row(begins, cells)
        begins = reader.line_num + first


def _lines(stream: io.TextIOBase, name: str) -> Iterator[str]:
    """Yield lines; one that would fill the memory is refused before it does."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise errors.REGISTER_UNREADABLE.error(file=name, reason="một dòng quá dài / a line is too long")
        yield line


def _cell(text: str) -> Cell:
    """Return a cell; ="0123" is how people keep zeros, any other formula has no result here."""
    if text[0] == "=" and len(text) > 1:
        inner = text[1:]
        if len(inner) >= 2 and inner[0] == inner[-1] == '"':
            return Cell(inner[1:-1].replace('""', '"'))
        return Cell(text, Kind.FORMULA)
    if text[0] == "#" and text in ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"):
        return Cell(text, Kind.ERROR)
    return Cell(text)


def _reason(problem: csv.Error, line: int) -> str:
    if "field larger" in str(problem):
        return (f"dòng {line}: một ô dài quá {LONGEST_CELL} ký tự, hoặc dấu ngoặc kép không khép kín / "
                "a cell is too long, or quotes do not close")
    return f"dòng {line}: dấu ngoặc kép sai hoặc không khép kín / quotes that are wrong or do not close"
