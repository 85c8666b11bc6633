"""How a kernel is declared: for one signature, compiled on first use or by ``warm``, and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import sigutils

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

LOADED: list[tuple[Any, tuple[Any, ...]]] = []
"""Every kernel with the types of its arguments, for ``warm``."""


def kernel(signature: str, *, contract: bool = False) -> Callable[[Kernel], Kernel]:
    """Declare a kernel for one numba signature; nothing is compiled here.

    numba files a compiled kernel under the signature just as it was asked for. A kernel that another one calls is
    asked for by the types of its arguments, so all are: under the text of its signature the next start would
    not find it. ``contract``: a product and a sum may be rounded once, together.
    """
    types, _ = sigutils.normalize_signature(signature)  # type: ignore[no-untyped-call]  # numba has no types

    def declare(function: Kernel) -> Kernel:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy",
                              fastmath={"contract"} if contract else False)(function)
        LOADED.append((compiled, types))
        return cast(Kernel, compiled)

    return declare
