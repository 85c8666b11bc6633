"""Keys, tokens and remote signers: codes K510 to K519."""

from __future__ import annotations

from appliance.core.errors.kind import declare

TOKEN_AWAY = declare(
    "K510",
    "Không thấy thiết bị ký số ({reason}). Tài liệu được giữ, chưa ký; hãy cắm lại thiết bị.",
    "The signing token is not there ({reason}). Documents wait, unsigned; insert the token.",
    retry=True,
)
PIN_NEEDED = declare(
    "K511",
    "Thiết bị ký số cần mã PIN. Tài liệu được giữ, chưa ký; hãy nhập mã PIN ({command}).",
    "The signing token wants its PIN. Documents wait, unsigned; give the PIN ({command}).",
)
PIN_WRONG = declare(
    "K512",
    "Mã PIN của thiết bị ký số không đúng, còn {left} lần thử. Hãy kiểm tra mã PIN rồi nhập lại ({command}).",
    "The PIN of the signing token is wrong (tries left: {left}). Check it, then give it again ({command}).",
)
PIN_STOPPED = declare(
    "K513",
    "Mã PIN của thiết bị ký số đã sai hai lần; hệ thống không thử nữa vì lần sai nữa có thể khóa thiết bị. Hãy hỏi "
    "người giữ thiết bị mã PIN đúng, rồi cho thử thêm một lần ({command} --again).",
    "The PIN of the signing token was wrong twice; it is not tried again, for one more wrong PIN may lock the "
    "token. "
    "Ask who keeps the token for the right PIN, then allow one more try ({command} --again).",
)
PIN_LOCKED = declare(
    "K514",
    "Thiết bị ký số đã bị khóa ({reason}). Tài liệu được giữ, chưa ký; hãy mang thiết bị đến nơi cấp để mở khóa.",
    "The signing token is locked ({reason}). Documents wait, unsigned; have its issuer unlock it.",
)
TOKEN_FULL = declare(
    "K515",
    "Thiết bị ký số hết bộ nhớ hoặc hết phiên làm việc ({reason}). Tài liệu được giữ, chưa ký; hãy rút thiết bị, "
    "cắm "
    "lại và đóng phần mềm khác đang dùng thiết bị.",
    "The signing token has no memory or no session left ({reason}). Documents wait, unsigned; take it out, insert "
    "it "
    "again and close other programs that use it.",
    retry=True,
)
KEY_FAILED = declare(
    "K516",
    "Thiết bị hoặc dịch vụ ký số không ký được ({reason}). Tài liệu được giữ, chưa ký; hệ thống sẽ thử lại; nếu "
    "kéo "
    "dài, hãy báo bộ phận CNTT.",
    "The signing token or service did not sign ({reason}). Documents wait, unsigned; it will be tried again; if "
    "this "
    "lasts, tell IT staff.",
    retry=True,
)
NAME_DIFFERS = declare(
    "K517",
    "Chứng thư số trong thiết bị không mang tên người mở phiên ký ({code}). Hãy cắm thiết bị ký của chính người "
    "đó.",
    "The certificate of the token does not name the person who opens the session ({code}). Insert that person's "
    "own "
    "token.",
)
CLOCK_BACK = declare(
    "K518",
    "Đồng hồ của máy chạy lùi từ {latest} về {now}. Tài liệu được giữ, chưa ký; hãy chỉnh đồng hồ, hoặc nếu giờ "
    "hiện "
    "tại là đúng, xác nhận bằng appliance sign unlock --again.",
    "The host's clock went back from {latest} to {now}. Documents wait, unsigned; set the clock, or if the present "
    "time is right, say so by appliance sign unlock --again.",
    retry=True,
)
REMOTE_FAILED = declare(
    "K519",
    "Dịch vụ ký từ xa không ký ({reason}). Tài liệu được giữ, chưa ký; hệ thống sẽ thử lại; nếu kéo dài, hãy báo "
    "bộ "
    "phận CNTT.",
    "The remote signing service does not sign ({reason}). Documents wait, unsigned; it will be tried again; if "
    "this "
    "lasts, tell IT staff.",
    retry=True,
)
