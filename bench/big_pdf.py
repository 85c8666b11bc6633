"""A PDF of hundreds of megabytes, written without being held."""

from __future__ import annotations

import os
from pathlib import Path

IMAGE = 4 << 20


def big_pdf(path: Path, size: int) -> Path:
    """Write a PDF of about ``size`` bytes, piece by piece: each page has an uncompressed grey image of 4 MiB."""
    places: list[int] = []
    count = size // IMAGE
    with path.open("wb") as out:
        def put(body: bytes) -> None:
            places.append(out.tell())
            out.write(b"%d 0 obj\n" % len(places) + body + b"\nendobj\n")

        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        put(b"<</Type/Catalog/Pages 2 0 R>>")
        kids = b" ".join(b"%d 0 R" % (3 + 2 * at) for at in range(count))
        put(b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids))
        for at in range(count):
            put(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
                b"/Resources<</XObject<</I %d 0 R>>>>>>" % (4 + 2 * at))
            put(b"<</Type/XObject/Subtype/Image/Width 2048/Height 2048/BitsPerComponent 8/ColorSpace/DeviceGray"
                b"/Length %d>>\nstream\n%s\nendstream" % (IMAGE, os.urandom(1024) * (IMAGE // 1024)))
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
        out.write(b"trailer\n<</Size %d/Root 1 0 R/ID[<00><00>]>>\n" % (len(places) + 1))
        out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return path
