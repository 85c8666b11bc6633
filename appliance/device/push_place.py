"""Whether a folder can be that of a push scanner: its own, and far from what the appliance itself writes."""

from __future__ import annotations

from pathlib import Path

from appliance.core import errors
from appliance.core.config import Config, Device
from appliance.core.errors import ApplianceError


def check(config: Config, device: Device, *, there: bool) -> None:
    """Refuse a folder that cannot work; with ``there`` also one that is missing (a share may be away for a while).

    Raises:
        ApplianceError: CONFIG_BAD_VALUE.
    """
    folder = Path(device.folder)
    if not device.folder or not folder.is_absolute():
        raise _bad(device, "an absolute path")
    place = folder.resolve()
    for name, own in (("storage.state", config.storage.state), ("storage.runtime", config.storage.runtime)):
        if _touch(place, own.resolve()):
            raise _bad(device, f"a folder outside {name} ({own}) and not around it")
    for other in config.device:
        if other.name != device.name and other.folder and _touch(place, Path(other.folder).resolve()):
            raise _bad(device, f"a folder of its own, not that of {other.name}, nor inside or around it")
    if there and not folder.is_dir():
        raise _bad(device, "a folder that is there")


def _touch(one: Path, other: Path) -> bool:
    """Say whether two folders are the same, or one lies in the other."""
    return one.is_relative_to(other) or other.is_relative_to(one)


def _bad(device: Device, allowed: str) -> ApplianceError:
    return errors.CONFIG_BAD_VALUE.error(key=f"device.{device.name}.folder", value=device.folder, allowed=allowed)
