"""How a reader finds its way in a document: labels of pages, and bookmarks for the document and its parts."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.jobs import DocumentPart
from appliance.documents.pdfa import PdfWriter, number, text_string
from appliance.documents.xmp import short
from appliance.documents.xmp_archive import legal

LONGEST = 200
"""Letters of a bookmark."""


def put_outline(writer: PdfWriter, pages: Sequence[tuple[int, float]], title: str,
                parts: Sequence[DocumentPart]) -> str:
    """Write the bookmarks; return the catalogue's entries for them and for the labels of pages.

    The label of a page is its number in the document, the same as in the ledger and on the paper's list.

    Args:
        writer: holds the pages already.
        pages: number of each page's object, and the height of its top edge in points.
        title: of the document, the bookmark at the top.
        parts: below it; those that begin after the last page are left out.
    """
    kept = [part for part in parts if 0 <= part.first < len(pages)]
    root, top = writer.reserve(), writer.reserve()
    below = [writer.reserve() for _ in kept]
    for at, part in enumerate(kept):
        sides = "".join(f" /{name} {below[at + step]} 0 R" for name, step in (("Prev", -1), ("Next", 1))
                        if 0 <= at + step < len(below))
        writer.put(_item(part.title, pages[part.first], top) + f"{sides} >>", below[at])
    inside = f" /First {below[0]} 0 R /Last {below[-1]} 0 R /Count {len(below)}" if below else ""
    writer.put(_item(title, pages[0], root) + f"{inside} >>", top)
    writer.put(f"<< /Type /Outlines /First {top} 0 R /Last {top} 0 R /Count {1 + len(below)} >>", root)
    # one bookmark alone needs no pane that takes the page's room
    mode = "/UseOutlines" if below else "/UseNone"
    return f"/PageLabels << /Nums [0 << /S /D >>] >> /Outlines {root} 0 R /PageMode {mode}"


def _item(title: str, page: tuple[int, float], parent: int) -> str:
    words = " ".join(legal(title).split())
    return (f"<< /Title {text_string(short(words, LONGEST) or '-')} /Parent {parent} 0 R "
            f"/Dest [{page[0]} 0 R /XYZ 0 {number(page[1])} 0]")
