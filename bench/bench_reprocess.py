"""Filed pages read again on a Dask cluster: pages a minute with one worker and with two.

    nice -n 10 .venv/bin/python bench/bench_reprocess.py --quick

Packages of generated pages (A4, 300 dpi, colour; no two alike) are read by ``appliance reprocess`` from outside:
a scheduler of Dask and worker processes of the product on loopback, under TLS. The clock runs from the first text
on disk to the last, so that starting, golden pages and kernels are in no figure. One worker and two take turns; a
figure is the median, the ratio the median of the pairs'. The last line is JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "faults"))

import cluster_keys

from appliance.archive.packages.package import build
from appliance.core.files import sha256_of
from appliance.core.jobs import AssembleJob, AssemblePage, PackageDocument, PackageJob, StampSpace
from appliance.core.model import EmptyBand, Geometry, ImageFormat
from appliance.documents.assemble import assemble
from bench.corpus import Spec, page

ROOT = Path(__file__).parents[1]
KINDS = ("letter", "decision", "form", "table", "statement")
DPI, PAGES = 300, 3


@dataclass(frozen=True)
class Amount:
    """How much is read: packages, and turns of one worker and two."""

    packages: int
    turns: int


QUICK, FULL = Amount(4, 1), Amount(24, 3)


def packed(folder: Path, number: int) -> None:
    """Make one package of a document."""
    pages = []
    for at in range(PAGES):
        sample = page(Spec(KINDS[(number + at) % len(KINDS)], number * PAGES + at, dpi=DPI))
        path = folder / f"{number}-{at}.jpg"
        path.write_bytes(sample.jpeg())
        high, wide = sample.image.shape[:2]
        pages.append(AssemblePage(str(path), sha256_of(path), ImageFormat.JPEG, wide, high, 3, DPI,
                                  Geometry(wide, high, 0, 0.0, wide, high)))
    code = f"H49.64.33.2001.{number}"
    made = assemble(AssembleJob(
        tuple(pages), str(folder / f"{number}.pdf"), f"{code}.0000001", "Công văn", "Bảo hiểm xã hội tỉnh Hưng Lạc",
        "Luật", "Bản số hóa từ văn bản giấy", "2026-11-22T09:05:07+07:00",
        StampSpace("top-right", 60, 11, 3, strip=True), EmptyBand(),
        {"docCode": f"{code}.0000001", "language": "01"}, f"{code}.1.r1@B1", ()))
    data = Path(made.path).read_bytes()
    fields = {"numberOfPage": str(PAGES), "subject": "Về việc điều chỉnh", "issuedDate": "01/03/2021"}
    one = PackageDocument(1, made.path, hashlib.sha256(data).hexdigest(), fields)
    build(PackageJob(
        layout="tt05-sip-hoso", uuid=f"0198f3c0-1111-7000-8000-{number:012d}",
        created="2026-11-21T09:05:07.123+07:00", file_code=code, title="Hồ sơ", organisation="BHXH",
        organisation_id="H49.64.33", record_status="NEW",
        fields={"maintenance": "01", "mode": "01", "numberOfPaper": str(PAGES)}, documents=(one,),
        provenance="{}", schemas="", out=str(folder / "packages" / f"{number}.zip")))


def run(folder: Path, workers: int) -> float:
    """Read everything with so many workers on a cluster of their own; return pages a minute."""
    home = Path(tempfile.mkdtemp(prefix="cluster-", dir=folder))
    keys = cluster_keys.made(home / "keys")
    told = home / "scheduler.json"
    tls = ["--tls-ca-file", keys.ca, "--tls-cert", keys.certificate, "--tls-key", keys.key]
    processes = [_started([sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port",
                           "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0", "--scheduler-file",
                           str(told), *tls])]
    try:
        settings = home / "appliance.toml"
        settings.write_text(
            f'[storage]\nstate = "{home}"\n[pool.cluster]\n'
            f'scheduler = "{cluster_keys.address_in(told, processes[0])}"\nca = "{keys.ca}"\n'
            f'certificate = "{keys.certificate}"\nkey = "{keys.key}"\n')
        words = [sys.executable, "-m", "appliance"]
        processes += [_started([*words, "worker", "--config", str(settings), "--name", f"w{number}"])
                      for number in range(workers)]
        done = subprocess.run([*words, "reprocess", "--config", str(settings), "--from", str(folder / "packages"),
                               "--out", str(home / "out")], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        return _rate(home / "out")
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        shutil.rmtree(home)


def _started(words: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _rate(out: Path) -> float:
    """Return pages a minute between the first and the last text."""
    times = sorted(path.stat().st_mtime for path in out.rglob("*.text"))
    return 60 * (len(times) - 1) / (times[-1] - times[0])


def main(argv: Sequence[str]) -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="12 pages, one turn")
    amount = QUICK if parser.parse_args(argv).quick else FULL
    rates: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory(prefix="reprocess-") as name:
        folder = Path(name)
        for number in range(amount.packages):
            packed(folder, number)
        for _ in range(amount.turns):
            for workers, found in rates.items():
                began = time.monotonic()
                found.append(run(folder, workers))
                took = time.monotonic() - began
                print(f"{workers} worker(s): {found[-1]:.1f} pages a minute, {took:.0f} s in all")
    figures = {f"pages_per_minute_{n}_worker{'s' * (n > 1)}": round(statistics.median(found), 1)
               for n, found in rates.items()}
    scale = statistics.median(two / one for one, two in zip(rates[1], rates[2], strict=True))
    print(json.dumps({**figures, "scale_2_workers": round(scale, 2)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
