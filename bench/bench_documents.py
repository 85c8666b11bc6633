"""The stage of documents: CPU of writing, proving and checking a PDF/A, beside OCRmyPDF and img2pdf; sizes.

    nice -n 10 .venv/bin/python bench/bench_documents.py --quick

Twenty A4 pages (ten generated, each twice), 300 dpi, colour, 350 words each, given as a worker keeps them.
``stage_cpu_ms_per_page`` is all that this stage does with a page but Tesseract's own reading: the page's share of
separation, its text kept, the PDF/A written, proved against masters, text and geometry, and checked as PDF/A. The
picture that Tesseract reads is imaging's; it has a line of its own. The peer is OCRmyPDF making a PDF/A of the same
images without reading them (img2pdf before it); it proves nothing. Ours and the peers take turns; a figure is the
median, a ratio the median of the pairs'. What is not installed is null. The last line is JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from appliance.core.config import Ocr
from appliance.core.files import sha256_of
from appliance.core.jobs import AssembleJob, AssemblePage, DocumentPart, StampSpace
from appliance.core.model import Box, EmptyBand, Geometry, ImageFormat, PageText, Side, TextLine, Treatment, Word
from appliance.documents import page_text, proof
from appliance.documents.assemble import assemble
from appliance.documents.check import check
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.sheet import SidePage
from appliance.documents.ways import Way
from appliance.imaging import rendition
from bench.corpus import Lie, Spec, page

PAGES, DRAWN, WORDS, DPI = 20, 10, 350, 300
KINDS = ("letter", "decision", "form", "table", "statement")
SENTENCE = ("Căn cứ Luật Bảo hiểm xã hội và các văn bản hướng dẫn thi hành đơn vị đề nghị điều chỉnh thời gian "
            "đóng của người lao động đã đóng đủ từ tháng bảy đến tháng mười hai theo mức lương quy định")
SAID = SENTENCE.split()
FIELDS = {"docCode": "H49.64.33.2001.160.0000001", "subject": "Về việc hưởng chế độ", "language": "01"}
PEER = ("--ocr-engine", "none", "--output-type", "pdfa", "--jobs", "1", "--quiet")
OCR_KEYS = ("ocr_cpu_s_per_page", "ocr_vs_tesseract_cli")
COPY_KEYS = ("copy_kb_per_page", "copy_mixed_kb_per_page", "copy_vs_ocrmypdf")


@dataclass
class Spent:
    """CPU milliseconds by name, one for each round."""

    rounds: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def take(self, name: str, call: Callable[[], Any], who: int = resource.RUSAGE_SELF) -> None:
        """Call, and keep what it cost this process or, of ``RUSAGE_CHILDREN``, the programs it waited for."""
        begun = _cpu(who)
        call()
        self.rounds.setdefault(name, []).append((_cpu(who) - begun) * 1000)

    def median(self, name: str) -> float | None:
        """Return the median, None where nothing was measured."""
        return statistics.median(self.rounds[name]) if name in self.rounds else None

    def ratio(self, peer: str, *ours: str) -> float | None:
        """Return how many times the peer's cost of a page is ours."""
        own = [sum(costs) for costs in zip(*(self.rounds[name] for name in ours), strict=True)]
        pairs = list(zip(self.rounds.get(peer, []), own, strict=False))
        share = self.pages(ours[0]) / self.pages(peer)
        return round(share * statistics.median(other / mine for other, mine in pairs), 2) if pairs else None

    def pages(self, name: str) -> int:
        """Return of how many pages a cost is."""
        return self.counts.get(name, PAGES)


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def text_of_a_page(seed: int) -> PageText:
    """Return 350 words in lines, in pixels of an A4 page at 300 dpi."""
    rng = random.Random(seed)
    lines = []
    for row in range(WORDS // 10):
        top, left, words = 300 + row * 82, 240, []
        for _ in range(10):
            said = rng.choice(SAID)
            words.append(Word(said, Box(left, top, left + 24 * len(said), top + 48), 0.93))
            left += 24 * len(said) + 20
        lines.append(TextLine(Box(240, top, left - 20, top + 48), top + 38, 0.0012, tuple(words)))
    return page_text.settled(PageText("tesserocr", "vie+eng", 0.93, tuple(lines)))


def make(folder: Path) -> tuple[AssembleJob, list[PageText]]:
    """Write masters and texts; return the order for a document of them."""
    texts, pages = [], []
    drawn = [page(Spec(KINDS[at % len(KINDS)], at, dpi=DPI, lie=Lie(skew=0.6 - 0.1 * at))) for at in range(DRAWN)]
    for at in range(PAGES):
        sample = drawn[at % DRAWN]
        path, text = folder / f"{at:02d}.jpg", folder / f"{at:02d}.text"
        path.write_bytes(sample.jpeg())
        texts.append(text_of_a_page(at))
        page_text.save(texts[-1], text)
        high, wide = sample.image.shape[:2]
        geometry = Geometry(wide, high, 0, 0.1 * (at % DRAWN) - 0.6, wide, high)
        pages.append(AssemblePage(str(path), sha256_of(path), ImageFormat.JPEG, wide, high, 3, DPI, geometry,
                                  str(text)))
    return AssembleJob(
        tuple(pages), str(folder / "out.pdf"), FIELDS["docCode"], "Công văn", "Bảo hiểm xã hội tỉnh Hưng Lạc",
        "Luật", "Bản số hóa từ văn bản giấy", "2026-11-22T09:05:07+07:00",
        StampSpace("top-right", 60, 11, 3, strip=True), EmptyBand(), FIELDS, "H49.64.33.2001.160.1.r1@B1",
        (DocumentPart(0, "Phần 1"), DocumentPart(9, "Phần 2")),
    ), texts


def _separated() -> None:
    sides = [SidePage(at, at // 2 + 1, Side.FRONT if at % 2 == 0 else Side.BACK) for at in range(PAGES)]
    separate(sides, SeparationRules(Way("one_dossier"), "H49.64.33.2001.160"))


def _texts_kept(texts: Sequence[PageText]) -> None:
    for text in texts:
        page_text.dump(page_text.settled(text))


def _pictures(job: AssembleJob) -> None:
    for one in job.pages[:5]:
        wish = rendition.Rendition(one.format, one.geometry, DPI, Ocr().dpi, Treatment())
        rendition.draw(Path(one.path).read_bytes(), wish)


def ours(job: AssembleJob, texts: Sequence[PageText], spent: Spent) -> None:
    """Measure each step once; whatever is wrong ends the bench."""
    path = Path(job.out)
    spent.take("separated", _separated)
    spent.take("texts kept", lambda: _texts_kept(texts))
    spent.take("assembled", lambda: assemble(job))
    spent.take("proved", lambda: proof.prove(job, path))
    faults: list[str] = []
    spent.take("checked", lambda: faults.extend(check(path)))
    if faults:
        raise SystemExit(f"not PDF/A: {faults[0]}")


def peer(job: AssembleJob, spent: Spent, count: int) -> dict[str, float]:
    """Measure img2pdf and OCRmyPDF once, on so many of the pages; return bytes a page of their files."""
    folder = Path(job.out).parent
    images, source, made = [one.path for one in job.pages[:count]], folder / "source.pdf", folder / "peer.pdf"
    spent.counts |= {"img2pdf": count, "ocrmypdf": count}
    try:
        img2pdf = importlib.import_module("img2pdf")
    except ModuleNotFoundError:
        return {}
    spent.take("img2pdf", lambda: source.write_bytes(img2pdf.convert(images)))
    sizes = {"img2pdf": source.stat().st_size / count}
    program = shutil.which("ocrmypdf", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program:
        command = [program, *PEER, "--optimize", "0", str(source), str(made)]
        spent.take("ocrmypdf", lambda: _run(command), resource.RUSAGE_CHILDREN)
        spent.take("ocrmypdf starting", lambda: _run([program, "--version"]), resource.RUSAGE_CHILDREN)
        sizes["ocrmypdf"] = made.stat().st_size / count
    return sizes


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stderr.decode(errors='replace')[-300:]}")


def reading(job: AssembleJob, count: int) -> dict[str, float | None]:
    """Return what reading costs (``ocr_cost.py``), null where Tesseract or a package it needs is missing."""
    try:
        from bench.ocr_cost import ocr_figures
        from bench.readers import look
    except ModuleNotFoundError:
        return dict.fromkeys(OCR_KEYS)
    jpegs = [Path(one.path).read_bytes() for one in job.pages[:count]]
    return ocr_figures([look(str(at), "", jpeg, DPI) for at, jpeg in enumerate(jpegs)])


def copies(quick: bool) -> dict[str, float | None]:
    """Return how large access copies are (``copy_sizes.py``), null where a package it needs is missing."""
    try:
        from bench.copy_sizes import figures
    except ModuleNotFoundError:
        return dict.fromkeys(COPY_KEYS)
    return figures(quick)


def tell(spent: Spent, sizes: dict[str, float]) -> dict[str, float | None]:
    """Print the tables; return the figures."""
    print(f"{'CPU milliseconds a page':36s} {'median':>9s}")
    for name in spent.rounds:
        print(f"  {name:34s} {(spent.median(name) or 0.0) / spent.pages(name):9.2f}")
    steps = ("separated", "texts kept", "assembled", "proved", "checked")
    stage = sum(spent.median(name) or 0.0 for name in steps) / PAGES
    print(f"\n{'kilobytes a page':36s}")
    for name, size in sizes.items():
        print(f"  {name:34s} {size / 1000:9.1f}")
    return {
        "assemble_20_pages_cpu_ms": round(spent.median("assembled") or 0.0, 1),
        "stage_cpu_ms_per_page": round(stage, 2),
        "stage_with_picture_cpu_ms_per_page": round(stage + (spent.median("picture for OCR") or 0.0) / 5, 2),
        "ocrmypdf_pdfa_vs_assembled_proved_checked": spent.ratio("ocrmypdf", "assembled", "proved", "checked"),
        "img2pdf_vs_assembled": spent.ratio("img2pdf", "assembled"),
        "filed_kb_per_page": round(sizes["filed"] / 1000, 1),
        "filed_over_masters": round(sizes["filed"] / sizes["masters"], 4),
        "ocrmypdf_kb_per_page": round(sizes["ocrmypdf"] / 1000, 1) if "ocrmypdf" in sizes else None,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 rounds, the peer once on 4 pages")
    quick = parser.parse_args().quick
    spent = Spent()
    with tempfile.TemporaryDirectory() as name:
        job, texts = make(Path(name))
        one = replace(job, pages=job.pages[:1], parts=())
        ours(one, texts[:1], Spent())  # fonts, schemas and validators are loaded
        _pictures(one)
        spent.counts |= {"picture for OCR": 5, "ocrmypdf starting": 1}
        sizes = {"masters": sum(Path(page.path).stat().st_size for page in job.pages) / PAGES}
        for at in range(3 if quick else 15):
            ours(job, texts, spent)
            spent.take("picture for OCR", lambda: _pictures(job))
            if at < (1 if quick else 5):
                sizes |= peer(job, spent, 4 if quick else PAGES)
        sizes["filed"] = Path(job.out).stat().st_size / PAGES
        others = {**reading(job, 2 if quick else 5), **copies(quick)}
    print(json.dumps({**tell(spent, sizes), **others, "load": round(os.getloadavg()[0], 2)}))


if __name__ == "__main__":
    main()
