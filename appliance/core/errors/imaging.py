"""Images: codes I301 to I319."""

from __future__ import annotations

from appliance.core.errors.kind import declare

IMAGE_EMPTY = declare(
    "I301",
    "Ảnh rỗng, không có dữ liệu. Hãy quét lại tờ này.",
    "The image is empty. Scan this sheet again.",
)
IMAGE_TRUNCATED = declare(
    "I302",
    "Ảnh bị cắt cụt khi truyền. Hãy quét lại tờ này.",
    "The image was cut short on its way. Scan this sheet again.",
)
IMAGE_TOO_SMALL = declare(
    "I303",
    "Ảnh quá nhỏ để là một trang ({width} x {height} điểm). Hãy quét lại tờ này.",
    "The image is too small to be a page ({width} x {height} pixels). Scan this sheet again.",
)
IMAGE_TOO_LARGE = declare(
    "I304",
    "Ảnh lớn quá giới hạn ({width} x {height} điểm). Hãy quét lại với độ phân giải thấp hơn.",
    "The image is above the limit ({width} x {height} pixels). Scan again at a lower resolution.",
)
IMAGE_UNKNOWN = declare(
    "I305",
    "Ảnh không đúng định dạng ({reason}). Hãy quét lại, hoặc xuất tệp ra JPEG, PNG, TIFF hay PDF.",
    "The image has an unsupported form ({reason}). Scan again, or export it as JPEG, PNG, TIFF or PDF.",
)
DPI_TOO_LOW = declare(
    "I306",
    "Độ phân giải {value} dpi thấp hơn mức {limit} dpi theo quy định. Hãy đặt máy quét từ {limit} dpi trở lên "
    "rồi quét lại hồ sơ.",
    "The resolution of {value} dpi is under the lawful {limit} dpi. Set the scanner to {limit} dpi or more and "
    "scan the dossier again.",
)
NOT_COLOUR = declare(
    "I307",
    "Ảnh không phải ảnh màu 24 bit theo quy định. Hãy đặt máy quét ở chế độ màu rồi quét lại hồ sơ.",
    "The image is not 24-bit colour as the law asks. Set the scanner to colour and scan the dossier again.",
)
NOT_SHARP = declare(
    "I308",
    "Trang bị mờ (độ nét {value}, yêu cầu từ {limit}). Hãy lau kính rồi quét lại; nếu chữ trên giấy vốn mờ, gõ: "
    "appliance keep {page}.",
    "The page is blurred (sharpness {value}, needed {limit}). Clean the glass and scan again; if the print "
    "itself is blurred, give: appliance keep {page}.",
)
IMAGE_UNDECODABLE = declare(
    "I309",
    "Không giải mã được ảnh ({reason}). Hãy quét lại tờ này.",
    "The image cannot be decoded ({reason}). Scan this sheet again.",
)
PUSH_GREY = declare(
    "I310",
    "Máy quét gửi ảnh xám, không phải ảnh màu 24 bit. Trên máy quét, hãy đặt {reason}; rồi quét lại xấp này.",
    "The scanner sent grey, not 24-bit colour. On the scanner, set {reason}; then scan this stack again.",
)
PUSH_BITONAL = declare(
    "I311",
    "Máy quét gửi ảnh đen trắng, không phải ảnh màu 24 bit. Trên máy quét, hãy đặt {reason}; rồi quét lại xấp này.",
    "The scanner sent black and white, not 24-bit colour. On the scanner, set {reason}; scan this stack again.",
)
PUSH_LOW_DPI = declare(
    "I312",
    "Máy quét gửi ảnh có độ phân giải thấp. Trên máy quét, hãy đặt {reason}; rồi quét lại xấp này.",
    "The scanner sent too low a resolution. On the scanner, set {reason}; then scan this stack again.",
)
PUSH_PACKED = declare(
    "I313",
    "Máy quét gửi PDF nén tách lớp (MRC/JBIG2), có thể sai chữ số. Trên máy quét, hãy đặt {reason}; rồi quét lại.",
    "The scanner sent a compact PDF (MRC/JBIG2): digits may be swapped. On the scanner, set {reason}; scan again.",
)
FILE_HARMFUL = declare(
    "I314",
    "Tệp này làm chương trình đọc treo hoặc hỏng ({reason}). Tệp được giữ; hãy quét lại xấp này ra định dạng khác.",
    "This file hangs or crashes its reader ({reason}). It is kept; scan this stack again into another file format.",
)
PUSH_DUPLICATE = declare(
    "I315",
    "Tệp {reason} trùng từng byte với tệp đã nhận, đã để vào thư mục duplicate. Nếu gửi lặp, hãy bỏ mục "
    "này (appliance remove); nếu giấy khác, hãy quét lại.",
    "File {reason} equals one taken before, byte for byte; it lies in folder duplicate. If sent twice, take it "
    "off (appliance remove); if the paper is another, scan it again.",
)
PUSH_GREW = declare(
    "I316",
    "Máy quét còn ghi thêm vào tệp {reason} sau khi tệp đã được nhận: lượt trước thiếu trang, lượt này lặp trang. "
    "Hãy quét lại cả xấp; báo CNTT tăng settle_seconds của máy.",
    "The scanner wrote on into file {reason} after it was taken: the batch before lacks pages, this one repeats "
    "them. Scan the whole stack again; have IT raise the device's settle_seconds.",
)
PAGE_FAINT = declare(
    "I317",
    "Chữ quá nhạt so với nền giấy (tương phản {value}, yêu cầu từ {limit}). Hãy tăng độ đậm của máy quét rồi "
    "quét lại; nếu chữ trên giấy đã phai, gõ: appliance keep {page}.",
    "The print is too faint against its paper (contrast {value}, needed {limit}). Raise the darkness of the "
    "scanner and scan again; if the paper itself has faded, give: appliance keep {page}.",
)
PAGE_DARK = declare(
    "I318",
    "Trang quá tối (nền giấy {value}, yêu cầu từ {limit}). Hãy chờ đèn máy quét nóng lên, giảm độ đậm rồi quét "
    "lại; nếu giấy vốn sẫm màu, gõ: appliance keep {page}.",
    "The page is too dark (paper at {value}, needed {limit}). Wait until the lamp is warm, lower the darkness "
    "and scan again; if the paper itself is dark, give: appliance keep {page}.",
)
TONES_LOST = declare(
    "I319",
    "Trang bị mất chi tiết sáng hoặc tối (mất {value}%, giới hạn {limit}%). Hãy đặt độ sáng, độ tương phản "
    "của máy quét về mức thường rồi quét lại; nếu chữ vẫn rõ, gõ: appliance keep {page}.",
    "Light or dark tones are lost ({value}%, limit {limit}%). Set brightness and contrast of the scanner "
    "back to normal and scan again; if the print is clear, give: appliance keep {page}.",
)
