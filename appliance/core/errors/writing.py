"""Reading, catalogue fields, PDF/A, copies: codes T460 to T484."""

from __future__ import annotations

from appliance.core.errors.kind import declare

PAGE_TEXT_DAMAGED = declare(
    "T460",
    "Tệp chữ của trang bị hỏng hoặc mất ({reason}). Máy tự nhận dạng lại trang đó; nếu lặp lại, hãy kiểm tra ổ "
    "đĩa.",
    "The file with a page's text is damaged or gone ({reason}). The page is read again by itself; if this comes "
    "again, check the disk.",
)
OCR_LANGUAGE_MISSING = declare(
    "T461",
    "Thiếu dữ liệu nhận dạng chữ cho ngôn ngữ '{language}' trong {folder}. Hãy cài gói {package}, hoặc sửa "
    "ocr.languages, ocr.tessdata.",
    "The data to read the language '{language}' is not in {folder}. Install the package {package}, or correct "
    "ocr.languages or ocr.tessdata.",
)
OCR_PROGRAM_MISSING = declare(
    "T462",
    "Chưa cài chương trình tesseract. Hãy cài gói tesseract-ocr.",
    "The program tesseract is not installed. Install the package tesseract-ocr.",
)
PAGE_UNREAD = declare(
    "T463",
    "Không nhận dạng được chữ của trang ({reason}); trang vẫn được lưu, không có chữ. Hãy xem trang đó; cần chữ "
    "thì "
    "quét lại.",
    "The page's text could not be read ({reason}); the page is filed without text. Look at it, and scan it again "
    "if its text is needed.",
)
OCR_HINDERED = declare(
    "T464",
    "Máy tính có trục trặc khi nhận dạng chữ ({reason}); hệ thống tự thử lại. Nếu kéo dài, hãy báo bộ phận CNTT "
    "kiểm "
    "tra ổ đĩa, /tmp và bộ nhớ.",
    "Trouble of the host while a page's text was read ({reason}); it is tried again by itself. If this goes on, "
    "have "
    "IT staff check disk, /tmp and memory.",
    retry=True,
)
CATALOGUE_DOUBTFUL = declare(
    "T465",
    "Chưa chắc các trường biên mục {fields} của tài liệu {document}. Hãy xem trang giấy rồi gõ: appliance field "
    "set "
    "{document} TRƯỜNG GIÁ_TRỊ; nếu để trống được, gõ: appliance field accept {document}.",
    "The catalogue fields {fields} of document {document} are not sure. Look at the paper and give: appliance "
    "field "
    "set {document} FIELD VALUE; if they may stay empty: appliance field accept {document}.",
)
SIGNATURE_UNVERIFIED = declare(
    "T466",
    "Chữ ký của tài liệu {document} không xác minh được ({reason}), nên không lấy thông tin từ trang giấy. Hãy "
    "báo bộ "
    "phận CNTT; sau khi xử lý, quét lại hồ sơ này.",
    "The signature of document {document} does not verify ({reason}), so nothing is taken from its pages. Tell IT "
    "staff; when that is settled, scan this dossier again.",
)
CATALOGUE_UNREADABLE = declare(
    "T467",
    "Không lấy được trường biên mục của tài liệu {document} ({reason}). Hãy báo bộ phận CNTT, hoặc gõ: appliance "
    "field "
    "accept {document} để nộp không có các trường này.",
    "The catalogue fields of document {document} could not be read ({reason}). Tell IT staff, or give: appliance "
    "field "
    "accept {document} to go on without them.",
)
PDF_TEXT_DIFFERS = declare(
    "T475",
    "Chữ trong tệp PDF không đúng với chữ đã nhận dạng ({reason}). Tài liệu chờ, chưa ký. Hãy báo bộ phận CNTT; "
    "ảnh gốc vẫn được giữ.",
    "The text in the PDF is not what was recognised ({reason}). The document waits unsigned. Tell IT staff; "
    "the masters are kept.",
)
PDF_IMAGE_DIFFERS = declare(
    "T476",
    "Ảnh trong tệp PDF không đúng với ảnh gốc ({reason}). Tài liệu chờ, chưa ký. Hãy báo bộ phận CNTT và kiểm tra "
    "ổ đĩa; ảnh gốc vẫn được giữ.",
    "An image in the PDF is not the master ({reason}). The document waits unsigned. Tell IT staff and check the "
    "disk; the masters are kept.",
)
PDF_PAGES_DIFFER = declare(
    "T477",
    "Số trang hoặc khổ trang trong tệp PDF không đúng với sổ ({reason}). Tài liệu chờ, chưa ký. Hãy báo bộ phận "
    "CNTT; ảnh gốc vẫn được giữ.",
    "The pages of the PDF are not those of the ledger, in number, size or place ({reason}). The document waits "
    "unsigned. Tell IT staff; the masters are kept.",
)
COPY_SOURCE_FOREIGN = declare(
    "T480",
    "{name} không phải là tài liệu lưu trữ do hệ thống này lập ({reason}). Hãy sao chép từ tệp PDF đã ký của hệ "
    "thống này.",
    "{name} is not a document that this appliance filed ({reason}). Give its signed PDF.",
)
COPY_SOURCE_ENCRYPTED = declare(
    "T481",
    "{name} có mật khẩu. Không sao chép được; hãy dùng tệp lưu trữ gốc, không có mật khẩu.",
    "{name} is encrypted and cannot be copied. Use the filed document itself, which has no password.",
)
COPY_SOURCE_UNSIGNED = declare(
    "T482",
    "Chữ ký số của {name} không còn nguyên vẹn hoặc không có ({reason}). Không sao chép từ tệp này; hãy dùng "
    "tệp đã ký.",
    "{name} has no signature, or one that does not hold ({reason}). No copy is made of it; use the signed file.",
)
COPY_PLACE_REFUSED = declare(
    "T483",
    "Không ghi bản sao vào {path} ({reason}). Hãy chọn tên tệp khác, ngoài thư mục dữ liệu của hệ thống.",
    "The copy is not written to {path} ({reason}). Choose another file, outside the appliance's own folders.",
)
COPY_DOSSIER_UNKNOWN = declare(
    "T484",
    "Trên máy này không có đủ tài liệu đã ký của hồ sơ {file_code}. Hãy kiểm tra mã, đợi ký xong, hoặc đưa tệp PDF "
    "hay gói tin.",
    "The dossier {file_code} does not lie on this host with all its documents signed. Check the code, wait until "
    "it is "
    "signed, or give the PDF or the package.",
)
