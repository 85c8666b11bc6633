"""An office with an operator and a leader, for the desks at which leaders decide."""

from __future__ import annotations

from pathlib import Path

from appliance.core import config
from appliance.core.config import Config
from appliance.logins import hashed


def office(folder: Path, pin: str) -> Config:
    """Return its settings: NV001 scans, LD001 leads, both with this PIN."""
    place = folder / "appliance.toml"
    place.write_text(f"""
[office]
name = "BHXH huyện Duy Tiên"
operator = "Văn thư"
[[job]]
name = "archive"
title = "Hồ sơ chưa biên mục"
[[operator]]
code = "NV001"
name = "Nguyễn Thị A"
pin = "{hashed(pin)}"
[[operator]]
code = "LD001"
name = "Trần Văn B"
pin = "{hashed(pin)}"
leader = true
""", encoding="utf-8")
    return config.load(place)
