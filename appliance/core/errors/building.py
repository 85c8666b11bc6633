"""A release is made: codes H920 to H929."""

from __future__ import annotations

from appliance.core.errors.kind import declare

LOCK_STALE = declare(
    "H920",
    "Danh sách thư viện đã khóa ({path}) không khớp với pyproject.toml. Hãy chạy 'make release-lock', xem thay đổi "
    "rồi làm lại.",
    "The lock of libraries ({path}) does not fit pyproject.toml. Run 'make release-lock', look at what changed, "
    "then make the release again.",
)
TOOL_FAILED = declare(
    "H921",
    "Không làm được bản phát hành: {tool} báo lỗi ({reason}). Hãy sửa lỗi đó rồi chạy lại 'make release'.",
    "The release cannot be made: {tool} failed ({reason}). Mend that, then run 'make release' again.",
    retry=True,
)
WRONG_MACHINE = declare(
    "H922",
    "Bản phát hành phải được làm trên Debian 12 với Python {wanted} và bộ xử lý {machine}; ở đây là {found}. Hãy "
    "làm trên máy đúng.",
    "A release is made on Debian 12 with Python {wanted} on {machine}; this is {found}. Make it on such a machine.",
)
