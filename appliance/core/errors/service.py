"""Settings, commands, people: codes C001 to C099."""

from __future__ import annotations

from appliance.core.errors.kind import declare

CONFIG_UNREADABLE = declare(
    "C001",
    "Không đọc được tệp cấu hình {path}: {reason}. Hãy sửa tệp rồi chạy lại.",
    "The settings file {path} cannot be read: {reason}. Mend the file and run again.",
)
CONFIG_UNKNOWN_KEY = declare(
    "C002",
    "Khóa cấu hình {key} không tồn tại. {hint} Hãy sửa hoặc xóa khóa này.",
    "There is no setting {key}. {hint} Correct or remove it.",
)
CONFIG_BAD_VALUE = declare(
    "C003",
    "Giá trị {value} của {key} không hợp lệ; cho phép: {allowed}. Hãy sửa giá trị.",
    "The value {value} of {key} is not allowed; allowed: {allowed}. Correct the value.",
)
PROFILE_UNKNOWN = declare(
    "C004",
    "Không có bộ quy tắc hoặc bộ tham số máy quét {name} ({reason}). Hãy chọn: {known}.",
    "There is no rule or firmware profile {name} ({reason}). Choose one of: {known}.",
)
DAEMON_RUNNING = declare(
    "C005",
    "Dịch vụ đã chạy và đang giữ {path}. Hãy dùng 'appliance status' hoặc dừng dịch vụ trước.",
    "A daemon runs already and holds {path}. Use 'appliance status', or stop it first.",
)
DAEMON_UNREACHABLE = declare(
    "C006",
    "Không liên lạc được với dịch vụ tại {path}. Hãy khởi động dịch vụ rồi thử lại.",
    "The daemon does not answer at {path}. Start it and try again.",
    retry=True,
)
DEVICE_UNKNOWN = declare(
    "C007",
    "Không có máy quét tên {device}. Các máy đang có: {known}. Hãy nhập lại tên.",
    "There is no scanner named {device}. Known: {known}. Give one of these names.",
)
SELFTEST_FAILED = declare(
    "C008",
    "Tự kiểm tra '{check}' không đạt: {reason}. Hãy khắc phục trước khi quét.",
    "Self-test '{check}' failed: {reason}. Mend it before scanning.",
)
TOOL_MISSING = declare(
    "C009",
    "Thiếu chương trình {program}. Hãy cài gói tương ứng.",
    "The program {program} is missing. Install its package.",
)
TOOL_TIMEOUT = declare(
    "C010",
    "Chương trình {program} chạy quá {seconds} giây. Hãy thử lại; nếu lặp lại, báo bộ phận CNTT.",
    "The program {program} took more than {seconds} seconds. Try again; if it recurs, tell IT staff.",
    retry=True,
)
REQUEST_REFUSED = declare(
    "C011",
    "Yêu cầu bị từ chối: {reason}. Hãy xem 'appliance status' rồi thử lại.",
    "The request is refused: {reason}. See 'appliance status' and try again.",
)
INPUT_REFUSED = declare(
    "C012",
    "Không nhận tệp {name}: {reason}. Hãy thay tệp này rồi đưa vào lại.",
    "The file {name} is refused: {reason}. Replace it and feed it again.",
)
PROFILE_REFUSED = declare(
    "C013",
    "Bộ tham số máy quét {path} bị từ chối ở dòng {line}: {reason}. Bản đi kèm (nếu có) vẫn dùng; hãy sửa dòng "
    "này.",
    "Firmware profile {path} is refused at line {line}: {reason}. The shipped one, if any, stays; mend the line.",
)
JOB_UNKNOWN = declare(
    "C014",
    "Không có công việc quét tên {job}. Các công việc đang có: {known}. Hãy chọn một trong số đó.",
    "There is no job named {job}. Known: {known}. Choose one of these.",
)
STAFF_UNKNOWN = declare(
    "C015",
    "Không có mã nhân viên {code} trong cấu hình ([[operator]]). Hãy xem 'appliance operator list' rồi nhập lại.",
    "There is no staff code {code} in the settings ([[operator]]). See 'appliance operator list', give it again.",
)
LOGIN_REFUSED = declare(
    "C016",
    "Mã nhân viên hoặc mã PIN không đúng. Hãy nhập lại; nếu quên mã PIN, báo bộ phận CNTT.",
    "Staff code or PIN is wrong. Enter them again; if you forgot the PIN, tell IT staff.",
)
LOGIN_TOO_OFTEN = declare(
    "C017",
    "Đã nhập sai nhiều lần. Hãy chờ {seconds} giây rồi thử lại, hoặc báo bộ phận CNTT.",
    "Too many wrong tries. Wait {seconds} seconds and try again, or tell IT staff.",
    retry=True,
)
LOGIN_NEEDED = declare(
    "C018",
    "Bạn chưa đăng nhập ở máy quét này, hoặc phiên đã hết. Hãy đăng nhập lại.",
    "You are not logged in at this scanner, or the login has ended. Give staff code and PIN again.",
)
PIN_REFUSED = declare(
    "C019",
    "Không nhận mã PIN này. Hãy nhập hai lần giống nhau, 6 đến 64 ký tự không dấu, ít nhất 3 ký tự khác nhau.",
    "This PIN is refused. Give the same twice: 6 to 64 plain characters, at least 3 different ones.",
)
FONT_MISSING = declare(
    "C020",
    "Thiếu phông chữ {font}. Hãy cài gói: apt-get install {package}.",
    "The font {font} is missing. Install its package: apt-get install {package}.",
)
LEADER_NEEDED = declare(
    "C021",
    "Việc này chỉ lãnh đạo được quyết định ({code} không có quyền đó). Hãy nhờ lãnh đạo nhập mã nhân viên và mã "
    "PIN.",
    "Only a leader may decide this ({code} is none). Ask a leader to give staff code and PIN.",
)
DRAINING = declare(
    "C022",
    "Máy sắp khởi động lại để cập nhật, tạm thời không bắt đầu lượt quét mới; lượt đang quét vẫn quét tiếp. Hãy "
    "giữ giấy lại và bấm Start sau khoảng {minutes} phút.",
    "The appliance is about to restart and begins no new batch; one that is open goes on. Keep the paper, and "
    "press Start in about {minutes} minutes.",
    retry=True,
)
PART_UNKNOWN = declare(
    "C030",
    "Máy quét {device} không có linh kiện {part}. Hãy chọn: {known}.",
    "Scanner {device} has no part {part}. Choose one of: {known}.",
)
SCANNER_NEVER_SEEN = declare(
    "C031",
    "Dịch vụ chưa từng gặp máy quét {device}. Hãy bật máy, cắm cáp, đợi máy sẵn sàng rồi thử lại.",
    "The daemon has never met scanner {device}. Switch it on, plug it in, wait until it is ready and try again.",
    retry=True,
)
UNEXPECTED = declare(
    "C099",
    "Lỗi không lường trước ({reason}). Giấy và ảnh đã lưu vẫn an toàn; hãy báo bộ phận CNTT.",
    "Unexpected error ({reason}). Paper and stored images are safe; tell IT staff.",
)
