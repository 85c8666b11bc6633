"""The list of hosts and the inventory that is made from the lists: codes H935 to H944."""

from __future__ import annotations

from appliance.core.errors.kind import declare

INVENTORY_WRONG = declare(
    "H935",
    "Danh sách để lập danh mục máy có {count} lỗi; đầu tiên: {path}, dòng {row}: {reason}. Chưa ghi gì. Hãy sửa "
    "các dòng đã nêu rồi chạy lại appliance inventory.",
    "The lists for the inventory have {count} mistakes; the first: {path}, row {row}: {reason}. Nothing was "
    "written. Mend the rows that are named and run appliance inventory again.",
)
LIST_UNREADABLE = declare(
    "H936",
    "Không đọc được danh sách {path}: {reason}. Hãy đặt tệp vào đó hoặc sửa tệp (CSV, UTF-8) rồi chạy lại.",
    "The list {path} cannot be read: {reason}. Put the file there or mend it (CSV, UTF-8), and run again.",
)
INVENTORY_DIFFERS = declare(
    "H937",
    "Danh mục máy khác với các danh sách: {reason}. Hãy chạy lại appliance inventory không có --check.",
    "The inventory is not what the lists say: {reason}. Run appliance inventory again without --check.",
)
INVENTORY_FOREIGN = declare(
    "H938",
    "{path} do người viết, không phải do appliance inventory tạo ra; không ghi đè. Hãy đổi tên tệp đó hoặc chọn "
    "chỗ khác.",
    "{path} was written by a person, not by appliance inventory; it is not overwritten. Choose another place, or "
    "rename that file.",
)
