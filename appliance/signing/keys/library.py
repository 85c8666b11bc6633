"""A PKCS#11 library: one thread makes all its calls, one after another, and its errors get words."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import pkcs11
from pkcs11 import exceptions as said
from pkcs11.constants import TokenFlag

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.signing.keys.uri import KeyUri

T = TypeVar("T")

SECONDS = 60.0
"""How long a call may take, its turn not counted; a card needs one or two, a hung driver for ever."""

AWAY = (said.TokenNotPresent, said.TokenNotRecognised, said.DeviceRemoved, said.SessionHandleInvalid,
        said.SessionClosed, said.SlotIDInvalid, said.KeyHandleInvalid, said.ObjectHandleInvalid,
        said.UserNotLoggedIn)
"""The token was pulled out, or pulled out and put back: what was open is no more."""

PULLED = errors.both("thiết bị đã bị rút ra hoặc không còn nhận ra", "pulled out, or no longer recognised")
NO_ROOM = errors.both("không còn chỗ cho một phiên làm việc", "no room for one more session")

FULL = (said.DeviceMemory, said.HostMemory, said.SessionCount)
LOCKED = (said.PinLocked, said.PinExpired, said.UserPinNotInitialized)
WRONG = (said.PinIncorrect, said.PinInvalid, said.PinLenRange)


class Library:
    """One library of one process.

    Attributes:
        users: serial numbers of tokens that are logged in to.
        stuck: whether a call did not return: then only a new process helps.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.users: set[str] = set()
        self.stuck = False
        self._since: float | None = None  # when the call that is being made began
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._work, name="pkcs11", daemon=True).start()

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:
        """Make a call in the library's thread.

        Raises:
            ApplianceError: what ``told`` makes of its errors; KEY_FAILED when it does not return.
        """
        calling = asyncio.wrap_future(self._begin(call, *arguments))
        calling.add_done_callback(_seen)
        while not calling.done():
            await asyncio.wait([calling], timeout=max(0.01, self._left()))
            if not calling.done() and self._left() <= 0:
                self.stuck = True
                raise errors.KEY_FAILED.error(reason=self._silent())
        try:
            return calling.result()
        except pkcs11.PKCS11Error as problem:
            raise told(problem) from None

    def wait(self, call: Callable[..., T], *arguments: Any) -> T:
        """Make a call in the library's thread from where no loop runs; errors as ``run``."""
        try:
            return self._begin(call, *arguments).result(SECONDS)
        except FutureTimeoutError:
            raise errors.KEY_FAILED.error(reason=self._silent()) from None
        except pkcs11.PKCS11Error as problem:
            raise told(problem) from None

    def _begin(self, call: Callable[..., T], *arguments: Any) -> Future[T]:
        """Let the thread make a call when those before it are done."""
        answer: Future[T] = Future()

        def make() -> None:
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(call(*arguments))
                except BaseException as problem:  # noqa: BLE001 - it goes to who asked, whatever it is
                    answer.set_exception(problem)

        self._calls.put(make)
        return answer

    def _work(self) -> None:
        """Make call after call; a thread that hangs in a driver must not keep the process from ending (daemon)."""
        while True:
            make = self._calls.get()
            self._since = time.monotonic()
            make()
            self._since = None

    def _left(self) -> float:
        """Return how many seconds the call that is being made has left: many that wait for a slow card hang not."""
        since = self._since
        return SECONDS if since is None else since + SECONDS - time.monotonic()

    def _silent(self) -> str:
        return errors.both(f"{self.path.name} không trả lời", f"{self.path.name} does not answer")

    def find(self, uri: KeyUri) -> pkcs11.Token:
        """Return the token that a URI names.

        Raises:
            ApplianceError: TOKEN_AWAY, or KEY_MISSING when the library cannot be used or several tokens fit.
        """
        try:
            tokens = self._fitting(uri)
        except pkcs11.PKCS11Error:  # no reader, no service for readers: no token either
            raise errors.TOKEN_AWAY.error(reason=errors.both(
                f"{uri.described}; không có đầu đọc, hoặc dịch vụ pcscd không chạy",
                f"{uri.described}; no reader, or no service for readers")) from None
        if not tokens:
            raise errors.TOKEN_AWAY.error(reason=uri.described)
        if len(tokens) > 1:
            raise errors.KEY_MISSING.error(reason=errors.both(
                f"{len(tokens)} thiết bị cùng khớp {uri.described}; cần nêu số sê-ri",
                f"{len(tokens)} tokens fit {uri.described}; name its serial"))
        return tokens[0]

    def clear(self) -> None:
        """Give back what failed logins left open: the binding forgets their sessions."""
        if not self.users:
            self._module().reinitialize()

    def _fitting(self, uri: KeyUri) -> list[pkcs11.Token]:
        tokens = [token for token in self._tokens() if _fits(token, uri)]
        if not tokens and not self.users:  # some libraries see new readers only from their beginning
            self._module().reinitialize()
            tokens = [token for token in self._tokens() if _fits(token, uri)]
        return tokens

    def _module(self) -> Any:
        try:
            return pkcs11.lib(str(self.path))
        except pkcs11.PKCS11Error as problem:
            if type(problem) is not pkcs11.PKCS11Error:  # it is loaded, but something it needs is away
                raise
            raise errors.KEY_MISSING.error(reason=errors.both(
                f"không nạp được thư viện PKCS#11 {self.path}",
                f"the PKCS#11 library {self.path} cannot be loaded")) from None

    def _tokens(self) -> list[pkcs11.Token]:
        found = []
        for slot in self._module().get_slots(token_present=True):
            try:
                found.append(slot.get_token())
            except pkcs11.PKCS11Error:  # pulled out just now, or not for us
                continue
        return found


def _seen(calling: asyncio.Future[Any]) -> None:
    """Look at an outcome that nobody may wait for any more."""
    if not calling.cancelled():
        calling.exception()


_LIBRARIES: dict[Path, Library] = {}


def library(path: Path) -> Library:
    """Return the one object of this process for a library."""
    return _LIBRARIES.setdefault(path, _LIBRARIES.get(path) or Library(path))


def stuck() -> bool:
    """Say whether a library of this process no longer answers."""
    return any(one.stuck for one in _LIBRARIES.values())


def told(problem: pkcs11.PKCS11Error) -> ApplianceError:
    """Return what an error of the library means for a person."""
    for kinds, meaning, reason in ((AWAY, errors.TOKEN_AWAY, PULLED), (FULL, errors.TOKEN_FULL, NO_ROOM)):
        if isinstance(problem, kinds):
            return meaning.error(reason=reason)
    code = f"PKCS#11 {type(problem).__name__}"
    reason = errors.both(f"mã lỗi của thư viện: {code}", f"the library's code: {code}")
    return (errors.PIN_LOCKED if isinstance(problem, LOCKED) else errors.KEY_FAILED).error(reason=reason)


def serial_of(token: pkcs11.Token) -> str:
    """Return the serial number of a token, with its model: makers count for themselves."""
    return f"{token.model.strip()} {token.serial.decode('ascii', 'replace').strip()}"


def _fits(token: pkcs11.Token, uri: KeyUri) -> bool:
    if not token.flags & TokenFlag.TOKEN_INITIALIZED:
        return False
    own = {"token": token.label, "manufacturer": token.manufacturer_id, "model": token.model,
           "serial": token.serial.decode("ascii", "replace").strip()}
    slot = {"slot-description": token.slot.slot_description, "slot-manufacturer": token.slot.manufacturer_id,
            "slot-id": str(token.slot.slot_id)}
    wanted = {**uri.token, **uri.slot}
    return all({**own, **slot}[name].strip() == value for name, value in wanted.items())
