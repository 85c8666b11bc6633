"""Signatures: codes K501 to K507."""

from __future__ import annotations

from appliance.core.errors.kind import declare

KEY_MISSING = declare(
    "K501",
    "Không dùng được khóa ký số ({reason}). Tài liệu được giữ, chưa ký; hãy báo bộ phận CNTT kiểm tra [signing].",
    "The signing key cannot be used ({reason}). Documents wait, unsigned; have IT staff look at [signing].",
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
    "Tên trên dấu ký quá dài so với ô {width} x {height} điểm. Hãy rút ngắn tên hoặc nới ô trong bộ quy tắc.",
    "The name is too long for a stamp of {width} x {height} points. Shorten it or widen the rule profile's stamp.",
)
