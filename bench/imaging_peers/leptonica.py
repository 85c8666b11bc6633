"""Leptonica's skew detection and Sauvola binarisation (Debian: liblept5), called through ctypes."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

LIBRARY = "liblept.so.5"
THRESHOLD = 130
"""What leptonica's own pixDeskew makes of a grey image before it looks for skew (skew.c)."""

SILENT = 5

_P, _I, _F = ctypes.c_void_p, ctypes.c_int32, ctypes.c_float
_CALLS: dict[str, tuple[Any, list[Any]]] = {
    "pixCreateNoInit": (_P, [_I, _I, _I]), "pixGetWpl": (_I, [_P]), "pixGetData": (_P, [_P]),
    "pixEndianByteSwap": (_I, [_P]), "pixConvertTo1": (_P, [_P, _I]), "pixDestroy": (None, [ctypes.POINTER(_P)]),
    "pixFindSkew": (_I, [_P, ctypes.POINTER(_F), ctypes.POINTER(_F)]),
    "pixSauvolaBinarize": (_I, [_P, _I, _F, _I, *[ctypes.POINTER(_P)] * 4]),
}


class Leptonica:
    """The library with its calls declared.

    Raises:
        OSError: it is not installed.
    """

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(LIBRARY)
        for name, (result, arguments) in _CALLS.items():
            call = getattr(self._lib, name)
            call.restype, call.argtypes = result, arguments
        self._lib.setMsgSeverity(SILENT)

    def take(self, grey: Grey) -> ctypes.c_void_p:
        """Copy a grey image (height, width) into leptonica's own form; ``drop`` it afterwards."""
        high, wide = grey.shape
        pix = _P(self._lib.pixCreateNoInit(wide, high, 8))
        stride = 4 * int(self._lib.pixGetWpl(pix))
        rows = np.zeros((high, stride), np.uint8)
        rows[:, :wide] = grey
        ctypes.memmove(self._lib.pixGetData(pix), rows.ctypes.data, rows.size)
        self._lib.pixEndianByteSwap(pix)
        return pix

    def drop(self, pix: ctypes.c_void_p) -> None:
        """Free an image."""
        self._lib.pixDestroy(ctypes.byref(pix))

    def skew(self, pix: ctypes.c_void_p) -> float:
        """Binarise and find the degrees clockwise that level a page; 0 where leptonica finds none."""
        angle, certainty = _F(), _F()
        bitonal = _P(self._lib.pixConvertTo1(pix, THRESHOLD))
        failed = self._lib.pixFindSkew(bitonal, ctypes.byref(angle), ctypes.byref(certainty))
        self.drop(bitonal)
        return 0.0 if failed else float(angle.value)

    def sauvola(self, pix: ctypes.c_void_p, radius: int, k: float) -> None:
        """Binarise by Sauvola in a window of ``2 * radius + 1`` pixels, the border mirrored; free the answer."""
        bitonal = _P()
        self._lib.pixSauvolaBinarize(pix, radius, k, 1, None, None, None, ctypes.byref(bitonal))
        self.drop(bitonal)
