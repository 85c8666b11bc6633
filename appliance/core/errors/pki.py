"""Certificates of hosts (``appliance certificate``) and the page's own door: codes H945 to H954, H970, H971."""

from __future__ import annotations

from appliance.core.errors.kind import declare

HOST_KEY_MISSING = declare(
    "H945",
    "Chứng thư {path} không thuộc khóa nào của máy này cho mục đích {purpose}. Chưa thay đổi gì; hãy cài chứng thư "
    "được cấp theo yêu cầu (CSR) của chính máy này.",
    "The certificate {path} belongs to no key of this host for {purpose}. Nothing is changed; install the one that "
    "was issued for this host's own request.",
)
HOST_ISSUER_UNKNOWN = declare(
    "H946",
    "Chứng thư {path} không dẫn đến chứng thư gốc đã cho ({reason}). Chưa thay đổi gì; hãy lấy đúng chứng thư kèm "
    "chuỗi cấp, và đúng tệp gốc.",
    "The certificate {path} does not lead to the given root ({reason}). Nothing is changed; take the right "
    "certificate with its chain, and the right file of roots.",
)
HOST_NAME_WRONG = declare(
    "H947",
    "Chứng thư {path} mang tên {found}, không phải tên đã yêu cầu cho máy này ({wanted}). Chưa thay đổi gì; hãy "
    "xin cấp lại với đúng tên.",
    "The certificate {path} names {found}, not what was asked for this host ({wanted}). Nothing is changed; have "
    "it issued again with the right names.",
)
HOST_PURPOSE_WRONG = declare(
    "H948",
    "Chứng thư {path} không được cấp cho mục đích {purpose} ({reason}). Chưa thay đổi gì; hãy xin cấp lại với đúng "
    "mục đích.",
    "The certificate {path} was not issued for {purpose} ({reason}). Nothing is changed; have it issued again for "
    "that purpose.",
)
HOST_CERTIFICATE_TIME = declare(
    "H949",
    "Chứng thư {path} chỉ có hiệu lực từ {begin} đến {end}. Chưa thay đổi gì; hãy xin chứng thư mới, hoặc kiểm tra "
    "đồng hồ của máy.",
    "The certificate {path} is valid from {begin} to {end} only. Nothing is changed; ask for a new one, or check "
    "the host's clock.",
)
PEM_UNREADABLE = declare(
    "H950",
    "Không đọc được {path} ({reason}). Hãy đưa đúng tệp PEM.",
    "{path} cannot be read ({reason}). Give the right PEM file.",
)
SIGNING_REQUEST_REFUSED = declare(
    "H951",
    "Không cấp chứng thư theo yêu cầu {path} ({reason}). Hãy kiểm tra tên và mục đích trong danh mục máy, rồi lập "
    "lại yêu cầu trên máy đó.",
    "No certificate is issued for the request {path} ({reason}). Check names and purpose in the inventory, and "
    "have that host make its request again.",
)
AUTHORITY_UNUSABLE = declare(
    "H952",
    "Không dùng được khóa hoặc chứng thư của nơi cấp ({reason}). Chưa cấp chứng thư nào; hãy kiểm tra tệp và mật "
    "khẩu.",
    "Key or certificate of the authority cannot be used ({reason}). Nothing is issued; check files and passphrase.",
)
PAGE_DOOR_SHUT = declare(
    "H953",
    "Chưa mở được trang qua HTTPS ({reason}). Mọi việc khác vẫn chạy và cổng này sẽ tự thử lại; nếu kéo dài, hãy "
    "kiểm tra các tệp và cổng trong mục console.tls.",
    "The page over HTTPS is shut ({reason}). Everything else goes on, and it will be tried again by itself; if "
    "this lasts, check the files and the port of console.tls.",
    retry=True,
)
KEY_READER_UNKNOWN = declare(
    "H954",
    "Máy này không có nhóm {group} là nhóm được đọc khóa cho mục đích {purpose}. Chưa thay đổi gì; hãy cài phần "
    "mềm đó trước, hoặc chọn nhóm khác bằng --group.",
    "This host has no group {group}, which shall read the key for {purpose}. Nothing is changed; install that "
    "software first, or choose another one by --group.",
)
HOST_NAME_UNUSABLE = declare(
    "H970",
    "'{name}' không dùng được làm tên hay địa chỉ máy trong chứng thư. Chưa thay đổi gì; hãy ghi tên miền đầy đủ, "
    "chữ không dấu (hoặc dạng xn--), hoặc một địa chỉ IP.",
    "'{name}' cannot be the name or address of a host in a certificate. Nothing is changed; give a full host name "
    "in plain letters (or its xn-- form), or one IP address.",
)
PAGE_PORT_SHUT = declare(
    "H971",
    "Chưa mở được trang ở {host}, cổng {port} ({reason}). Việc quét vẫn chạy và cổng này sẽ tự thử lại; nếu kéo "
    "dài, hãy kiểm tra host, port trong mục console, và chương trình đang giữ cổng đó.",
    "The page cannot be shown at {host}, port {port} ({reason}). Scanning goes on, and it will be tried again by "
    "itself; if this lasts, check host and port of console, and which program has that port.",
    retry=True,
)
