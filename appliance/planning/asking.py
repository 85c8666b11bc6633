"""Whom a command asks: the daemon; where none runs, the ledger itself, which stays as it is."""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from appliance import client
from appliance.core import config, errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.planning import answers
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store


class Asking:
    """Answers what commands ask, by the daemon that their options mean or by its ledger."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Take ``--config`` or ``--socket`` from the options of a command."""
        self._options = options
        self.settings = Config() if options.socket else config.load(options.config)
        self._off = False

    def office(self) -> tuple[str, str]:
        """Return code and name of the office: of the settings, or of the daemon behind a socket."""
        if self._options.socket is None:
            return self.settings.office.code, self.settings.office.name
        found = self._told("/office", answers.all_lots)
        return found["code"], found["name"]

    def plan(self, today: date, until: date | None = None) -> dict[str, Any]:
        """Return the plan and how it stands, or stood when ``until`` began."""
        path = f"/plan?until={until}" if until else "/plan"
        return self._told(path, lambda ledger: answers.plan(ledger, self.settings.plan,
                                                            min(today, until) if until else today, until))

    def day(self, one: date) -> dict[str, Any]:
        """Return the figures of a day."""
        return self._told(f"/report/day?day={one}", lambda ledger: answers.day(ledger, one))

    def lots(self) -> list[dict[str, Any]]:
        """Return every lot."""
        return list(self._told("/lot", answers.all_lots)["lots"])

    def lot(self, number: int) -> dict[str, Any]:
        """Return a lot with its sample."""
        return self._told(f"/lot/{number}", lambda ledger: answers.lot(ledger, number))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the daemon for a change."""
        return asyncio.run(client.ask(self._options, "POST", path, body))

    def _told(self, path: str, read: Callable[[Ledger], dict[str, Any]]) -> dict[str, Any]:
        if not self._off:
            try:
                return asyncio.run(client.ask(self._options, "GET", path))
            except ApplianceError as problem:
                if problem.kind is not errors.DAEMON_UNREACHABLE or self._options.socket is not None:
                    raise
                self._off = True
        return _read(self.settings.storage.state, read)


def _read(state: Path, read: Callable[[Ledger], dict[str, Any]]) -> dict[str, Any]:
    path = Store(state).ledger
    if not path.is_file():
        raise errors.REQUEST_REFUSED.error(reason=f"không có sổ cái / no ledger: {path}")
    ledger = Ledger(path, read_only=True)
    try:
        return read(ledger)
    except sqlite3.OperationalError as problem:  # no daemon of this release has brought it up to date
        raise errors.REQUEST_REFUSED.error(reason=f"{path}: {problem}") from None
    finally:
        ledger.close()
