"""The courier's disk and the reception software: codes A619 to A626."""

from __future__ import annotations

from appliance.core.errors.kind import declare

COURIER_ABSENT = declare(
    "A619",
    "Không có đĩa chuyển phát ở {folder}. Gói tin được giữ; hãy cắm và mở khóa đĩa chuyển phát.",
    "There is no courier disk at {folder}. Packages are kept; insert the courier's disk and unlock it.",
    retry=True,
)
COURIER_FULL = declare(
    "A620",
    "Đĩa chuyển phát {disk} đã đầy. Gói tin được giữ; hãy giao đĩa này cho chuyển phát và cắm đĩa khác.",
    "The courier's disk {disk} is full. Packages are kept; give it to the courier and insert another one.",
    retry=True,
)
COURIER_REFUSED = declare(
    "A621",
    "Đĩa ở {folder} không dùng được ({reason}). Hãy cắm đĩa chuyển phát đã mã hóa và chuẩn bị bằng lệnh "
    "'appliance courier prepare'.",
    "The disk at {folder} cannot be used ({reason}). Insert a disk that is encrypted and was prepared by "
    "'appliance courier prepare'.",
    retry=True,
)
RECEPTION_UNREACHABLE = declare(
    "A622",
    "Chưa liên lạc được với phần mềm tiếp nhận ({reason}). Tài liệu được giữ và tự gửi lại; hãy báo bộ phận CNTT "
    "nếu "
    "kéo dài.",
    "The reception software is out of reach ({reason}). Documents are kept and sent again; tell IT staff if it "
    "lasts.",
    retry=True,
)
RECEPTION_REFUSED = declare(
    "A623",
    "Phần mềm tiếp nhận từ chối tài liệu: {reason}. Hãy xử lý nguyên nhân, rồi gửi lại bằng lệnh "
    "'appliance reception again'.",
    "The reception software refused the document: {reason}. Mend the cause, then send it again with "
    "'appliance reception again'.",
)
RECEPTION_ANSWER_WRONG = declare(
    "A624",
    "Phần mềm tiếp nhận trả lời không đúng ({reason}). Câu trả lời không được tính; hãy báo nhà cung cấp phần mềm "
    "tiếp nhận.",
    "The answer of the reception software is not right ({reason}). It does not count; tell whoever runs that "
    "software.",
    retry=True,
)
COMPONENT_UNFIT = declare(
    "A625",
    "Tệp đã ký không gửi được cho phần mềm tiếp nhận ({reason}). Hãy báo bộ phận CNTT.",
    "The signed file cannot be given to the reception software ({reason}). Tell IT staff.",
)
PROMISE_MISSED = declare(
    "A626",
    "{count} tài liệu một cửa quá {minutes} phút từ lúc bấm Start mà phần mềm tiếp nhận chưa xác nhận. Hãy xem "
    "mục Chờ xử "
    "lý và báo người trực quầy.",
    "{count} one-stop documents are more than {minutes} minutes past Start and not confirmed by the reception "
    "software. "
    "Look at what is held, and tell the counter.",
)
