"""The hint at sheets that a device had taken in when its feed broke off, and ejected unscanned."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.device.ejected import with_ejected

STOPPED: dict[str, Any] = {"state": "reload", "message_vi": "Nạp lại từ tờ thứ 3.", "message_en": "From sheet 3.",
                           "sheet": 3}


def test_a_device_with_a_buffer_sends_the_operator_to_its_output_tray() -> None:
    told = with_ejected(STOPPED, 4)
    assert told["message_vi"].startswith("Nạp lại từ tờ thứ 3. Máy có thể đã đẩy ra tới 4 tờ")
    assert told["message_en"].endswith("put them in front.")
    assert told["sheet"] == 3


@pytest.mark.parametrize(("changes", "buffered"), [
    ({}, 0), ({"state": "scanning"}, 4), ({"state": "absent"}, 4), ({"message_vi": "", "message_en": ""}, 4),
])
def test_nothing_is_added_where_no_sheet_can_lie_there(changes: dict[str, Any], buffered: int) -> None:
    assert with_ejected(STOPPED | changes, buffered) == STOPPED | changes
