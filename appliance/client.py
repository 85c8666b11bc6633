"""A person's or a program's way to the daemon: HTTP over its control socket."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Self

import aiohttp

from appliance.core import config, errors

SETTINGS = Path("/etc/appliance/appliance.toml")


class Control:
    """The control socket of one daemon; use as an async context manager."""

    def __init__(self, socket: Path, seconds: float = 60.0) -> None:
        """Reach a daemon; ``seconds``: how long an answer may take."""
        self.socket, self.seconds = socket, seconds

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(self.socket)), timeout=aiohttp.ClientTimeout(total=self.seconds))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str) -> dict[str, Any]:
        """Ask for something.

        Raises:
            ApplianceError: DAEMON_UNREACHABLE, or what the daemon answered.
        """
        return await self._call("GET", path)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask for a change; raises as ``get``."""
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            async with self._session.request(method, f"http://appliance{path}", json=body) as answer:
                found: dict[str, Any] = await answer.json()
        except aiohttp.ContentTypeError as problem:  # it is there and knows no such thing
            raise errors.REQUEST_REFUSED.error(reason=f"HTTP {problem.status}: {path}") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise errors.DAEMON_UNREACHABLE.error(path=self.socket) from None
        if answer.status >= 400:
            raise errors.ApplianceError(errors.by_code(found.get("code", "")), found.get("details", {}))
        return found


def where(parser: argparse.ArgumentParser) -> None:
    """Let a command say which daemon it means: by the settings file or by its socket."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--config", type=Path, default=SETTINGS, help="settings file")
    group.add_argument("--socket", type=Path, help="control socket, instead of --config")


async def ask(options: argparse.Namespace, method: str, path: str,
              body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the daemon that the options of a command mean; raises as ``Control.get``."""
    socket: Path | None = options.socket
    async with Control(socket or config.load(options.config).storage.runtime / "control.sock") as control:
        return await (control.get(path) if method == "GET" else control.post(path, body))
