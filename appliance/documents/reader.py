"""PDFium as a reader of finished files that knows nothing of how they were written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

AFRESH = 25
"""Pages after which the file is opened anew: PDFium keeps every image that it has passed in memory."""


class Reader:
    """The text of a file, page by page, in little memory however long the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._document = self._open()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._document)

    def text(self, at: int) -> str:
        """Return the text of a page as a reader copies it, pages counted from 0."""
        with self._layer(at) as layer:
            return str(layer.get_text_range())

    def letters(self, at: int) -> str:
        """Return the letters of a page one by one: slower, and right outside the basic plane too."""
        from pypdfium2 import raw

        with self._layer(at) as layer:
            return "".join(chr(raw.FPDFText_GetUnicode(layer, place)) for place in range(layer.count_chars()))

    def close(self) -> None:
        """Close the file."""
        self._document.close()

    def _open(self) -> Any:
        import pypdfium2

        return pypdfium2.PdfDocument(self._path)

    @contextmanager
    def _layer(self, at: int) -> Iterator[Any]:
        self._read += 1
        if self._read % AFRESH == 0:
            self._document.close()
            self._document = self._open()
        page = self._document[at]
        try:
            layer = page.get_textpage()
            try:
                yield layer
            finally:
                layer.close()
        finally:
            page.close()
