"""A signer process with a token whose misfortunes are switched, and the daemon's desk on the other side.

The token is SoftHSM's behind a proxy (pkcs11_proxy/misfortunes.c) that takes it out in mid signature, locks it
after three wrong PINs as real cards do, and counts what reaches it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pki_token

from appliance.core import config, wire
from appliance.core.errors import ApplianceError
from appliance.signing.desk import SignerDesk
from appliance.signing.office import SigningOffice
from appliance.signing.protocol import LIMIT, KeyFacts

REPOSITORY = Path(__file__).parents[1]
SOURCE = Path(__file__).parent / "pkcs11_proxy" / "misfortunes.c"
BUILT = REPOSITORY / "build" / "pkcs11"
SECONDS = 60.0


def why_not() -> str:
    """Say what is missing to run it; empty when all is there."""
    return pki_token.available() or ("" if shutil.which("gcc") else "gcc is not installed")


def proxy() -> Path:
    """Build the proxy if it is not built yet; return the library."""
    library = BUILT / f"misfortunes-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]}.so"
    if not library.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        making = library.with_suffix(f".{os.getpid()}")
        shutil.copyfile(pki_token.LIBRARY, making)
        making.replace(copy_of_softhsm())
        subprocess.run(["gcc", "-O1", "-Wall", "-Wno-strict-prototypes", "-shared", "-fPIC", "-o", making, SOURCE,
                        "-ldl"], check=True, timeout=60)
        making.replace(library)
    return library


def copy_of_softhsm() -> Path:
    """Return where SoftHSM lies for the proxy alone: other tests in this process begin and end its library."""
    return BUILT / "softhsm-for-proxy.so"


class TokenOffice:
    """One signer process at a time; ``begin`` it, ``say`` what befalls the token, ``end`` it."""

    def __init__(self, folder: Path, token: pki_token.Token, signing: dict[str, Any]) -> None:
        self.folder, self.token = folder, token
        self.state = folder / "state"
        self.words = folder / "misfortunes"
        self.credentials = folder / "credentials"
        self.credentials.mkdir()
        self.settings = folder / "appliance.toml"
        lines = ["[storage]", f'state = "{self.state}"', f'runtime = "{folder}"', "[signing]"]
        self.settings.write_text("\n".join(
            [*lines, *(f"{name} = {json.dumps(value)}" for name, value in signing.items())]) + "\n")
        self.desk = SignerDesk(folder / "signer.sock")
        self.process: asyncio.subprocess.Process | None = None
        self.serving: asyncio.Task[None] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a signer of this office finds in its environment."""
        return {**self.token.environment, "PROXY_FILE": str(self.words), "PROXY_LIBRARY": str(copy_of_softhsm()),
                "CREDENTIALS_DIRECTORY": str(self.credentials)}

    @property
    def pin_file(self) -> Path:
        return self.credentials / "agency-pin"

    def say(self, *words: str) -> None:
        """Let these misfortunes be, and no others."""
        self.words.write_text("".join(f"{word}\n" for word in words))

    def count(self, what: str) -> int:
        """Return how often the token was asked: logins, signs, wrong."""
        with contextlib.suppress(FileNotFoundError):
            return self.words.with_name(f"{self.words.name}.{what}").stat().st_size
        return 0

    async def begin(self, apart: bool = False) -> None:
        """Open the desk and start the signer."""
        await self.desk.start()
        await self.start(apart)

    async def start(self, apart: bool = False) -> None:
        """Start a signer: as a process, or (faster) its office in this one, whose environment must be the same."""
        if not apart:
            line = await wire.reach(self.folder / "signer.sock", SECONDS, LIMIT)
            self.serving = asyncio.create_task(self._serve(line))
            return
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance.signer", "--config", str(self.settings), cwd=REPOSITORY,
            env={**os.environ, **self.environment}, stderr=asyncio.subprocess.PIPE)

    async def _serve(self, line: wire.Line) -> None:
        try:
            self.inside = SigningOffice(line, config.load(self.settings))
            await self.inside.serve()
        finally:
            await line.close()

    async def stop(self) -> bytes:
        """End the signer, a process as a power cut does; return what it said."""
        said = b""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            _, said = await self.process.communicate()
        if self.serving is not None:
            self.serving.cancel()
            await asyncio.gather(self.serving, return_exceptions=True)
        self.process = self.serving = None
        await self.until(lambda: self.desk._line is None)
        self.desk._refusal = None
        return said

    async def end(self) -> None:
        """Close everything."""
        await self.stop()
        await self.desk.stop()

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(SECONDS):
            while not reached():
                await asyncio.sleep(0.02)

    async def ready(self) -> KeyFacts:
        """Wait for the office's key."""
        await self.until(lambda: self.desk.key is not None)
        assert self.desk.key is not None
        return self.desk.key

    async def refused(self, code: str) -> ApplianceError:
        """Wait until the office has no key for this reason."""
        await self.until(lambda: self.desk.refusal is not None and self.desk.refusal.code == code)
        assert self.desk.refusal is not None
        assert self.desk.key is None
        return self.desk.refusal
