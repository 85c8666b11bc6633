"""Reads a PDF of any size in little memory: pyHanko keeps all it has read, and looks at all for changes."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils.generic import PdfObject, Reference, StreamObject
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

LONG = 64 << 10
"""Bytes from which a stream is read again rather than kept: page images, not what signatures consist of."""


class FrugalReader(PdfFileReader):
    """A reader that keeps no long stream."""

    def cache_indirect_object(self, generation: int, idnum: int, obj: PdfObject) -> PdfObject:
        """Keep an object, unless it is long."""
        if not _is_long(obj):
            super().cache_indirect_object(generation, idnum, obj)  # type: ignore[no-untyped-call]
        return obj

    def get_historical_resolver(self, revision: int) -> HistoricalResolver:
        """Return a view of an earlier revision that keeps no long stream either."""
        view = super().get_historical_resolver(revision)
        if not isinstance(view.cache, _Short):
            view.cache = _Short(view.cache)
        return view


class _Short(dict[Reference, Any]):
    """Objects, without the long ones."""

    def __setitem__(self, ref: Reference, obj: Any) -> None:
        if not _is_long(obj):
            super().__setitem__(ref, obj)


def _is_long(obj: object) -> bool:
    return isinstance(obj, StreamObject) and len(obj.encoded_data) > LONG
