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
    "Kho lưu trữ từ chối gói tin: {reason}. Hãy sửa theo lý do này: quét lại trang sai bằng phiếu quét lại; nếu "
    "lỗi ở "
    "kho hoặc ở cấu hình và đã sửa xong, dùng 'appliance dossier resend' để nộp lại.",
    "The archive rejected the package: {reason}. Mend that: scan wrong pages again behind a rescan separator; "
    "where the "
    "fault was the archive's or in the settings and is mended, send it again with 'appliance dossier resend'.",
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
