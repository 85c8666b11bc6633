"""The embedded archive itself: codes A640 to A649."""

from __future__ import annotations

from appliance.core.errors.kind import declare

RECEIVER_INDEX_REFUSED = declare(
    "A640",
    "Không dùng được cơ sở dữ liệu chỉ mục của kho lưu trữ ({reason}). Hãy sửa mục [index] trong receiver.toml.",
    "The archive's index cannot be used ({reason}). Mend [index] in receiver.toml.",
)
RECEIVER_STORES_REFUSED = declare(
    "A641",
    "Nơi giữ gói tin của kho lưu trữ không dùng được ({reason}). Hãy sửa mục [[store]] trong receiver.toml.",
    "The archive's places for packages cannot be used ({reason}). Mend [[store]] in receiver.toml.",
)
RECEIVER_OBJECT_LOST = declare(
    "A642",
    "Kho lưu trữ không còn bản nào đọc được của gói tin {sha256}. Hãy chạy appliance receive fixity và báo "
    "bộ phận CNTT ngay.",
    "The archive has no readable copy of the package {sha256}. Run appliance receive fixity and tell IT staff at "
    "once.",
)
RECEIVER_BOOK_BROKEN = declare(
    "A643",
    "Sổ xác nhận cũ của kho lưu trữ bị đứt ở {name} ({reason}). Hãy phục hồi thư mục receipts từ bản sao lưu rồi "
    "khởi động lại.",
    "The archive's old book of receipts is broken at {name} ({reason}). Restore the folder receipts from a backup "
    "and start again.",
)
RECEIVER_OTHER_USER = declare(
    "A644",
    "Kho lưu trữ ở {path} là của người dùng {user}, lệnh này lại chạy bằng root: tệp do root tạo ra thì kho không "
    "dùng được. Hãy chạy lệnh bằng người dùng {user} (docs/receiver.md).",
    "The archive at {path} is the user {user}'s, but this command is run by root, whose files the archive could "
    "not use. Run it as the user {user} (docs/receiver.md).",
)
RECEIVER_CANNOT_LISTEN = declare(
    "A645",
    "Kho lưu trữ không mở được địa chỉ {host}, cổng {port} ({reason}). Hãy sửa host, port trong receiver.toml hoặc "
    "dừng chương trình đang giữ cổng đó.",
    "The archive cannot listen on {host}, port {port} ({reason}). Mend host and port in receiver.toml, or stop the "
    "program that has this port.",
)
RECEIVER_TRUST_MISSING = declare(
    "A646",
    "Không có tệp chứng thư gốc {path} nêu ở trust trong receiver.toml, nên kho lưu trữ không kiểm tra được chữ "
    "ký. "
    "Hãy đặt tệp PEM đó vào chỗ hoặc sửa trust rồi khởi động lại.",
    "The root certificate file {path} named by trust in receiver.toml is not there, so the archive cannot check "
    "signatures. Put the PEM file there or mend trust, and start again.",
)
RECEIVER_TRUST_AWAITED = declare(
    "A647",
    "Chưa có tệp chứng thư gốc {path}: gói tin được nhận nhưng chờ, chưa được kiểm tra. Hãy đặt tệp PEM đó vào "
    "chỗ; "
    "kho lưu trữ sẽ tự làm tiếp.",
    "The root certificate file {path} is not there yet: packages are taken in but wait undecided. Put the PEM file "
    "there; the archive goes on by itself.",
    retry=True,
)
RECEIVER_RUNNING = declare(
    "A648",
    "Một kho lưu trữ khác đang chạy và giữ {path}. Hãy dừng nó trước (systemctl stop appliance-receiver), hoặc "
    "dùng "
    "--root khác.",
    "Another archive runs and holds {path}. Stop it first (systemctl stop appliance-receiver), or use another "
    "--root.",
)
RECEIVER_CANNOT_WORK = declare(
    "A649",
    "Kho lưu trữ không làm được việc đó ({reason}). Hãy kiểm tra đường dẫn, quyền và ổ đĩa, xem journalctl -u "
    "appliance-receiver, rồi thử lại.",
    "The archive cannot do that ({reason}). Check path, rights and disk, see journalctl -u appliance-receiver, and "
    "try again.",
)
