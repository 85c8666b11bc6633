"""All kernels compiled or loaded from ``NUMBA_CACHE_DIR``, so that no page waits for it."""

from __future__ import annotations

import time

from appliance.imaging import kernels


def warm() -> float:
    """Make every kernel ready for its one signature and refuse all others; return CPU seconds taken.

    After this a wrong dtype or a non-contiguous array is a TypeError at once, not a compilation that
    stalls the line. May be called any number of times.
    """
    begin = time.process_time()
    for compiled, signature in kernels.LOADED:
        if not compiled.signatures:
            compiled.compile(signature)
        compiled.disable_compile()
    return time.process_time() - begin
