"""How offices are watched from the centre: codes M870 to M884."""

from __future__ import annotations

from appliance.core.errors.kind import declare

METRICS_DOOR_SHUT = declare(
    "M870",
    "Chưa mở được cổng số liệu cho trung tâm giám sát ({reason}); việc quét vẫn chạy bình thường. Hãy kiểm tra "
    "chứng "
    "thư, khóa và cổng trong mục [metrics] của cấu hình; cổng tự mở khi các tệp đó đúng.",
    "The door for metrics could not be opened ({reason}); scanning goes on as usual. See to certificate, key and "
    "port "
    "in [metrics] of the settings; it opens by itself once they are right.",
    retry=True,
)
OFFICES_UNREADABLE = declare(
    "M871",
    "Không đọc được danh sách đơn vị {path}: {reason}. Hãy đặt tệp vào đó hoặc sửa tệp (CSV, UTF-8) rồi chạy lại.",
    "The list of offices {path} cannot be read: {reason}. Put the file there or mend it (CSV, UTF-8), and run "
    "again.",
)
OFFICES_WRONG = declare(
    "M872",
    "Danh sách đơn vị {path}, dòng {row}: {reason}. Còn {more} lỗi khác. Hãy sửa dòng đó; xem mọi lỗi bằng lệnh "
    "appliance monitoring offices.",
    "The list of offices {path}, row {row}: {reason}. There are {more} more mistakes. Mend that row; "
    "appliance monitoring offices shows all of them.",
)
MONITORING_DIFFERS = declare(
    "M873",
    "Tệp giám sát trong {path} khác với bảng gốc: {reason}. Hãy chạy lại appliance monitoring write.",
    "Monitoring files in {path} are not what the tables say: {reason}. Run appliance monitoring write again.",
)
MONITORING_REFUSED = declare(
    "M874",
    "{program} không chấp nhận {path}: {reason}. Hãy sửa cấu hình giám sát hoặc danh sách đơn vị rồi ghi lại.",
    "{program} refuses {path}: {reason}. Mend the monitoring settings or the list of offices, and write again.",
)
