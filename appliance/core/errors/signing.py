"""Keys and signatures: codes K501 to K5xx."""

from __future__ import annotations

from appliance.core.errors.kind import declare

KEY_MISSING = declare(
    "K501",
    "Không có khóa ký số ({reason}). Hãy cắm thiết bị ký hoặc báo bộ phận CNTT.",
    "There is no signing key ({reason}). Insert the token or tell IT staff.",
    retry=True,
)
CERTIFICATE_INVALID = declare(
    "K502",
    "Chứng thư số không còn hiệu lực ({reason}). Hãy gia hạn chứng thư rồi ký lại.",
    "The certificate is not valid ({reason}). Renew it, then sign again.",
)
SIGNING_FAILED = declare(
    "K503",
    "Ký số không thành công ({reason}). Tài liệu được giữ, chưa ký; hệ thống sẽ thử lại.",
    "Signing failed ({reason}). The document is kept unsigned; it will be tried again.",
    retry=True,
)
STAMP_FONT = declare(
    "K504",
    "Phông chữ của dấu ký thiếu ký tự {text}. Hãy báo bộ phận CNTT.",
    "The stamp font lacks the characters {text}. Tell IT staff.",
)
SIGNATURE_BROKEN = declare(
    "K505",
    "Chữ ký số của {name} không hợp lệ ({reason}). Không sử dụng tệp này; hãy báo bộ phận CNTT.",
    "The signature of {name} is not valid ({reason}). Do not use this file; tell IT staff.",
)
SIGNER_AWAY = declare(
    "K506",
    "Tiến trình ký số chưa sẵn sàng. Hệ thống sẽ tự thử lại; nếu kéo dài, báo bộ phận CNTT.",
    "The signer is not there. It will be tried again; if this lasts, tell IT staff.",
    retry=True,
)
STAMP_SPACE = declare(
    "K507",
    "Tên trên dấu ký quá dài so với ô {width} x {height} điểm. Hãy rút ngắn tên hoặc nới ô trong hồ sơ quy tắc.",
    "The name is too long for a stamp of {width} x {height} points. Shorten it or widen the rule profile's stamp.",
)
AUTHORISATION_MISSING = declare(
    "K520",
    "Không có ủy quyền còn hiệu lực để ký số cơ quan cho công việc {job}. Tài liệu được giữ, chưa ký; hãy để lãnh "
    "đạo cấp ủy quyền (appliance authorise).",
    "No authorisation in force lets the agency's key sign for job {job}. The document waits, unsigned. Ask a "
    "leader to authorise it (appliance authorise).",
)
SESSION_CLOSED = declare(
    "K521",
    "Chưa mở phiên ký của người đã quét ({code}). Tài liệu được giữ, chưa ký; hãy để người đó mở phiên ký "
    "(appliance sign open).",
    "The person who scanned ({code}) has no signing session open. The document waits, unsigned. Ask that person "
    "to open one (appliance sign open).",
)
OUTSIDE_UNREACHABLE = declare(
    "K530",
    "Không lấy được dấu thời gian hoặc dữ liệu thu hồi chứng thư ({reason}). Hệ thống sẽ tự thử lại; nếu kéo dài, "
    "báo bộ phận CNTT.",
    "No time stamp or revocation data can be had ({reason}). It will be tried again; if this lasts, tell IT staff.",
    retry=True,
)
ADDRESS_REFUSED = declare(
    "K531",
    "Địa chỉ không có trong cấu hình ({reason}). Hãy bổ sung vào signing.addresses hoặc signing.tsa.",
    "The address is not among the settings ({reason}). Have IT staff add it to signing.addresses or signing.tsa.",
    retry=True,
)
