"""What a package must pass before it is sent: codes A607 to A612."""

from __future__ import annotations

from appliance.core.errors.kind import declare

SCAN_HOOK_FAILED = declare(
    "A607",
    "Chưa kiểm tra được mã độc cho gói tin ({reason}). Gói tin được giữ, chưa gửi, và sẽ tự kiểm tra lại; nếu kéo "
    "dài, hãy báo bộ phận CNTT xem ClamAV và cơ sở dữ liệu mã độc trên máy này.",
    "The package could not be checked for harmful code ({reason}). It is kept, not sent, and will be checked again "
    "by itself; if this lasts, tell IT staff to look at ClamAV and its definitions on this host.",
    retry=True,
)
HARMFUL_CODE = declare(
    "A608",
    "Phần mềm kiểm tra báo có mã độc trong gói tin ({reason}). Gói tin không được gửi. Hãy báo bộ phận CNTT; nếu "
    "là "
    "báo nhầm, hãy thêm ngoại lệ vào cơ sở dữ liệu mã độc, gói tin sẽ được kiểm tra lại.",
    "The check for harmful code found something in the package ({reason}). It is not sent. Tell IT staff; if it "
    "is a "
    "false alarm, add an exception to the definitions, and the package is checked again.",
)
PACKAGE_UNWRITTEN = declare(
    "A609",
    "Chưa ghi được gói tin xuống đĩa ({reason}). Gói tin sẽ tự được đóng lại; nếu kéo dài, hãy báo bộ phận CNTT "
    "xem chỗ trống và tình trạng ổ đĩa.",
    "The package could not be written to the disk ({reason}). It is built again by itself; if this lasts, have IT "
    "staff look at the disk and its free space.",
    retry=True,
)
