"""The synthetic page of every morning: codes M840 to M849."""

from __future__ import annotations

from appliance.core.errors.kind import declare

HEARTBEAT_STOPPED = declare(
    "M840",
    "Trang kiểm tra dừng ở bước {stage} (mã {cause}: {reason}). Giấy thật có thể cũng dừng ở đó; hãy xử lý theo mã "
    "{cause} rồi chạy lại 'appliance heartbeat'.",
    "The synthetic page stopped at {stage} (code {cause}: {reason}). Real papers may stop there too. Look up code "
    "{cause}, mend that, then run 'appliance heartbeat' again.",
    retry=True,
)
HEARTBEAT_LATE = declare(
    "M841",
    "Sau {minutes} phút trang kiểm tra vẫn chưa có xác nhận tiếp nhận, đang chờ ở bước {stage} ({reason}). Hãy xem "
    "đường truyền, chữ ký số và kho lưu trữ rồi chạy lại 'appliance heartbeat'.",
    "After {minutes} minutes the synthetic page has no receipt yet; it waits at {stage} ({reason}). Look at line, "
    "signature and archive, then run 'appliance heartbeat' again.",
    retry=True,
)
HEARTBEAT_MISREAD = declare(
    "M842",
    "Đã đọc sai trang kiểm tra: không thấy số {number} in trên trang. Hãy chạy 'appliance selftest' và báo bộ phận "
    "CNTT.",
    "The synthetic page was read wrongly: the number {number} that is printed on it is not in its text. Run "
    "'appliance "
    "selftest' and tell IT staff.",
)
HEARTBEAT_CUT = declare(
    "M843",
    "Dịch vụ dừng khi trang kiểm tra đang đi. Hãy chạy lại 'appliance heartbeat'.",
    "The service stopped while the synthetic page was on its way. Run 'appliance heartbeat' again.",
    retry=True,
)
HEARTBEAT_PERSONAL = declare(
    "M844",
    "Công việc {job} cần chữ ký của một người, mà trang kiểm tra chỉ dùng được khóa của cơ quan. Hãy đặt "
    "heartbeat.job "
    "là công việc có chữ ký của cơ quan.",
    "Job {job} wants the signature of a person, and the synthetic page can use the agency's key alone. Set "
    "heartbeat.job to a job that the agency signs.",
)
