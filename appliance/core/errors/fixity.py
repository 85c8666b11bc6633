"""Keeping what the archive has: codes A660 to A669."""

from __future__ import annotations

from appliance.core.errors.kind import declare

COPY_DAMAGED = declare(
    "A660",
    "Bản lưu {sha256} tại {place} bị hỏng hoặc mất; đã khôi phục từ bản khác. Hãy kiểm tra ổ đĩa {place}.",
    "Copy {sha256} at {place} was damaged or missing; it was restored from another one. Check the disk of {place}.",
)
OBJECT_LOST = declare(
    "A661",
    "Không còn bản lưu nào nguyên vẹn của {sha256}. Hãy tìm trong bản sao lưu ngoài, hoặc yêu cầu đơn vị nộp lại.",
    "No copy of {sha256} is sound any more. Look in backups elsewhere, or have the office send it again.",
)
PLACE_AWAY = declare(
    "A662",
    "Không dùng được kho bản lưu {place} ({reason}). Hãy kiểm tra ổ đĩa hoặc đường truyền; việc kiểm tra sẽ tự "
    "chạy lại.",
    "The place {place} cannot be used ({reason}). Check its disk or line; the checks run again by themselves.",
    retry=True,
)
PACKAGE_NO_LONGER_VALID = declare(
    "A663",
    "Gói tin {sha256} không còn đạt khi kiểm tra lại ({reason}). Hãy báo người phụ trách kho lưu trữ.",
    "Package {sha256} does not pass when looked at again ({reason}). Tell who is responsible for the archive.",
)
RENEWAL_LATE = declare(
    "A664",
    "Chưa gia hạn được dấu thời gian lưu trữ ({reason}). Hãy kiểm tra dịch vụ dấu thời gian; hệ thống sẽ tự thử "
    "lại.",
    "Archive time stamps could not be made or renewed ({reason}). Check the time-stamping service; it is tried "
    "again.",
    retry=True,
)
ALGORITHMS_UNREADABLE = declare(
    "A665",
    "Không đọc được bảng thuật toán {path} ({reason}). Hãy sửa tệp hoặc bỏ thiết đặt fixity.algorithms.",
    "The table of algorithms {path} cannot be read ({reason}). Mend the file or drop the setting "
    "fixity.algorithms.",
)
NO_EVIDENCE = declare(
    "A666",
    "Gói tin {package} chưa có dấu thời gian lưu trữ. Hãy chạy appliance receive fixity rồi thử lại.",
    "Package {package} has no archive time stamp yet. Run appliance receive fixity and try again.",
    retry=True,
)
PACKAGE_UNKNOWN = declare(
    "A667",
    "Kho không có gói tin {package}. Hãy kiểm tra lại mã gói tin hoặc SHA-256.",
    "The archive has no package {package}. Check its UUID or SHA-256.",
)
NO_STAMP_AUTHORITY = declare(
    "A668",
    "Chưa đặt tổ chức cấp dấu thời gian nào cho kho lưu trữ, nên gói tin không có dấu thời gian lưu trữ. Hãy thêm "
    "mục [[fixity.tsa]] vào receiver.toml (docs/keeping.md) rồi chạy appliance receive fixity.",
    "No time-stamping authority is set for the archive, so packages get no archive time stamp. Set [[fixity.tsa]] "
    "in receiver.toml (docs/keeping.md) and run appliance receive fixity.",
)
