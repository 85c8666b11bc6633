"""Sheets that a device had taken in when its feed broke off: it ejects them unscanned, behind the scanned ones.

The sheet from which paper is put back is right without this; here the operator is told where to look. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.core.states import SessionState

VI = " Máy có thể đã đẩy ra tới {sheets} tờ chưa quét: hãy lấy lại ở khay ra và đặt lên trước."
EN = " Up to {sheets} sheets may lie in the output tray unscanned: take them from there and put them in front."


def with_ejected(one: Mapping[str, Any], buffered: int) -> dict[str, Any]:
    """Return how a device stands (standing.py), its messages completed for one that holds ``buffered`` sheets."""
    if not buffered or one["state"] != SessionState.RELOAD or not one["message_vi"]:
        return dict(one)
    return {**one, "message_vi": one["message_vi"] + VI.format(sheets=buffered),
            "message_en": one["message_en"] + EN.format(sheets=buffered)}
