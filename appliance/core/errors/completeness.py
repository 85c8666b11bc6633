"""What a dossier must hold, and special papers: codes T485 to T506."""

from __future__ import annotations

from appliance.core.errors.kind import declare

COMPONENTS_MISSING = declare(
    "T485",
    "Hồ sơ chưa đủ thành phần: {found}. Hãy quét bổ sung đúng phần còn thiếu (hồ sơ sẽ tự tiếp tục), hoặc ghi lý "
    "do không phải quét: appliance component answer {file_code} <mã thành phần> --already-digitised <lý do>.",
    "The dossier is not complete: {found}. Scan exactly what is missing (the dossier then goes on by itself), "
    "or say why it need not be: appliance component answer {file_code} <component> --already-digitised <reason>.",
)
COMPONENT_TWICE = declare(
    "T486",
    "Có thành phần bị trùng: {found}. Hãy quét lại cả hồ sơ, bỏ bản thừa; nếu cả hai đều đúng: appliance "
    "component answer {file_code} <mã thành phần> --accepted <lý do>.",
    "A component is there twice: {found}. Scan the whole dossier again without the one too many; if both are "
    "right: appliance component answer {file_code} <component> --accepted <reason>.",
)
COMPOSITION_WRONG = declare(
    "T487",
    "Thành phần hồ sơ không đúng: {found}. Hãy quét lại cả hồ sơ cho đúng; nếu giấy tờ đó đúng là của hồ sơ: "
    "appliance component answer {file_code} <mã thành phần> --accepted <lý do>.",
    "The composition of the dossier is wrong: {found}. Scan the whole dossier again; if that paper does belong"
    " to it: appliance component answer {file_code} <component> --accepted <reason>.",
)
SHEETS_DIFFER = declare(
    "T488",
    "Số tờ không khớp: {found}. Hãy đếm lại giấy; quét bổ sung nếu thiếu, hoặc sửa con số sai (mục lục; appliance"
    " component sheets {file_code}).",
    "The numbers of sheets differ: {found}. Count the paper again; scan what is missing, or correct the figure"
    " that is wrong (register; appliance component sheets {file_code}).",
)
PROCEDURE_UNKNOWN = declare(
    "T489",
    "{found}. Hãy bổ sung vào bảng thành phần (composition.table), hoặc sửa mục lục, rồi: appliance component "
    "check {file_code}.",
    "{found}. Correct the register, or have it put into the table of components (composition.table), then: "
    "appliance component check {file_code}.",
)
COMPONENTS_TABLE = declare(
    "T490",
    "Bảng thành phần {file} sai ở {where}: {reason}. Hãy sửa tệp (docs/composition.md).",
    "The table of components {file} is wrong at {where}: {reason}. Correct the file (docs/composition.md).",
)
COMPONENT_UNKNOWN = declare(
    "T491",
    "Hồ sơ {file_code} không có thành phần mang mã {component}; các mã: {known}. Hãy kiểm tra lại mã.",
    "The dossier {file_code} has no component of the code {component}; codes: {known}. Check the code.",
)
ANSWER_UNKNOWN = declare(
    "T492",
    "Chưa ghi gì về thành phần {component} của hồ sơ {file_code}. Hãy xem: appliance component list {file_code}.",
    "Nothing was said of the component {component} of {file_code}. See: appliance component list {file_code}.",
)
COMPONENTS_TOO_LATE = declare(
    "T493",
    "Hồ sơ {file_code} đã đóng gói, không sửa thành phần được nữa. Hãy quét lại để nộp bản thay thế.",
    "The dossier {file_code} is packed; its components cannot be changed any more. Scan again for a replacement.",
)
DOSSIER_EMPTY = declare(
    "T494",
    "Hồ sơ không có tài liệu nào để lưu: {found}. Hãy quét các tài liệu của hồ sơ.",
    "The dossier has no document to be filed: {found}. Scan its documents.",
)
NOT_KEPT = declare(
    "T495",
    "Trang của {reason}: bộ quy tắc không lưu loại này, nên đã bỏ ra khỏi hồ sơ và ghi nhận. Muốn lưu, hãy sửa"
    " [composition] của bộ quy tắc.",
    "A page of {reason}: the rule profile does not keep this kind; it was taken out and recorded. To keep it, "
    "correct [composition] of the rule profile.",
)
NOTE_PAIR_BROKEN = declare(
    "T500",
    "Sau phiếu trang có ghi chú phải là đúng hai tờ: tờ còn ghi chú, rồi chính tờ đó đã gỡ ghi chú ({reason}). "
    "Hãy xếp "
    "lại và quét lại hồ sơ.",
    "A note separator is followed by two sheets: the sheet with its note, then the same sheet without it "
    "({reason}). Put "
    "them in order and scan the dossier again.",
)
NOTE_PAIR_UNLIKE = declare(
    "T501",
    "Hai ảnh của trang có ghi chú chưa đúng ({reason}). Hãy xem hai ảnh: nếu đúng là một tờ, chạy appliance paper "
    "pair "
    "<mã hồ sơ> <số tài liệu>; nếu không, quét lại hồ sơ.",
    "The two captures of a page with a note do not fit ({reason}). Look at both: if they are one sheet, appliance "
    "paper "
    "pair <dossier code> <document number>; if not, scan the dossier again.",
)
COPY_UNNAMED = declare(
    "T502",
    "Tài liệu là bản sao của giấy hỏng nhưng thiếu hình thức, số và ngày của bản sao. Hãy ghi: appliance paper "
    "copy <mã "
    "hồ sơ> <số tài liệu> --form sao-y --number SỐ --date NGÀY.",
    "The document is a certified copy of fragile paper, and form, number and date of the copy are missing. Give "
    "them: "
    "appliance paper copy <dossier code> <document number> --form sao-y --number N --date DD/MM/YYYY.",
)
NORMATIVE_EXCLUDED = declare(
    "T503",
    "Đầu văn bản cho thấy đây là văn bản quy phạm pháp luật, không thuộc phạm vi số hóa. Lãnh đạo hãy quyết định: "
    "appliance "
    "paper normative <mã hồ sơ> <số tài liệu> --exclude (loại) hoặc --ordinary (vẫn là giấy tờ của hồ sơ).",
    "The heading marks the document as a legal normative document, which is not digitised. Have a leader decide: "
    "appliance "
    "paper normative <dossier code> <document number> --exclude or --ordinary.",
)
NOTHING_LEFT = declare(
    "T504",
    "Hồ sơ không còn tài liệu nào sau khi loại văn bản quy phạm pháp luật. Hãy giao hồ sơ giấy: appliance dossier "
    "to-centre, hoặc quét lại hồ sơ.",
    "No document of the dossier is left once its normative documents are taken out. Hand the paper over: appliance "
    "dossier to-centre, or scan the dossier again.",
)
COPY_WRONG = declare(
    "T505",
    "Thông tin bản sao thiếu hoặc sai: {reason}. Hãy sửa rồi làm lại.",
    "What is said of the certified copy is missing or wrong: {reason}. Correct it and try again.",
)
PAPER_REFUSED = declare(
    "T506",
    "Không làm được như vậy với giấy tờ này ({reason}). Hãy xem trạng thái hồ sơ: appliance status.",
    "That cannot be done with this paper ({reason}). See how the dossier stands: appliance status.",
)
