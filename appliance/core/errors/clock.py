"""The host's clock, where it is watched: codes K558 and K559."""

from __future__ import annotations

from appliance.core.errors.kind import declare

CLOCK_UNKNOWN = declare(
    "K558",
    "Chưa biết đồng hồ của máy có đúng giờ không ({reason}). Việc quét vẫn tiếp tục; tài liệu chờ, chưa ký, và sẽ "
    "tự được ký khi đồng hồ đúng; nếu kéo dài, hãy báo bộ phận CNTT xem dịch vụ chrony và máy chủ NTP.",
    "Nobody knows whether the host's clock is right ({reason}). Scanning goes on; documents wait, unsigned, and "
    "are signed by themselves once it is; if this lasts, tell IT staff to look at chrony and its NTP servers.",
    retry=True,
)
CLOCK_OFF = declare(
    "K559",
    "Đồng hồ của máy lệch quá mức cho phép ({reason}). Việc quét vẫn tiếp tục; tài liệu "
    "chờ, chưa ký, và sẽ tự được ký khi đồng hồ đúng; hãy báo bộ phận CNTT chỉnh giờ (chronyc makestep).",
    "The host's clock is further off than is allowed ({reason}). Scanning goes on; documents wait, "
    "unsigned, and are signed by themselves once it is right; tell IT staff to set it (chronyc makestep).",
    retry=True,
)
