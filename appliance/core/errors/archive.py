"""The archive: codes A601 to A606."""

from __future__ import annotations

from appliance.core.errors.kind import declare

PACKAGE_INVALID = declare(
    "A601",
    "Gói tin hồ sơ không hợp lệ ({reason}). Hãy báo bộ phận CNTT.",
    "The package is not valid ({reason}). Tell IT staff.",
)
ARCHIVE_UNREACHABLE = declare(
    "A602",
    "Chưa liên lạc được với kho lưu trữ ({reason}). Gói tin được giữ và sẽ tự gửi lại.",
    "The archive is out of reach ({reason}). The package is kept and will be sent again.",
    retry=True,
)
ARCHIVE_REFUSED = declare(
    "A603",
    "Kho lưu trữ từ chối gói tin: {reason}. Hãy sửa hồ sơ theo lý do này rồi nộp lại.",
    "The archive rejected the package: {reason}. Mend the dossier accordingly and submit it again.",
)
RECEIPT_INVALID = declare(
    "A604",
    "Xác nhận tiếp nhận không hợp lệ ({reason}). Không xóa gì; hãy báo bộ phận CNTT ngay.",
    "The receipt is not valid ({reason}). Nothing is deleted; tell IT staff at once.",
)
SCHEMAS_MISSING = declare(
    "A605",
    "Thiếu lược đồ XML {name}. Hãy cài thư mục lược đồ theo tài liệu cài đặt.",
    "The XML schema {name} is missing. Provision the schema folder as the manual says.",
)
RECEIPT_KEY_MISSING = declare(
    "A606",
    "Không đọc được khóa xác nhận của kho lưu trữ ({reason}). Gói tin được giữ; hãy cài tệp archive.receipt_key.",
    "The archive's receipt key cannot be read ({reason}). The package is kept; install archive.receipt_key.",
)
