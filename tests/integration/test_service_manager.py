"""What is told to a service manager that listens on a real socket."""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import notify


@pytest.fixture
def short_path() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="sd", dir="/tmp")
    yield f"{folder}/notify"
    shutil.rmtree(folder)


def told(bound: str, named: str) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(bound)
        manager.settimeout(10)
        assert notify.notify(f"{notify.READY}\nSTATUS=sẵn sàng", {"NOTIFY_SOCKET": named})
        return manager.recv(4096)


def test_a_service_manager_hears_the_state(short_path: str) -> None:
    assert told(short_path, short_path).decode() == "READY=1\nSTATUS=sẵn sàng"


def test_a_service_manager_with_an_abstract_name_hears_it_too() -> None:
    name = f"appliance-{secrets.token_hex(8)}"
    assert told(f"\0{name}", f"@{name}").startswith(b"READY=1")


def test_a_service_manager_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    assert not notify.notify(notify.WATCHDOG, {"NOTIFY_SOCKET": str(tmp_path / "gone")})


def test_a_service_manager_that_does_not_read_stops_nothing(short_path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(short_path)
        answers = [notify.notify(notify.WATCHDOG, {"NOTIFY_SOCKET": short_path}) for _ in range(2000)]
    assert answers[0]
    assert not answers[-1]
