"""Worker processes: codes P701 to P708."""

from __future__ import annotations

from appliance.core.errors.kind import declare

JOB_POISONED = declare(
    "P701",
    "Trang này làm hỏng hai tiến trình xử lý ({reason}). Trang được giữ; hãy báo bộ phận CNTT.",
    "This job ended two workers ({reason}). It is held; tell IT staff.",
)
JOB_TIMEOUT = declare(
    "P702",
    "Xử lý quá {seconds} giây. Hệ thống đã thử lại không thành; hãy báo bộ phận CNTT.",
    "The work took more than {seconds} seconds, twice. Tell IT staff.",
)
JOB_FAILED = declare(
    "P703",
    "Xử lý thất bại ({reason}). Trang được giữ; hãy báo bộ phận CNTT.",
    "The work failed ({reason}). It is held; tell IT staff.",
)
NO_WORKER = declare(
    "P704",
    "Không có tiến trình xử lý nào sẵn sàng. Hãy báo bộ phận CNTT kiểm tra dịch vụ.",
    "No worker is ready. Have IT staff check the service.",
    retry=True,
)
GOLDEN_PAGE_WRONG = declare(
    "P705",
    "Chưa quét được: máy này đọc sai trang mẫu ({reason}). Hãy để nguyên giấy trong khay và báo bộ phận CNTT chạy "
    "'appliance selftest'.",
    "No scan can start: this host sees the golden page wrong ({reason}). Tell IT staff to run 'appliance "
    "selftest', and leave the paper in the feeder.",
    retry=True,
)
GOLDEN_PAGE_UNSEEN = declare(
    "P706",
    "Chưa quét được: máy tính không xem được trang mẫu ({reason}). Hãy để nguyên giấy trong khay và báo bộ phận "
    "CNTT kiểm tra ổ đĩa, /tmp và bộ nhớ của máy, rồi chạy 'appliance selftest'.",
    "No scan can start: this host could not look at the golden page ({reason}). Tell IT staff to look at its disk, "
    "/tmp and memory, then to run 'appliance selftest', and leave the paper in the feeder.",
    retry=True,
)
RECIPE_DIFFERS = declare(
    "P707",
    "Máy trong cụm không đọc được theo cùng cách ({reason}). Hãy cài cùng phiên bản và cùng dữ liệu nhận dạng chữ.",
    "A host of the cluster would not read by the same recipe ({reason}). Install the same release and models "
    "there.",
)
PACKAGE_UNREADABLE = declare(
    "P708",
    "Không đọc lại được gói tin ({reason}). Gói khác vẫn tiếp tục; hãy kiểm tra gói này bằng 'appliance verify'.",
    "The package cannot be read again ({reason}). Others go on; check this one with 'appliance verify'.",
)
