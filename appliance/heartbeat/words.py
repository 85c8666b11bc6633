"""What stands on the synthetic page, and how its stages are said. Pure."""

from __future__ import annotations

import re
from collections.abc import Container

from appliance.core import clock
from appliance.core.config import Office
from appliance.core.errors import both
from appliance.core.heartbeat import SERIES, STAGES

GROUPS = 4
"""Of three digits each."""

HEAD = "TRANG KIỂM TRA HẰNG NGÀY"

VIETNAMESE = {"capture": "ghi ảnh", "analyse": "phân tích", "read": "đọc chữ", "assemble": "lập PDF/A",
              "sign": "ký số", "pack": "đóng gói", "upload": "nộp và nhận xác nhận", "total": "tổng"}
"""The stages, for people."""


def file_code(office: str, moment: str) -> str:
    """Return the code of a synthetic dossier: office, series, and the minute (of ``2026-11-22T06:31:07+07:00``).

    What follows the office has twenty characters, as many as the oldest form of package has room for.
    """
    return f"{office}.{SERIES}{re.sub('[^0-9]', '', moment)[2:12]}"


def lines(office: Office, code: str) -> tuple[str, ...]:
    """Return the running text of the page."""
    return (
        "Phần mềm tự vẽ trang này để thử toàn bộ đường đi từ máy quét đến kho lưu trữ.",
        "Trang không phải là hồ sơ, không có giá trị pháp lý và không thay cho giấy tờ nào.",
        f"Đơn vị: {office.name}. Mã: {code}. Ngày vẽ: {clock.now():%d/%m/%Y}.",
        "This page was drawn by the appliance to try the whole road to the archive. It is no record.",
    )


def grouped(number: int) -> str:
    """Return twelve digits in groups of three, as they are printed."""
    return " ".join(re.findall("...", f"{number:012d}"))


def is_read(number: str, text: str) -> bool:
    """Say whether the groups of a number stand in what was read; one of the four may be misread, as on any page."""
    read = re.sub(r"[^0-9]", "", text)
    return sum(group in read for group in number.split()) >= GROUPS - 1


def next_stage(passed: Container[str]) -> str:
    """Return the first stage that is not passed; the last one where all are."""
    return next((one for one in STAGES if one not in passed), STAGES[-1])


def said(stage: str) -> str:
    """Return a stage in both languages, as texts of errors take it."""
    return both(VIETNAMESE.get(stage, stage), stage)
