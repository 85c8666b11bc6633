"""Debian's SANE airscan backend, a client nobody here wrote, scans from the virtual scanner."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg

BACKENDS = list(Path("/usr/lib").glob("**/sane/libsane-airscan.so.1"))

pytestmark = pytest.mark.skipif(
    not (shutil.which("scanimage") and BACKENDS), reason="scanimage (sane-utils) or sane-airscan is not installed"
)


@dataclass(frozen=True)
class Bench:
    """A running virtual scanner and a SANE that knows only it."""

    hopper: Path
    out: Path
    faults: Path
    environment: dict[str, str]

    def scanimage(self, *options: str) -> subprocess.CompletedProcess[bytes]:
        command = ["scanimage", "-d", "airscan:e0:Virtual", "--resolution", "300", "-x", "210", "-y", "297",
                   "--format=pnm", f"--batch={self.out}/p%03d.pnm", *options]
        return subprocess.run(command, env=self.environment, capture_output=True, timeout=120, check=False)

    def pages(self) -> list[float]:
        """The mean grey of each page that scanimage wrote, in order, without a millimetre at its edges."""
        images = [cv2.imread(str(path)) for path in sorted(self.out.glob("p*.pnm"))]
        return [float(image[12:-12, 12:-12].mean()) for image in images if image is not None]


@contextmanager
def running(tmp_path: Path, *options: str) -> Iterator[Bench]:
    hopper, faults = tmp_path / "hopper", tmp_path / "faults.json"
    command = [sys.executable, "-m", "appliance.device.virtual", "--hopper", str(hopper), "--faults", str(faults)]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[1]
        yield Bench(hopper, make(tmp_path / "scans"), faults, sane(make(tmp_path / "sane.d"), url))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        process.stdout.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path) as made:
        yield made


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path, "--tls", str(tmp_path / "tls")) as made:
        yield made


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def sane(folder: Path, url: str) -> dict[str, str]:
    (folder / "dll.conf").write_text("airscan\n")
    (folder / "airscan.conf").write_text(
        f"[devices]\nVirtual = {url}, eSCL\n[options]\ndiscovery = disable\nws-discovery = off\n")
    return {**os.environ, "SANE_CONFIG_DIR": str(folder)}


def load(hopper: Path, shades: list[int]) -> None:
    """Load A4 sheets, one shade of grey a side: front, back, front, back."""
    stack = make(hopper / "s.part")
    for at, shade in enumerate(shades):
        pixels = np.full((3508, 2480, 3), shade, np.uint8)
        (stack / f"{at // 2 + 1:04d}{'ab'[at % 2]}.jpg").write_bytes(simplejpeg.encode_jpeg(pixels, quality=80))
    stack.rename(hopper / "s")


def test_both_sides_of_a_stack_arrive_in_order(bench: Bench) -> None:
    shades = [60, 80, 100, 120, 140, 160]
    load(bench.hopper, shades)
    done = bench.scanimage("--source", "ADF Duplex", "--mode", "Color")
    assert b"Batch terminated, 6 pages scanned" in done.stderr, done.stderr
    assert bench.pages() == pytest.approx(shades, abs=2)
    assert list(bench.hopper.iterdir()) == []


def test_over_https_too(secure: Bench) -> None:
    assert "https://" in (Path(secure.environment["SANE_CONFIG_DIR"]) / "airscan.conf").read_text()
    load(secure.hopper, [60, 80, 100, 120])
    done = secure.scanimage("--source", "ADF Duplex", "--mode", "Color")
    assert b"Batch terminated, 4 pages scanned" in done.stderr, done.stderr
    assert secure.pages() == pytest.approx([60, 80, 100, 120], abs=2)


def test_a_device_that_says_not_yet_is_waited_for_by_sane_too(bench: Bench) -> None:
    load(bench.hopper, [60, 80, 100, 120])
    bench.faults.write_text('{"wait_at": 2}')
    done = bench.scanimage("--source", "ADF", "--mode", "Color")
    assert b"Batch terminated, 2 pages scanned" in done.stderr, done.stderr


def test_fronts_in_grey(bench: Bench) -> None:
    load(bench.hopper, [60, 80, 100, 120])
    done = bench.scanimage("--source", "ADF", "--mode", "Gray")
    assert b"Batch terminated, 2 pages scanned" in done.stderr, done.stderr
    assert bench.pages() == pytest.approx([60, 100], abs=2)


def test_an_empty_feeder_is_out_of_documents(bench: Bench) -> None:
    done = bench.scanimage("--source", "ADF", "--mode", "Color")
    assert b"out of documents" in done.stderr
    assert bench.pages() == []


def test_a_jam_is_a_jam_to_sane_too(bench: Bench) -> None:
    load(bench.hopper, [60, 80, 100, 120])
    bench.faults.write_text('{"jam_at": 2}')
    done = bench.scanimage("--source", "ADF", "--mode", "Color")
    assert b"feeder jammed" in done.stderr, done.stderr
    assert len(bench.pages()) == 1


def test_an_open_cover_is_an_open_cover_to_sane_too(bench: Bench) -> None:
    load(bench.hopper, [60, 80])
    bench.faults.write_text('{"cover_open": true}')
    done = bench.scanimage("--source", "ADF", "--mode", "Color")
    assert b"cover is open" in done.stderr, done.stderr
