"""``appliance demo`` as a person runs it: processes, a stack, receipts, and what dies on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
KEYS = {"sheets", "sides", "blank", "separators", "pages_filed", "reconciled", "held", "documents", "packages",
        "seconds", "ok", "removed", "replaced", "orphans", "pages_per_minute"}
LIMIT = 240.0


class Run:
    """One demo under observation."""

    def __init__(self, out: Path, kernels: Path, *words: str) -> None:
        self.out = out
        self.log: IO[bytes] = (out.parent / f"{out.name}.log").open("wb")
        self.process = subprocess.Popen([sys.executable, "-m", "appliance", "demo", "--out", str(out), *words],
                                        cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT,
                                        env=os.environ | {"NUMBA_CACHE_DIR": str(kernels)})

    @property
    def said(self) -> str:
        return Path(self.log.name).read_text(encoding="utf-8")

    def wait(self) -> int:
        return self.process.wait(LIMIT)

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "report.json").read_text(encoding="utf-8"))
        return found

    def until(self, text: str) -> None:
        """Wait until the demo has said something."""
        end = time.monotonic() + LIMIT
        while text not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, f"never said {text!r}: {self.said}"
            time.sleep(0.05)

    def child(self, program: str) -> psutil.Process:
        """Return the process that runs ``python -m appliance program``."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            if process.cmdline()[1:4] == ["-m", "appliance", program]:
                return process
        raise AssertionError(f"no process runs {program}")


@pytest.fixture
def start(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    runs: list[Run] = []

    def begin(*words: str) -> Run:
        runs.append(Run(tmp_path / "out", tmp_path_factory.getbasetemp() / "kernels", *words))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGINT)
            run.process.wait(60)
        run.log.close()


def test_a_small_stack_ends_with_verified_receipts_and_every_figure(start: Any) -> None:
    run = start("--sides", "quick")
    assert run.wait() == 0, run.said
    found = run.report()
    assert set(found) >= KEYS and found["ok"] and found["reconciled"]
    assert (found["sheets"], found["sides"], found["separators"], found["pages_filed"]) == (4, 4, 1, 3)
    (document,), (package,) = found["documents"], found["packages"]
    assert document["signature_valid"] and document["stamp"] and Path(document["path"]).is_file()
    assert package["receipt_valid"] and Path(package["path"]).is_file() and len(package["sha256"]) == 64


@pytest.mark.slow
def test_bad_files_of_a_person_are_held_with_a_reason_and_the_line_goes_on(start: Any, tmp_path: Path) -> None:
    from random import Random

    from appliance.demo.defects import Look, scan
    from appliance.demo.letters import make_letter

    mine = tmp_path / "mine"
    mine.mkdir()
    good = scan(make_letter(Random(1))[0], Look(), 1)
    (mine / "1 good.jpg").write_bytes(good)
    (mine / "2 cut.jpg").write_bytes(good[: len(good) // 2])
    (mine / "3 empty.jpg").write_bytes(b"")
    run = start("--pages", str(mine))
    assert run.wait() == 3, run.said
    found = run.report()
    assert found["sides"] == 3 and found["reconciled"] and not found["ok"]
    held = [thing for thing in found["held"] if thing["what"] == "page"]
    assert len(held) == 2 and all(thing["vi"] and thing["en"] for thing in held)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["run", "scanner", "signer", "receive", "virtual-scanner", "worker"])
def test_what_is_killed_is_started_again_and_every_page_is_filed_once(start: Any, program: str) -> None:
    run = start("--sides", "quick")
    run.until("pressing Start")
    os.kill(run.child(program).pid, signal.SIGKILL)
    assert run.wait() == 0, run.said
    found = run.report()
    assert found["reconciled"] and found["pages_filed"] == 3 and len(found["packages"]) == 1


@pytest.mark.slow
def test_ctrl_c_stops_every_process_in_order(start: Any) -> None:
    run = start("--sides", "quick", "--keep")
    run.until("/metrics")
    children = psutil.Process(run.process.pid).children(recursive=True)
    assert len(children) >= 6
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(60) == 0
    assert not psutil.wait_procs(children, timeout=10)[1]
