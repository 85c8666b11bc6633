"""What an office promised and did not keep: codes M850 to M854."""

from __future__ import annotations

from appliance.core.errors.kind import declare

ONESTOP_LATE = declare(
    "M850",
    "{n} hồ sơ một cửa quá hẹn {promise} phút mà kho lưu trữ chưa nhận; hồ sơ chờ lâu nhất quét lúc {since}. Hãy "
    "xử lý các mục đang chờ xử lý và xem đường truyền: appliance status.",
    "{n} one-stop dossiers are past the promise of {promise} minutes and the archive does not have them; the "
    "oldest was scanned at {since}. Settle what waits for a person and see to the line: appliance status.",
)
ARCHIVE_LATE = declare(
    "M851",
    "{n} hồ sơ lưu trữ quá hạn {promise} giờ mà kho lưu trữ chưa nhận; hồ sơ chờ lâu nhất quét lúc {since}. Hãy "
    "xử lý các mục đang chờ xử lý và xem đường truyền: appliance status.",
    "{n} archive dossiers are past the promise of {promise} hours and the archive does not have them; the oldest "
    "was scanned at {since}. Settle what waits for a person and see to the line: appliance status.",
)
