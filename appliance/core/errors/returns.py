"""What comes back from the archive: codes A635 to A639."""

from __future__ import annotations

from appliance.core.errors.kind import declare

RECEIPT_DIFFERS = declare(
    "A635",
    "Xác nhận tiếp nhận không kể đúng các tài liệu của gói tin ({reason}). Không xóa gì; hãy báo bộ phận CNTT "
    "ngay.",
    "The receipt does not name the documents of the package ({reason}). Nothing is deleted; tell IT staff at once.",
)
RECEIPT_LOST = declare(
    "A636",
    "Xác nhận tiếp nhận của gói tin không còn và không có trong sổ cái ({reason}). Bản gốc tại chỗ được giữ lại; "
    "hãy báo bộ phận CNTT.",
    "The receipt of the package is gone and is not in the ledger ({reason}). The local copies stay; tell IT staff.",
    retry=True,
)
RESCAN_ASKED = declare(
    "A637",
    "Kho lưu trữ đề nghị quét lại tài liệu {ordinal}, trang {page}: {reason}. Hãy lấy lại giấy, đặt phiếu quét lại "
    "lên trước rồi quét: 'appliance rescan list' cho biết lệnh in phiếu.",
    "The archive asks for document {ordinal}, page {page} to be scanned again: {reason}. Fetch the paper, put a "
    "rescan "
    "separator before it and scan: 'appliance rescan list' gives the command that prints one.",
)
SUPPLEMENT_REFUSED = declare(
    "A638",
    "Không bổ sung được tài liệu cho hồ sơ ({reason}). Hãy kiểm tra mã và trạng thái hồ sơ bằng 'appliance "
    "status'.",
    "No documents can be added to the dossier ({reason}). Check its code and state with 'appliance status'.",
)
NUMBER_TAKEN = declare(
    "A639",
    "Tài liệu số {ordinal} đã có ở kho trong phần khác của hồ sơ này. Hãy sửa số trên phiếu phân tách rồi quét "
    "lại, "
    "hoặc bỏ lần quét này bằng 'appliance dossier discard'.",
    "Document {ordinal} is in the archive already, in another part of this dossier. Correct the number on its "
    "separator "
    "and scan again, or give this scan up with 'appliance dossier discard'.",
)
