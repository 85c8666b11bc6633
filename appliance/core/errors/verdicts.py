"""What a page is held for: codes I320 to I354."""

from __future__ import annotations

from appliance.core.errors.kind import declare

GLASS_DIRTY = declare(
    "I320",
    "Có vệt dọc trên ảnh, cách mép trái {place} (độ sâu {value}, giới hạn {limit}): kính bẩn. Hãy lau kính chỗ "
    "đó rồi quét lại; nếu vệt có sẵn trên giấy, gõ: appliance keep {page}.",
    "A line runs down the image, {place} from the left (depth {value}, limit {limit}): the glass is dirty. "
    "Clean it there and scan again; if the line is on the paper, give: appliance keep {page}.",
)
COLOURS_APART = declare(
    "I321",
    "Các màu trên ảnh lệch nhau {value} điểm ảnh (giới hạn {limit}). Hãy tắt bật máy quét rồi quét lại; nếu vẫn "
    "lệch, báo bộ phận CNTT và gõ: appliance keep {page}.",
    "The colours lie {value} pixels apart (limit {limit}). Switch the scanner off and on and scan again; if "
    "they still do, tell IT staff and give: appliance keep {page}.",
)
CONTENT_CUT = declare(
    "I322",
    "Chữ bị cắt ở {place} ({value} chỗ, giới hạn {limit}). Hãy chỉnh thanh dẫn giấy, đặt khổ giấy tự động hoặc "
    "lớn hơn rồi quét lại; nếu chữ in sát mép giấy và không thiếu, gõ: appliance keep {page}.",
    "Writing is cut off: {place} ({value} places, limit {limit}). Set the paper guides, choose automatic or "
    "larger paper size and scan again; if print runs to the edge and none is lost, give: appliance keep {page}.",
)
CORNER_FOLDED = declare(
    "I323",
    "Giấy bị gấp ở {place}, {value} mm (giới hạn {limit} mm). Hãy vuốt phẳng góc giấy rồi quét lại; nếu góc "
    "giấy đã mất, gõ: appliance keep {page}.",
    "A corner is folded over: {place}, {value} mm (limit {limit} mm). Flatten it and scan again; if the corner "
    "is gone, give: appliance keep {page}.",
)
STAPLE_LEFT = declare(
    "I324",
    "Còn ghim ở {place}. Hãy tháo ghim trước khi quét, ghim làm xước kính và kẹt giấy; quét lại nếu ghim che "
    "chữ, nếu không, gõ: appliance keep {page}.",
    "A staple is left: {place}. Take staples out before scanning, they scratch the glass and jam the feed; scan "
    "again if it hides print, else give: appliance keep {page}.",
)
TWO_SHEETS = declare(
    "I325",
    "Nghi hai tờ vào cùng lúc: có mép giấy khác cách mép trên của ảnh {place} (độ đậm {value}, giới hạn "
    "{limit}). Hãy tách hai tờ đó rồi quét lại; nếu chỉ có một tờ, gõ: appliance keep {page}.",
    "Two sheets may have come in at once: another edge lies {place} from the top of the image (darkness "
    "{value}, limit {limit}). Part them and scan again; if there is one only, give: appliance keep {page}.",
)
DPI_MISSTATED = declare(
    "I326",
    "Ảnh ghi sai độ phân giải: theo khổ giấy là {place} (lệch {value}%, cho phép {limit}%). Hãy đặt lại độ "
    "phân giải của máy quét hoặc báo bộ phận CNTT rồi quét lại; nếu khổ giấy khác thường, gõ: appliance keep "
    "{page}.",
    "The image misstates its resolution: by the paper it is {place} (off by {value}%, allowed {limit}%). Set the "
    "resolution again, or tell IT staff, and scan again; if the paper is of an odd size, give: appliance keep "
    "{page}.",
)
TARGET_UNREADABLE = declare(
    "I327",
    "Không đo được phiếu kiểm tra ({reason}). Hãy đặt đúng mặt in, phiếu phẳng, sạch, thẳng, rồi quét lại; nếu "
    "phiếu mòn hoặc nhàu, hãy in phiếu mới (appliance target print).",
    "The target sheet cannot be measured ({reason}). Feed it printed side up, flat, clean and straight, and scan "
    "again; if it is worn or creased, print a new one (appliance target print).",
)
TARGET_SCALE = declare(
    "I328",
    "Máy quét sai tỷ lệ hoặc độ phân giải ({value}, giới hạn {limit}). Hãy đo thước trên phiếu bằng thước thép: "
    "nếu phiếu in sai, in lại ở 100%; nếu đúng, đặt lại độ phân giải, thay con lăn hoặc báo bộ phận CNTT.",
    "The scanner's scale or resolution is off ({value}, limit {limit}). Check the sheet's ruler with a steel rule: "
    "if misprinted, print at 100%; else set the resolution again, change the rollers or tell IT staff.",
)
TARGET_BLURRED = declare(
    "I329",
    "Ảnh của máy quét không đủ nét ({value}, yêu cầu {limit}). Hãy lau kính, tắt chế độ làm mịn, rồi quét lại "
    "phiếu; nếu vẫn mờ, in phiếu mới (appliance target print) hoặc báo bộ phận CNTT.",
    "The scanner's image is not sharp enough ({value}, needed {limit}). Clean the glass, turn smoothing off and "
    "scan the sheet again; if it stays, print a new one (appliance target print) or tell IT staff.",
)
TARGET_SHARPENED = declare(
    "I330",
    "Máy quét làm sắc nét quá mức ({value}, giới hạn {limit}). Hãy tắt hoặc giảm chế độ làm sắc nét rồi quét lại "
    "phiếu.",
    "The scanner sharpens too much ({value}, limit {limit}). Turn sharpening off or down and scan the sheet again.",
)
TARGET_COLOURS_APART = declare(
    "I331",
    "Các màu lệch nhau {value} điểm ảnh (giới hạn {limit}). Hãy tắt bật máy quét rồi quét lại phiếu; nếu vẫn lệch, "
    "lau con lăn hoặc báo bộ phận CNTT.",
    "The colours lie {value} pixels apart (limit {limit}). Switch the scanner off and on and scan the sheet again; "
    "if they still do, clean the rollers or tell IT staff.",
)
TARGET_NOISY = declare(
    "I332",
    "Ảnh của máy quét nhiễu ({value}, giới hạn {limit}). Hãy lau kính, đặt độ sáng và độ tương phản về mức thường, "
    "rồi quét lại phiếu; nếu vẫn nhiễu, báo bộ phận CNTT.",
    "The scanner's image is noisy ({value}, limit {limit}). Clean the glass, set brightness and contrast back to "
    "normal and scan the sheet again; if it stays, tell IT staff.",
)
TARGET_UNEVEN = declare(
    "I333",
    "Ánh sáng không đều ({value}, giới hạn {limit}). Hãy lau kính và dải trắng chuẩn, chờ đèn nóng, rồi quét lại "
    "phiếu; nếu vẫn lệch, hiệu chỉnh máy quét (shading) hoặc báo bộ phận CNTT.",
    "The light is uneven ({value}, limit {limit}). Clean the glass and the white strip, let the lamp warm up and "
    "scan the sheet again; if it stays, calibrate the scanner (shading) or tell IT staff.",
)
TARGET_CROOKED = declare(
    "I334",
    "Phiếu vào máy bị lệch hoặc ảnh bị xô ({value} độ, giới hạn {limit}). Hãy chỉnh thanh dẫn giấy, lau hoặc thay "
    "con lăn rồi quét lại phiếu.",
    "The sheet went in askew or its image is sheared ({value} degrees, limit {limit}). Set the paper guides, clean "
    "or change the rollers and scan the sheet again.",
)
TARGET_COLOUR = declare(
    "I335",
    "Tông xám hoặc màu lệch so với tệp tham chiếu ({value}, giới hạn {limit}). Hãy đặt độ sáng, tương phản, gamma, "
    "màu về mức thường rồi quét lại phiếu; nếu vẫn lệch, hiệu chỉnh máy quét hoặc báo bộ phận CNTT.",
    "Tone or colour is off the reference file ({value}, limit {limit}). Set brightness, contrast, gamma and colour "
    "back to normal and scan the sheet again; if it stays, calibrate the scanner or tell IT staff.",
)
SECRET_SUSPECTED = declare(
    "I350",
    "Nghi có dấu chỉ độ mật (khung đỏ hai nét) trên trang này; cả lượt quét bị tạm khóa. Không chụp, không gửi, "
    "không in trang này; hãy để riêng tờ giấy và báo ngay lãnh đạo.",
    "The page seems to bear a state-secret stamp (red double border); its whole batch is locked. Do not "
    "photograph, send or print it; put the sheet aside and tell your leader at once.",
)
SIDES_DIFFER = declare(
    "I351",
    "Mặt trước và mặt sau của tờ giấy không khớp nhau (lệch {value} mm, cho phép {limit} mm): có thể hai tờ vào "
    "cùng lúc. Hãy tìm và quét lại các tờ đó; nếu chỉ có một tờ, gõ: appliance keep {page}.",
    "Front and back do not match ({value} mm apart, allowed {limit} mm): two sheets may have come in at once. "
    "Find them and scan them again; if there is one only, give: appliance keep {page}.",
)
BATCH_LOCKED = declare(
    "I352",
    "Tạm khóa cả lượt quét: nghi có dấu chỉ độ mật. Hãy lấy cả xấp giấy ra, để riêng, không chụp, không gửi, và "
    "báo ngay lãnh đạo: appliance locked list.",
    "The whole batch is locked: a state-secret stamp is suspected. Take the stack out, keep it apart, photograph "
    "and send nothing, and tell your leader at once: appliance locked list.",
)
LOCK_REFUSED = declare(
    "I353",
    "Không làm được với lượt quét {batch}: {reason}. Hãy xem appliance locked list rồi gõ lại.",
    "That cannot be done with batch {batch}: {reason}. See appliance locked list, then try again.",
)
PAGES_DESTROYED = declare(
    "I354",
    "Các trang của hồ sơ này trong lượt quét bị khóa đã được tiêu hủy theo quyết định. Hãy quét lại cả hồ sơ, "
    "không có các giấy tờ mật.",
    "Pages of this dossier were in a locked batch and were destroyed by decision. Scan the whole dossier again, "
    "without the secret papers.",
)
