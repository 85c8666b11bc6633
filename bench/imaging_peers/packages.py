"""Python packages that find skew or binarise; None where one is not installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Estimate = Callable[[Grey], float]
Binarise = Callable[[Grey, int, float], Grey]


def jdeskew() -> Estimate | None:
    """Return jdeskew's ``get_angle``: degrees."""
    try:
        get_angle = importlib.import_module("jdeskew.estimator").get_angle
    except ImportError:
        return None
    return lambda grey: float(get_angle(grey))


def doxapy(algorithm: str) -> Binarise | None:
    """Return a binarisation (grey, radius, k) by doxapy's ``SAUVOLA`` or ``WOLF``: ink 0, paper 255."""
    try:
        package: Any = importlib.import_module("doxapy")
    except ImportError:
        return None

    def binarise(grey: Grey, radius: int, k: float) -> Grey:
        binarisation = package.Binarization(getattr(package.Binarization.Algorithms, algorithm))
        binarisation.initialize(grey)
        out = np.empty_like(grey)
        binarisation.to_binary(out, {"window": 2 * radius + 1, "k": k})
        return out

    return binarise
