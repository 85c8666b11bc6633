"""The status page: plain HTML made on the host, legible with scripts off, nothing loaded from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; font-family: system-ui, "Noto Sans", sans-serif; }
body { margin: 1.5rem auto; max-width: 62rem; padding: 0 1rem; line-height: 1.45; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .4rem .6rem; text-align: left; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.tell { border-left: .4rem solid #c60; padding: .6rem 1rem; background: #c601; }
.ok { border-color: #284; background: #2841; } .en { opacity: .7; font-size: .9em; }
"""

STATES = {
    "absent": "Mất kết nối", "ready": "Sẵn sàng", "scanning": "Đang quét",
    "reload": "Chờ đặt lại giấy", "blocked": "Tạm dừng: đĩa gần đầy",
}
STAGES = {
    "captured": "Đã quét", "analysed": "Đã phân tích", "read": "Đã nhận dạng", "documents": "Tài liệu",
    "signed": "Đã ký số", "packed": "Đã đóng gói", "sent": "Đã gửi", "accepted": "Đã có xác nhận",
}


def render(picture: dict[str, Any]) -> str:
    """Return the page for one picture of the appliance (status.py)."""
    parts = [_devices(picture["devices"]), _stages(picture["stages"]), _held(picture["held"]),
             _dossiers(picture["dossiers"])]
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">'
        '<meta name="viewport" content="width=device-width"><title>Máy quét hồ sơ</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(picture['office'])} – số hóa hồ sơ</h1>"
        f"{''.join(parts)}<p class=en>v{escape(picture['version'])}</p></body></html>"
    )


def _devices(devices: list[dict[str, Any]]) -> str:
    blocks = []
    for device in devices:
        state = STATES.get(device["state"], device["state"])
        good = " ok" if device["state"] in ("ready", "scanning") else ""
        tell = f"<br>{escape(device['message_vi'])}" if device.get("message_vi") else ""
        english = f"<br><span class=en>{escape(device['message_en'])}</span>" if device.get("message_en") else ""
        name = escape(f"{device['name']} {device.get('model') or ''}".strip())
        blocks.append(f'<p class="tell{good}"><b>{name}</b>: {escape(state)}{tell}{english}</p>')
    return f"<h2>Máy quét <span class=en>/ scanners</span></h2>{''.join(blocks) or '<p>–</p>'}"


def _stages(stages: dict[str, int]) -> str:
    cells = "".join(f"<th>{escape(label)}</th>" for label in STAGES.values())
    values = "".join(f"<td class=n>{stages.get(name, 0)}</td>" for name in STAGES)
    return f"<h2>Tiến độ <span class=en>/ progress</span></h2><table><tr>{cells}</tr><tr>{values}</tr></table>"


def _held(things: list[dict[str, Any]]) -> str:
    if not things:
        return '<h2>Chờ xử lý <span class=en>/ held</span></h2><p class="tell ok">Không có.</p>'
    rows = "".join(
        f"<tr><td>{escape(thing['code'])}</td><td>{escape(thing['id'])}</td>"
        f"<td>{escape(thing['vi'])}<br><span class=en>{escape(thing['en'])}</span></td></tr>" for thing in things)
    return f"<h2>Chờ xử lý <span class=en>/ held</span></h2><table>{rows}</table>"


def _dossiers(dossiers: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one['file_code'])}</td><td>{escape(one['state'])}</td>"
        f"<td class=n>{one['captured']}/{one['declared'] or '–'}</td><td>{escape(one['accepted'] or '–')}</td></tr>"
        for one in dossiers[-50:])
    head = "<tr><th>Hồ sơ</th><th>Trạng thái</th><th>Số tờ</th><th>Xác nhận tiếp nhận</th></tr>"
    return f"<h2>Hồ sơ <span class=en>/ dossiers</span></h2><table>{head}{rows}</table>"
