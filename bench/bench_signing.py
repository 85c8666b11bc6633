"""What a signature costs: PAdES B-B and B-LTA with a stamp, by a key in SoftHSM2, beside pyHanko's plain recipes.

    nice -n 10 .venv/bin/python bench/bench_signing.py --quick

Ours: ``sign.async_sign``, as the signer process calls it, with one token session, one way outside and what
authorities said kept, as it is after the first document; every file is written durably. The peer: pyHanko as its
manual shows it (``tests/plain_pyhanko.py``): SimpleSigner, the same words in the full font, nothing shared, the
result kept in memory. Both sign the same A4 page (300 dpi, RSA-2048) and take turns; the PKI is a process apart.
A figure is the median of CPU ms of this process (threads too), a ratio the median of the pairs. Then 400 MB are
signed B-LTA in a process of its own, whose highest resident memory is told. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import pki_token
import plain_pyhanko
from pki_stand import OFFICE, Apart, apart
from plain_pyhanko import Recipe

from appliance.core import clock, rules, stamping
from appliance.core.config import Config, parse
from appliance.core.files import sha256_of
from appliance.core.jobs import AssembleJob, AssemblePage, SignJob, SignPolicy, StampSpace
from appliance.core.model import Box, EmptyBand, Geometry, ImageFormat
from appliance.core.stamping import POINTS_PER_MM, StampForm
from appliance.documents.assemble import assemble
from appliance.messenger import Messenger
from appliance.signing import keys, sign, stamp, validity, witness
from appliance.signing.keys import Key
from appliance.signing.stamp import Names
from appliance.signing.witness import Witness
from bench.big_pdf import big_pdf
from bench.corpus import Spec, page

BUILD = Path(__file__).parents[1] / "build"
PROFILE = "archive-tt05-2025"
LEVELS = ("B-B", "B-LTA")
BIG = 400 << 20
IN_FLIGHT, TSA_SECONDS = 16, 1.0
TSA_AT_ONCE = 4
"""Requests that the product has at one authority at a time (signing/timestamps.py)."""


@dataclass
class Spent:
    """CPU milliseconds by name, one for each round."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    async def take(self, name: str, call: Callable[[], Awaitable[Any]]) -> None:
        """Call, and keep what it cost this process."""
        begun = time.process_time()
        await call()
        self.rounds.setdefault(name, []).append((time.process_time() - begun) * 1000)

    def median(self, name: str) -> float:
        """Return the median."""
        return round(statistics.median(self.rounds[name]), 2)

    def ratio(self, peer: str, ours: str) -> float:
        """Return how many times the peer costs what ours does."""
        pairs = zip(self.rounds[peer], self.rounds[ours], strict=True)
        return round(statistics.median(other / mine for other, mine in pairs), 2)


@dataclass
class Bench:
    """One signer process: its key, whom it asks, where its files go, what it signs."""

    key: Key
    seen_by: Witness
    folder: Path
    unsigned: Path
    sha256: str
    signed: int = 0

    async def ours(self, level: str) -> None:
        """Sign the file once; anything but the level that was asked for ends the bench."""
        self.signed += 1
        done = await sign.async_sign(self.job(level, self.folder / f"{self.signed}.pdf"), self.key, self.seen_by)
        assert done.level == level, done.level

    def job(self, level: str, out: Path) -> SignJob:
        """Return the order for one signature with the archive's stamp."""
        moment, profile = clock.now(), rules.load(PROFILE)
        lines = stamp.lines(profile, Names(OFFICE, development=self.key.development), moment)
        look, table = profile.stamp.look(), profile.stamp
        form = stamping.forms(lines, look, StampForm(table.width_mm, table.height_mm))[0]
        wide, high, margin = (mm * POINTS_PER_MM for mm in (form.width_mm, form.height_mm, table.margin_mm))
        box = Box(595 - margin - wide, 842 - margin - high, 595 - margin, 842 - margin)
        return SignJob("d", str(self.unsigned), self.sha256, str(out), box, lines, look, clock.iso(moment),
                       policy=SignPolicy(level))


def a_page(folder: Path) -> Path:
    """Write the unsigned PDF/A that everybody signs."""
    sample = page(Spec("letter", 0, dpi=300))
    image = folder / "page.jpg"
    image.write_bytes(sample.jpeg())
    high, wide = sample.image.shape[:2]
    sheet = AssemblePage(str(image), sha256_of(image), ImageFormat.JPEG, wide, high, 3, 300,
                         Geometry(wide, high, 0, 0.0, wide, high))
    assemble(AssembleJob((sheet,), str(folder / "page.pdf"), "H49.64.33.2001.160.1", "Công văn", OFFICE, "Luật",
                         "Bản số hóa từ văn bản giấy", "2026-11-22T09:05:07+07:00",
                         StampSpace("top-right", 60, 11, 3), EmptyBand(right=Box(110, 0, 207, 30))))
    return folder / "page.pdf"


def config_of(table: dict[str, Any], token: str, state: Path) -> Config:
    """Return the settings of an office with a token; ``token`` is its PKCS#11 URI."""
    own = {name: value for name, value in table.items() if name != "pkcs12"}
    own |= {"token": token, "library": pki_token.LIBRARY}
    return parse({"signing": own, "storage": {"state": str(state)}})


async def with_bench(config: Config, folder: Path, unsigned: Path, use: Callable[[Bench], Awaitable[Any]]) -> Any:
    """Open token and way outside, and use them."""
    source = keys.of_office(config)
    key, messenger = await source.open(pki_token.PIN), Messenger(config.signing)
    try:
        seen_by = witness.of(config.signing.tsa, validity.trust_of(config, messenger))
        return await use(Bench(key, seen_by, folder, unsigned, sha256_of(unsigned)))
    finally:
        await messenger.close()
        await source.close(key)


async def measured(bench: Bench, stand: Apart, rounds: int) -> dict[str, Any]:
    """Let ours and the peer take turns; return the figures."""
    spent, data = Spent(), bench.unsigned.read_bytes()
    words = "\n".join(bench.job("B-B", bench.folder / "x").lines)
    tsa, roots = stand.table["tsa"][0]["url"], tuple(map(Path, stand.table["trust"]))
    for level in LEVELS:
        await bench.ours(level)  # what authorities say is asked for once, before anything is measured
    stand.counts()
    asked: dict[str, list[int]] = {"ours": [], "stock": []}
    for _ in range(rounds):
        for level in LEVELS:
            recipe = Recipe(Path(stand.files["office"]), level, tsa, roots, words)
            await spent.take(f"stock {level}", partial(plain_pyhanko.sign, data, recipe))
            asked["stock"].append(sum(stand.counts().values()))
            await spent.take(f"ours {level}", partial(bench.ours, level))
            asked["ours"].append(sum(stand.counts().values()))
        await spent.take("key", partial(bench.key.signer.raw, b"x" * 200))
    return {
        "bb_stamp_cpu_ms": spent.median("ours B-B"), "bb_vs_stock": spent.ratio("stock B-B", "ours B-B"),
        "blta_stamp_cpu_ms": spent.median("ours B-LTA"), "blta_vs_stock": spent.ratio("stock B-LTA", "ours B-LTA"),
        "blta_http_requests": max(asked["ours"]), "raw_key_ms": spent.median("key"),
        "stock_bb_cpu_ms": spent.median("stock B-B"), "stock_blta_cpu_ms": spent.median("stock B-LTA"),
        "stock_blta_http_requests": max(asked["stock"]), "rounds": rounds,
        "tsa_share": await _many_in_flight(bench, stand),
    }


async def _many_in_flight(bench: Bench, stand: Apart) -> float:
    """Return how much of the wall time of B-T signatures is the authority's, which takes a second for each."""
    stand.trouble("tsa", "late", TSA_SECONDS)
    begun = time.monotonic()
    jobs = [bench.job("B-T", bench.folder / f"many{at}.pdf") for at in range(IN_FLIGHT)]
    await asyncio.gather(*(sign.async_sign(job, bench.key, bench.seen_by) for job in jobs))
    took = time.monotonic() - begun
    stand.counts()
    return round(IN_FLIGHT / TSA_AT_ONCE * TSA_SECONDS / took, 3)


async def _sign_big(bench: Bench) -> dict[str, float]:
    """Sign the file B-LTA; return highest resident memory before and after, MB, and CPU seconds."""
    before, begun = _peak(), time.process_time()
    await bench.ours("B-LTA")
    return {"before": before, "after": _peak(), "cpu_s": round(time.process_time() - begun, 2)}


def _peak() -> float:
    """Return the highest resident memory so far; getrusage would tell that of the process this one came from."""
    said = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return round(int(said.split("VmHWM:")[1].split()[0]) / 1024, 1)


def big(table: dict[str, Any], token: pki_token.Token, folder: Path) -> dict[str, float]:
    """Sign the big file in a process of its own."""
    told = json.dumps({"table": table, "token": token.uri(), "file": str(big_pdf(folder / "big.pdf", BIG))})
    command = [sys.executable, __file__, "--big", str(folder)]
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=True,
                          env={**os.environ, **token.environment})
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure, print a table and one line of JSON."""
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true", help="few rounds, under a minute")
    options.add_argument("--big", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    logging.disable(logging.ERROR)
    if chosen.big:
        told = json.load(sys.stdin)
        config = config_of(told["table"], told["token"], chosen.big / "state")
        print(json.dumps(asyncio.run(with_bench(config, chosen.big, Path(told["file"]), _sign_big))))
        return
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="bench-signing-") as name:
        show(run(Path(name), 10 if chosen.quick else 40))


def run(folder: Path, rounds: int) -> dict[str, Any]:
    """Set everything up and measure."""
    unsigned = a_page(folder)
    with apart(folder / "pki") as stand:
        token = stand.token
        assert token is not None, pki_token.available()
        os.environ.update(token.environment)  # SoftHSM reads it when its library is loaded
        config = config_of(stand.table, token.uri(), folder / "state")
        measure = partial(measured, stand=stand, rounds=rounds)
        figures: dict[str, Any] = asyncio.run(with_bench(config, folder, unsigned, measure))
        large = big(stand.table, token, folder)
    return figures | {"big_file_rss_mb": large["after"], "small_file_rss_mb": large["before"],
                      "big_file_cpu_s": large["cpu_s"]}


def show(figures: dict[str, Any]) -> None:
    """Print what was measured."""
    print(f"{'CPU ms':10} {'ours':>8} {'stock':>8} {'times':>7}")
    for name, level in (("bb", "B-B"), ("blta", "B-LTA")):
        print(f"{level:10} {figures[f'{name}_stamp_cpu_ms']:8.1f} {figures[f'stock_{name}_cpu_ms']:8.1f} "
              f"{figures[f'{name}_vs_stock']:7.1f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
