"""Access copies: how small, how fast, beside libtiff's G4, the masters as they are, and OCRmyPDF.

    nice -n 10 .venv/bin/python bench/bench_copies.py --quick

Pages of ``bench/corpus`` (set ``ordinary``: letters, decisions, forms, tables, with seals, pencil, holes), A4 at
300 dpi, colour JPEG of quality 80. JBIG2 and libtiff's G4 (by Pillow) code the same bilevel pictures; CPU medians
of turns on each page. OCRmyPDF makes its smallest of the same images without reading them: ``--optimize 3
--jpeg-quality 40`` where pngquant is installed, which it demands, else ``--optimize 1``. It has no mixed form, and
codes colour as JPEG. A peer that is not installed is null. The last line is JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import simplejpeg

from appliance import copying
from appliance.core.files import sha256_of
from appliance.core.jobs import AssembleJob, AssemblePage, StampSpace
from appliance.core.model import Box, EmptyBand, Geometry, ImageFormat
from appliance.documents.assemble import assemble
from appliance.imaging import bilevel, copy_ink, layers
from appliance.imaging.warm import keep_memory, warm
from bench.corpus import sets

DPI, QUALITY, SEED = 300, 80, 5
PEER = ("--ocr-engine", "none", "--output-type", "pdf", "--jobs", "1", "--quiet")
SMALLEST, LOSSLESS = ("--optimize", "3", "--jpeg-quality", "40"), ("--optimize", "1")


def timed(call: Callable[[], Any], into: list[float]) -> Any:
    """Call, keep CPU milliseconds."""
    begun = time.process_time()
    found = call()
    into.append((time.process_time() - begun) * 1000)
    return found


def measure(pages: int, peers: bool) -> dict[str, float | None]:
    """Measure some pages and the document made of them; return the figures."""
    cv2.setNumThreads(1)
    keep_memory()
    warm()
    spent: dict[str, list[float]] = {name: [] for name in ("ink", "jbig2", "g4", "split", "compare")}
    sizes: dict[str, list[int]] = {name: [] for name in ("jbig2", "g4")}
    worst: list[float] = []
    with tempfile.TemporaryDirectory(prefix="copies-") as name:
        folder = Path(name)
        masters = [_page(folder, at, image.image, (spent, sizes, worst))
                   for at, image in enumerate(sets.samples("ordinary", pages, SEED, DPI))]
        found = _documents(folder, masters, peers)
    code = {key: statistics.median(values) for key, values in spent.items()}
    return {
        "pages": float(pages), "jbig2_ms_per_page": round(code["jbig2"], 1), "g4_ms_per_page": round(code["g4"], 1),
        "jbig2_vs_g4_bytes": round(sum(sizes["jbig2"]) / sum(sizes["g4"]), 3),
        "ink_ms_per_page": round(code["ink"], 1), "layers_ms_per_page": round(code["split"] + code["compare"], 1),
        "worst_difference": round(max(worst), 2), "load": round(os.getloadavg()[0], 1), **found}


def _page(folder: Path, at: int, image: Any, into: tuple[Any, Any, Any]) -> Path:
    spent, sizes, worst = into
    path = folder / f"{at}.jpg"
    path.write_bytes(simplejpeg.encode_jpeg(image, QUALITY, "RGB", "420"))
    rgb = simplejpeg.decode_jpeg(path.read_bytes(), "RGB")
    black = timed(lambda: copy_ink.ink_of(copy_ink.plane_of(rgb), DPI), spent["ink"])
    sizes["jbig2"].append(len(timed(lambda: bilevel.jbig2(black, DPI), spent["jbig2"])))
    sizes["g4"].append(len(timed(lambda: bilevel.g4(black), spent["g4"])))
    made = timed(lambda: layers.split(rgb, DPI), spent["split"])
    worst.append(timed(lambda: layers.compare(rgb, made, DPI), spent["compare"]).worst)
    return path


def _documents(folder: Path, masters: list[Path], peers: bool) -> dict[str, float | None]:
    """Make the document, its copies, and the peer's file."""
    source = _filed(folder, masters)
    found: dict[str, float | None] = {}
    pages, plain = len(masters), sum(path.stat().st_size for path in masters)
    sizes: dict[str, int] = {}
    for form in copying.FORMS:
        tally = copying.make([source], folder / f"{form}.pdf", copying.Wish(form, "bench", datetime.now(UTC)))
        sizes[form] = tally.size
        found[f"{form.replace('-', '_')}_kb_per_page"] = round(tally.size / pages / 1000, 1)
        if form == copying.MIXED:
            found["mixed_pages_kept"] = float(tally.kept)
    peer = ocrmypdf(folder, masters) if peers else None
    found["master_kb_per_page"] = round(plain / pages / 1000, 1)
    found["mixed_vs_jpeg_bytes"] = round(sizes[copying.MIXED] / plain, 3)
    found["ocrmypdf_kb_per_page"] = round(peer / pages / 1000, 1) if peer else None
    found["copy_vs_ocrmypdf_bytes"] = round(sizes[copying.MIXED] / peer, 3) if peer else None
    return found


def _filed(folder: Path, masters: list[Path]) -> Path:
    pages = []
    for path in masters:
        high, wide = simplejpeg.decode_jpeg_header(path.read_bytes())[:2]
        lie = Geometry(wide, high, 0, 0.0, wide, high)
        pages.append(AssemblePage(str(path), sha256_of(path), ImageFormat.JPEG, wide, high, 3, DPI, lie, ""))
    band = EmptyBand(Box(0, 0, 100, 30), Box(110, 0, 210, 30))
    done = assemble(AssembleJob(tuple(pages), str(folder / "filed.pdf"), "H49.1", "Bench", "BHXH", "Bench", "Bench",
                                "2026-11-22T08:00:00+07:00", StampSpace("top-right", 60, 11, 3), band))
    return Path(done.path)


def ocrmypdf(folder: Path, masters: list[Path]) -> int | None:
    """Return the bytes of OCRmyPDF's file, None where it is not installed."""
    tool = shutil.which("ocrmypdf", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if tool is None:
        return None
    images, out = folder / "images.pdf", folder / "peer.pdf"
    images.write_bytes(importlib.import_module("img2pdf").convert([str(path) for path in masters]))
    words = [tool, *PEER, *(SMALLEST if shutil.which("pngquant") else LOSSLESS), images, out]
    done = subprocess.run(words, capture_output=True, check=False, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    if done.returncode:
        print(done.stderr.decode("utf-8", "replace")[-500:])
        return None
    return (folder / "peer.pdf").stat().st_size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="4 pages instead of 24")
    found = measure(4 if parser.parse_args().quick else 24, peers=True)
    for name, value in found.items():
        print(f"  {name:28s} {'-' if value is None else value}")
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
