"""Everything made ready, so that no page waits: kernels compiled or loaded, memory kept for the next page."""

from __future__ import annotations

import ctypes
import time

from appliance.imaging import kernels

KEPT, LARGEST_KEPT = 96 << 20, 32 << 20
"""Bytes of free memory kept for the next page, and of the largest array that is; more goes back to the system."""

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's ``mallopt`` (malloc.h)."""


def keep_memory() -> bool:
    """Let freed arrays be used again in place of returning them to the system after each; False if it cannot be.

    Fresh memory costs a fault for every 4 KiB: a tenth to a fifth of the CPU time of a page. It holds for the whole
    process; only glibc has it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(TRIM_THRESHOLD, KEPT)) and bool(mallopt(MMAP_THRESHOLD, LARGEST_KEPT))


def warm() -> float:
    """Make every kernel ready for its one signature and refuse all others; return CPU seconds taken.

    After this a wrong dtype or a non-contiguous array is a TypeError at once, not a compilation that
    stalls the line. May be called any number of times.
    """
    begin = time.process_time()
    for compiled, types in kernels.LOADED:
        if not compiled.signatures:
            compiled.compile(types)
        compiled.disable_compile()
    return time.process_time() - begin
