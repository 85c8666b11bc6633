"""What the archive says to people and offices that ask it for something: codes A650 to A659."""

from __future__ import annotations

from appliance.core.errors.kind import declare

CERTIFICATE_MISSING = declare(
    "A650",
    "Kho lưu trữ cần chứng thư của đơn vị. Hãy cài chứng thư rồi kết nối lại.",
    "The archive asks for the office's certificate. Install it and connect again.",
)
OFFICE_UNKNOWN = declare(
    "A651",
    "Chứng thư này không thuộc đơn vị nào trong danh sách. Hãy báo kho lưu trữ.",
    "This certificate belongs to no office on the list. Tell the archive.",
)
NOT_ALLOWED = declare(
    "A652",
    "Đơn vị này không được làm việc đó ({reason}). Hãy hỏi kho lưu trữ.",
    "This office may not do that ({reason}). Ask the archive.",
)
QUOTA_REACHED = declare(
    "A653",
    "Đã hết hạn mức nộp ({reason}). Gói tin được giữ và sẽ tự gửi lại; hãy chờ.",
    "The quota is used up ({reason}). The package is kept and goes again by itself; wait.",
    retry=True,
)
REQUEST_WRONG = declare(
    "A654",
    "Yêu cầu gửi kho lưu trữ thiếu hoặc sai: {reason}. Hãy sửa rồi gửi lại.",
    "The request to the archive lacks something or is wrong: {reason}. Mend it and send it again.",
)
READING_REFUSED = declare(
    "A655",
    "Quy định sử dụng không cho đọc tài liệu này ({reason}). Hãy hỏi kho lưu trữ.",
    "The reading policy does not open this ({reason}). Ask the archive.",
)
LEAVE_NEEDED = declare(
    "A656",
    "Tài liệu tiếp cận có điều kiện. Hãy gửi yêu cầu và chờ kho lưu trữ cho phép.",
    "Access to this is conditional. Send a request and wait for the archive's leave.",
)
NOT_HERE = declare(
    "A657",
    "Kho lưu trữ không có {what} này. Hãy kiểm tra lại mã.",
    "The archive has no such {what}. Check the code.",
)
TLS_NEEDED = declare(
    "A658",
    "Không có TLS thì kho lưu trữ chỉ chạy thử trên máy này (127.0.0.1), không chạy ở {host}. Hãy cài chứng thư "
    "máy chủ.",
    "Without TLS the archive runs only on this machine (127.0.0.1) for trials, not at {host}. Set a certificate.",
)
LIST_INVALID = declare(
    "A659",
    "Tệp {path} của kho lưu trữ không dùng được: {reason}. Hãy sửa tệp rồi chạy lại.",
    "The archive's file {path} cannot be used: {reason}. Mend it and start again.",
)
