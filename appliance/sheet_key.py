"""The key that sheets for the hopper are made with."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from appliance.core import errors
from appliance.core.config import Config


def separator_key(settings: Config, jobs: Collection[str] = ()) -> bytes:
    """Return the separator key that some jobs have in common; without any named, that of all jobs.

    Raises:
        ApplianceError: JOB_UNKNOWN; REQUEST_REFUSED when they have different keys.
        OSError: the key file cannot be read.
    """
    known = {one.name: one.separator_key_file for one in settings.job}
    for job in jobs:
        if job not in known:
            raise errors.JOB_UNKNOWN.error(job=job, known=", ".join(known))
    paths = {known[job] for job in jobs or known}
    if len(paths) > 1:
        raise errors.REQUEST_REFUSED.error(reason="các công việc có khóa khác nhau, hãy thêm --job / the jobs have "
                                                  "different separator keys, add --job")
    path = next(iter(paths), "")
    return Path(path).read_bytes().strip() if path else b""
