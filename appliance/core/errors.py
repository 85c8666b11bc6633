"""Every error the appliance can give.

Each has a code that never changes, says whether trying again may help, and what to tell a person, in
Vietnamese and English, ending in what to do. docs/errors.md is tested
against this list.

Letters: C settings and commands, D device, S spool, I image, T documents, K signing, A archive,
P worker pool. Texts are filled with ``str.format``; fields never hold personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    HELD = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the catalogue."""

    code: str
    retry: bool
    vi: str
    en: str

    def error(self, **details: Any) -> ApplianceError:
        """Return an exception of this kind; details fill the texts."""
        return ApplianceError(self, details)


class ApplianceError(Exception):
    """An error of the catalogue. ``str`` gives code, Vietnamese and English."""

    def __init__(self, kind: Kind, details: dict[str, Any]) -> None:
        self.kind = kind
        self.details = details
        super().__init__(kind.code)

    @property
    def code(self) -> str:
        """The fixed code."""
        return self.kind.code

    @property
    def vi(self) -> str:
        """The text for the operator, in Vietnamese."""
        return fill(self.kind.vi, self.details)

    @property
    def en(self) -> str:
        """The text for the operator, in English."""
        return fill(self.kind.en, self.details)

    def __str__(self) -> str:
        return f"{self.code}: {self.vi} / {self.en}"


class _Gaps(dict[str, Any]):
    """A text with an unknown detail is better than no text."""

    def __missing__(self, key: str) -> str:
        return "?"


def fill(text: str, details: dict[str, Any]) -> str:
    """Fill ``{name}`` places; a missing detail becomes ``?``."""
    return text.format_map(_Gaps(details))


CATALOGUE: dict[str, Kind] = {}


def _kind(code: str, vi: str, en: str, *, retry: bool = False) -> Kind:
    if code in CATALOGUE:
        raise ValueError(f"code {code} stands twice in the catalogue")
    CATALOGUE[code] = Kind(code, retry, vi, en)
    return CATALOGUE[code]


def by_code(code: str) -> Kind:
    """Return the entry of a code; an unknown code gives the entry for unexpected errors."""
    return CATALOGUE.get(code, UNEXPECTED)


# C  settings and commands
CONFIG_UNREADABLE = _kind(
    "C001",
    "Không đọc được tệp cấu hình {path}: {reason}. Hãy sửa tệp rồi chạy lại.",
    "The settings file {path} cannot be read: {reason}. Mend the file and run again.",
)
CONFIG_UNKNOWN_KEY = _kind(
    "C002",
    "Khóa cấu hình {key} không tồn tại. {hint} Hãy sửa hoặc xóa khóa này.",
    "There is no setting {key}. {hint} Correct or remove it.",
)
CONFIG_BAD_VALUE = _kind(
    "C003",
    "Giá trị {value} của {key} không hợp lệ; cho phép: {allowed}. Hãy sửa giá trị.",
    "The value {value} of {key} is not allowed; allowed: {allowed}. Correct the value.",
)
PROFILE_UNKNOWN = _kind(
    "C004",
    "Không có hồ sơ quy tắc hoặc hồ sơ thiết bị {name} ({reason}). Hãy chọn: {known}.",
    "There is no rule or firmware profile {name} ({reason}). Choose one of: {known}.",
)
DAEMON_RUNNING = _kind(
    "C005",
    "Dịch vụ đã chạy và đang giữ {path}. Hãy dùng 'appliance status' hoặc dừng dịch vụ trước.",
    "A daemon runs already and holds {path}. Use 'appliance status', or stop it first.",
)
DAEMON_UNREACHABLE = _kind(
    "C006",
    "Không liên lạc được với dịch vụ tại {path}. Hãy khởi động dịch vụ rồi thử lại.",
    "The daemon does not answer at {path}. Start it and try again.",
    retry=True,
)
DEVICE_UNKNOWN = _kind(
    "C007",
    "Không có máy quét tên {device}. Các máy đang có: {known}. Hãy nhập lại tên.",
    "There is no scanner named {device}. Known: {known}. Give one of these names.",
)
SELFTEST_FAILED = _kind(
    "C008",
    "Tự kiểm tra '{check}' không đạt: {reason}. Hãy khắc phục trước khi quét.",
    "Self-test '{check}' failed: {reason}. Mend it before scanning.",
)
TOOL_MISSING = _kind(
    "C009",
    "Thiếu chương trình {program}. Hãy cài gói tương ứng.",
    "The program {program} is missing. Install its package.",
)
TOOL_TIMEOUT = _kind(
    "C010",
    "Chương trình {program} chạy quá {seconds} giây. Hãy thử lại; nếu lặp lại, báo bộ phận CNTT.",
    "The program {program} took more than {seconds} seconds. Try again; if it recurs, tell IT staff.",
    retry=True,
)
REQUEST_REFUSED = _kind(
    "C011",
    "Yêu cầu bị từ chối: {reason}. Hãy xem 'appliance status' rồi thử lại.",
    "The request is refused: {reason}. See 'appliance status' and try again.",
)
INPUT_REFUSED = _kind(
    "C012",
    "Không nhận tệp {name}: {reason}. Hãy thay tệp này rồi đưa vào lại.",
    "The file {name} is refused: {reason}. Replace it and feed it again.",
)
PROFILE_REFUSED = _kind(
    "C013",
    "Hồ sơ thiết bị {path} bị từ chối ở dòng {line}: {reason}. Bản đi kèm (nếu có) vẫn dùng; hãy sửa dòng này.",
    "Firmware profile {path} is refused at line {line}: {reason}. The shipped one, if any, stays; mend the line.",
)
JOB_UNKNOWN = _kind(
    "C014",
    "Không có công việc quét tên {job}. Các công việc đang có: {known}. Hãy chọn một trong số đó.",
    "There is no job named {job}. Known: {known}. Choose one of these.",
)
STAFF_UNKNOWN = _kind(
    "C015",
    "Không có mã nhân viên {code} trong cấu hình ([[operator]]). Hãy xem 'appliance operator list' rồi nhập lại.",
    "There is no staff code {code} in the settings ([[operator]]). See 'appliance operator list', give it again.",
)
LOGIN_REFUSED = _kind(
    "C016",
    "Mã nhân viên hoặc mã PIN không đúng. Hãy nhập lại; nếu quên mã PIN, báo bộ phận CNTT.",
    "Staff code or PIN is wrong. Enter them again; if you forgot the PIN, tell IT staff.",
)
LOGIN_TOO_OFTEN = _kind(
    "C017",
    "Đã nhập sai nhiều lần. Hãy chờ {seconds} giây rồi thử lại, hoặc báo bộ phận CNTT.",
    "Too many wrong tries. Wait {seconds} seconds and try again, or tell IT staff.",
    retry=True,
)
LOGIN_NEEDED = _kind(
    "C018",
    "Bạn chưa đăng nhập ở máy quét này, hoặc phiên đã hết. Hãy đăng nhập lại.",
    "You are not logged in at this scanner, or the login has ended. Give staff code and PIN again.",
)
PIN_REFUSED = _kind(
    "C019",
    "Không nhận mã PIN này. Hãy nhập hai lần giống nhau, 6 đến 64 ký tự không dấu, ít nhất 3 ký tự khác nhau.",
    "This PIN is refused. Give the same twice: 6 to 64 plain characters, at least 3 different ones.",
)
LEADER_NEEDED = _kind(
    "C021",
    "Việc này chỉ lãnh đạo được quyết định ({code} không có quyền đó). Hãy nhờ lãnh đạo nhập mã nhân viên và mã "
    "PIN.",
    "Only a leader may decide this ({code} is none). Ask a leader to give staff code and PIN.",
)
FONT_MISSING = _kind(
    "C020",
    "Thiếu phông chữ {font}. Hãy cài gói: apt-get install {package}.",
    "The font {font} is missing. Install its package: apt-get install {package}.",
)
PART_UNKNOWN = _kind(
    "C030",
    "Máy quét {device} không có linh kiện {part}. Hãy chọn: {known}.",
    "Scanner {device} has no part {part}. Choose one of: {known}.",
)
SCANNER_NEVER_SEEN = _kind(
    "C031",
    "Dịch vụ chưa từng gặp máy quét {device}. Hãy bật máy, cắm cáp, đợi máy sẵn sàng rồi thử lại.",
    "The daemon has never met scanner {device}. Switch it on, plug it in, wait until it is ready and try again.",
    retry=True,
)
UNEXPECTED = _kind(
    "C099",
    "Lỗi không lường trước ({reason}). Giấy và ảnh đã lưu vẫn an toàn; hãy báo bộ phận CNTT.",
    "Unexpected error ({reason}). Paper and stored images are safe; tell IT staff.",
)

# D  device
NO_PAPER = _kind(
    "D101",
    "Khay nạp không có giấy. Hãy đặt giấy vào khay rồi bấm Start.",
    "The feeder is empty. Load paper and press Start.",
    retry=True,
)
PAPER_JAM = _kind(
    "D102",
    "Kẹt giấy. Hãy lấy giấy kẹt ra, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "Paper jam. Take the jammed paper out, load again from sheet {sheet}, and press Start.",
    retry=True,
)
COVER_OPEN = _kind(
    "D103",
    "Nắp máy đang mở. Hãy lấy giấy còn trong máy ra, đóng nắp, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The cover is open. Take paper out of the machine, close it, load again from sheet {sheet}, and press Start.",
    retry=True,
)
DOUBLE_FEED = _kind(
    "D104",
    "Máy cuốn hai tờ một lúc. Hãy lấy hai tờ đó ra, tách rời, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "Two sheets were fed at once. Take them out, part them, load again from sheet {sheet}, and press Start.",
    retry=True,
)
DEVICE_LOST = _kind(
    "D105",
    "Mất kết nối với máy quét. Hãy kiểm tra dây và nguồn, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The scanner is out of reach. Check cable and power, load again from sheet {sheet}, and press Start.",
    retry=True,
)
DEVICE_BUSY = _kind(
    "D106",
    "Máy quét đang bận việc khác. Hãy chờ một lát rồi bấm Start.",
    "The scanner is busy with something else. Wait a moment and press Start.",
    retry=True,
)
DEVICE_FAULT = _kind(
    "D107",
    "Máy quét báo lỗi phần cứng: {text}. Hãy tắt rồi bật lại máy; nếu lặp lại, báo bộ phận CNTT.",
    "The scanner reports a hardware fault: {text}. Turn it off and on; if it recurs, tell IT staff.",
    retry=True,
)
SCANNER_PROCESS_LOST = _kind(
    "D108",
    "Lượt quét bị ngắt giữa chừng. Hãy lấy giấy còn trong máy ra, nạp lại từ tờ thứ {sheet}, rồi bấm Start. Nếu "
    "không còn tờ nào, hãy kết thúc lượt quét (finish).",
    "The batch was interrupted. Take paper out of the machine, load again from sheet {sheet}, and press Start. If "
    "no sheet is left, close this batch (finish).",
    retry=True,
)
CAPTURE_STOPPED = _kind(
    "D109",
    "Đã dừng quét theo yêu cầu. Hãy nạp lại từ tờ thứ {sheet}, rồi bấm Start; nếu hết giấy, kết thúc lượt quét.",
    "Scanning was stopped. Load again from sheet {sheet}, and press Start; if there is no more, finish the batch.",
    retry=True,
)
DEVICE_STALLED = _kind(
    "D110",
    "Máy quét im lặng {seconds} giây. Hãy lấy giấy còn trong máy ra, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The scanner was silent for {seconds} s. Take paper out of it, load again from sheet {sheet}, press Start.",
    retry=True,
)
PAPER_PUT_WRONG = _kind(
    "D111",
    "Giấy đặt sai khay hoặc sai cỡ ({text}). Hãy đặt giấy cho đúng, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "Paper is in the wrong tray or of the wrong size ({text}). Load it right, from sheet {sheet}, and press Start.",
    retry=True,
)
DEVICE_REFUSED = _kind(
    "D112",
    "Máy quét không nhận thiết đặt ({text}). Hãy báo bộ phận CNTT kiểm tra hồ sơ thiết bị.",
    "The scanner refuses the settings ({text}). Have IT staff check the firmware profile.",
)
SCAN_RUNNING = _kind(
    "D113",
    "Máy {device} đang quét, lần bấm này được bỏ qua. Hãy chờ quét xong rồi bấm lại.",
    "Scanner {device} is scanning; this press is ignored. Wait until it is through, then press again.",
    retry=True,
)
NOTHING_OPEN = _kind(
    "D115",
    "Máy {device} không có lượt quét nào đang dở. Hãy đặt giấy và bắt đầu lượt quét mới.",
    "Scanner {device} has no batch that is open. Load paper and start a new one.",
)
SCANNER_UNCLEAR = _kind(
    "D116",
    "Không biết máy quét nào là {device}: có nhiều máy cùng loại ({place}). Hãy rút các máy khác ra; hoặc báo bộ "
    "phận CNTT ghi số máy (device.serial) vào cấu hình.",
    "It is not clear which scanner is {device}: several may be meant ({place}). Unplug the others, or have IT "
    "staff put its serial number (device.serial) into the settings.",
)
SCANNER_STRANGER = _kind(
    "D117",
    "Máy quét đang cắm ({place}) không phải máy {device}. Hãy cắm đúng máy; nếu dùng máy này thay, báo bộ phận "
    "CNTT ghi số máy của nó (device.serial) vào cấu hình.",
    "The scanner that is plugged in ({place}) is not {device}. Plug the right one in, or have IT staff "
    "put the serial number of this one (device.serial) into the settings.",
)
SCANNER_OTHER = _kind(
    "D118",
    "Máy quét đang cắm có số máy {serial}, không phải {wanted} như trong cấu hình. Hãy cắm đúng máy, hoặc báo bộ "
    "phận CNTT sửa device.serial.",
    "The scanner has serial number {serial}, not {wanted} as in the settings. Plug the right one in, or have IT "
    "staff correct device.serial.",
)
OTHER_JOB_OPEN = _kind(
    "D120",
    "Máy {device} còn lượt quét dở của công việc {job}. Hãy quét tiếp hoặc kết thúc lượt đó trước.",
    "Scanner {device} still has a batch of job {job} open. Press Start without a job, or finish that batch.",
)
DRIVER_ENDS = _kind(
    "D121",
    "Trình điều khiển của máy {device} cứ khởi động là tắt. Hãy báo bộ phận CNTT xem nhật ký của máy trạm.",
    "The driver of scanner {device} ends as soon as it is started. Have IT staff look at the journal of this host.",
)
SCANNER_UNTRUSTED = _kind(
    "D130",
    "Chưa tin chứng thư của máy quét https {device}; vân tay SHA-256 nhận được: {text}. Hãy so với vân tay hiện "
    "trên chính máy quét, rồi ghi fingerprint = \"{text}\" vào [[device]] của máy.",
    "The certificate of https scanner {device} is not trusted yet; SHA-256 fingerprint found: {text}. Compare it "
    "with what the scanner itself shows; if they agree, put fingerprint = \"{text}\" into its [[device]].",
)
SCANNER_CHANGED = _kind(
    "D131",
    "Chứng thư của máy quét {device} khác với cấu hình; vân tay nhận được: {text}. Không gửi gì cho máy này. Nếu "
    "đơn vị đã thay máy hoặc chứng thư, hãy so vân tay rồi sửa fingerprint; nếu không, báo phụ trách an ninh mạng.",
    "The certificate of scanner {device} is not the one in the settings; fingerprint found: {text}. Nothing is "
    "sent to it. If you replaced scanner or certificate, compare it and correct fingerprint; if not, tell network "
    "security.",
)
DEVICE_UNUSABLE = _kind(
    "D132",
    "Máy quét {device} trả lời không đúng giao thức eSCL ({text}). Hãy kiểm tra url của máy trong cấu hình và phần "
    "sụn máy.",
    "Scanner {device} answers what is no eSCL ({text}). Check its url in the settings and its firmware.",
)
DEVICE_WEDGED = _kind(
    "D140",
    "Máy quét bị treo, khởi động lại bằng phần mềm không được. Hãy tắt máy quét, đợi 10 giây rồi bật lại.",
    "The scanner is locked up and a reset did not help. Turn the scanner off, wait 10 seconds, turn it on again.",
    retry=True,
)
PUSH_LEFT = _kind(
    "D150",
    "Không dời hoặc xóa được {text} tệp đã nhận trong thư mục của máy quét; các tệp này không bị nhận lại. "
    "Hãy báo bộ phận CNTT cấp quyền ghi thư mục, rồi xóa tay.",
    "{text} files that were taken cannot be moved or removed from the scanner's folder; they are not taken "
    "again. Have IT staff make the folder writable, then remove them by hand.",
)
PUSH_UNFINISHED = _kind(
    "D151",
    "Có {text} tệp trong thư mục của máy quét đã lâu chưa ghi xong. Hãy xem máy có lỗi gửi không rồi quét lại.",
    "{text} files in the scanner's folder have not been finished for long. See why the scanner does not send them, "
    "then scan again.",
)
PUSH_REFUSED = _kind(
    "D152",
    "Có {text} mục trong thư mục của máy quét không nhận được (liên kết, mục đặc biệt, không có quyền đọc). "
    "Hãy báo bộ phận CNTT.",
    "{text} things in the scanner's folder cannot be taken (links, special files, not readable). Tell IT staff.",
)

SCANNER_UNCHECKED = _kind(
    "D160",
    "Máy quét {device} chưa có lần kiểm tra đạt còn hiệu lực. Giấy của lượt này đã quét xong, không phải quét lại. "
    "Hãy đặt phiếu kiểm tra vào khay của máy {device} rồi bấm Start trên máy đó (kể cả khi máy đã được sửa, thay "
    "hoặc nâng cấp); kiểm tra đạt thì lượt này tự đi tiếp.",
    "Scanner {device} has no recent device check that passed. This batch is captured, do not scan it again. "
    "Load the target sheet into {device} and press Start there (even if mended, replaced or upgraded since); "
    "when the check passes, the batch goes on by itself.",
)

# S  spool
DISK_FULL = _kind(
    "S201",
    "Ổ đĩa sắp đầy ({free_mb} MB còn lại), tạm dừng quét để không mất trang. Hãy chờ gửi xong hoặc báo CNTT.",
    "The disk is nearly full ({free_mb} MB left); scanning is paused so that no page is lost. Wait or tell IT.",
    retry=True,
)
DISK_FAILED = _kind(
    "S202",
    "Không ghi được ảnh xuống đĩa ({reason}). Hãy báo bộ phận CNTT, nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
    "The image could not be written ({reason}). Tell IT staff, load again from sheet {sheet}, and press Start.",
    retry=True,
)
MASTER_DAMAGED = _kind(
    "S203",
    "Ảnh gốc {name} không khớp mã băm. Hãy giữ tờ giấy và báo bộ phận CNTT.",
    "The master {name} no longer matches its hash. Keep the paper and tell IT staff.",
)
STATE_CONFLICT = _kind(
    "S204",
    "{what} không còn ở trạng thái {expected}. Hãy xem lại 'appliance status'.",
    "{what} is no longer in state {expected}. Look at 'appliance status' again.",
)
LEDGER_NEWER = _kind(
    "S205",
    "Sổ cái do phiên bản mới hơn ghi ({version}). Hãy cài lại phiên bản phần mềm đó.",
    "The ledger was written by a newer release ({version}). Install that release again.",
)
FED_TWICE = _kind(
    "S207",
    "Tờ {sheet} của lượt quét có vẻ chính là tờ {reason} đã quét trước khi máy dừng. Hãy xem lại giấy: nếu nạp "
    "thừa tờ đó, gõ: appliance remove {page}; nếu là hai tờ khác nhau, gõ: appliance keep {page}.",
    "Sheet {sheet} of the batch seems to be sheet {reason}, captured before the stop. Look at the paper: if that "
    "sheet was put back too, give: appliance remove {page}; if they are two sheets, give: appliance keep {page}.",
)
RELOAD_OTHER_SHEET = _kind(
    "S208",
    "Tờ {sheet} vừa nạp lại không giống tờ {sheet} đã quét dở khi máy dừng: có thể sót tờ đó (còn trong máy, hay "
    "để riêng) hoặc giấy bị lật mặt. Hãy bấm dừng, nạp lại từ tờ {sheet}; nếu đã quét hết, quét lại cả hồ sơ rồi "
    "gõ: appliance remove {page}; nếu giấy đã đúng, gõ: appliance keep {page}.",
    "Sheet {sheet}, just loaded again, is not like the sheet {sheet} that was half captured at the stop: that "
    "sheet may be missing (still in the machine, or put aside), or lie on its other face. Stop, load again from "
    "sheet {sheet}; if all is through, scan the whole dossier again, then give: appliance remove {page}; if the "
    "paper is right, give: appliance keep {page}.",
)
AUDIT_BROKEN = _kind(
    "S206",
    "Chuỗi nhật ký kiểm toán bị sửa tại dòng {row}. Hãy ngừng quét và báo lãnh đạo, bộ phận CNTT.",
    "The audit chain was altered at row {row}. Stop scanning and tell your leader and IT staff.",
)

# I  image
IMAGE_EMPTY = _kind(
    "I301",
    "Ảnh rỗng, không có dữ liệu. Hãy quét lại tờ này.",
    "The image is empty. Scan this sheet again.",
)
IMAGE_TRUNCATED = _kind(
    "I302",
    "Ảnh bị cắt cụt khi truyền. Hãy quét lại tờ này.",
    "The image was cut short on its way. Scan this sheet again.",
)
IMAGE_TOO_SMALL = _kind(
    "I303",
    "Ảnh quá nhỏ để là một trang ({width} x {height} điểm). Hãy quét lại tờ này.",
    "The image is too small to be a page ({width} x {height} pixels). Scan this sheet again.",
)
IMAGE_TOO_LARGE = _kind(
    "I304",
    "Ảnh lớn quá giới hạn ({width} x {height} điểm). Hãy quét lại với độ phân giải thấp hơn.",
    "The image is above the limit ({width} x {height} pixels). Scan again at a lower resolution.",
)
IMAGE_UNKNOWN = _kind(
    "I305",
    "Ảnh không đúng định dạng ({reason}). Hãy quét lại, hoặc xuất tệp ra JPEG, PNG, TIFF hay PDF.",
    "The image has an unsupported form ({reason}). Scan again, or export it as JPEG, PNG, TIFF or PDF.",
)
DPI_TOO_LOW = _kind(
    "I306",
    "Độ phân giải {value} dpi thấp hơn mức {limit} dpi theo quy định. Hãy đặt máy quét từ {limit} dpi trở lên "
    "rồi quét lại hồ sơ.",
    "The resolution of {value} dpi is under the lawful {limit} dpi. Set the scanner to {limit} dpi or more and "
    "scan the dossier again.",
)
NOT_COLOUR = _kind(
    "I307",
    "Ảnh không phải ảnh màu 24 bit theo quy định. Hãy đặt máy quét ở chế độ màu rồi quét lại hồ sơ.",
    "The image is not 24-bit colour as the law asks. Set the scanner to colour and scan the dossier again.",
)
NOT_SHARP = _kind(
    "I308",
    "Trang bị mờ (độ nét {value}, yêu cầu từ {limit}). Hãy lau kính rồi quét lại; nếu chữ trên giấy vốn mờ, gõ: "
    "appliance keep {page}.",
    "The page is blurred (sharpness {value}, needed {limit}). Clean the glass and scan again; if the print "
    "itself is blurred, give: appliance keep {page}.",
)
IMAGE_UNDECODABLE = _kind(
    "I309",
    "Không giải mã được ảnh ({reason}). Hãy quét lại tờ này.",
    "The image cannot be decoded ({reason}). Scan this sheet again.",
)
PUSH_GREY = _kind(
    "I310",
    "Máy quét gửi ảnh xám, không phải ảnh màu 24 bit. Trên máy quét, hãy đặt {reason}; rồi quét lại xấp này.",
    "The scanner sent grey, not 24-bit colour. On the scanner, set {reason}; then scan this stack again.",
)
PUSH_BITONAL = _kind(
    "I311",
    "Máy quét gửi ảnh đen trắng, không phải ảnh màu 24 bit. Trên máy quét, hãy đặt {reason}; rồi quét lại xấp này.",
    "The scanner sent black and white, not 24-bit colour. On the scanner, set {reason}; scan this stack again.",
)
PUSH_LOW_DPI = _kind(
    "I312",
    "Máy quét gửi ảnh có độ phân giải thấp. Trên máy quét, hãy đặt {reason}; rồi quét lại xấp này.",
    "The scanner sent too low a resolution. On the scanner, set {reason}; then scan this stack again.",
)
PUSH_PACKED = _kind(
    "I313",
    "Máy quét gửi PDF nén tách lớp (MRC/JBIG2), có thể sai chữ số. Trên máy quét, hãy đặt {reason}; rồi quét lại.",
    "The scanner sent a compact PDF (MRC/JBIG2): digits may be swapped. On the scanner, set {reason}; scan again.",
)
FILE_HARMFUL = _kind(
    "I314",
    "Tệp này làm chương trình đọc treo hoặc hỏng ({reason}). Tệp được giữ; hãy quét lại xấp này ra định dạng khác.",
    "This file hangs or crashes its reader ({reason}). It is kept; scan this stack again into another file format.",
)
PUSH_DUPLICATE = _kind(
    "I315",
    "Tệp {reason} trùng từng byte với tệp đã nhận, đã để vào thư mục duplicate. Nếu gửi lặp, hãy bỏ mục "
    "này (appliance remove); nếu giấy khác, hãy quét lại.",
    "File {reason} equals one taken before, byte for byte; it lies in folder duplicate. If sent twice, take it "
    "off (appliance remove); if the paper is another, scan it again.",
)
PUSH_GREW = _kind(
    "I316",
    "Máy quét còn ghi thêm vào tệp {reason} sau khi tệp đã được nhận: lượt trước thiếu trang, lượt này lặp trang. "
    "Hãy quét lại cả xấp; báo CNTT tăng settle_seconds của máy.",
    "The scanner wrote on into file {reason} after it was taken: the batch before lacks pages, this one repeats "
    "them. Scan the whole stack again; have IT raise the device's settle_seconds.",
)
PAGE_FAINT = _kind(
    "I317",
    "Chữ quá nhạt so với nền giấy (tương phản {value}, yêu cầu từ {limit}). Hãy tăng độ đậm của máy quét rồi "
    "quét lại; nếu chữ trên giấy đã phai, gõ: appliance keep {page}.",
    "The print is too faint against its paper (contrast {value}, needed {limit}). Raise the darkness of the "
    "scanner and scan again; if the paper itself has faded, give: appliance keep {page}.",
)
PAGE_DARK = _kind(
    "I318",
    "Trang quá tối (nền giấy {value}, yêu cầu từ {limit}). Hãy chờ đèn máy quét nóng lên, giảm độ đậm rồi quét "
    "lại; nếu giấy vốn sẫm màu, gõ: appliance keep {page}.",
    "The page is too dark (paper at {value}, needed {limit}). Wait until the lamp is warm, lower the darkness "
    "and scan again; if the paper itself is dark, give: appliance keep {page}.",
)
TONES_LOST = _kind(
    "I319",
    "Trang bị mất chi tiết sáng hoặc tối (mất {value}%, giới hạn {limit}%). Hãy đặt độ sáng, độ tương phản "
    "của máy quét về mức thường rồi quét lại; nếu chữ vẫn rõ, gõ: appliance keep {page}.",
    "Light or dark tones are lost ({value}%, limit {limit}%). Set brightness and contrast of the scanner "
    "back to normal and scan again; if the print is clear, give: appliance keep {page}.",
)
GLASS_DIRTY = _kind(
    "I320",
    "Có vệt dọc trên ảnh, cách mép trái {place} (độ sâu {value}, giới hạn {limit}): kính bẩn. Hãy lau kính chỗ "
    "đó rồi quét lại; nếu vệt có sẵn trên giấy, gõ: appliance keep {page}.",
    "A line runs down the image, {place} from the left (depth {value}, limit {limit}): the glass is dirty. "
    "Clean it there and scan again; if the line is on the paper, give: appliance keep {page}.",
)
COLOURS_APART = _kind(
    "I321",
    "Các màu trên ảnh lệch nhau {value} điểm ảnh (giới hạn {limit}). Hãy tắt bật máy quét rồi quét lại; nếu vẫn "
    "lệch, báo bộ phận CNTT và gõ: appliance keep {page}.",
    "The colours lie {value} pixels apart (limit {limit}). Switch the scanner off and on and scan again; if "
    "they still do, tell IT staff and give: appliance keep {page}.",
)
CONTENT_CUT = _kind(
    "I322",
    "Chữ bị cắt ở {place} ({value} chỗ, giới hạn {limit}). Hãy chỉnh thanh dẫn giấy, đặt khổ giấy tự động hoặc "
    "lớn hơn rồi quét lại; nếu chữ in sát mép giấy và không thiếu, gõ: appliance keep {page}.",
    "Writing is cut off: {place} ({value} places, limit {limit}). Set the paper guides, choose automatic or "
    "larger paper size and scan again; if print runs to the edge and none is lost, give: appliance keep {page}.",
)
CORNER_FOLDED = _kind(
    "I323",
    "Giấy bị gấp ở {place}, {value} mm (giới hạn {limit} mm). Hãy vuốt phẳng góc giấy rồi quét lại; nếu góc "
    "giấy đã mất, gõ: appliance keep {page}.",
    "A corner is folded over: {place}, {value} mm (limit {limit} mm). Flatten it and scan again; if the corner "
    "is gone, give: appliance keep {page}.",
)
STAPLE_LEFT = _kind(
    "I324",
    "Còn ghim ở {place}. Hãy tháo ghim trước khi quét, ghim làm xước kính và kẹt giấy; quét lại nếu ghim che "
    "chữ, nếu không, gõ: appliance keep {page}.",
    "A staple is left: {place}. Take staples out before scanning, they scratch the glass and jam the feed; scan "
    "again if it hides print, else give: appliance keep {page}.",
)
TWO_SHEETS = _kind(
    "I325",
    "Nghi hai tờ vào cùng lúc: có mép giấy khác cách mép trên của ảnh {place} (độ đậm {value}, giới hạn "
    "{limit}). Hãy tách hai tờ đó rồi quét lại; nếu chỉ có một tờ, gõ: appliance keep {page}.",
    "Two sheets may have come in at once: another edge lies {place} from the top of the image (darkness "
    "{value}, limit {limit}). Part them and scan again; if there is one only, give: appliance keep {page}.",
)
DPI_MISSTATED = _kind(
    "I326",
    "Ảnh ghi sai độ phân giải: theo khổ giấy là {place} (lệch {value}%, cho phép {limit}%). Hãy đặt lại độ "
    "phân giải của máy quét hoặc báo bộ phận CNTT rồi quét lại; nếu khổ giấy khác thường, gõ: appliance keep "
    "{page}.",
    "The image misstates its resolution: by the paper it is {place} (off by {value}%, allowed {limit}%). Set the "
    "resolution again, or tell IT staff, and scan again; if the paper is of an odd size, give: appliance keep "
    "{page}.",
)
TARGET_UNREADABLE = _kind(
    "I327",
    "Không đo được phiếu kiểm tra ({reason}). Hãy đặt đúng mặt in, phiếu phẳng, sạch, thẳng, rồi quét lại; nếu "
    "phiếu mòn hoặc nhàu, hãy in phiếu mới (appliance target print).",
    "The target sheet cannot be measured ({reason}). Feed it printed side up, flat, clean and straight, and scan "
    "again; if it is worn or creased, print a new one (appliance target print).",
)
TARGET_SCALE = _kind(
    "I328",
    "Máy quét sai tỷ lệ hoặc độ phân giải ({value}, giới hạn {limit}). Hãy đo thước trên phiếu bằng thước thép: "
    "nếu phiếu in sai, in lại ở 100%; nếu đúng, đặt lại độ phân giải, thay con lăn hoặc báo bộ phận CNTT.",
    "The scanner's scale or resolution is off ({value}, limit {limit}). Check the sheet's ruler with a steel rule: "
    "if misprinted, print at 100%; else set the resolution again, change the rollers or tell IT staff.",
)
TARGET_BLURRED = _kind(
    "I329",
    "Ảnh của máy quét không đủ nét ({value}, yêu cầu {limit}). Hãy lau kính, tắt chế độ làm mịn, rồi quét lại "
    "phiếu; nếu vẫn mờ, in phiếu mới (appliance target print) hoặc báo bộ phận CNTT.",
    "The scanner's image is not sharp enough ({value}, needed {limit}). Clean the glass, turn smoothing off and "
    "scan the sheet again; if it stays, print a new one (appliance target print) or tell IT staff.",
)
TARGET_SHARPENED = _kind(
    "I330",
    "Máy quét làm sắc nét quá mức ({value}, giới hạn {limit}). Hãy tắt hoặc giảm chế độ làm sắc nét rồi quét lại "
    "phiếu.",
    "The scanner sharpens too much ({value}, limit {limit}). Turn sharpening off or down and scan the sheet again.",
)
TARGET_COLOURS_APART = _kind(
    "I331",
    "Các màu lệch nhau {value} điểm ảnh (giới hạn {limit}). Hãy tắt bật máy quét rồi quét lại phiếu; nếu vẫn lệch, "
    "lau con lăn hoặc báo bộ phận CNTT.",
    "The colours lie {value} pixels apart (limit {limit}). Switch the scanner off and on and scan the sheet again; "
    "if they still do, clean the rollers or tell IT staff.",
)
TARGET_NOISY = _kind(
    "I332",
    "Ảnh của máy quét nhiễu ({value}, giới hạn {limit}). Hãy lau kính, đặt độ sáng và độ tương phản về mức thường, "
    "rồi quét lại phiếu; nếu vẫn nhiễu, báo bộ phận CNTT.",
    "The scanner's image is noisy ({value}, limit {limit}). Clean the glass, set brightness and contrast back to "
    "normal and scan the sheet again; if it stays, tell IT staff.",
)
TARGET_UNEVEN = _kind(
    "I333",
    "Ánh sáng không đều ({value}, giới hạn {limit}). Hãy lau kính và dải trắng chuẩn, chờ đèn nóng, rồi quét lại "
    "phiếu; nếu vẫn lệch, hiệu chỉnh máy quét (shading) hoặc báo bộ phận CNTT.",
    "The light is uneven ({value}, limit {limit}). Clean the glass and the white strip, let the lamp warm up and "
    "scan the sheet again; if it stays, calibrate the scanner (shading) or tell IT staff.",
)
TARGET_CROOKED = _kind(
    "I334",
    "Phiếu vào máy bị lệch hoặc ảnh bị xô ({value} độ, giới hạn {limit}). Hãy chỉnh thanh dẫn giấy, lau hoặc thay "
    "con lăn rồi quét lại phiếu.",
    "The sheet went in askew or its image is sheared ({value} degrees, limit {limit}). Set the paper guides, clean "
    "or change the rollers and scan the sheet again.",
)
TARGET_COLOUR = _kind(
    "I335",
    "Tông xám hoặc màu lệch so với tệp tham chiếu ({value}, giới hạn {limit}). Hãy đặt độ sáng, tương phản, gamma, "
    "màu về mức thường rồi quét lại phiếu; nếu vẫn lệch, hiệu chỉnh máy quét hoặc báo bộ phận CNTT.",
    "Tone or colour is off the reference file ({value}, limit {limit}). Set brightness, contrast, gamma and colour "
    "back to normal and scan the sheet again; if it stays, calibrate the scanner or tell IT staff.",
)
SECRET_SUSPECTED = _kind(
    "I350",
    "Nghi có dấu chỉ độ mật (khung đỏ hai nét) trên trang này. Không chụp, không gửi, không in trang này; hãy để "
    "riêng tờ giấy và báo ngay lãnh đạo.",
    "The page seems to bear a state-secret stamp (red double border). Do not photograph, send or print it; put the "
    "sheet aside and tell your leader at once.",
)
SIDES_DIFFER = _kind(
    "I351",
    "Mặt trước và mặt sau của tờ giấy không khớp nhau (lệch {value} mm, cho phép {limit} mm): có thể hai tờ vào "
    "cùng lúc. Hãy tìm và quét lại các tờ đó; nếu chỉ có một tờ, gõ: appliance keep {page}.",
    "Front and back do not match ({value} mm apart, allowed {limit} mm): two sheets may have come in at once. "
    "Find them and scan them again; if there is one only, give: appliance keep {page}.",
)

# T  documents
SEPARATOR_UNREADABLE = _kind(
    "T401",
    "Phiếu phân tách không hợp lệ ({reason}). Hãy thay phiếu rồi quét lại hồ sơ này.",
    "The separator is not valid ({reason}). Replace it and scan this dossier again.",
)
CODE_SUSPICIOUS = _kind(
    "T402",
    "Mã trên trang có nội dung bất thường. Hãy bỏ tờ đó ra hoặc che mã, rồi quét lại cả hồ sơ.",
    "A code on the page has suspicious content. Take the sheet out or cover the code, then scan the dossier again.",
)
COUNT_MISMATCH = _kind(
    "T403",
    "Số tờ quét được ({captured}) khác số tờ khai ({declared}). Hãy đếm lại và quét bổ sung.",
    "Sheets captured ({captured}) differ from sheets declared ({declared}). Count again, scan what is missing.",
)
DOSSIER_KNOWN = _kind(
    "T404",
    "Hồ sơ này đã đóng từ trước. Hãy kiểm tra mã trên phiếu phân tách; nếu quét nhầm, bỏ các trang này ra.",
    "This dossier was closed before. Check the code on the separator; if fed by mistake, remove these pages.",
)
NO_SEPARATOR = _kind(
    "T405",
    "Các trang này không thuộc hồ sơ nào. Hãy đặt phiếu phân tách đầu xấp rồi quét lại.",
    "These pages belong to no dossier. Put a dossier separator first and scan again.",
)
FIELD_INVALID = _kind(
    "T406",
    "Trường {name} không hợp lệ: {reason}. Hãy sửa thông tin hồ sơ.",
    "Field {name} is not valid: {reason}. Correct the dossier's data.",
)
OCR_FAILED = _kind(
    "T407",
    "Không nhận dạng được chữ của trang ({reason}). Hãy báo bộ phận CNTT; trang vẫn được giữ.",
    "The page's text could not be read ({reason}). Tell IT staff; the page is kept.",
)
PDF_NOT_PDFA = _kind(
    "T408",
    "Tệp tạo ra không đạt PDF/A ({reason}). Hãy báo bộ phận CNTT; ảnh gốc vẫn được giữ.",
    "The file made is not valid PDF/A ({reason}). Tell IT staff; the masters are kept.",
)
PAGE_HELD_IN_DOSSIER = _kind(
    "T409",
    "Hồ sơ chờ vì có {count} trang bị giữ. Hãy xem lý do của các trang đó rồi quét lại cả hồ sơ.",
    "The dossier waits because {count} of its pages are held. See why, then scan the whole dossier again.",
)
DOCUMENT_EMPTY = _kind(
    "T410",
    "Phiếu phân tách tài liệu không có trang nào theo sau. Hãy quét lại tài liệu này.",
    "A document separator has no page after it. Scan this document again.",
)
DOSSIER_UNFINISHED = _kind(
    "T411",
    "Hồ sơ chưa đủ tờ ({captured}/{declared}). Hãy quét tiếp phần còn lại.",
    "The dossier is not complete ({captured} of {declared} sheets). Scan the rest.",
)
RESCAN_SHORT = _kind(
    "T412",
    "Lần quét lại ít tờ hơn lần trước. Hãy quét lại cả hồ sơ, ghi số tờ trên phiếu phân tách.",
    "This second scan has fewer sheets than the first. Scan the whole dossier, with its sheets on the separator.",
)
OPERATOR_UNKNOWN = _kind(
    "T413",
    "Chưa rõ ai quét lượt này: không có phiếu người quét, không ai đăng nhập. Hãy nhờ bộ phận CNTT ghi tên: "
    "appliance operator name {batch} <mã nhân viên>.",
    "Who scanned this batch is not known: no operator card, nobody logged in. Have IT staff name the person: "
    "appliance operator name {batch} <staff code>.",
)
OPERATOR_UNLISTED = _kind(
    "T414",
    "Mã trên phiếu người quét của lượt này không có trong cấu hình. Hãy nhờ bộ phận CNTT ghi tên người quét: "
    "appliance operator name {batch} <mã nhân viên>.",
    "The staff code on the operator card of this batch is not in the settings. Have IT staff name the person: "
    "appliance operator name {batch} <staff code>.",
)
OPERATOR_CARD_WITHIN = _kind(
    "T415",
    "Có phiếu người quét nằm giữa xấp, có thể hai xấp bị gộp. Hãy xem lại giấy, rồi nhờ bộ phận CNTT ghi tên: "
    "appliance operator name {batch} <mã nhân viên>.",
    "An operator card lies within the stack; two stacks may have come together. Look at the paper, then have IT "
    "staff name the person: appliance operator name {batch} <staff code>.",
)
OPERATOR_CARDS_TWO = _kind(
    "T416",
    "Lượt này có hai phiếu người quét khác nhau. Hãy nhờ bộ phận CNTT ghi tên đúng người đã quét: "
    "appliance operator name {batch} <mã nhân viên>.",
    "This batch has two different operator cards. Have IT staff name who really scanned it: "
    "appliance operator name {batch} <staff code>.",
)
OPERATOR_CARD_SPOILED = _kind(
    "T417",
    "Phiếu người quét của lượt này không hợp lệ (hỏng, cũ hoặc sai khóa). Hãy nhờ bộ phận CNTT in phiếu mới và ghi "
    "tên: appliance operator name {batch} <mã nhân viên>.",
    "The operator card of this batch is not valid (spoiled, old or without the key). Have IT staff print a new one "
    "and name the person: appliance operator name {batch} <staff code>.",
)

SEPARATOR_TORN = _kind(
    "T420",
    "Tờ này là phiếu phân tách hoặc phiếu người quét nhưng không đọc được mã (rách, bẩn hoặc bị che). Hãy in lại "
    "phiếu, đặt vào đúng chỗ rồi quét lại hồ sơ này và hồ sơ ngay trước.",
    "This sheet is a separator or an operator card, but its code cannot be read (torn, soiled or covered). Print "
    "it again, put it where it belongs, and scan this dossier and the one just before again.",
)
SEPARATOR_FOREIGN = _kind(
    "T421",
    "Tờ này là phiếu phân tách của hệ thống khác ({reason}). Hãy thay bằng phiếu phân tách của hệ thống "
    "này rồi quét lại hồ sơ.",
    "This sheet is a separator of another system ({reason}). Put one of this system in its place and scan "
    "the dossier again.",
)
JOB_REFUSED = _kind(
    "T422",
    "Công việc ghi trên phiếu phân tách không dùng được cho lượt quét này ({reason}). Hãy quét lại hồ sơ bằng đúng "
    "công việc đó, hoặc in lại phiếu.",
    "The job that the separator names cannot be used for this batch ({reason}). Scan the dossier again under that "
    "job, or print the separator again.",
)
FIRST_PAGE_UNCLEAR = _kind(
    "T423",
    "Mã trên trang đầu của giấy tờ không rõ ({reason}). Hãy xem lại mã và thứ tự giấy tờ, hoặc đặt phiếu phân "
    "tách, rồi quét lại hồ sơ.",
    "The code on the first page of a paper is not clear ({reason}). Look at the code and the order of papers, or "
    "use separators, and scan the dossier again.",
)
LIST_WRONG = _kind(
    "T424",
    "{file}, dòng {row}, cột {column}: {reason}. Hãy sửa tệp rồi in lại.",
    "{file}, row {row}, column {column}: {reason}. Correct the file and print again.",
)
REGISTER_REFUSED = _kind(
    "T440",
    "Không nhập tệp {file}: {count} dòng bị từ chối, xem {report}. Hãy sửa các dòng đó rồi nhập lại; hoặc thêm "
    "--accept-good để chỉ nhập các dòng đúng.",
    "Nothing of {file} is imported: {count} rows are refused, see {report}. Correct them and import again, or add "
    "--accept-good to import the good rows only.",
)
DOSSIER_UNREGISTERED = _kind(
    "T441",
    "Mã hồ sơ này không có trong mục lục đã nhập ({reason}). Hãy kiểm tra mã trên phiếu phân tách; nếu mã đúng, "
    "nhập mục lục có mã này (appliance register import), hồ sơ sẽ tự tiếp tục.",
    "The code of this dossier is in no register ({reason}). Check the code on the separator; if it is right, "
    "import the register that has it (appliance register import), and the dossier goes on by itself.",
)
REGISTER_UNREADABLE = _kind(
    "T442",
    "Không đọc được tệp {file}: {reason}. Hãy lưu lại tệp (CSV UTF-8 hoặc .xlsx) rồi nhập lại.",
    "The file {file} cannot be read: {reason}. Check it, save it again as CSV UTF-8 or .xlsx, and import it.",
)
REGISTER_LETTERS = _kind(
    "T443",
    "Không nhận ra bảng mã chữ của cột '{column}' trong tệp {file}. Hãy chuyển tệp sang Unicode rồi nhập lại.",
    "The letters of column '{column}' in {file} are of no known encoding. Have it saved as Unicode and import it.",
)
REGISTER_HEADINGS = _kind(
    "T444",
    "Không tìm thấy cột: {missing}. Tiêu đề đọc được: {known}. Hãy sửa tiêu đề cột, hoặc khai báo trong "
    "[register.columns].",
    "These columns are not found, or found twice: {missing}. Headings read: {known}. Correct the headings, or name "
    "them in [register.columns].",
)
REGISTER_TOO_LONG = _kind(
    "T445",
    "Tệp {file} có hơn {most} dòng. Hãy chia tệp thành nhiều mục lục, hoặc tăng register.most_rows.",
    "The file {file} has more than {most} rows. Check it and import it in parts, or raise register.most_rows.",
)
REGISTER_BUSY = _kind(
    "T446",
    "Đang có một lần nhập mục lục khác. Hãy chờ xong rồi nhập lại.",
    "Another register is being imported. Wait until it is through and import again.",
    retry=True,
)
REGISTER_SHRINKS = _kind(
    "T447",
    "Tệp mới không có {missing} hồ sơ của mục lục '{name}' đang dùng. Hãy thêm --name TÊN nếu đây là mục lục "
    "khác, hoặc --replace nếu đúng là thay mục lục.",
    "{missing} dossiers of the present register '{name}' are not in the new file. Give --name NAME if it is "
    "another register, or --replace if it really takes the place of the old one.",
)
ENTRY_REFUSED = _kind(
    "T448",
    "Thông tin hồ sơ tiếp nhận không hợp lệ: {reason}. Hãy sửa rồi gửi lại.",
    "The entry of the received dossier is not valid: {reason}. Correct it and send it again.",
)
ENTRY_UNKNOWN = _kind(
    "T449",
    "Không mục lục nào có mã {file_code}. Hãy kiểm tra mã, hoặc nhập mục lục có mã này.",
    "No register has the code {file_code}. Check the code, or import the register that has it.",
)
REGISTERS_TOO_MANY = _kind(
    "T450",
    "Đã có {most} mục lục. Hãy gộp các mục lục nhỏ (--name) rồi nhập lại.",
    "There are {most} registers already. Put small ones together (--name) and import again.",
)
REGISTER_IMPORT_LOST = _kind(
    "T451",
    "Lần nhập mục lục này đã bị ngắt (dịch vụ khởi động lại hoặc chờ quá lâu); mục lục cũ vẫn nguyên. Hãy nhập "
    "lại.",
    "This import was cut short (the daemon started again, or it waited too long); the old register is whole. "
    "Try the import again.",
    retry=True,
)

# K  signing
KEY_MISSING = _kind(
    "K501",
    "Không có khóa ký số ({reason}). Hãy cắm thiết bị ký hoặc báo bộ phận CNTT.",
    "There is no signing key ({reason}). Insert the token or tell IT staff.",
    retry=True,
)
CERTIFICATE_INVALID = _kind(
    "K502",
    "Chứng thư số không còn hiệu lực ({reason}). Hãy gia hạn chứng thư rồi ký lại.",
    "The certificate is not valid ({reason}). Renew it, then sign again.",
)
SIGNING_FAILED = _kind(
    "K503",
    "Ký số không thành công ({reason}). Tài liệu được giữ, chưa ký; hệ thống sẽ thử lại.",
    "Signing failed ({reason}). The document is kept unsigned; it will be tried again.",
    retry=True,
)
STAMP_FONT = _kind(
    "K504",
    "Phông chữ của dấu ký thiếu ký tự {text}. Hãy báo bộ phận CNTT.",
    "The stamp font lacks the characters {text}. Tell IT staff.",
)
SIGNATURE_BROKEN = _kind(
    "K505",
    "Chữ ký số của {name} không hợp lệ ({reason}). Không sử dụng tệp này; hãy báo bộ phận CNTT.",
    "The signature of {name} is not valid ({reason}). Do not use this file; tell IT staff.",
)
SIGNER_AWAY = _kind(
    "K506",
    "Tiến trình ký số chưa sẵn sàng. Hệ thống sẽ tự thử lại; nếu kéo dài, báo bộ phận CNTT.",
    "The signer is not there. It will be tried again; if this lasts, tell IT staff.",
    retry=True,
)
STAMP_SPACE = _kind(
    "K507",
    "Tên trên dấu ký quá dài so với ô {width} x {height} điểm. Hãy rút ngắn tên hoặc nới ô trong hồ sơ quy tắc.",
    "The name is too long for a stamp of {width} x {height} points. Shorten it or widen the rule profile's stamp.",
)

# A  archive
PACKAGE_INVALID = _kind(
    "A601",
    "Gói tin hồ sơ không hợp lệ ({reason}). Hãy báo bộ phận CNTT.",
    "The package is not valid ({reason}). Tell IT staff.",
)
ARCHIVE_UNREACHABLE = _kind(
    "A602",
    "Chưa liên lạc được với kho lưu trữ ({reason}). Gói tin được giữ và sẽ tự gửi lại.",
    "The archive is out of reach ({reason}). The package is kept and will be sent again.",
    retry=True,
)
ARCHIVE_REFUSED = _kind(
    "A603",
    "Kho lưu trữ từ chối gói tin: {reason}. Hãy sửa hồ sơ theo lý do này rồi nộp lại.",
    "The archive rejected the package: {reason}. Mend the dossier accordingly and submit it again.",
)
RECEIPT_INVALID = _kind(
    "A604",
    "Xác nhận tiếp nhận không hợp lệ ({reason}). Không xóa gì; hãy báo bộ phận CNTT ngay.",
    "The receipt is not valid ({reason}). Nothing is deleted; tell IT staff at once.",
)
SCHEMAS_MISSING = _kind(
    "A605",
    "Thiếu lược đồ XML {name}. Hãy cài thư mục lược đồ theo tài liệu cài đặt.",
    "The XML schema {name} is missing. Provision the schema folder as the manual says.",
)
RECEIPT_KEY_MISSING = _kind(
    "A606",
    "Không đọc được khóa xác nhận của kho lưu trữ ({reason}). Gói tin được giữ; hãy cài tệp archive.receipt_key.",
    "The archive's receipt key cannot be read ({reason}). The package is kept; install archive.receipt_key.",
)

# P  worker pool
JOB_POISONED = _kind(
    "P701",
    "Trang này làm hỏng hai tiến trình xử lý ({reason}). Trang được giữ; hãy báo bộ phận CNTT.",
    "This job ended two workers ({reason}). It is held; tell IT staff.",
)
JOB_TIMEOUT = _kind(
    "P702",
    "Xử lý quá {seconds} giây. Hệ thống đã thử lại không thành; hãy báo bộ phận CNTT.",
    "The work took more than {seconds} seconds, twice. Tell IT staff.",
)
JOB_FAILED = _kind(
    "P703",
    "Xử lý thất bại ({reason}). Trang được giữ; hãy báo bộ phận CNTT.",
    "The work failed ({reason}). It is held; tell IT staff.",
)
GOLDEN_PAGE_WRONG = _kind(
    "P705",
    "Chưa quét được: máy này đọc sai trang mẫu ({reason}). Hãy để nguyên giấy trong khay và báo bộ phận CNTT chạy "
    "'appliance selftest'.",
    "No scan can start: this host sees the golden page wrong ({reason}). Tell IT staff to run 'appliance "
    "selftest', and leave the paper in the feeder.",
    retry=True,
)
GOLDEN_PAGE_UNSEEN = _kind(
    "P706",
    "Chưa quét được: máy tính không xem được trang mẫu ({reason}). Hãy để nguyên giấy trong khay và báo bộ phận "
    "CNTT kiểm tra ổ đĩa, /tmp và bộ nhớ của máy, rồi chạy 'appliance selftest'.",
    "No scan can start: this host could not look at the golden page ({reason}). Tell IT staff to look at its disk, "
    "/tmp and memory, then to run 'appliance selftest', and leave the paper in the feeder.",
    retry=True,
)
NO_WORKER = _kind(
    "P704",
    "Không có tiến trình xử lý nào sẵn sàng. Hãy báo bộ phận CNTT kiểm tra dịch vụ.",
    "No worker is ready. Have IT staff check the service.",
    retry=True,
)
