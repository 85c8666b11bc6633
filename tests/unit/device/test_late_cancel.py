"""A cancel is made by a second thread, which may come to it late: it must not end what was begun after it."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from typing import Any

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.sane_binding import Handle
from appliance.device.sane_thread import Watch


async def test_nothing_is_asked_of_a_driver_before_the_cancel_was_made() -> None:
    watch, made, back, late = Watch(0.05, 0.05), list[str](), threading.Event(), threading.Event()

    def cancel() -> None:
        back.set()  # the driver comes back at once, while this thread is not over yet
        late.wait(0.3)
        made.append("cancelled")

    watch.cancel = cancel
    try:
        with pytest.raises(ApplianceError):
            await watch.call(lambda: back.wait(20))
        await watch.call(lambda: made.append("next scan"), 5)
    finally:
        watch.stop()
    assert made == ["cancelled", "next scan"]
    assert not watch.hung


async def test_a_cancel_that_never_returns_is_a_driver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.device.sane_thread.CANCEL_SECONDS", 0.1)
    monkeypatch.setattr("appliance.device.sane_thread._hung", threading.Event())
    watch, back, never = Watch(0.05, 0.05), threading.Event(), threading.Event()

    def cancel() -> None:
        back.set()
        never.wait(20)

    watch.cancel = cancel
    try:
        with pytest.raises(ApplianceError):
            await watch.call(lambda: back.wait(20))
        assert watch.hung
    finally:
        never.set()
        watch.stop()
        await asyncio.sleep(0)


class Library:
    """What libsane was asked, by name; it has no options."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def ask(*_given: Any) -> int:
            self.asked.append(name)
            return 0

        return ask


def test_a_device_that_was_let_go_is_neither_cancelled_nor_let_go_again() -> None:
    library = Library()
    handle = Handle(library, ctypes.c_void_p(1))
    handle.cancel()
    handle.close()
    handle.close()
    handle.cancel()
    assert library.asked[-2:] == ["sane_cancel", "sane_close"]
