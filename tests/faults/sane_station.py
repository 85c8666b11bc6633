"""A scanner process that speaks to the virtual SANE scanner, and the stations it speaks to."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sane_rig
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
from scanner_rig import Rig, rig

from appliance.core.config import Device, Job

NAME = "quay1"


@contextlib.asynccontextmanager
async def station(folder: Path, device: VirtualFi, patch: pytest.MonkeyPatch, jobs: tuple[Job, ...] = (),
                  **changes: Any) -> AsyncIterator[Rig]:
    """Stations whose one device is the virtual scanner, both sides; scanner processes are started by the test.

    ``changes`` are settings of the device.
    """
    sane_rig.plug_in(patch, device)
    (folder / "profiles").mkdir()
    text = sane_rig.profile_text(poll_ms="100")
    (folder / "profiles" / f"{sane_rig.PROFILE}.toml").write_text(text, encoding="utf-8")
    settings = Device(NAME, "sane", **({"sane_device": virtual_fi.DEVICE, "profile": sane_rig.PROFILE} | changes))
    async with rig(folder, settings, duplex=True, jobs=jobs) as made:
        yield made
