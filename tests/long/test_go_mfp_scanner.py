"""Our eSCL client against the scanner simulator of OpenPrinting's go-mfp, a server nobody here wrote.

Needs a Go toolchain, a module proxy that has go-mfp, and what its C parts are built with (libavahi-client-dev,
libjpeg-dev, libpng-dev, python3-dev). Where one is missing the tests are skipped and the reason is written down.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from results_file import write

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import escl_trust, profile, verdict
from appliance.device.escl import EsclScanner
from appliance.device.escl_http import open_session
from appliance.device.protocol import Feeder
from appliance.device.scanner import RawSide, ScanSettings

pytestmark = pytest.mark.long

MODULE = "github.com/OpenPrinting/go-mfp"
BUILD_SECONDS, START_SECONDS = 900, 30
SIMPLEX = ScanSettings(300, duplex=False)
DUPLEX = ScanSettings(300, duplex=True)


@dataclass(frozen=True)
class Simulator:
    """The built program, and the models of real devices that its authors ship with it."""

    program: Path
    version: str
    models: dict[str, Path]


@dataclass(frozen=True)
class At:
    """A running simulator."""

    url: str

    @property
    def secure(self) -> str:
        return self.url.replace("http:", "https:")


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, Any]]:
    found: dict[str, Any] = {"server": MODULE, "tests": {}}
    yield found
    write("go_mfp_scanner", found)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory, results: dict[str, Any]) -> Simulator:
    """Build go-mfp's simulator, or skip with the reason why it cannot be had here."""
    def give_up(reason: str) -> None:
        plain = " ".join(re.sub(r"\S*https?://\S+|\S+/\S+/\S+", "...", reason).split())[:300]
        results["not_run"] = plain
        pytest.skip(f"go-mfp: {plain}")

    if not shutil.which("go"):
        give_up("no Go toolchain on this machine")
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GOBIN": str(folder)}
    results["go"] = run(["go", "env", "GOVERSION"], environment).stdout.strip()
    fetched = run(["go", "mod", "download", "-json", f"{MODULE}@latest"], environment)
    about = json.loads(fetched.stdout or "{}")
    if fetched.returncode or "Dir" not in about:
        give_up("the module cannot be fetched: " + str(about.get("Error") or fetched.stderr))
    built = run(["go", "install", f"{MODULE}/cmd/mfp-virtual@{about['Version']}"], environment)
    if built.returncode:
        give_up(f"{about['Version']} cannot be built: " + " ".join(built.stderr.split()[-40:]))
    results["version"] = about["Version"]
    shipped = sorted((Path(about["Dir"]) / "modeling" / "examples").glob("*.py"))
    models = {one.stem: one for one in shipped if "escl.ScannerCapabilities" in one.read_text(encoding="utf-8")}
    if not models:
        give_up(f"{about['Version']} ships no model of an eSCL scanner")
    results["models"] = sorted(models)
    return Simulator(folder / "mfp-virtual", about["Version"], models)


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False,
                          timeout=BUILD_SECONDS)


@asynccontextmanager
async def running(simulator: Simulator, model: str) -> AsyncIterator[At]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        str(simulator.program), "-P", str(port), "-m", str(simulator.models[model]),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = asyncio.get_running_loop().time() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("localhost", port)
                writer.close()
                break
            assert process.returncode is None, "the simulator ended at once"
            assert asyncio.get_running_loop().time() < end, "the simulator does not listen"
            await asyncio.sleep(0.1)
        yield At(f"http://localhost:{port}/eSCL")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@asynccontextmanager
async def client(url: str, fingerprint: str = "") -> AsyncIterator[EsclScanner]:
    async with open_session() as session:
        scanner = EsclScanner(url, session, profile.load("escl_generic"), fingerprint)
        yield scanner
        await scanner.close()


async def whole(scanner: EsclScanner, settings: ScanSettings) -> list[RawSide]:
    return [side async for side in scanner.scan(settings)]


def sound(sides: list[RawSide]) -> list[str]:
    """The complaints of the strict check that every master goes through."""
    return [code for side in sides if (code := verdict.judge(side.data, 200_000_000)[1])]


async def every_model(simulator: Simulator, results: dict[str, Any], test: str, body: Any) -> None:
    """Run a test for each shipped model, one simulator after the other, and note what it showed."""
    shown = results["tests"].setdefault(test, {})
    for model in simulator.models:
        async with running(simulator, model) as at:
            shown[model] = await body(at)


async def test_it_says_who_it_is_and_how_its_feeder_stands(simulator: Simulator, results: dict[str, Any]) -> None:
    async def body(at: At) -> str:
        async with client(at.url) as scanner:
            found = await scanner.describe()
            status = await scanner.status()
        assert found.model
        assert status.feeder in (Feeder.LOADED, Feeder.EMPTY)
        return f"{found.model}, {'duplex' if found.duplex else 'simplex'}, {status.feeder.value}"

    await every_model(simulator, results, "describe", body)


async def test_a_stack_comes_whole_and_every_image_is_sound(simulator: Simulator, results: dict[str, Any]) -> None:
    async def body(at: At) -> str:
        async with client(at.url) as scanner:
            try:
                sides = await whole(scanner, SIMPLEX)
            except ApplianceError as problem:
                assert problem.kind is errors.DEVICE_REFUSED, str(problem)
                return f"refused by its own capabilities: {problem.details['text']}"
        assert sides
        assert sound(sides) == []
        return f"{len(sides)} sides"

    await every_model(simulator, results, "simplex", body)


async def test_both_sides_come_or_are_refused_or_missed(simulator: Simulator, results: dict[str, Any]) -> None:
    async def body(at: At) -> str:
        async with client(at.url) as scanner:
            can = (await scanner.describe()).duplex
            try:
                sides = await whole(scanner, DUPLEX)
            except ApplianceError as problem:
                assert problem.kind in (errors.DEVICE_REFUSED, errors.DEVICE_FAULT), str(problem)
                assert can or problem.kind is errors.DEVICE_REFUSED
                return f"{problem.code} {problem.details['text']}"
        assert can
        assert len(sides) % 2 == 0
        assert sound(sides) == []
        return f"{len(sides)} sides"

    await every_model(simulator, results, "duplex", body)


async def test_a_feed_that_is_left_can_be_begun_anew(simulator: Simulator, results: dict[str, Any]) -> None:
    async def body(at: At) -> str:
        async with client(at.url) as scanner:
            feed = scanner.scan(SIMPLEX)
            try:
                await anext(feed)
            except ApplianceError as problem:
                assert problem.kind is errors.DEVICE_REFUSED, str(problem)
                return "refused by its own capabilities"
            await feed.aclose()
            return f"{len(await whole(scanner, SIMPLEX))} sides after a cancel"

    await every_model(simulator, results, "cancel", body)


async def test_over_tls_only_its_own_certificate_is_spoken_to(
    simulator: Simulator, results: dict[str, Any]
) -> None:
    async def body(at: At) -> str:
        found = (await escl_trust.untrusted(at.secure, 10.0)).details["text"]
        async with client(at.secure) as scanner:
            assert (await scanner.status()).code == errors.SCANNER_UNTRUSTED.code
        async with client(at.secure, "00:" * 31 + "00") as scanner:
            assert (await scanner.status()).code == errors.SCANNER_CHANGED.code
        async with client(at.secure, found) as scanner:
            assert (await scanner.describe()).model
        return "pinned"

    await every_model(simulator, results, "tls", body)
