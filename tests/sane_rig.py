"""The virtual SANE scanner with paper in it, the masters that must come of it, and a profile with short times."""

from __future__ import annotations

import ctypes

import pytest
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi

from appliance.core.model import Side
from appliance.device import profile
from appliance.device.profile import FirmwareProfile
from appliance.device.sane_binding import Layout
from appliance.device.sane_frames import Frame, encode

WIDTH, HEIGHT = 248, 351
PROFILE = "virtual_fi"
QUICK = """[transport]
connect_seconds = 5.0
answer_seconds = 5.0
first_byte_seconds = 3.0
stall_seconds = 1.0
retry_seconds = 5.0
retry_pause_seconds = 0.05
"""


def colour(sheet: int, side: Side) -> tuple[int, int, int]:
    """A colour of its own for each side; red, green and blue differ, so that a wrong order shows."""
    return (sheet * 20, 200 if side is Side.BACK else 90, 255 - sheet * 20)


def paper(sheet: int, side: Side) -> bytes:
    """One side of a sheet, as a file of the hopper."""
    return virtual_fi.shade(WIDTH, HEIGHT, colour(sheet, side))


def master(sheet: int, side: Side) -> bytes:
    """The master that this side must become."""
    pixels = bytes(colour(sheet, side)) * (WIDTH * HEIGHT)
    layout = Layout(1, True, WIDTH * 3, WIDTH, HEIGHT, 8)
    return encode(Frame((ctypes.c_ubyte * len(pixels)).from_buffer_copy(pixels), layout, len(pixels)), 300)


def profile_text(**replaced: str) -> str:
    """The shipped fi-8170 profile with short times; ``replaced`` maps a line's key to its new value."""
    text = (profile.folder() / "fujitsu_fi-8170.toml").read_text(encoding="utf-8")
    lines = text.replace("[transport]\n", QUICK).splitlines()
    for key, value in ({"name": f'"{PROFILE}"'} | replaced).items():
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{key} = "))
        lines[at] = f"{key} = {value}"
    return "\n".join(lines)


def quick_profile(**replaced: str) -> FirmwareProfile:
    """That profile, read."""
    return profile.parse(PROFILE, profile_text(**replaced))


def plug_in(patch: pytest.MonkeyPatch, device: VirtualFi) -> None:
    """Let libsane in this process and its children see the device."""
    for key, value in device.environment().items():
        patch.setenv(key, value)


def load(device: VirtualFi, sheets: int) -> None:
    """Put sheets into the hopper, both sides."""
    for sheet in range(1, sheets + 1):
        device.load(sheet, paper(sheet, Side.FRONT), paper(sheet, Side.BACK))
