"""Which processor the kernels are compiled for: the host's own, or one that all hosts of a fleet have.

numba keeps machine code by processor and features. With the same level everywhere all offices compute the same
bits, and a kept folder is good on every host. A level holds what the x86-64 psABI lists for it.
"""

from __future__ import annotations

import logging
from pathlib import Path

log = logging.getLogger(__name__)

NAME, FEATURES = "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"
HOST, GENERIC = "host", "generic"

V2 = frozenset({"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"})
V3 = V2 | {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}
LEVELS = {GENERIC: frozenset[str](), "x86-64-v2": V2, "x86-64-v3": V3}
"""What a processor must have for a level, in the words of /proc/cpuinfo."""

CPUINFO = Path("/proc/cpuinfo")


def environment(processor: str, cpuinfo: Path = CPUINFO) -> dict[str, str]:
    """Return what numba must find in the environment before it is imported; nothing for the host's own processor.

    A host that lacks something of the level gets the code that runs on all: slower, never an illegal instruction.
    """
    if processor == HOST:
        return {}
    lacks = sorted(LEVELS[processor] - flags(cpuinfo))
    if lacks:
        log.warning("no %s (it lacks %s): kernels are compiled for any", processor, ", ".join(lacks))
    return {NAME: GENERIC if lacks else processor, FEATURES: ""}  # else numba adds what the host has beyond it


def flags(cpuinfo: Path) -> frozenset[str]:
    """Return what the processor has, as the kernel says."""
    try:
        lines = cpuinfo.read_text("ascii", "replace").splitlines()
    except OSError:
        return frozenset()
    said = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(said.partition(":")[2].split())
