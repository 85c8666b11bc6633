"""Leave to sign, by authorisation or in a session: codes K520 to K526."""

from __future__ import annotations

from appliance.core.errors.kind import declare

AUTHORISATION_MISSING = declare(
    "K520",
    "Không có ủy quyền còn hiệu lực để ký số cơ quan cho công việc {job}. Tài liệu được giữ, chưa ký; hãy để lãnh "
    "đạo cấp ủy quyền: appliance authorise --leader MÃ --keeper 'HỌ TÊN VĂN THƯ' --job {job} --until DD/MM/YYYY.",
    "No authorisation in force lets the agency's key sign for job {job}. Documents wait, unsigned. Ask a leader to "
    "authorise it: appliance authorise --leader CODE --keeper 'CLERICAL OFFICER' --job {job} --until DD/MM/YYYY.",
)
SESSION_CLOSED = declare(
    "K521",
    "Chưa mở phiên ký của người đã quét ({code}). Tài liệu được giữ, chưa ký; hãy để người đó cắm thiết bị ký, mở "
    "phiên ký: appliance sign open {code}.",
    "The person who scanned ({code}) has no signing session open. Documents wait, unsigned. Have that person "
    "insert "
    "the token and open one: appliance sign open {code}.",
)
SCANNED_BY_SEVERAL = declare(
    "K522",
    "Tài liệu {document} do nhiều người quét, không ai ký số cá nhân thay cho người khác được. Tài liệu được giữ, "
    "chưa ký; hãy để một người quét lại cả tài liệu đó.",
    "Document {document} was scanned by several persons, and none may sign for another. It waits, unsigned. Have "
    "one person scan the whole document again.",
)
SCANNED_BY_NOBODY = declare(
    "K523",
    "Tài liệu {document} không có mã nhân viên của người quét nên không ai ký số cá nhân được. Tài liệu được "
    "giữ, chưa ký; hãy để một người quét lại tài liệu đó với phiếu người quét của mình.",
    "Document {document} bears no staff code of who scanned it, so nobody can sign it. It waits, unsigned. Have "
    "one "
    "person scan it again with the operator card.",
)
AUTHORISATION_REFUSED = declare(
    "K524",
    "Không thực hiện được việc ủy quyền ký số ({reason}). Hãy sửa lại rồi gõ lại lệnh (appliance authorise -h).",
    "The authorisation is refused ({reason}). Correct it and give the command again (appliance authorise -h).",
)
SESSION_REFUSED = declare(
    "K525",
    "Không mở được phiên ký của {code} ({reason}). Hãy kiểm tra thiết bị ký và mã PIN rồi thử lại, hoặc báo bộ "
    "phận CNTT.",
    "The signing session of {code} is not opened ({reason}). Check token and PIN and try again, or tell IT staff.",
)
SESSION_ELSEWHERE = declare(
    "K526",
    "Mã PIN của thiết bị ký chỉ được nhập tại chính máy chủ quét này. Hãy nhập tại máy đó ({address}), hoặc "
    "dùng lệnh appliance sign open {code}.",
    "A token's PIN is taken at the scanner host itself only. Enter it there ({address}), or use appliance "
    "sign open {code}.",
)
