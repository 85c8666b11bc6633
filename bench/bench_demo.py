"""End to end: paper to receipt by the demo's processes, against OCRmyPDF on the same images in the same run.

Ours also captures, stores durably, signs, packs, uploads and waits for the receipt; its time runs from the
first side captured to the last receipt (report.json, from the ledger). OCRmyPDF gets a PDF made by img2pdf
and is timed as a process, once cleaning pages as ours does and once only reading them; its languages are ours.
Runs alternate; medians. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import truediv
from pathlib import Path
from typing import Any

import psutil

from appliance.core.config import Ocr

PEER = ("-l", Ocr().languages, "--output-type", "pdfa", "--jobs", "2")
CLEANING = ("--deskew", "--clean", "--rotate-pages")
ONLY_OCR = ("--optimize", "0")
PEER_PROGRAMS = ("tesseract", "unpaper", "gs")
SAMPLE_SECONDS = 0.2
MIB = 1 << 20


@dataclass
class Memory:
    """Highest resident memory of the daemon and of its largest worker, sampled from outside, in bytes."""

    parent: int
    daemon: int = 0
    worker: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Sample until told that it is done."""
        while not self.done.wait(SAMPLE_SECONDS):
            try:
                processes = psutil.Process(self.parent).children(recursive=True)
            except psutil.NoSuchProcess:
                return
            for process in processes:
                self._take(process)

    def _take(self, process: psutil.Process) -> None:
        try:
            words, size = process.cmdline(), process.memory_info().rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return
        if words[1:4] == ["-m", "appliance", "run"]:
            self.daemon = max(self.daemon, size)
        elif words[1:4] == ["-m", "appliance", "worker"]:
            self.worker = max(self.worker, size)


@dataclass(frozen=True)
class Run:
    """One run of ours: its report and the memory it took."""

    report: dict[str, Any]
    memory: Memory


def run_ours(plan: str, seed: int, out: Path) -> Run:
    """Run the demo once; a run that does not file everything ends the bench."""
    command = [sys.executable, "-m", "appliance", "demo", "--sides", plan, "--seed", str(seed), "--out", str(out)]
    with (out.parent / f"{out.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        memory = Memory(process.pid)
        watcher = threading.Thread(target=memory.watch)
        watcher.start()
        status = process.wait()
        memory.done.set()
        watcher.join()
    if status != 0:
        raise SystemExit(f"the demo ended with {status}; see {log.name}")
    return Run(json.loads((out / "report.json").read_text(encoding="utf-8")), memory)


def find_peer() -> bool:
    """Say whether OCRmyPDF, img2pdf and the programs they call are installed."""
    return all(map(_program, (*PEER_PROGRAMS, "ocrmypdf", "img2pdf")))


def run_peer(images: list[Path], work: Path, how: tuple[str, ...]) -> float:
    """Time OCRmyPDF on the images; return pages a minute."""
    source, made = str(work / "peer.pdf"), str(work / "peer.out.pdf")
    subprocess.run([_program("img2pdf"), *map(str, images), "-o", source], check=True)
    began = time.monotonic()
    subprocess.run([_program("ocrmypdf"), *PEER, *how, source, made], check=True, capture_output=True)
    return 60 * len(images) / (time.monotonic() - began)


def _program(name: str) -> str:
    """Return the path of a program, beside this Python first; empty when it is not there."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.is_file() else shutil.which(name) or ""


def analysis_cpu_ms(images: list[Path]) -> float:
    """Return the median CPU milliseconds of looking at one page, without OCR."""
    from PIL import Image

    from appliance.core import rules
    from appliance.core.model import ImageFormat, Master
    from appliance.imaging import recipe, warm

    warm.warm()
    limits = rules.load("archive-tt05-2025").image.limits()
    times = []
    for path in images:
        data = path.read_bytes()
        with Image.open(path) as image:
            master = Master(path.name, "", len(data), ImageFormat.JPEG, *image.size, 3, 300)
        began = time.process_time()
        recipe.analyse(data, master, limits, 200_000_000)
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


def measure(work: Path, plan: str, pairs: int, say: Callable[[str], None]) -> dict[str, float | None]:
    """Run the pairs and return the figures."""
    peer = find_peer()
    if not peer:
        say("OCRmyPDF, img2pdf, tesseract, unpaper or Ghostscript is not installed: the peer's figures are null")
    runs: list[Run] = []
    theirs: list[float] = []
    reading: list[float] = []
    images: list[Path] = []
    for pair in range(1, pairs + 1):
        runs.append(run_ours(plan, 1, work / f"demo-{pair}"))
        images = sorted((work / f"demo-{pair}" / "stack").glob("*.jpg"))
        report = runs[-1].report
        say(f"pair {pair}: ours {report['sides']} sides in {report['seconds']:.1f} s")
        if peer:
            theirs.append(run_peer(images, work, CLEANING))
            reading.append(run_peer(images, work, ONLY_OCR))
            say(f"pair {pair}: OCRmyPDF {theirs[-1]:.2f} pages a minute, only reading {reading[-1]:.1f}")
    return figures(runs, theirs, reading) | {"analysis_cpu_ms": round(analysis_cpu_ms(images), 1)}


def figures(runs: list[Run], theirs: list[float], reading: list[float]) -> dict[str, float | None]:
    """Return medians; a ratio is the median of the pairs' ratios."""
    ours = [float(run.report["pages_per_minute"]) for run in runs]
    return {
        "pages_per_minute": round(statistics.median(ours), 1),
        "ocrmypdf_pages_per_minute": round(statistics.median(theirs), 2) if theirs else None,
        "vs_ocrmypdf": ratio(ours, theirs),
        "vs_ocrmypdf_ocr_only": ratio(ours, reading),
        "daemon_rss_mb": round(max(run.memory.daemon for run in runs) / MIB, 1),
        "worker_rss_mb": round(max(run.memory.worker for run in runs) / MIB, 1),
    }


def ratio(ours: list[float], theirs: list[float]) -> float | None:
    """Return the median of the pairs' ratios; None without a peer."""
    return round(statistics.median(map(truediv, ours, theirs)), 2) if theirs else None


def table(found: dict[str, float | None], sides: str) -> str:
    """Return the figures for a person."""
    targets = {"vs_ocrmypdf": ">= 12", "vs_ocrmypdf_ocr_only": ">= 3", "analysis_cpu_ms": "< 150",
               "daemon_rss_mb": "< 120", "worker_rss_mb": "< 400"}
    lines = [f"end to end, stack '{sides}', A4 300 dpi colour, {os.cpu_count()} cores", ""]
    for name, value in found.items():
        shown = "not measured" if value is None else f"{value:g}"
        lines.append(f"  {name:<28}{shown:>14}   {targets.get(name, '')}".rstrip())
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4 sides, one pair, within 60 seconds")
    parser.add_argument("--pairs", type=int, default=3, help="pairs of runs (3)")
    parser.add_argument("--keep", type=Path, help="keep what the runs made in this folder")
    options = parser.parse_args()
    plan, pairs = ("quick", 1) if options.quick else ("bench", options.pairs)
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        work = options.keep or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("NUMBA_CACHE_DIR", str(work / "kernels"))  # read when numba is first imported
        found = measure(work, plan, pairs, lambda text: print(text, flush=True))
    order = ("pages_per_minute", "ocrmypdf_pages_per_minute", "vs_ocrmypdf", "vs_ocrmypdf_ocr_only",
             "analysis_cpu_ms", "daemon_rss_mb", "worker_rss_mb")
    found = {name: found[name] for name in order}
    print(f"\n{table(found, plan)}\n")
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
