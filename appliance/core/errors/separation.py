"""Dossiers and documents told apart, and what is made of them: codes T401 to T424."""

from __future__ import annotations

from appliance.core.errors.kind import declare

SEPARATOR_UNREADABLE = declare(
    "T401",
    "Phiếu phân tách không hợp lệ ({reason}). Hãy thay phiếu rồi quét lại hồ sơ này.",
    "The separator is not valid ({reason}). Replace it and scan this dossier again.",
)
CODE_SUSPICIOUS = declare(
    "T402",
    "Mã trên trang có nội dung bất thường. Hãy bỏ tờ đó ra hoặc che mã, rồi quét lại cả hồ sơ.",
    "A code on the page has suspicious content. Take the sheet out or cover the code, then scan the dossier again.",
)
COUNT_MISMATCH = declare(
    "T403",
    "Số tờ quét được ({captured}) khác số tờ khai ({declared}). Hãy đếm lại và quét bổ sung.",
    "Sheets captured ({captured}) differ from sheets declared ({declared}). Count again, scan what is missing.",
)
DOSSIER_KNOWN = declare(
    "T404",
    "Hồ sơ này đã đóng từ trước. Hãy kiểm tra mã trên phiếu phân tách rồi bỏ các trang này ra; nếu là giấy bổ sung "
    "cho hồ sơ kho đã nhận, chạy 'appliance dossier supplement' rồi quét lại.",
    "This dossier was closed before. Check the code on the separator and remove these pages; if they are added to "
    "a dossier that the archive has, run 'appliance dossier supplement' and scan them again.",
)
NO_SEPARATOR = declare(
    "T405",
    "Các trang này không thuộc hồ sơ nào. Hãy đặt phiếu phân tách đầu xấp rồi quét lại.",
    "These pages belong to no dossier. Put a dossier separator first and scan again.",
)
FIELD_INVALID = declare(
    "T406",
    "Trường {name} không hợp lệ: {reason}. Hãy sửa thông tin hồ sơ.",
    "Field {name} is not valid: {reason}. Correct the dossier's data.",
)
OCR_FAILED = declare(
    "T407",
    "Không nhận dạng được chữ của trang ({reason}). Hãy báo bộ phận CNTT; trang vẫn được giữ.",
    "The page's text could not be read ({reason}). Tell IT staff; the page is kept.",
)
PDF_NOT_PDFA = declare(
    "T408",
    "Tệp tạo ra không đạt PDF/A ({reason}). Hãy báo bộ phận CNTT; ảnh gốc vẫn được giữ.",
    "The file made is not valid PDF/A ({reason}). Tell IT staff; the masters are kept.",
)
PAGE_HELD_IN_DOSSIER = declare(
    "T409",
    "Hồ sơ chờ vì có {count} trang bị giữ. Hãy xem lý do của các trang đó rồi quét lại cả hồ sơ.",
    "The dossier waits because {count} of its pages are held. See why, then scan the whole dossier again.",
)
DOCUMENT_EMPTY = declare(
    "T410",
    "Phiếu phân tách tài liệu không có trang nào theo sau. Hãy quét lại tài liệu này.",
    "A document separator has no page after it. Scan this document again.",
)
DOSSIER_UNFINISHED = declare(
    "T411",
    "Hồ sơ chưa đủ tờ ({captured}/{declared}). Hãy quét tiếp phần còn lại.",
    "The dossier is not complete ({captured} of {declared} sheets). Scan the rest.",
)
RESCAN_SHORT = declare(
    "T412",
    "Lần quét lại ít tờ hơn lần trước. Hãy quét lại cả hồ sơ, ghi số tờ trên phiếu phân tách.",
    "This second scan has fewer sheets than the first. Scan the whole dossier, with its sheets on the separator.",
)
OPERATOR_UNKNOWN = declare(
    "T413",
    "Chưa rõ ai quét lượt này: không có phiếu người quét, không ai đăng nhập. Hãy nhờ bộ phận CNTT ghi tên: "
    "appliance operator name {batch} <mã nhân viên>.",
    "Who scanned this batch is not known: no operator card, nobody logged in. Have IT staff name the person: "
    "appliance operator name {batch} <staff code>.",
)
OPERATOR_UNLISTED = declare(
    "T414",
    "Mã trên phiếu người quét của lượt này không có trong cấu hình. Hãy nhờ bộ phận CNTT ghi tên người quét: "
    "appliance operator name {batch} <mã nhân viên>.",
    "The staff code on the operator card of this batch is not in the settings. Have IT staff name the person: "
    "appliance operator name {batch} <staff code>.",
)
OPERATOR_CARD_WITHIN = declare(
    "T415",
    "Có phiếu người quét nằm giữa xấp, có thể hai xấp bị gộp. Hãy xem lại giấy, rồi nhờ bộ phận CNTT ghi tên: "
    "appliance operator name {batch} <mã nhân viên>.",
    "An operator card lies within the stack; two stacks may have come together. Look at the paper, then have IT "
    "staff name the person: appliance operator name {batch} <staff code>.",
)
OPERATOR_CARDS_TWO = declare(
    "T416",
    "Lượt này có hai phiếu người quét khác nhau. Hãy nhờ bộ phận CNTT ghi tên đúng người đã quét: "
    "appliance operator name {batch} <mã nhân viên>.",
    "This batch has two different operator cards. Have IT staff name who really scanned it: "
    "appliance operator name {batch} <staff code>.",
)
OPERATOR_CARD_SPOILED = declare(
    "T417",
    "Phiếu người quét của lượt này không hợp lệ (hỏng, cũ hoặc sai khóa). Hãy nhờ bộ phận CNTT in phiếu mới và ghi "
    "tên: appliance operator name {batch} <mã nhân viên>.",
    "The operator card of this batch is not valid (spoiled, old or without the key). Have IT staff print a new one "
    "and name the person: appliance operator name {batch} <staff code>.",
)
SEPARATOR_TORN = declare(
    "T420",
    "Tờ này là phiếu phân tách hoặc phiếu người quét nhưng không đọc được mã (rách, bẩn hoặc bị che). Hãy in lại "
    "phiếu, đặt vào đúng chỗ rồi quét lại hồ sơ này và hồ sơ ngay trước.",
    "This sheet is a separator or an operator card, but its code cannot be read (torn, soiled or covered). Print "
    "it again, put it where it belongs, and scan this dossier and the one just before again.",
)
SEPARATOR_FOREIGN = declare(
    "T421",
    "Tờ này là phiếu phân tách của hệ thống khác ({reason}). Hãy thay bằng phiếu phân tách của hệ thống "
    "này rồi quét lại hồ sơ.",
    "This sheet is a separator of another system ({reason}). Put one of this system in its place and scan "
    "the dossier again.",
)
JOB_REFUSED = declare(
    "T422",
    "Công việc ghi trên phiếu phân tách không dùng được cho lượt quét này ({reason}). Hãy quét lại hồ sơ bằng đúng "
    "công việc đó, hoặc in lại phiếu.",
    "The job that the separator names cannot be used for this batch ({reason}). Scan the dossier again under that "
    "job, or print the separator again.",
)
FIRST_PAGE_UNCLEAR = declare(
    "T423",
    "Mã trên trang đầu của giấy tờ không rõ ({reason}). Hãy xem lại mã và thứ tự giấy tờ, hoặc đặt phiếu phân "
    "tách, rồi quét lại hồ sơ.",
    "The code on the first page of a paper is not clear ({reason}). Look at the code and the order of papers, or "
    "use separators, and scan the dossier again.",
)
LIST_WRONG = declare(
    "T424",
    "{file}, dòng {row}, cột {column}: {reason}. Hãy sửa tệp rồi in lại.",
    "{file}, row {row}, column {column}: {reason}. Correct the file and print again.",
)
