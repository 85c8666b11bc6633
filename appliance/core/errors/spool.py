"""Disk, ledger and audit chain: codes S201 to S213."""

from __future__ import annotations

from appliance.core.errors.kind import declare

DISK_FULL = declare(
    "S201",
    "Ổ đĩa sắp đầy ({free_mb} MB còn lại), tạm dừng quét để không mất trang. Hãy chờ gửi xong hoặc báo CNTT.",
    "The disk is nearly full ({free_mb} MB left); scanning is paused so that no page is lost. Wait or tell IT.",
    retry=True,
)
DISK_FAILED = declare(
    "S202",
    "Không ghi được ảnh xuống đĩa ({reason}). Hãy báo bộ phận CNTT, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The image could not be written ({reason}). Tell IT staff, load again from sheet {sheet}, and press Start.",
    retry=True,
)
MASTER_DAMAGED = declare(
    "S203",
    "Ảnh gốc {name} không khớp mã băm. Hãy giữ tờ giấy và báo bộ phận CNTT.",
    "The master {name} no longer matches its hash. Keep the paper and tell IT staff.",
)
STATE_CONFLICT = declare(
    "S204",
    "{what} không còn ở trạng thái {expected}. Hãy xem lại 'appliance status'.",
    "{what} is no longer in state {expected}. Look at 'appliance status' again.",
)
LEDGER_NEWER = declare(
    "S205",
    "Sổ cái do phiên bản mới hơn ghi ({version}). Hãy cài lại phiên bản phần mềm đó.",
    "The ledger was written by a newer release ({version}). Install that release again.",
)
AUDIT_BROKEN = declare(
    "S206",
    "Chuỗi nhật ký kiểm toán bị sửa tại dòng {row} ({where}). Hãy ngừng quét và báo lãnh đạo, bộ phận CNTT.",
    "The audit chain was altered at row {row} ({where}). Stop scanning and tell your leader and IT staff.",
)
FED_TWICE = declare(
    "S207",
    "Tờ {sheet} của lượt quét có vẻ chính là tờ {reason} đã quét trước khi máy dừng. Hãy xem lại giấy: nếu nạp "
    "thừa tờ đó, gõ: appliance remove {page}; nếu là hai tờ khác nhau, gõ: appliance keep {page}.",
    "Sheet {sheet} of the batch seems to be sheet {reason}, captured before the stop. Look at the paper: if that "
    "sheet was put back too, give: appliance remove {page}; if they are two sheets, give: appliance keep {page}.",
)
RELOAD_OTHER_SHEET = declare(
    "S208",
    "Tờ {sheet} vừa nạp lại không giống tờ {sheet} đã quét dở khi máy dừng: có thể sót tờ đó (còn trong máy, hay "
    "để riêng) hoặc giấy bị lật mặt. Hãy bấm dừng, nạp lại từ tờ {sheet}; nếu đã quét hết, quét lại cả hồ sơ rồi "
    "gõ: appliance remove {page}; nếu giấy đã đúng, gõ: appliance keep {page}.",
    "Sheet {sheet}, just loaded again, is not like the sheet {sheet} that was half captured at the stop: that "
    "sheet may be missing (still in the machine, or put aside), or lie on its other face. Stop, load again from "
    "sheet {sheet}; if all is through, scan the whole dossier again, then give: appliance remove {page}; if the "
    "paper is right, give: appliance keep {page}.",
)
AUDIT_CUT_OFF = declare(
    "S209",
    "Chuỗi nhật ký kiểm toán kết thúc ở dòng {row}, nhưng dòng {known} đã được ghi nhận ({where}): sổ cái bị cắt "
    "đuôi hoặc được khôi phục từ bản sao lưu cũ. Hãy ngừng quét và báo lãnh đạo, bộ phận CNTT.",
    "The audit chain ends at row {row}, but row {known} was noted ({where}): the ledger was cut off or restored "
    "from an older backup. Stop scanning and tell your leader and IT staff.",
)
AUDIT_SEGMENT_DAMAGED = declare(
    "S210",
    "Tệp nhật ký kiểm toán {where} (từ dòng {row}) bị mất hoặc không còn như khi niêm phong. Hãy ngừng quét, giữ "
    "nguyên thư mục và báo lãnh đạo, bộ phận CNTT.",
    "The audit file {where} (from row {row} on) is missing or no longer as it was sealed. Stop scanning, leave the "
    "folder as it is and tell your leader and IT staff.",
)
AUDIT_REWRITTEN = declare(
    "S211",
    "Dòng {row} của chuỗi nhật ký kiểm toán không phải là dòng đã được ghi nhận ({where}): chuỗi đã bị viết lại "
    "từ dòng đó hoặc trước đó. Hãy ngừng quét và báo lãnh đạo, bộ phận CNTT.",
    "Row {row} of the audit chain is not the row that was noted ({where}): the chain was rewritten there or "
    "before. Stop scanning and tell your leader and IT staff.",
)
AUDIT_HEADS_DAMAGED = declare(
    "S212",
    "Dòng {line} của tệp {where} không đọc được: tệp đầu chuỗi kiểm toán đã bị sửa. Hãy ngừng quét và báo lãnh "
    "đạo, bộ phận CNTT.",
    "Line {line} of {where} cannot be read: the file of heads of the audit chain was altered. Stop scanning and "
    "tell your leader and IT staff.",
)
AUDIT_NOTHING_TOLD = declare(
    "S213",
    "Không có tài liệu hay hồ sơ nào mang mã {name}. Hãy xem mã bằng: appliance status.",
    "There is no document or dossier named {name}. Look at the codes with: appliance status.",
)
