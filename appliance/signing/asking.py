"""What the daemon has asked the signer and not heard the answer of yet, and when the signer is taken to be hung."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from appliance.core import errors, wire
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY
from appliance.signing.protocol import Asked, with_command


class Asking:
    """Open questions. ``patience``: seconds without a word; ``busy``: whether something outside is waited for."""

    def __init__(self, patience: float, busy: Callable[[], bool]) -> None:
        self._patience = patience
        self._busy = busy
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._heard = 0.0

    async def ask(self, line: wire.Line, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one question.

        Raises:
            ApplianceError: what the signer says, or SIGNER_AWAY when it was lost meanwhile.
            ConnectionError: the line is lost.
            TimeoutError: the signer is hung.
        """
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await line.send("ask", Asked(number, what, body))
            self.heard()
            return await self._answer(answer)
        except ApplianceError as problem:
            raise with_command(problem, body.get("key") or body.get("code") or AGENCY) from None
        finally:
            self._waiting.pop(number, None)
            _forget(answer)

    def heard(self) -> None:
        """Note that the signer has said something."""
        self._heard = asyncio.get_running_loop().time()

    def settle(self, number: int, outcome: dict[str, Any] | ApplianceError) -> None:
        """Give an outcome to who waits for it; one that nobody waits for any more is dropped."""
        answer = self._waiting.get(number)
        if answer is None or answer.done():
            return
        if isinstance(outcome, ApplianceError):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    def lose(self) -> None:
        """Tell everybody that the signer is gone."""
        for number in list(self._waiting):
            self.settle(number, errors.SIGNER_AWAY.error())

    async def _answer(self, answer: asyncio.Future[dict[str, Any]]) -> dict[str, Any]:
        """Wait; an answer that is overdue while nothing outside is waited for never comes."""
        loop = asyncio.get_running_loop()
        while True:
            left = self._heard + self._patience - loop.time()
            done, _ = await asyncio.wait([answer], timeout=max(0.01, left))
            if done:
                return answer.result()
            if self._busy():
                self.heard()
            elif loop.time() >= self._heard + self._patience:
                raise TimeoutError


def _forget(answer: asyncio.Future[dict[str, Any]]) -> None:
    """Nobody waits any more: an error that is already there must not be reported as lost."""
    if not answer.cancel() and not answer.cancelled():
        answer.exception()
