"""Documents of all kinds, as the appliance may have to write them, for an independent judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from drawn_pages import DrawnMaster, document, draw, g4, jpeg, upright
from PIL import Image
from worded_pages import HOSTILE, ODD, keep, words_in_lines

from appliance.core.jobs import AssembleJob, DocumentPart, StampSpace
from appliance.core.model import Box, EmptyBand, Geometry
from appliance.core.stamping import StampForm

SIZES_MM = {"A4": (210, 297), "A5": (148, 210), "A3": (297, 420), "A6": (105, 148), "A4 lying": (297, 210),
            "letter": (216, 279), "legal": (216, 356), "receipt": (80, 600), "ticket": (60, 30), "stamp": (8, 8),
            "strip": (2, 150), "five metres": (210, 5000)}
FIELDS = {"docId": "H49.64.33.2001.160.1", "docCode": "H49.64.33.2001.160.0000001", "maintenance": "01",
          "typeName": "22", "codeNumber": "1838", "codeNotation": "KH-BHXH", "issuedDate": "08/07/2022",
          "organName": "Bảo hiểm xã hội tỉnh Hưng Lạc", "subject": "V/v <mẫu> & \"phụ lục\" hưởng chế độ",
          "language": "01", "numberOfPage": "2", "mode": "01", "confidenceLevel": "02"}
NARROW = StampSpace("top-right", 1, 1, 0.2, (StampForm(0.5, 0.5),), strip=True)
"""Room for no stamp that could be read: such slips are never signed by themselves."""

NO_ROOM, RIGHT = EmptyBand(), EmptyBand(right=Box(110, 0, 207, 30))


@dataclass(frozen=True)
class Kind:
    """One document to be written, and the flavour it must have."""

    name: str
    job: AssembleJob

    @property
    def flavour(self) -> str:
        return self.job.conformance


def kinds(folder: Path) -> Iterator[Kind]:
    """Name the documents; their masters and texts are written to ``folder`` on the way."""
    image = draw().resize((413, 584))
    master = jpeg(folder, image)
    text = keep(folder, words_in_lines(60, width=413, height=584))
    for name, job in _jobs(folder, master, text):
        yield Kind(name, replace(job, out=str(folder / f"{name.replace(' ', '-').replace('/', '-')}.pdf")))


def _jobs(folder: Path, master: DrawnMaster, text: str) -> Iterator[tuple[str, AssembleJob]]:
    out = folder / "out.pdf"
    for name, (wide, high) in SIZES_MM.items():
        sized = Geometry(master.width, master.height, 0, 0.0, wide * 50 / 25.4, high * 50 / 25.4)
        job = document(out, master.page(sized, text, dpi=50))
        yield f"size {name}", job if wide > 70 else replace(job, stamp=NARROW)
    for turn in range(4):
        for skew in (-7.5, 0.0, 1.25):
            turned = master.page(upright(master, turn, skew), text, dpi=50)
            yield f"turned {turn} skew {skew}", document(out, turned)
    yield "mirrored", document(out, master.page(replace(upright(master), mirror=True), text, dpi=50))
    for dpi in (0, 72, 100, 200, 300, 600):
        job = document(out, master.page(text=text, dpi=dpi))
        yield f"{dpi} dpi", job if 0 < dpi < 200 else replace(job, stamp=NARROW)
    yield from _codings(folder, text)
    yield from _texts(folder, master)
    for name, title in HOSTILE.items():
        said = replace(document(out, master.page(text=text, dpi=50)), title=title, creator=title[:200],
                       subject=title[:500], provenance=title[:300], parts=(DocumentPart(0, title),))
        yield f"title {name}", replace(said, fields={**FIELDS, "subject": title})
    for count in (2, 3, 10, 100):
        pages = [master.page(text=text if at % 3 else "", dpi=50) for at in range(count)]
        parts = (DocumentPart(0, "Phần 1"), DocumentPart(count // 2, "Phụ lục"))
        several = replace(document(out, *pages), parts=parts, fields=FIELDS, provenance="H49.1.1.r1@B1")
        yield f"{count} pages", several
    yield from _stamps(out, master, text)


def _codings(folder: Path, text: str) -> Iterator[tuple[str, AssembleJob]]:
    image, out = draw().resize((413, 584)), folder / "out.pdf"
    for name, mode in (("grey", "L"), ("progressive", "RGB"), ("progressive grey", "L")):
        page = jpeg(folder, image, mode, f"{name.replace(' ', '-')}.jpg").page(text=text, dpi=50)
        yield f"coding {name}", document(out, page)
    yield "coding g4", document(out, g4(folder, image).page(text=text, dpi=50))
    blank = jpeg(folder, Image.new("L", (413, 584), 255), "RGB", "blank.jpg")
    yield "blank", document(out, blank.page(dpi=50))
    mixed = [g4(folder, image, "one.tif").page(dpi=50), jpeg(folder, image, "L", "two.jpg").page(text=text, dpi=50),
             blank.page(dpi=50)]
    yield "coding mixed", document(out, *mixed)


def _texts(folder: Path, master: DrawnMaster) -> Iterator[tuple[str, AssembleJob]]:
    texts = {"odd letters": words_in_lines(200, pool=ODD, width=413, height=584), "one word": words_in_lines(1),
             "20000 words": words_in_lines(20_000, width=413, height=584)}
    for name, said in texts.items():
        page = master.page(text=keep(folder, said, name.replace(" ", "-")), dpi=50)
        for flavour in ("2b", "2u"):
            yield f"text {name} {flavour}", replace(document(folder / "out.pdf", page), conformance=flavour)


def _stamps(out: Path, master: DrawnMaster, text: str) -> Iterator[tuple[str, AssembleJob]]:
    for corner in ("top-left", "top-right"):
        for name, band in (("above", NO_ROOM), ("inside", RIGHT if corner == "top-right" else EmptyBand(
                Box(3, 0, 100, 30)))):
            for flavour in ("2b", "2u"):
                job = document(out, master.page(text=text, dpi=50), band=band)
                yield f"stamp {corner} {name} {flavour}", replace(
                    job, stamp=StampSpace(corner, 60, 15, 3, strip=True), conformance=flavour, fields=FIELDS)
