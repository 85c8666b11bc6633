"""Confirmations, and papers scanned again: codes T515 to T533."""

from __future__ import annotations

from appliance.core.errors.kind import declare

NO_SECRET_UNCONFIRMED = declare(
    "T515",
    "Chưa ai xác nhận lượt quét này không có bí mật nhà nước. Hãy xem lại giấy, rồi bấm xác nhận trên trang này, "
    "hoặc gõ: appliance confirm {batch} --code <mã nhân viên>.",
    "Nobody has confirmed that this batch holds no state secret. Look at the paper, then confirm it on the page, "
    "or give: appliance confirm {batch} --code <staff code>.",
)
START_UNCONFIRMED = declare(
    "T516",
    "Chưa xác nhận không có bí mật nhà nước nên chưa quét. Hãy đăng nhập ở máy quét này, bấm xác nhận, rồi bấm "
    "Start.",
    "Nobody has confirmed that there is no state secret, so nothing is scanned. Press Start again once you have "
    "logged in at this scanner and confirmed it.",
)
RESCAN_UNKNOWN = declare(
    "T525",
    "Phiếu quét lại chỉ chỗ không có ({reason}). Hãy kiểm tra mã hồ sơ, số tài liệu và số trang trên phiếu, bỏ "
    "các trang này (appliance remove, hoặc appliance rescan drop), in phiếu khác rồi quét lại.",
    "The rescan separator names what is not there ({reason}). Check dossier code, document and page on it, take "
    "these pages out (appliance remove, or appliance rescan drop), print another separator and scan again.",
)
RESCAN_COUNT = declare(
    "T526",
    "Số tờ hoặc số mặt quét lại không khớp ({reason}). Hãy đếm lại, bỏ lần quét này (appliance rescan drop) rồi "
    "quét lại với phiếu ghi đúng số tờ.",
    "Sheets or sides scanned again do not fit ({reason}). Count again, give this scan up (appliance rescan drop),"
    " and scan again with the right number on the separator.",
)
RESCAN_TWICE = declare(
    "T527",
    "Trong một lượt có hai lần quét lại cùng một trang. Hãy giữ lần đúng (appliance rescan take), bỏ lần kia "
    "(appliance rescan drop).",
    "One batch has the same page scanned again twice. Keep the right one (appliance rescan take), give the other "
    "up (appliance rescan drop).",
)
RESCAN_BLANK = declare(
    "T528",
    "Tờ quét lại có mặt trắng ở chỗ trang cũ có nội dung ({reason}): có thể úp ngược hoặc nhầm tờ. Hãy xem tờ "
    "giấy: nếu đúng, gõ appliance rescan take; nếu sai, gõ appliance rescan drop rồi quét lại.",
    "The new sheet is blank where the old page was not ({reason}): face down, or another sheet. Look at the "
    "paper: if it is right, appliance rescan take; if not, appliance rescan drop, and scan again.",
)
RESCAN_GONE = declare(
    "T529",
    "Hồ sơ đã nộp và bản tại chỗ đã xóa ({reason}). Hãy lấy gói tin từ kho về: appliance dossier restore <mã hồ "
    "sơ> <gói tin>; hoặc bỏ lần quét này và quét lại cả hồ sơ với phiếu quét lại.",
    "The dossier is delivered and its local copies are gone ({reason}). Bring its package back from the archive: "
    "appliance dossier restore <code> <package>; or give this scan up and scan the whole dossier again behind a "
    "rescan separator.",
)
RESCAN_WAITS = declare(
    "T530",
    "Bản trước của hồ sơ đang được nộp, bản quét lại tự đi tiếp khi kho trả lời. Hãy chờ; nếu kéo dài, kiểm tra "
    "đường truyền tới kho.",
    "The revision before is on its way to the archive; the new scan goes on by itself once it has answered. "
    "Wait; if this goes on, check the line to the archive.",
)
RESCAN_DEMANDS = declare(
    "T531",
    "Tờ quét lại theo quy định ảnh khác với hồ sơ ({reason}). Hãy bỏ lần quét này (appliance rescan drop) và quét"
    " lại bằng đúng công việc của hồ sơ.",
    "The new pages were judged by other demands on images than their dossier ({reason}). Give this scan up "
    "(appliance rescan drop) and scan again under the dossier's own job.",
)
RESTORE_REFUSED = declare(
    "T532",
    "Không lấy lại được hồ sơ từ gói tin ({reason}). Hãy xin kho đúng gói tin đã nhận, nguyên vẹn.",
    "The dossier cannot be brought back from the package ({reason}). Ask the archive for the very package it "
    "received.",
)
DECISION_REFUSED = declare(
    "T533",
    "Không quyết định được như vậy về hồ sơ ({reason}). Hãy xem trạng thái hồ sơ: appliance status.",
    "That cannot be decided of the dossier ({reason}). See how it stands: appliance status.",
)
