"""Takes a finished output for the answer it is: after a crash nothing that is right is made a second time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.core import clock, files
from appliance.core.jobs import SignJob
from appliance.signing import levels, whole
from appliance.signing.frugal import FrugalReader
from appliance.signing.keys import Key


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file: its hash as lowercase hex, its size in bytes, what its stamp says, its level and time."""

    sha256: str
    size: int
    stamp: str
    level: str
    stamped_at: datetime | None = None


def adopt(job: SignJob, key: Key) -> Written | None:
    """Return what lies at ``job.out`` if it is this job's document, signed whole by this key; else None.

    Its level is read from the file, whatever was asked for.

    Raises:
        OSError: a file cannot be read.
    """
    out = Path(job.out)
    if not out.is_file():
        return None
    size = Path(job.unsigned).stat().st_size
    if out.stat().st_size <= size or sha256_of_start(out, size) != job.unsigned_sha256:
        return None
    try:
        return _looked_at(out, job, key)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a spoilt file may fail anywhere in the parser: then it is made anew
        return None


def _looked_at(out: Path, job: SignJob, key: Key) -> Written | None:
    with out.open("rb") as stream:
        reader = FrugalReader(stream)
        signature = whole.signature_of(reader)
        if signature is None or signature.signer_cert.sha256.hex() != key.fingerprint:
            return None
        if signature.self_reported_timestamp != clock.parse(job.signed_at).replace(microsecond=0):
            return None
        standing = levels.of(reader)
        stamp = str(signature.sig_field.get("/Contents", ""))
    return Written(files.sha256_of(out), out.stat().st_size, stamp, standing.level, standing.stamped_at)


def sha256_of_start(path: Path, size: int) -> str:
    """Return the SHA-256 of the first ``size`` bytes of a file, lowercase hex."""
    digest = hashlib.sha256()
    left = size
    for piece in files.read_pieces(path):
        digest.update(piece[:left])
        left -= min(left, len(piece))
        if not left:
            break
    return digest.hexdigest()
