"""The keys that requests to a bucket are signed with: systemd credentials, read anew each time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors
from appliance.core.delivery import Bucket

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Environment variable with the folder of systemd credentials (systemd.exec)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What requests are signed with."""

    access: str
    secret: str


def keys_of(bucket: Bucket) -> Keys:
    """Read the keys from their systemd credentials.

    Raises:
        ApplianceError: S3_CREDENTIAL_MISSING.
    """
    return Keys(_credential(bucket.access_credential), _credential(bucket.secret_credential))


def _credential(name: str) -> str:
    folder = os.environ.get(CREDENTIALS, "")
    try:
        text = (Path(folder) / name).read_text("utf-8").strip() if folder else ""
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text:
        raise errors.S3_CREDENTIAL_MISSING.error(name=name)
    return text
