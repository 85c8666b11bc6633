"""What people are told of how a scanner's captures change: dirt on the glass, an ageing lamp, a worn roller."""

from __future__ import annotations

from typing import Any

from appliance.core import rules
from appliance.core.config import Config
from appliance.spool import drift
from appliance.spool.drift import Drift
from appliance.spool.ledger import Ledger

SIDES = {"front": ("mặt trước", "front"), "back": ("mặt sau", "back")}

WORDS = {
    "streaks": ("Kính {side} có vẻ đang bẩn dần. Hãy lau kính.",
                "The glass of the {side} seems to get dirty. Clean it."),
    "focus": ("Ảnh {side} kém nét dần. Hãy lau kính; nếu không đỡ, báo bộ phận CNTT.",
              "Images of the {side} get less sharp. Clean the glass; if that does not help, tell IT staff."),
    "background": ("Ảnh {side} tối dần. Hãy lau kính và dải trắng; nếu không đỡ, báo bộ phận CNTT kiểm tra đèn.",
                   "Images of the {side} get darker. Clean glass and white strip; else IT staff look at the lamp."),
    "skew": ("Giấy vào máy lệch hơn trước ({side}). Hãy chỉnh thanh dẫn, lau hoặc thay con lăn.",
             "Paper goes in more askew than before ({side}). Set the guides, clean or change the rollers."),
    "blank": ("Tỷ lệ trang trắng của {side} khác hẳn trước. Hãy xem giấy có đặt đúng mặt không.",
              "The share of blank pages of the {side} is quite another than before. See whether paper lies right."),
}
"""What a measure that has gone far means, and what to do."""


def told(ledger: Ledger, config: Config, name: str) -> list[dict[str, Any]]:
    """Return every measure of a device's captures, with texts where somebody should look at the scanner."""
    device = next(device for device in config.device if device.name == name)
    limits = rules.load(config.job_named(device.job).rules).image.limit
    return [_told(one, notable=drift.notable(one, limits)) for one in drift.of_device(ledger, name)]


def _told(one: Drift, *, notable: bool) -> dict[str, Any]:
    vi, en = WORDS[one.measure] if notable else ("", "")
    names = SIDES[one.side]
    return {"side": one.side, "measure": one.measure, "pages": one.pages, "baseline": round(one.baseline, 3),
            "recent": round(one.recent, 3), "away": round(one.away, 2),
            "vi": vi.format(side=names[0]), "en": en.format(side=names[1])}
