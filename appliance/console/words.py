"""What states and stages are called to a person: Vietnamese, English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

from appliance.core import clock
from appliance.core.errors import PIN_NEEDED, PIN_STOPPED, PIN_WRONG

DEVICES = {
    "absent": ("Mất kết nối", "absent"), "ready": ("Sẵn sàng", "ready"), "scanning": ("Đang quét", "scanning"),
    "reload": ("Chờ đặt lại giấy", "put paper back"),
    "blocked": ("Tạm dừng: đĩa gần đầy", "paused: disk nearly full"),
    "unusable": ("Không dùng được", "cannot be used"),
}
STAGES = {
    "captured": ("Đã quét", "captured"), "analysed": ("Đã phân tích", "analysed"),
    "read": ("Đã nhận dạng", "read"), "documents": ("Tài liệu", "documents"), "signed": ("Đã ký số", "signed"),
    "packed": ("Đã đóng gói", "packed"), "sent": ("Đã gửi", "sent"), "accepted": ("Đã có xác nhận", "accepted"),
}
DOSSIERS = {
    "open": ("Đang mở", "open"), "closed": ("Đang xử lý", "being worked on"), "held": ("Chờ xử lý", "held"),
    "packed": ("Đang nộp", "being delivered"), "accepted": ("Đã tiếp nhận", "accepted"),
    "locked": ("Tạm khóa: nghi có dấu chỉ độ mật", "locked: a secret mark is suspected"),
    "removed": ("Đã tiêu hủy theo quyết định", "destroyed by decision"),
    "rejected": ("Kho từ chối", "rejected"), "replaced": ("Đã có bản mới", "has a newer revision"),
    "handed_over": ("Giao bản giấy", "handed over on paper"),
    "discarded": ("Đã bỏ, chờ quét lại", "given up"),
}
COUNTS = {
    "pages_filed": ("trang đã nộp", "filed"), "separators": ("phân tách", "separators"),
    "held": ("chờ xử lý", "held"), "removed": ("bỏ", "removed"), "replaced": ("thay", "replaced"),
    "orphans": ("lẻ", "orphans"), "under_way": ("đang xử lý", "under way"),
}
"""Where every side is; zeros are left out."""

UNREAD = ("trang không có chữ (không nhận dạng được)", "pages without text (could not be read)")

REGISTERS = {"archive": ("Mục lục hồ sơ", "archive register"),
             "onestop": ("Danh sách tiếp nhận", "reception register")}

ORDERS = {
    "press": ("Bắt đầu quét", "start"), "other": ("Bắt đầu: {job}", "start this job"),
    "resume": ("Quét tiếp", "go on"), "finish": ("Kết thúc như hiện có", "finish as it is"),
    "cancel": ("Dừng nạp giấy", "stop feeding"), "leave": ("Đăng xuất", "log out"),
    "claim": ("Tôi đã quét lượt này", "I scanned this batch"),
    "confirm": ("Tôi xác nhận: không có bí mật nhà nước", "I confirm: no state secret"),
    "unconfirm": ("Bỏ xác nhận", "take the confirmation back"),
    "sign-open": ("Mở phiên ký", "open signing session"), "sign-close": ("Đóng phiên ký", "close signing session"),
}
"""What stands on the buttons of the page."""


OPTION = re.compile(r"--[a-z][a-z-]*(?: [A-ZÀ-Ỹ/]{2,})?")
"""An option with its short value, such as ``--until DD/MM/YYYY``."""

KEY_AWAY = (", khóa chưa sẵn sàng", ", key not ready")
TRIAL = ("KHÓA THỬ NGHIỆM đang ký: chữ ký không có giá trị pháp lý",
         "development key: no legal value")

AT_THE_FORM = {
    PIN_NEEDED.code: ("Hãy nhập mã PIN của thiết bị ký vào ô dưới đây.", "Enter the token's PIN below."),
    PIN_WRONG.code: (
        "Mã PIN của thiết bị ký không đúng, còn {left} lần thử. Hãy kiểm tra rồi nhập lại vào ô dưới đây.",
        "The token's PIN is wrong (tries left: {left}). Check it, then enter it again below."),
    PIN_STOPPED.code: (
        ("Mã PIN của thiết bị ký đã sai hai lần; hệ thống không thử nữa vì lần sai nữa có thể khóa thiết bị. Khi "
         "đã biết chắc mã PIN đúng, hãy đánh dấu ô bên dưới rồi nhập một lần nữa (tại dòng lệnh: {command} "
         "--again)."),
        ("The token's PIN was wrong twice; it is not tried again, for one more wrong PIN may lock the token. "
         "Once you are sure of the right PIN, tick the box below and enter it once more (in a terminal: {command} "
         "--again).")),
}
"""What the form of the PIN says instead of the command that does the same."""

AGAIN = ("<label class=tick><input type=checkbox name=again value=1 required> Tôi chắc chắn mã PIN đúng; cho "
         "thử thêm một lần <span class=en>/ I am sure of the PIN; one more try</span></label>")


def totals(counts: Mapping[str, Any]) -> tuple[str, str]:
    """Return sheets, sides and what became of them, in both languages."""
    texts = []
    for at, (sheets, sides) in enumerate((("tờ", "mặt"), ("sheets", "sides"))):
        parts = [f"{counts[name]} {words[at]}" for name, words in COUNTS.items() if counts[name]]
        unread = f"; {counts['unread']} {UNREAD[at]}" if counts.get("unread") else ""
        texts.append(f"{counts['sheets']} {sheets}, {counts['sides']} {sides} = {' + '.join(parts) or '0'}{unread}")
    return texts[0], texts[1]


def listed(registers: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Return which registers are loaded, in both languages; None where there is none."""
    if not registers:
        return None
    vi, en = zip(*map(_listed, registers), strict=True)
    return "; ".join(vi), "; ".join(en)


def _listed(one: Mapping[str, Any]) -> tuple[str, str]:
    name = "" if one["name"] == one["kind"] else f" {one['name']}"
    vi, en = REGISTERS[one["kind"]]
    at = moment(one["imported"])
    return f"{vi}{name}: {one['rows']} hồ sơ, nhập {at}", f"{en}{name}: {one['rows']} dossiers, imported {at}"


def leave(signing: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return by whose leave the agency's key signs each job, and how many sessions are open, in both languages."""
    if not signing:
        return None
    vi, en = [], []
    for one in signing["authorised"]:
        until_vi, until_en = end(one["until"])
        away = ("", "") if signing.get("ready", True) else KEY_AWAY
        vi.append(f"{one['job']}: " + (f"ủy quyền số {one['number']} đến {until_vi} ({one['leader']}){away[0]}"
                                       if one["number"] else "chưa có ủy quyền"))
        en.append(f"{one['job']}: " + (f"authorisation {one['number']} until {until_en} ({one['leader']}){away[1]}"
                                       if one["number"] else "not authorised"))
    if signing["sessions"]:
        vi.append(f"{signing['sessions']} phiên ký đang mở")
        en.append(f"{signing['sessions']} signing sessions open")
    return f"Ký số: {'; '.join(vi) or '–'}", f"Signing: {'; '.join(en) or '–'}"


def ending(signing: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return which certificates end soon, in both languages."""
    return [(one["vi"], one["en"]) for one in signing.get("ending", ())]


def notes(delivery: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what people should know of the way to the archive, in both languages."""
    return [(one["vi"], one["en"]) for one in delivery.get("notes", ())]


def trial(signing: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return that a development key signs, in both languages; None where none does."""
    return TRIAL if signing.get("development") else None


def end(text: str) -> tuple[str, str]:
    """Return a time that no longer counts, in both languages: at midnight it is the end of the day before."""
    at = clock.parse(text).astimezone(clock.VIETNAM) if text else None
    if at is None or (at.hour, at.minute, at.second) != (0, 0, 0):
        return moment(text), moment(text)
    day = f"{at - timedelta(days=1):%d/%m/%Y}"
    return f"hết ngày {day}", f"the end of {day}"


def moment(text: str) -> str:
    """Return a time of the ledger as people here write it; a dash where there is none."""
    return f"{clock.parse(text):%H:%M:%S %d/%m/%Y}" if text else "–"


def both(texts: tuple[str, str]) -> str:
    """Return a word in both languages as HTML."""
    return f"{escape(texts[0])} <span class=en>/ {escape(texts[1])}</span>"


def commands(text: str) -> str:
    """Return a text as HTML in which no option of a command is torn apart at the end of a line."""
    return OPTION.sub(r"<span class=whole>\g<0></span>", escape(text))
