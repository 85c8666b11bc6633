"""Packages as offices send them, for benches: drawn pages as PDF/A, really signed (PAdES B-LTA) and packed.

Pages are drawn once (A4, 300 dpi, colour JPEG) and put into documents of their own code and signature. The PKI is
that of the tests (``tests/pki_stand.py``), a process that is gone when this is done: an archive judges offline.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from PIL import Image
from pki_stand import OFFICE, apart

from appliance.archive.packages.package import build
from appliance.archive.transports.contract import Package
from appliance.core.config import Config, parse
from appliance.core.files import sha256_of
from appliance.core.jobs import AssembleJob, AssemblePage, PackageDocument, PackageJob, StampSpace
from appliance.core.model import Box, EmptyBand, Geometry, ImageFormat
from appliance.documents.assemble import assemble
from appliance.messenger import Messenger
from appliance.signing import keys, validity, witness
from bench.bench_signing import Bench
from bench.corpus import Spec, page

KINDS = ("letter", "decision", "form", "table", "statement")
PAGES = len(KINDS)
DPI, MOMENT = 300, "2026-11-22T09:05:07+07:00"
NAMES = uuid.UUID("0198f3c0-1111-7000-8000-000000000000")


@dataclass(frozen=True)
class Wanted:
    """Packages of ``PAGES`` pages and one document each; one for each fonds code in ``organs``, in this order.

    Attributes:
        signatures: how many documents are signed; packages take them in turn.
        quality: of the JPEGs: 80 gives about 5 MB a package, 30 about 1.6 MB.
    """

    organs: Sequence[str]
    signatures: int
    quality: int = 80


@dataclass
class Drawn:
    """The pages on the disk, as assembling wants them."""

    folder: Path
    quality: int
    sheets: tuple[AssemblePage, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sheets = tuple(self._sheet(number, kind) for number, kind in enumerate(KINDS))

    def _sheet(self, number: int, kind: str) -> AssemblePage:
        image = Image.open(io.BytesIO(page(Spec(kind, number, dpi=DPI)).jpeg()))
        path = self.folder / f"{kind}.jpg"
        image.save(path, quality=self.quality, dpi=(DPI, DPI))
        return AssemblePage(str(path), sha256_of(path), ImageFormat.JPEG, *image.size, 3, DPI,
                            Geometry(*image.size, 0, 0.0, *image.size))

    def document(self, number: int) -> Path:
        """Write an unsigned PDF/A."""
        out = self.folder / f"unsigned-{number}.pdf"
        assemble(AssembleJob(
            self.sheets, str(out), f"H49.64.33.2001.{number}.0000001", "Công văn", OFFICE, "Luật",
            "Bản số hóa từ văn bản giấy", MOMENT, StampSpace("top-right", 60, 11, 3),
            EmptyBand(right=Box(110, 0, 207, 30))))
        return out


def make(folder: Path, wanted: Wanted) -> tuple[list[Package], Path]:
    """Make the packages; return them and the PEM file of the root that signatures lead to."""
    logging.getLogger("appliance").setLevel(logging.ERROR)
    drawn = Drawn(folder / "pages", wanted.quality)
    with apart(folder / "pki") as stand:
        settings = parse({"signing": stand.table, "storage": {"state": str(folder / "state")}})
        signed = asyncio.run(_signed(drawn, settings, min(wanted.signatures, len(wanted.organs))))
        root = Path(stand.table["trust"][0])
    documents = [(path, sha256_of(path)) for path in signed]
    out = folder / "packages"
    return [_packed(job(out, number, organ, *documents[number % len(documents)]))
            for number, organ in enumerate(wanted.organs)], root


async def _signed(drawn: Drawn, settings: Config, count: int) -> list[Path]:
    source, messenger = keys.of_office(settings), Messenger(settings.signing)
    key = await source.open()
    out = drawn.folder.parent / "signed"
    out.mkdir(parents=True, exist_ok=True)
    try:
        seen_by = witness.of(settings.signing.tsa, validity.trust_of(settings, messenger))
        bench = Bench(key, seen_by, out, out, "")
        for number in range(count):
            bench.unsigned = drawn.document(number)
            bench.sha256 = sha256_of(bench.unsigned)
            await bench.ours("B-LTA")
            bench.unsigned.unlink()
    finally:
        await messenger.close()
        await source.close(key)
    return [out / f"{number + 1}.pdf" for number in range(count)]


def job(out: Path, number: int, organ: str, signed: Path, sha256: str) -> PackageJob:
    """Return the order for one package with this one document, all its names its own."""
    fields = {"numberOfPage": str(PAGES), "subject": "Về việc điều chỉnh", "issuedDate": "01/03/2021"}
    named = str(uuid.uuid5(NAMES, f"{out}/{number}"))
    return PackageJob(
        layout="tt05-sip-hoso", uuid=named, created="2026-11-22T09:05:07.123+07:00",
        file_code=f"{organ}.2001.{number + 1}", title=f"Hồ sơ hưởng chế độ hưu trí số {number + 1}",
        organisation=OFFICE, organisation_id=organ, record_status="NEW",
        fields={"maintenance": "01", "mode": "01", "numberOfPaper": str(PAGES)},
        documents=(PackageDocument(1, str(signed), sha256, fields),), provenance=json.dumps({"batches": []}),
        schemas="", out=str(out / f"{named}.zip"))


def _packed(order: PackageJob) -> Package:
    packed = build(order)
    return Package(Path(packed.path), packed.sha256, packed.size, order.uuid)
