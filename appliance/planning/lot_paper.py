"""The acceptance record of a lot (biên bản nghiệm thu): what was in it, its sample, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from appliance.core import clock
from appliance.planning.paper import LEFT, Column, Head, Story
from appliance.planning.report_paper import said
from appliance.planning.report_table import RESULTS

COLUMNS = (Column("Số", LEFT, 9), Column("Mã hồ sơ", LEFT + 10, 58), Column("Tài liệu", LEFT + 69, 15, True),
           Column("Trang", LEFT + 85, 13, True), Column("Kết quả", LEFT + 100, 22),
           Column("Người kiểm tra", LEFT + 123, 48))
CONCLUSIONS = {"open": "CHƯA KẾT LUẬN", "accepted": "NGHIỆM THU", "rejected": "KHÔNG NGHIỆM THU, TRẢ LẠI ĐỂ SỬA"}


def draw(lot: Mapping[str, Any], office: str, code: str) -> bytes:
    """Return the record as PDF."""
    story = Story(f"Biên bản nghiệm thu lô số {lot['id']} – mã đơn vị {code}")
    story.head(Head(office, "BIÊN BẢN NGHIỆM THU LÔ TÀI LIỆU SỐ HÓA",
                    f"Lô số {lot['id']} – mã đơn vị {code} – lập ngày {_day(lot['made'][:10])}"))
    for label, value in _facts(lot):
        story.fact(label, value)
    story.space(3)
    story.write("Mẫu kiểm tra (so ảnh số hóa và dữ liệu với hồ sơ giấy)", bold=True)
    story.space(3)
    story.table(COLUMNS, [(str(one["place"]), one["file_code"], str(one["ordinal"]), str(one["pages"]),
                           RESULTS[one["result"]], one["who"]) for one in lot["sample"]])
    _faults(story, lot)
    story.write(f"Kết luận: {CONCLUSIONS[lot['state']]}.", bold=True)
    if lot["decided"]:
        moment = clock.parse(lot["decided"])
        said_by = f"Người kết luận: {lot['decided_by']}, lúc {moment:%H:%M ngày %d/%m/%Y}."
        story.write(f"{said_by} {lot['remark']}".strip())
    story.write("Mẫu được rút theo SHA-256 của (mã rút mẫu | mã tài liệu), nhỏ nhất trước; mã rút mẫu: "
                f"{lot['seed']}")
    story.space(4)
    story.signatures(("NGƯỜI KIỂM TRA", "ĐẠI DIỆN BÊN SỐ HÓA", "THỦ TRƯỞNG ĐƠN VỊ"))
    return story.pdf(f"Biên bản nghiệm thu lô số {lot['id']}")


def _faults(story: Story, lot: Mapping[str, Any]) -> None:
    """Print what is wrong with each faulty document, in full."""
    found = [one for one in lot["sample"] if one["fault"]]
    if found:
        story.write("Lỗi phát hiện", bold=True)
    for one in found:
        story.write(f"Số {one['place']}, hồ sơ {one['file_code']}, tài liệu {one['ordinal']}: {one['fault']}.")


def _facts(lot: Mapping[str, Any]) -> list[tuple[str, str]]:
    last = date.fromisoformat(lot["until"]) - timedelta(days=1)
    left = lot["drawn"] - lot["good"] - lot["faulty"]
    volume = f"{said(lot['dossiers'])} hồ sơ, {said(lot['documents'])} tài liệu, {said(lot['pages'])} trang"
    earlier = ", ".join(f"lô số {one['id']} ({CONCLUSIONS[one['state']].split(',')[0].lower()})"
                        for one in lot["before"])
    return [
        ("Kho tiếp nhận:", f"từ {_day(lot['since'])} đến {last:%d/%m/%Y}"),
        ("Khối lượng của lô:", volume),
        ("Quy tắc lấy mẫu:", lot["rule"]),
        ("Mẫu:", f"{said(lot['drawn'])} tài liệu; cho phép {lot['allowed']} tài liệu lỗi"),
        ("Kết quả:", f"{said(lot['good'])} đạt, {said(lot['faulty'])} lỗi, {said(left)} chưa kiểm tra"),
        *([("Hồ sơ đã ở lô trước:", earlier)] if earlier else []),
    ]


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}"
