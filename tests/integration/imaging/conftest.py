"""Kernels are compiled once for all imaging tests, as a worker does before READY."""

from __future__ import annotations

import pytest

from appliance.imaging.warm import warm


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_warm() -> None:
    warm()
