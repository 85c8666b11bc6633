"""The care of deliveries: codes A627 to A634."""

from __future__ import annotations

from appliance.core.errors.kind import declare

DELIVERY_SET_ASIDE = declare(
    "A627",
    "Gói tin này nộp mãi không được ({reason}) trong khi các gói khác vẫn nộp được, nên được để riêng. Hãy báo bộ "
    "phận CNTT; sửa xong hãy nộp lại bằng 'appliance delivery again'.",
    "This package keeps failing ({reason}) while others get through, so it was set aside. Tell IT staff; then send "
    "it again with 'appliance delivery again'.",
)
ARCHIVE_TLS = declare(
    "A628",
    "Không dùng được chứng thư để kết nối kho lưu trữ ({reason}). Gói tin được giữ; hãy kiểm tra các tệp trong mục "
    "archive.tls.",
    "The certificates for the archive cannot be used ({reason}). Packages are kept; check the files of "
    "archive.tls.",
    retry=True,
)
DELIVERY_UNKNOWN = declare(
    "A629",
    "Không có gói tin nào đang chờ nộp với mã {name}. Hãy xem 'appliance delivery list'.",
    "No package {name} waits to be sent. See 'appliance delivery list'.",
)
DISK_BUDGET_LOW = declare(
    "A630",
    "Nếu không nộp được gói tin, đĩa chỉ còn đủ cho khoảng {days} ngày quét. Hãy báo bộ phận CNTT khôi phục đường "
    "truyền hoặc thêm đĩa.",
    "Without the archive the disk lasts for about {days} more days of scanning. Have IT staff restore the line or "
    "add "
    "disk.",
)
