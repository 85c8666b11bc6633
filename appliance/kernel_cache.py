"""The compiled kernels on disk: a folder for each release, filled by one process, nothing damaged is ever loaded.

numba keeps machine code without any check: a byte that a disk or a power cut has spoilt would be run. So a seal
beside the files names each with its hash, and the release and machine all were made for. A worker that finds the
seal whole loads them at once; otherwise it alone, behind a lock, removes what does not fit, compiles, and seals.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import platform
import stat
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import appliance
from appliance import processor as target
from appliance.core import files
from appliance.core.config import Config

log = logging.getLogger(__name__)

VARIABLE = "NUMBA_CACHE_DIR"

SEAL, LOCK, COUNT = "SEAL.json", "LOCK", "COMPILED"

ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS")
"""One page a core: parallel work is done by processes, never by threads below a page."""


def prepare(config: Config) -> Path:
    """Set what native libraries read from the environment when they are loaded; return the folder of this release.

    It is below NUMBA_CACHE_DIR where that is set, else in the state folder. Where it cannot be written, every start
    compiles for itself: slow, and better than no worker.
    """
    for name in ONE_THREAD:
        os.environ[name] = "1"
    os.environ.update(target.environment(config.pool.processor))
    os.environ[VARIABLE] = str(_writable(_wanted(config)))
    return Path(os.environ[VARIABLE])


def compiled(config: Config) -> int:
    """Return how many kernels this release had to compile on this host, as its folder says; 0 where it does not."""
    try:
        return int((_wanted(config) / COUNT).read_text("ascii"))
    except (OSError, ValueError):
        return 0


def _wanted(config: Config) -> Path:
    given = os.environ.get(VARIABLE)
    cache = Path(given) if given else config.storage.state / "cache" / "numba"
    return cache if cache.name == appliance.__version__ else cache / appliance.__version__


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Let kernels be loaded within: what is damaged was removed before, what was compiled is sealed after."""
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not _whole(folder):
            fcntl.flock(lock, fcntl.LOCK_EX)
            _clear(folder)  # what another process has filled meanwhile fits, and stays
        ready = _machine_code(folder)
        yield
        if not _whole(folder):
            fcntl.flock(lock, fcntl.LOCK_EX)
            _count(folder, len(_machine_code(folder) - ready))
            files.write_durably(folder / SEAL, json.dumps(_seal(folder)).encode(), 0o640)


def _machine_code(folder: Path) -> set[tuple[str, int]]:
    """Return every file of machine code and when it was written: one compiled again has the same name."""
    return {(str(path), path.stat().st_mtime_ns) for path in folder.glob("*/*.nbc")}


def _count(folder: Path, more: int) -> None:
    """Add to the number of kernels compiled; behind the lock."""
    try:
        before = int((folder / COUNT).read_text("ascii"))
    except (OSError, ValueError):
        before = 0
    files.write_durably(folder / COUNT, str(before + more).encode(), 0o640)


def _writable(cache: Path) -> Path:
    try:
        files.make_folder(cache)
        with tempfile.TemporaryFile(dir=cache):
            return cache
    except OSError as problem:
        own = _own()
        log.warning("kernels are not kept: %s: %s; they are compiled in %s", cache, problem.strerror, own)
        return own


def _own() -> Path:
    """Return the folder of this user below /tmp, the same at each start; a new one where another user has its name.

    Machine code is loaded from it: it must be nobody else's, and no link.
    """
    own = Path(tempfile.gettempdir()) / f"kernels-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        own.mkdir(mode=0o700)
    found = own.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077:
        return own
    return Path(tempfile.mkdtemp(prefix="kernels"))


def _whole(folder: Path) -> bool:
    """Say whether the seal fits everything that lies there."""
    return _read(folder) == _seal(folder)


def _clear(folder: Path) -> None:
    """Remove each file that the seal does not know as it is; numba compiles it again."""
    seal, now = _read(folder), _seal(folder)
    known = seal.get("files", {}) if seal.get("made") == now["made"] else {}
    bad = [name for name, digest in now["files"].items() if known.get(name) != digest]
    if bad and known:
        log.warning("%d of %d kernel files are damaged or unknown: compiled again", len(bad), len(now["files"]))
    for name in bad:
        (folder / name).unlink(missing_ok=True)


def _read(folder: Path) -> dict[str, dict[str, str]]:
    try:
        seal = json.loads((folder / SEAL).read_bytes())
    except (OSError, ValueError):
        return {}
    return seal if isinstance(seal, dict) else {}


def _seal(folder: Path) -> dict[str, dict[str, str]]:
    found = {str(path.relative_to(folder)): files.sha256_of(path) for path in sorted(folder.glob("*/*.nb[ic]"))}
    return {"made": _made_for(), "files": found}


def _made_for() -> dict[str, str]:
    """Return what the files depend on; their source and the processor numba looks at itself."""
    return {"release": appliance.__version__, "python": platform.python_version(),
            "numba": metadata.version("numba"), "llvmlite": metadata.version("llvmlite"),
            "processor": os.environ.get(target.NAME, "")}
