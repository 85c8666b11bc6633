"""A host and its life: codes H955 to H974 (backup, support, leaving)."""

from __future__ import annotations

from appliance.core.errors.kind import declare

BACKUP_FOLDER = declare(
    "H955",
    "Không dùng được thư mục sao lưu {path}: {reason}. Hãy kiểm tra đĩa và quyền ghi rồi chạy lại.",
    "The backup folder {path} cannot be used: {reason}. Check its disk and its permissions, then run again.",
)
BACKUP_DAMAGED = declare(
    "H956",
    "Bản sao lưu {name} không nguyên vẹn: {reason}. Hãy dùng bản khác, và tạo bản mới ngay.",
    "Backup {name} is not whole: {reason}. Use another one, and have a new one made at once.",
)
BACKUP_SAME_DISK = declare(
    "H957",
    "Thư mục sao lưu {path} nằm trên chính đĩa chứa dữ liệu: hỏng đĩa là mất cả hai. Hãy gắn đĩa khác hoặc máy "
    "của tỉnh.",
    "The backup folder {path} lies on the disk that it copies: one broken disk loses both. Use another disk or the "
    "province's host.",
)
BACKUP_INCOMPLETE = declare(
    "H958",
    "Bản sao lưu {name} thiếu {n} tệp mà sổ cái cần: {names}. Hãy xem đĩa của máy này; các bản trước vẫn còn.",
    "Backup {name} lacks {n} files that the ledger needs: {names}. Look at this host's disk; earlier backups stay.",
)
BACKUP_NOT_RESTORED = declare(
    "H959",
    "Không khôi phục vào {path}: {reason}. Hãy dùng máy mới, hoặc cất thư mục cũ đi trước.",
    "Nothing is restored into {path}: {reason}. Use a fresh host, or put the old folder away first.",
)
RESTORED_UNSURE = declare(
    "H960",
    "Khôi phục từ bản sao lưu: chưa biết kho đã nhận hồ sơ này hay chưa. Hãy lấy danh sách của kho rồi chạy "
    "'appliance backup settle'.",
    "Restored from a backup: the archive may have this already. Ask it for its list, and run 'appliance backup "
    "settle'.",
)
ARCHIVE_LIST_UNREADABLE = declare(
    "H961",
    "Không đọc được danh sách của kho {path}: {reason}. Hãy xuất lại bằng 'appliance receive search'.",
    "The archive's list {path} cannot be read: {reason}. Export it again by 'appliance receive search'.",
)
NOT_FINISHED = declare(
    "H962",
    "Còn {n} việc chưa xong trên máy này. Hãy giải quyết từng dòng ở trên rồi chạy lại 'appliance leave'.",
    "{n} things are not finished on this host. Settle each line above, then run 'appliance leave' again.",
)
SUPPORT_TOO_LARGE = declare(
    "H963",
    "Tệp hỗ trợ lớn {mb} MB, quá {most} MB. Hãy chạy lại với --lines nhỏ hơn.",
    "The support file would have {mb} MB, more than {most} MB. Run it again with fewer --lines.",
)
