"""A real worker of the product on real pages: analyse, read, assemble."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

import pytest
from pool_rig import QUICK, ROOT, until

from appliance.children import Backoff, Children
from appliance.core import clock
from appliance.core.events import Bus
from appliance.core.jobs import AnalyseJob, AssembleJob, AssemblePage, Job, Outcome, ReadJob, StampSpace
from appliance.core.limits import ImageLimits
from appliance.core.model import Geometry, ImageFormat, ImageRules, Master, PageAnalysis
from appliance.core.plain import from_plain, to_plain
from appliance.demo.defects import Look, scan
from appliance.demo.letters import make_letter
from appliance.documents import page_text
from appliance.pool import Pool
from appliance.pool_line import ZeroLine

DPI, WIDTH, HEIGHT = 200, 1654, 2339
RULES = ImageRules(200, True, limits=ImageLimits(sharpness=0.12))


@dataclass
class Bench:
    """A folder of masters and what one worker made of them."""

    folder: Path
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    threads: int = 0

    def master(self, name: str, data: bytes) -> AnalyseJob:
        path = self.folder / name
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        master = Master(name, digest, len(data), ImageFormat.JPEG, WIDTH, HEIGHT, 3, DPI)
        return AnalyseJob(master, str(path), RULES, 200_000_000)

    def analysis(self, name: str) -> PageAnalysis:
        return from_plain(PageAnalysis, self.outcomes[name].body)


def read_job(bench: Bench, name: str, engine: str = "tesserocr") -> ReadJob:
    lie = Geometry(WIDTH, HEIGHT, 0, 0.0, WIDTH, HEIGHT)
    return ReadJob(str(bench.folder / f"{name}.jpg"), ImageFormat.JPEG, lie, DPI, DPI, "vie+eng", engine,
                   "/usr/share/tesseract-ocr/5/tessdata", 60, str(bench.folder / "text" / f"{engine}.text"))


def assemble_job(bench: Bench) -> AssembleJob:
    path, lie = bench.folder / "upright.jpg", Geometry(WIDTH, HEIGHT, 0, 0.0, WIDTH, HEIGHT)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    page = AssemblePage(str(path), digest, ImageFormat.JPEG, WIDTH, HEIGHT, 3, DPI, lie,
                        str(bench.folder / "text/tesserocr.text"))
    return AssembleJob((page,), str(bench.folder / "out.pdf"), "H01.1.r1", "Công văn", "BHXH", "", "Bản số hóa",
                       clock.iso(clock.now()), StampSpace("top-right", 60, 11, 3, strip=True))


def work_to_do(bench: Bench) -> dict[str, tuple[str, Any]]:
    leaf = make_letter(Random(3), DPI)[0]
    upright, turned = scan(leaf, Look(), 1), scan(leaf, Look(upside_down=True), 1)
    damaged = bench.master("damaged.jpg", upright)
    (bench.folder / "damaged.jpg").write_bytes(upright[:-1] + b"\0")
    gone = replace(bench.master("gone.jpg", upright), path=str(bench.folder / "nowhere.jpg"))
    return {
        "upright": ("analyse", bench.master("upright.jpg", upright)),
        "turned": ("analyse", bench.master("turned.jpg", turned)),
        "empty": ("analyse", bench.master("empty.jpg", b"")),
        "cut": ("analyse", bench.master("cut.jpg", upright[: len(upright) // 2])),
        "damaged": ("analyse", damaged),
        "gone": ("analyse", gone),
        "read": ("read", read_job(bench, "upright")),
        "read apart": ("read", read_job(bench, "upright", "pytesseract")),
        "assemble": ("assemble", assemble_job(bench)),
        "package": ("package", {}),
        "out of time": ("read", replace(read_job(bench, "upright"), seconds=0, out=f"{bench.folder}/late.text")),
    }


async def do_all(bench: Bench) -> None:
    """Start one worker of the product and give it every job in turn."""
    config = bench.folder / "appliance.toml"
    config.write_text(f'[storage]\nstate = "{bench.folder}/state"\nruntime = "{bench.folder}"\n', encoding="utf-8")
    children = Children(backoff=Backoff(first=300))
    pool = Pool(ZeroLine(bench.folder / "pool.ipc", children.end), Bus(), QUICK)
    await pool.start()
    try:
        children.start("worker", [sys.executable, "-m", "appliance", "worker", "--config", str(config)])
        await until(lambda: pool.capacity() == 1 or children.snapshot()[0].last is not None, "a warm worker")
        for name, (kind, body) in work_to_do(bench).items():
            bench.outcomes[name] = await pool.run(Job(name, kind, to_plain(body), seconds=120))
        (pid,) = pool.stats().pids
        bench.threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    finally:
        await pool.close()
        await children.stop_all()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="pw", dir="/tmp"))
    kept = {name: os.environ.get(name) for name in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
    cache = ROOT / "build" / "numba"
    cache.mkdir(parents=True, exist_ok=True)
    os.environ.update(PYTHONPATH=str(ROOT), NUMBA_CACHE_DIR=str(cache))
    made = Bench(folder)
    asyncio.run(do_all(made))
    yield made
    for name, value in kept.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    shutil.rmtree(folder)


def test_a_good_page_is_analysed(bench: Bench) -> None:
    assert bench.outcomes["upright"].ok
    found = bench.analysis("upright")
    assert not found.blank
    assert found.geometry.turn == 0
    assert bench.outcomes["upright"].cpu > 0


def test_a_page_upside_down_is_turned(bench: Bench) -> None:
    assert bench.analysis("turned").geometry.turn == 2


@pytest.mark.parametrize(("name", "code"), [
    ("empty", "I301"), ("cut", "I302"), ("damaged", "S203"), ("gone", "S203"), ("package", "P703")])
def test_what_cannot_be_worked_on_comes_back_with_its_code(bench: Bench, name: str, code: str) -> None:
    assert (bench.outcomes[name].ok, bench.outcomes[name].code) == (False, code)


@pytest.mark.parametrize(("name", "engine"), [("read", "tesserocr"), ("read apart", "pytesseract")])
def test_a_page_is_read_and_its_text_is_durable(bench: Bench, name: str, engine: str) -> None:
    outcome = bench.outcomes[name]
    assert outcome.ok, outcome.reason
    assert outcome.body["engine"] == engine
    text = page_text.load(bench.folder / "text" / f"{engine}.text")
    said = " ".join(word.text for line in text.lines for word in line.words)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in said
    assert outcome.body["words"] == len(said.split(" "))
    assert text.certainty > 0.7
    assert max(line.box.x1 for line in text.lines) <= WIDTH


def test_a_page_on_which_the_engine_ran_out_of_time_is_read_in_a_process_of_its_own(bench: Bench) -> None:
    outcome = bench.outcomes["out of time"]
    assert outcome.ok, outcome.reason
    assert outcome.body["engine"] == "pytesseract"


def test_a_document_is_assembled(bench: Bench) -> None:
    outcome = bench.outcomes["assemble"]
    assert outcome.ok, outcome.reason
    assert (bench.folder / "out.pdf").read_bytes().startswith(b"%PDF-")


def test_a_page_takes_one_core(bench: Bench) -> None:
    """Main, line, two of ZeroMQ and the one that shows stacks: no pool of threads below a page."""
    assert bench.threads <= 5
