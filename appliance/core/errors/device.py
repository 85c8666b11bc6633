"""Scanners: codes D101 to D160."""

from __future__ import annotations

from appliance.core.errors.kind import declare

NO_PAPER = declare(
    "D101",
    "Khay nạp không có giấy. Hãy đặt giấy vào khay rồi bấm Start.",
    "The feeder is empty. Load paper and press Start.",
    retry=True,
)
PAPER_JAM = declare(
    "D102",
    "Kẹt giấy. Hãy lấy giấy kẹt ra, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "Paper jam. Take the jammed paper out, load again from sheet {sheet}, and press Start.",
    retry=True,
)
COVER_OPEN = declare(
    "D103",
    "Nắp máy đang mở. Hãy lấy giấy còn trong máy ra, đóng nắp, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The cover is open. Take paper out of the machine, close it, load again from sheet {sheet}, and press Start.",
    retry=True,
)
DOUBLE_FEED = declare(
    "D104",
    "Máy cuốn hai tờ một lúc. Hãy lấy hai tờ đó ra, tách rời, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "Two sheets were fed at once. Take them out, part them, load again from sheet {sheet}, and press Start.",
    retry=True,
)
DEVICE_LOST = declare(
    "D105",
    "Mất kết nối với máy quét. Hãy kiểm tra dây và nguồn, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The scanner is out of reach. Check cable and power, load again from sheet {sheet}, and press Start.",
    retry=True,
)
DEVICE_BUSY = declare(
    "D106",
    "Máy quét đang bận việc khác. Hãy chờ một lát rồi bấm Start.",
    "The scanner is busy with something else. Wait a moment and press Start.",
    retry=True,
)
DEVICE_FAULT = declare(
    "D107",
    "Máy quét báo lỗi phần cứng: {text}. Hãy tắt rồi bật lại máy; nếu lặp lại, báo bộ phận CNTT.",
    "The scanner reports a hardware fault: {text}. Turn it off and on; if it recurs, tell IT staff.",
    retry=True,
)
SCANNER_PROCESS_LOST = declare(
    "D108",
    "Lượt quét bị ngắt giữa chừng. Hãy lấy giấy còn trong máy ra, nạp lại từ tờ thứ {sheet}, rồi bấm Start. Nếu "
    "không còn tờ nào, hãy kết thúc lượt quét (finish).",
    "The batch was interrupted. Take paper out of the machine, load again from sheet {sheet}, and press Start. If "
    "no sheet is left, close this batch (finish).",
    retry=True,
)
CAPTURE_STOPPED = declare(
    "D109",
    "Đã dừng quét theo yêu cầu. Hãy nạp lại từ tờ thứ {sheet}, rồi bấm Start; nếu hết giấy, kết thúc lượt quét.",
    "Scanning was stopped. Load again from sheet {sheet}, and press Start; if there is no more, finish the batch.",
    retry=True,
)
DEVICE_STALLED = declare(
    "D110",
    "Máy quét im lặng {seconds} giây. Hãy lấy giấy còn trong máy ra, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The scanner was silent for {seconds} s. Take paper out of it, load again from sheet {sheet}, press Start.",
    retry=True,
)
PAPER_PUT_WRONG = declare(
    "D111",
    "Giấy đặt sai khay hoặc sai cỡ ({text}). Hãy đặt giấy cho đúng, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "Paper is in the wrong tray or of the wrong size ({text}). Load it right, from sheet {sheet}, and press Start.",
    retry=True,
)
DEVICE_REFUSED = declare(
    "D112",
    "Máy quét không nhận thiết đặt ({text}). Hãy báo bộ phận CNTT kiểm tra bộ tham số máy quét.",
    "The scanner refuses the settings ({text}). Have IT staff check the firmware profile.",
)
SCAN_RUNNING = declare(
    "D113",
    "Máy {device} đang quét, lần bấm này được bỏ qua. Hãy chờ quét xong rồi bấm lại.",
    "Scanner {device} is scanning; this press is ignored. Wait until it is through, then press again.",
    retry=True,
)
NOTHING_OPEN = declare(
    "D115",
    "Máy {device} không có lượt quét nào đang dở. Hãy đặt giấy và bắt đầu lượt quét mới.",
    "Scanner {device} has no batch that is open. Load paper and start a new one.",
)
SCANNER_UNCLEAR = declare(
    "D116",
    "Không biết máy quét nào là {device}: có nhiều máy cùng loại ({place}). Hãy rút các máy khác ra; hoặc báo bộ "
    "phận CNTT ghi số máy (device.serial) vào cấu hình.",
    "It is not clear which scanner is {device}: several may be meant ({place}). Unplug the others, or have IT "
    "staff put its serial number (device.serial) into the settings.",
)
SCANNER_STRANGER = declare(
    "D117",
    "Máy quét đang cắm ({place}) không phải máy {device}. Hãy cắm đúng máy; nếu dùng máy này thay, báo bộ phận "
    "CNTT ghi số máy của nó (device.serial) vào cấu hình.",
    "The scanner that is plugged in ({place}) is not {device}. Plug the right one in, or have IT staff "
    "put the serial number of this one (device.serial) into the settings.",
)
SCANNER_OTHER = declare(
    "D118",
    "Máy quét đang cắm có số máy {serial}, không phải {wanted} như trong cấu hình. Hãy cắm đúng máy, hoặc báo bộ "
    "phận CNTT sửa device.serial.",
    "The scanner has serial number {serial}, not {wanted} as in the settings. Plug the right one in, or have IT "
    "staff correct device.serial.",
)
OTHER_JOB_OPEN = declare(
    "D120",
    "Máy {device} còn lượt quét dở của công việc {job}. Hãy quét tiếp hoặc kết thúc lượt đó trước.",
    "Scanner {device} still has a batch of job {job} open. Press Start without a job, or finish that batch.",
)
DRIVER_ENDS = declare(
    "D121",
    "Trình điều khiển của máy {device} cứ khởi động là tắt. Hãy báo bộ phận CNTT xem nhật ký của máy trạm.",
    "The driver of scanner {device} ends as soon as it is started. Have IT staff look at the journal of this host.",
)
SCANNER_UNTRUSTED = declare(
    "D130",
    "Chưa tin chứng thư của máy quét https {device}; vân tay SHA-256 nhận được: {text}. Hãy so với vân tay hiện "
    "trên chính máy quét, rồi ghi fingerprint = \"{text}\" vào [[device]] của máy.",
    "The certificate of https scanner {device} is not trusted yet; SHA-256 fingerprint found: {text}. Compare it "
    "with what the scanner itself shows; if they agree, put fingerprint = \"{text}\" into its [[device]].",
)
SCANNER_CHANGED = declare(
    "D131",
    "Chứng thư của máy quét {device} khác với cấu hình; vân tay nhận được: {text}. Không gửi gì cho máy này. Nếu "
    "đơn vị đã thay máy hoặc chứng thư, hãy so vân tay rồi sửa fingerprint; nếu không, báo phụ trách an ninh mạng.",
    "The certificate of scanner {device} is not the one in the settings; fingerprint found: {text}. Nothing is "
    "sent to it. If you replaced scanner or certificate, compare it and correct fingerprint; if not, tell network "
    "security.",
)
DEVICE_UNUSABLE = declare(
    "D132",
    "Máy quét {device} trả lời không đúng giao thức eSCL ({text}). Hãy kiểm tra url của máy trong cấu hình và phần "
    "sụn máy.",
    "Scanner {device} answers what is no eSCL ({text}). Check its url in the settings and its firmware.",
)
DEVICE_WEDGED = declare(
    "D140",
    "Máy quét bị treo, khởi động lại bằng phần mềm không được. Hãy tắt máy quét, đợi 10 giây rồi bật lại.",
    "The scanner is locked up and a reset did not help. Turn the scanner off, wait 10 seconds, turn it on again.",
    retry=True,
)
PUSH_LEFT = declare(
    "D150",
    "Không dời hoặc xóa được {text} tệp đã nhận trong thư mục của máy quét; các tệp này không bị nhận lại. "
    "Hãy báo bộ phận CNTT cấp quyền ghi thư mục, rồi xóa tay.",
    "{text} files that were taken cannot be moved or removed from the scanner's folder; they are not taken "
    "again. Have IT staff make the folder writable, then remove them by hand.",
)
PUSH_UNFINISHED = declare(
    "D151",
    "Có {text} tệp trong thư mục của máy quét đã lâu chưa ghi xong. Hãy xem máy có lỗi gửi không rồi quét lại.",
    "{text} files in the scanner's folder have not been finished for long. See why the scanner does not send them, "
    "then scan again.",
)
PUSH_REFUSED = declare(
    "D152",
    "Có {text} mục trong thư mục của máy quét không nhận được (liên kết, mục đặc biệt, không có quyền đọc). "
    "Hãy báo bộ phận CNTT.",
    "{text} things in the scanner's folder cannot be taken (links, special files, not readable). Tell IT staff.",
)
SCANNER_UNCHECKED = declare(
    "D160",
    "Máy quét {device} chưa có lần kiểm tra đạt còn hiệu lực. Giấy của lượt này đã quét xong, không phải quét lại. "
    "Hãy đặt phiếu kiểm tra vào khay của máy {device} rồi bấm Start trên máy đó (kể cả khi máy đã được sửa, thay "
    "hoặc nâng cấp); kiểm tra đạt thì lượt này tự đi tiếp.",
    "Scanner {device} has no recent device check that passed. This batch is captured, do not scan it again. "
    "Load the target sheet into {device} and press Start there (even if mended, replaced or upgraded since); "
    "when the check passes, the batch goes on by itself.",
)
