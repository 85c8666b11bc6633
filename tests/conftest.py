"""Puts this folder on the path, so that the stands beside it (``archive_stand``) can be imported by tests."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True)
def _a_closed_pipe_is_an_error_not_an_end() -> None:
    """SANE's own test backend, loaded into this process, gives SIGPIPE its deadly default back."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
