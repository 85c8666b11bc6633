"""The status page: plain HTML made on the host, legible with scripts off, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from appliance.console.forms import READ_ONLY, View, claim, nameless, unconfirmed, zone
from appliance.console.look import STYLE
from appliance.console.words import (
    DEVICES,
    DOSSIERS,
    STAGES,
    both,
    commands,
    ending,
    leave,
    listed,
    moment,
    notes,
    totals,
    trial,
)

Views = Mapping[str, View]


def render(picture: dict[str, Any], views: Views | None = None) -> str:
    """Return the page for one picture of the appliance (status.py) and what this browser may do at each device."""
    views = views or {}
    parts = {"trial": _trial(picture.get("signing", {})), "devices": _devices(picture["devices"], views),
             "held": _held(picture, views), "progress": _stages(picture),
             "dossiers": _dossiers(picture["dossiers"])}
    sections = "".join(f'<section id="{name}">{text}</section>' for name, text in parts.items())
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<noscript><meta http-equiv="refresh" content="5"></noscript>'
        '<meta name="viewport" content="width=device-width"><title>Máy quét hồ sơ</title>'
        f'<style>{STYLE}</style><script src="/page.js" defer></script></head><body>'
        '<p id=stale role=alert hidden>Mất liên lạc với máy chủ quét; trang này đã cũ. / The scanner host does not '
        f"answer; this page is out of date.</p><h1>{escape(picture['office'])} – số hóa hồ sơ</h1>"
        f"{sections}<p class=en>v{escape(picture['version'])}</p></body></html>"
    )


def _trial(signing: Mapping[str, Any]) -> str:
    """Return one line where a development key signs."""
    texts = trial(signing)
    return f'<p class="tell bad">{both(texts)}</p>' if texts else ""


def _devices(devices: list[dict[str, Any]], views: Views) -> str:
    blocks = []
    for device in devices:
        state = DEVICES.get(device["state"], (device["state"], device["state"]))
        good = " ok" if device["state"] in ("ready", "scanning") and not device.get("message_vi") else ""
        tell = f"<br>{escape(device['message_vi'])}" if device.get("message_vi") else ""
        english = f"<br><span class=en>{escape(device['message_en'])}</span>" if device.get("message_en") else ""
        notes = [device.get("check") or {}, *device.get("drift", ()), device.get("warned") or {}]
        tell += "".join(f"<br>{escape(one['vi'])} <span class=en>/ {escape(one['en'])}</span>"
                        for one in notes if one.get("vi"))
        name = " – ".join(escape(text) for text in (device["name"], device.get("model") or "") if text)
        blocks.append(f'<div class="tell{good}"><b>{name}</b>: {both(state)}{tell}{english}'
                      f"{zone(device, views.get(device['name'], READ_ONLY))}</div>")
    return f"{_head('Máy quét', 'scanners')}{''.join(blocks) or '<p>–</p>'}"


def _stages(picture: dict[str, Any]) -> str:
    cells = "".join(f"<li><b>{picture['stages'].get(name, 0)}</b>{escape(vi)}<br><span class=en>{escape(en)}</span>"
                    for name, (vi, en) in STAGES.items())
    vi, en = totals(picture["counts"])
    waiting = picture.get("queues", {}).get("upload", {})
    upload = (f"<br>Chờ gửi: {waiting['n']} gói tin từ {escape(moment(waiting['since']))} "
              f"<span class=en>/ packages waiting for the archive</span>") if waiting.get("n") else ""
    return (f"{_head('Tiến độ', 'progress')}<ul class=stages>{cells}</ul>"
            f"<p>{escape(vi)}<br><span class=en>{escape(en)}</span>{upload}{_listed(picture)}</p>")


def _listed(picture: dict[str, Any]) -> str:
    found = listed(picture.get("registers", ()))
    signing = leave(picture.get("signing", {}))
    ways = [one for name in ("delivery", "reception", "service") for one in notes(picture.get(name, {}))]
    soon = [*ending(picture.get("signing", {})), *ways]
    return "".join(f"<br>{both(texts)}" for texts in (found, signing, *soon) if texts)


def _held(picture: dict[str, Any], views: Views) -> str:
    things = picture["held"]
    if not things:
        return f'{_head("Chờ xử lý", "held")}<p class="tell ok">Không có. <span class=en>/ Nothing.</span></p>'
    at = {batch["id"]: (batch["device"], "confirm" if unconfirmed(batch) else "claim")
          for batch in picture["batches"] if nameless(batch) or unconfirmed(batch)}
    blocks = "".join(
        f'<div class=tell><b>{escape(_capital(thing["name"]))}</b> '
        f'<span class=en>{escape(thing["code"])}</span><br>'
        f"{commands(thing['vi'])}<br><span class=en>{commands(thing['en'])}</span>"
        f"{_claim(thing, views, *at.get(thing['id'], ('', '')))}</div>" for thing in things)
    return f"{_head('Chờ xử lý', 'held')}{blocks}"


def _claim(thing: dict[str, Any], views: Views, device: str, word: str) -> str:
    """Let who is logged in at its device say that a nameless batch is theirs, or that it holds no state secret."""
    login = views.get(device, READ_ONLY).login
    return claim(thing["id"], login, word) if thing["what"] == "batch" and login else ""


def _dossiers(dossiers: list[dict[str, Any]]) -> str:
    rows = "".join(_dossier(one) for one in reversed(dossiers[-50:]))
    head = ("<tr><th>Hồ sơ<th>Trạng thái <span class=en>/ state</span>"
            "<th class=n>Số tờ <span class=en>/ sheets</span>"
            "<th>Xác nhận tiếp nhận <span class=en>/ receipt</span></tr>")
    return f"{_head('Hồ sơ', 'dossiers')}<table>{head}{rows}</table>"


def _dossier(one: dict[str, Any]) -> str:
    state = DOSSIERS.get(one["state"], (one["state"], one["state"]))
    bad = " class=bad" if one["state"] in ("held", "rejected", "locked") else ""
    unchecked = ("<br><span class=en>máy chưa kiểm tra / scanner not checked</span>"
                 if one.get("checked") == "flagged" else "")
    return (f"<tr><td>{escape(one['file_code'])}</td><td><span{bad}>{escape(state[0])}</span> "
            f"<span class=en>/ {escape(state[1])}</span>{unchecked}</td>"
            f"<td class=n>{one['captured']}/{one['declared'] or '–'}</td>"
            f"<td>{escape(moment(one['accepted']))}</td></tr>")


def _head(vi: str, en: str) -> str:
    return f"<h2>{escape(vi)} <span class=en>/ {escape(en)}</span></h2>"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

