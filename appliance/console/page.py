"""The status page: plain HTML made on the host, legible with scripts off, nothing loaded from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from appliance.console.words import DEVICES, DOSSIERS, STAGES, moment, totals

STYLE = """
:root { color-scheme: light dark; font-family: system-ui, "Noto Sans", sans-serif; }
body { margin: 1.5rem auto; max-width: 62rem; padding: 0 1rem; line-height: 1.45; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .4rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.stages { display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; list-style: none; }
.stages li { flex: 1 0 6rem; border: 1px solid #8884; border-radius: .4rem; padding: .4rem .6rem; }
.stages b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.tell { border-left: .4rem solid #c60; padding: .6rem 1rem; background: #c601; margin: .6rem 0; }
.ok { border-color: #284; background: #2841; } .en { opacity: .75; font-size: .9em; font-weight: 400; }
.bad { color: #b30; font-weight: 600; }
@media (prefers-color-scheme: dark) { .bad { color: #f96; } }
"""


def render(picture: dict[str, Any]) -> str:
    """Return the page for one picture of the appliance (status.py)."""
    parts = [_devices(picture["devices"]), _held(picture["held"]), _stages(picture), _dossiers(picture["dossiers"])]
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">'
        '<meta name="viewport" content="width=device-width"><title>Máy quét hồ sơ</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(picture['office'])} – số hóa hồ sơ</h1>"
        f"{''.join(parts)}<p class=en>v{escape(picture['version'])}</p></body></html>"
    )


def _devices(devices: list[dict[str, Any]]) -> str:
    blocks = []
    for device in devices:
        state = DEVICES.get(device["state"], (device["state"], device["state"]))
        good = " ok" if device["state"] in ("ready", "scanning") and not device.get("message_vi") else ""
        tell = f"<br>{escape(device['message_vi'])}" if device.get("message_vi") else ""
        english = f"<br><span class=en>{escape(device['message_en'])}</span>" if device.get("message_en") else ""
        name = " – ".join(escape(text) for text in (device["name"], device.get("model") or "") if text)
        blocks.append(f'<div class="tell{good}"><b>{name}</b>: {_both(state)}{tell}{english}</div>')
    return f"{_head('Máy quét', 'scanners')}{''.join(blocks) or '<p>–</p>'}"


def _stages(picture: dict[str, Any]) -> str:
    cells = "".join(f"<li><b>{picture['stages'].get(name, 0)}</b>{escape(vi)}<br><span class=en>{escape(en)}</span>"
                    for name, (vi, en) in STAGES.items())
    vi, en = totals(picture["counts"])
    waiting = picture.get("queues", {}).get("upload", {})
    upload = (f"<br>Chờ gửi: {waiting['n']} gói tin từ {escape(moment(waiting['since']))} "
              f"<span class=en>/ packages waiting for the archive</span>") if waiting.get("n") else ""
    return (f"{_head('Tiến độ', 'progress')}<ul class=stages>{cells}</ul>"
            f"<p>{escape(vi)}<br><span class=en>{escape(en)}</span>{upload}</p>")


def _held(things: list[dict[str, Any]]) -> str:
    if not things:
        return f'{_head("Chờ xử lý", "held")}<p class="tell ok">Không có. <span class=en>/ Nothing.</span></p>'
    blocks = "".join(
        f'<div class=tell><b>{escape(_capital(thing["name"]))}</b> '
        f'<span class=en>{escape(thing["code"])}</span><br>'
        f"{escape(thing['vi'])}<br><span class=en>{escape(thing['en'])}</span></div>" for thing in things)
    return f"{_head('Chờ xử lý', 'held')}{blocks}"


def _dossiers(dossiers: list[dict[str, Any]]) -> str:
    rows = "".join(_dossier(one) for one in reversed(dossiers[-50:]))
    head = ("<tr><th>Hồ sơ<th>Trạng thái <span class=en>/ state</span>"
            "<th class=n>Số tờ <span class=en>/ sheets</span>"
            "<th>Xác nhận tiếp nhận <span class=en>/ receipt</span></tr>")
    return f"{_head('Hồ sơ', 'dossiers')}<table>{head}{rows}</table>"


def _dossier(one: dict[str, Any]) -> str:
    state = DOSSIERS.get(one["state"], (one["state"], one["state"]))
    bad = " class=bad" if one["state"] in ("held", "rejected") else ""
    return (f"<tr><td>{escape(one['file_code'])}</td><td><span{bad}>{escape(state[0])}</span> "
            f"<span class=en>/ {escape(state[1])}</span></td>"
            f"<td class=n>{one['captured']}/{one['declared'] or '–'}</td>"
            f"<td>{escape(moment(one['accepted']))}</td></tr>")


def _head(vi: str, en: str) -> str:
    return f"<h2>{escape(vi)} <span class=en>/ {escape(en)}</span></h2>"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _both(words: tuple[str, str]) -> str:
    return f"{escape(words[0])} <span class=en>/ {escape(words[1])}</span>"
