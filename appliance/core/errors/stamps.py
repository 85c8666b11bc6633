"""Stamps and the room they need: codes K550 to K557."""

from __future__ import annotations

from appliance.core.errors.kind import declare

SEAL_MISSING = declare(
    "K550",
    "Bộ quy tắc đòi hình ảnh con dấu đỏ của cơ quan nhưng không có ({reason}). Tài liệu được giữ, chưa ký; hãy "
    "đặt tệp PNG của con dấu vào chỗ mà cấu hình office.seal nêu.",
    "The rule profile wants the image of the office's red seal, and there is none ({reason}). The document waits, "
    "unsigned; put the seal's PNG file where the setting office.seal says.",
)
SEAL_UNFIT = declare(
    "K551",
    "Tệp hình ảnh con dấu không dùng được ({reason}). Tài liệu được giữ, chưa ký; hãy quét lại con dấu đỏ trên "
    "giấy "
    "trắng, từ 300 dpi, và thay tệp PNG ở office.seal.",
    "The image of the seal cannot be used ({reason}). The document waits, unsigned; scan the red seal on white "
    "paper "
    "again, at 300 dpi or more, and replace the PNG file at office.seal.",
)
STAMP_WORDLESS = declare(
    "K552",
    "Dấu ký thiếu nội dung ({place}). Hãy bổ sung office.name, tên người quét hoặc copy_form của công việc trong "
    "cấu "
    "hình.",
    "The stamp lacks what it must say ({place}). Set office.name, the name of who scans, or the job's copy_form in "
    "the settings.",
)
STAMP_NO_ROOM = declare(
    "K555",
    "Phần đầu trang 1 không còn chỗ trống cho dấu ký ở góc quy định. Tài liệu được giữ, chưa lập tệp; hãy để lãnh "
    "đạo cho thêm dải trắng phía trên trang (appliance stamp strip), hoặc quét lại nếu trang bị đặt lệch.",
    "Nothing at the top of page 1 is free for the stamp in its corner. The document waits; let a leader allow an "
    "empty strip above the page (appliance stamp strip), or scan it again where the page lay askew.",
)
STAMP_PAGE_NARROW = declare(
    "K556",
    "Trang 1 hẹp hơn dấu ký ({reason}). Tài liệu được giữ, chưa lập tệp; hãy đặt trang này lên một tờ giấy "
    "trắng khổ A5 hoặc A4 rồi quét lại.",
    "Page 1 is narrower than the stamp ({reason}). The document waits; scan this page again on a carrier of A5 or "
    "A4.",
)
STAMP_NOT_ASKED = declare(
    "K557",
    "Tài liệu {name} không chờ chỗ cho dấu ký. Hãy xem lại mã tài liệu bằng lệnh appliance status.",
    "Document {name} does not wait for room for its stamp. Look its id up with appliance status.",
)
