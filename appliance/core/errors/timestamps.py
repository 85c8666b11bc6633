"""Time stamps, and what is asked of others: codes K530 to K539."""

from __future__ import annotations

from appliance.core.errors.kind import declare

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
TIMESTAMP_REFUSED = declare(
    "K532",
    "Máy chủ cấp dấu thời gian không trả về dấu thời gian ({reason}). Tài liệu được giữ; hệ thống sẽ tự thử lại, "
    "nếu kéo dài hãy báo bộ phận CNTT.",
    "The time-stamping authority gave no time stamp ({reason}). The document is kept; it will be tried again; if "
    "this lasts, tell IT staff.",
    retry=True,
)
TIMESTAMP_WRONG = declare(
    "K533",
    "Dấu thời gian nhận được không phải cho yêu cầu đã gửi ({reason}). Không sử dụng dấu này; hệ thống sẽ tự thử "
    "lại, hãy báo bộ phận CNTT kiểm tra máy chủ cấp dấu thời gian.",
    "The time stamp is not the one that was asked for ({reason}). It is not used; it will be tried again. Tell "
    "IT staff to look at the time-stamping authority.",
    retry=True,
)
TIMESTAMP_UNTRUSTED = declare(
    "K534",
    "Chứng thư của máy chủ cấp dấu thời gian không được tin cậy ({reason}). Hãy báo bộ phận CNTT kiểm tra "
    "signing.trust và signing.tsa.",
    "The certificate of the time-stamping authority is not trusted ({reason}). Check signing.trust and "
    "signing.tsa.",
    retry=True,
)
HOST_CLOCK_WRONG = declare(
    "K535",
    "Đồng hồ của máy này lệch {seconds} giây so với dấu thời gian ({reason}). Tài liệu được giữ, chưa ký; hãy "
    "chỉnh "
    "đồng hồ máy (NTP).",
    "This host's clock is {seconds} seconds away from the time stamp ({reason}). The document waits, unsigned; set "
    "the host's clock (NTP).",
    retry=True,
)
TSA_CLOCK_WRONG = declare(
    "K536",
    "Đồng hồ của máy chủ cấp dấu thời gian lệch {seconds} giây ({reason}); đồng hồ máy này đúng. Không sử dụng dấu "
    "này; hãy báo bộ phận CNTT liên hệ nhà cung cấp.",
    "The clock of the time-stamping authority is {seconds} seconds off ({reason}); this host's clock is right. "
    "The stamp is not used. Tell IT staff, who call its provider.",
    retry=True,
)
TSA_MISSING = declare(
    "K537",
    "Bộ quy tắc đòi dấu thời gian nhưng cấu hình không có máy chủ cấp dấu thời gian. Hãy bổ sung "
    "[[signing.tsa]] "
    "và signing.trust.",
    "The rule profile wants a time stamp, but the settings name no time-stamping authority. Put [[signing.tsa]] "
    "and signing.trust into the settings.",
    retry=True,
)
PDF_UNFIT = declare(
    "K538",
    "Không ký được tệp PDF này ({reason}). Tài liệu được giữ; hãy báo bộ phận CNTT.",
    "This PDF cannot be signed ({reason}). The document is kept; tell IT staff.",
)
LEVEL_MISSED = declare(
    "K539",
    "Chữ ký chưa đạt mức {level} ({reason}). Hệ thống sẽ tự thử lại; nếu kéo dài, hãy báo bộ phận CNTT.",
    "The signature does not reach level {level} ({reason}). It will be tried again; if this lasts, tell IT staff.",
    retry=True,
)
