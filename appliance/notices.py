"""What people are told of checks that only warn: how many pages of a scanner's last batch each of them found.

Such a page is in no list of held things, and nobody is asked about it; somebody should know of it all the same.
"""

from __future__ import annotations

from typing import Any

from appliance.spool import figures
from appliance.spool.ledger import Ledger

WORDS = {
    "dpi": ("độ phân giải thấp", "low resolution"),
    "colour": ("không phải ảnh màu", "not in colour"),
    "sharpness": ("mờ", "blurred"),
    "contrast": ("chữ nhạt", "faint"),
    "exposure": ("quá tối", "too dark"),
    "clipping": ("mất chi tiết sáng hoặc tối", "light or dark tones lost"),
    "streaks": ("vệt kính bẩn", "line from dirty glass"),
    "misregistration": ("các màu lệch nhau", "colours lie apart"),
    "cut_off": ("chữ bị cắt ở mép", "print cut off at an edge"),
    "folded_corner": ("góc giấy bị gấp", "folded corner"),
    "staple": ("còn ghim", "staple left"),
    "double_feed": ("nghi hai tờ vào cùng lúc", "perhaps two sheets at once"),
    "dpi_measured": ("ảnh ghi sai độ phân giải", "resolution misstated"),
    "sides": ("hai mặt không khớp", "sides do not match"),
    "unread": ("không nhận dạng được chữ", "text not read"),
}
"""Every check that can warn, in few words."""


def told(ledger: Ledger, device: str) -> dict[str, Any]:
    """Return what checks warn of in a device's last batch, with a line in both languages; empty texts: nothing."""
    found = figures.warnings(ledger, device)
    if not found:
        return {"checks": {}, "vi": "", "en": ""}
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    texts = [", ".join(f"{WORDS[check][at]} {n}" for check, n in ordered) for at in (0, 1)]
    return {"checks": found,
            "vi": f"Lượt quét gần nhất có mặt giấy cần xem lại (không bị giữ): {texts[0]}.",
            "en": f"Sides of the last batch to look at (not held): {texts[1]}."}
