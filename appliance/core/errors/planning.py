"""The office's plan, its reports and its lots: codes M855 to M864."""

from __future__ import annotations

from appliance.core.errors.kind import declare

PLAN_REFUSED = declare(
    "M855",
    "Không nhập kế hoạch {file}: {count} dòng bị từ chối, xem {report}. Kế hoạch đang dùng giữ nguyên. Hãy sửa "
    "các dòng "
    "đó rồi nhập lại.",
    "The plan {file} is not imported: {count} rows are refused, see {report}. The present plan stays. Correct "
    "them and "
    "import again.",
)
PLAN_SIZE = declare(
    "M856",
    "Kế hoạch có {rows} giai đoạn; phải có từ 1 đến {most}. Hãy gộp các giai đoạn rồi nhập lại.",
    "The plan has {rows} phases; there must be 1 to {most}. Correct the file and import it again.",
)
PLAN_REGISTER_TWICE = declare(
    "M857",
    "Mục lục '{name}' được ghi ở hai giai đoạn ({first}, {second}). Hãy ghi mỗi mục lục ở một giai đoạn rồi nhập "
    "lại.",
    "The register '{name}' stands in two phases ({first}, {second}). Give each register one phase and import "
    "again.",
)
PERIOD_WRONG = declare(
    "M858",
    "Kỳ báo cáo '{text}' không hợp lệ: {reason}. Hãy ghi ngày dạng 2026-11-22, hoặc tháng dạng 2026-11.",
    "The period '{text}' of the report is not valid: {reason}. Give a day as 2026-11-22, or a month as 2026-11.",
)
LOT_EMPTY = declare(
    "M859",
    "Không có hồ sơ nào để lập lô từ {since} đến {until}: chưa được kho tiếp nhận, hoặc đã thuộc lô khác. Hãy chọn "
    "khoảng ngày khác.",
    "There is no dossier for a lot from {since} to {until}: the archive has none, or they are in other lots. "
    "Choose "
    "other days.",
)
LOT_UNKNOWN = declare(
    "M860",
    "Không có lô số {number}. Hãy xem danh sách bằng lệnh: appliance lot list.",
    "There is no lot {number}. Check the list: appliance lot list.",
)
LOT_DECIDED = declare(
    "M861",
    "Lô số {number} đã có kết luận, không sửa được nữa. Hãy lập lô mới nếu cần kiểm tra lại.",
    "Lot {number} is decided and does not change any more. Start a new lot where it has to be checked again.",
)
LOT_NOT_DRAWN = declare(
    "M862",
    "Tài liệu số {place} không có trong mẫu của lô số {number}. Hãy xem mẫu bằng lệnh: appliance lot show "
    "{number}.",
    "Number {place} is not in the sample of lot {number}. Look at the sample: appliance lot show {number}.",
)
LOT_UNFINISHED = declare(
    "M863",
    "Lô số {number} chưa kết luận được: còn {left} tài liệu của mẫu chưa kiểm tra. Hãy kiểm tra hết mẫu rồi kết "
    "luận.",
    "Lot {number} cannot be decided: {left} documents of its sample were not looked at. Check them all, then "
    "decide.",
)
LOT_FAULTY = declare(
    "M864",
    "Lô số {number} không nghiệm thu được: {faulty} tài liệu lỗi, chỉ cho phép {allowed}. Hãy trả lô (--reject), "
    "sửa "
    "hoặc quét lại, rồi lập lô mới.",
    "Lot {number} cannot be accepted: {faulty} documents are faulty, {allowed} are allowed. Refuse it (--reject), "
    "mend "
    "or scan again, and make a new lot.",
)
LOT_LARGE = declare(
    "M865",
    "Lô có {dossiers} hồ sơ, nhiều nhất là {most}. Hãy chọn khoảng ngày ngắn hơn.",
    "The lot has {dossiers} dossiers, {most} is the most. Choose fewer days.",
)
