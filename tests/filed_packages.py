"""Packages of filed documents with drawn pages, each its own text, for reading again."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "integration"))

from drawn_pages import TEXT, document, draw, jpeg

from appliance.archive.packages.package import build
from appliance.core.jobs import PackageDocument, PackageJob
from appliance.documents.assemble import assemble


def filed_package(folder: Path, number: int, pages: int, layout: str = "tt05-sip-hoso") -> Path:
    """Return a package with one document of ``pages`` pages that no other package has."""
    work = folder / f"work-{number}"
    work.mkdir(parents=True)
    drawn = [jpeg(work, draw((*TEXT, f"Số thứ tự hồ sơ {number} trang {page}")), name=f"m{page}.jpg").page()
             for page in range(pages)]
    pdf = Path(assemble(document(work / "unsigned.pdf", *drawn)).path)
    code = f"H49.64.33.2001.{number}"
    fields = {"numberOfPage": str(pages), "subject": "Về việc điều chỉnh", "issuedDate": "01/03/2021"}
    one = PackageDocument(1, str(pdf), hashlib.sha256(pdf.read_bytes()).hexdigest(), fields)
    uuid = f"0198f3c0-1111-7000-8000-{number:012d}"
    job = PackageJob(
        layout=layout, uuid=uuid, created="2026-11-21T09:05:07.123+07:00", file_code=code,
        title="Hồ sơ", organisation="BHXH huyện Cầu Kè", organisation_id="H49.64.33", record_status="NEW",
        fields={"maintenance": "01", "mode": "01", "numberOfPaper": str(pages)}, documents=(one,),
        provenance=json.dumps({"batches": []}), schemas="", out=str(folder / "packages" / f"{number}.zip"))
    return Path(build(job).path)
