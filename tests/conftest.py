"""Puts this folder on the path, so that the stands beside it (``archive_stand``) can be imported by tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pki_stand import Stand  # imported where it is used: most tests need no PKI


@pytest.fixture(autouse=True)
def _a_closed_pipe_is_an_error_not_an_end() -> None:
    """SANE's own test backend, loaded into this process, gives SIGPIPE its deadly default back."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


@pytest.fixture(autouse=True)
def _the_mask_of_new_files_is_that_of_the_next_test_too() -> Iterator[None]:
    """A command run in this process (``cli.main``) narrows it for good, as it should in a process of its own."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture
def pki(tmp_path: Path) -> Iterator[Stand]:
    """A PKI on loopback for one test (pki_stand.py)."""
    from pki_stand import Stand
    with Stand(tmp_path / "pki") as stand:
        yield stand


@pytest.fixture(scope="session")
def shared_pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A PKI for many tests; who makes trouble in it ends it (``reset``)."""
    from pki_stand import Stand
    with Stand(tmp_path_factory.mktemp("pki")) as stand:
        yield stand
