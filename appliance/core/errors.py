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
    "Hồ sơ thiết bị {path} bị từ chối ở dòng {line}: {reason}. Bản cùng tên đi kèm vẫn dùng; hãy sửa dòng này.",
    "Firmware profile {path} is refused at line {line}: {reason}. The shipped one stays in use; mend the line.",
)
FONT_MISSING = _kind(
    "C020",
    "Thiếu phông chữ {font}. Hãy cài gói: apt-get install {package}.",
    "The font {font} is missing. Install its package: apt-get install {package}.",
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
    "Kẹt giấy. Hãy gỡ giấy kẹt, đặt lại từ tờ {sheet} trở đi rồi bấm Start.",
    "Paper jam. Clear it, put back sheet {sheet} and all that follow, and press Start.",
    retry=True,
)
COVER_OPEN = _kind(
    "D103",
    "Nắp máy đang mở. Hãy đóng nắp, đặt lại từ tờ {sheet} trở đi rồi bấm Start.",
    "The cover is open. Close it, put back sheet {sheet} and all that follow, and press Start.",
    retry=True,
)
DOUBLE_FEED = _kind(
    "D104",
    "Máy cuốn hai tờ một lúc. Hãy tách giấy, đặt lại từ tờ {sheet} trở đi rồi bấm Start.",
    "Two sheets were fed at once. Part them, put back sheet {sheet} and all that follow, press Start.",
    retry=True,
)
DEVICE_LOST = _kind(
    "D105",
    "Mất kết nối với máy quét. Hãy kiểm tra dây và nguồn, đặt lại từ tờ {sheet} trở đi rồi bấm Start.",
    "The scanner is out of reach. Check cable and power, put back sheet {sheet} and all that follow, press Start.",
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
    "Lượt quét bị ngắt giữa chừng. Hãy đặt lại từ tờ {sheet} trở đi rồi bấm Start.",
    "The batch was interrupted. Put back sheet {sheet} and all that follow, and press Start.",
    retry=True,
)
CAPTURE_STOPPED = _kind(
    "D109",
    "Người dùng đã dừng quét. Hãy đặt lại từ tờ {sheet} trở đi rồi bấm Start, hoặc kết thúc lượt quét.",
    "Scanning was stopped. Put back sheet {sheet} and all that follow and press Start, or finish the batch.",
    retry=True,
)
DEVICE_STALLED = _kind(
    "D110",
    "Máy quét không gửi ảnh trong {seconds} giây. Hãy đặt lại từ tờ {sheet} trở đi rồi bấm Start.",
    "The scanner sent nothing for {seconds} seconds. Put back sheet {sheet} and all that follow, press Start.",
    retry=True,
)
PAPER_PUT_WRONG = _kind(
    "D111",
    "Giấy đặt sai khay hoặc sai cỡ ({text}). Hãy đặt lại từ tờ {sheet} trở đi rồi bấm Start.",
    "The paper is in the wrong tray or of the wrong size ({text}). Put back sheet {sheet} on, press Start.",
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
START_IS_SETTLED = _kind(
    "D114",
    "Máy {device} tự bắt đầu khi giấy đã nằm yên trong khay. Hãy lấy giấy ra rồi đặt lại, không cần bấm Start.",
    "Scanner {device} starts by itself once paper lies still in the feeder. Take the paper out and load it again.",
)
NOTHING_OPEN = _kind(
    "D115",
    "Máy {device} không có lượt quét nào đang dở. Hãy đặt giấy và bắt đầu lượt quét mới.",
    "Scanner {device} has no batch that is open. Load paper and start a new one.",
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
    "Không ghi được ảnh xuống đĩa ({reason}). Hãy đặt lại từ tờ {sheet} trở đi và báo bộ phận CNTT.",
    "The image could not be written ({reason}). Put back sheet {sheet} and all that follow and tell IT staff.",
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
    "Độ phân giải {value} dpi thấp hơn mức {limit} dpi theo quy định. Hãy quét lại tờ này.",
    "The resolution of {value} dpi is under the lawful {limit} dpi. Scan this sheet again.",
)
NOT_COLOUR = _kind(
    "I307",
    "Ảnh không phải ảnh màu 24 bit theo quy định. Hãy quét lại tờ này ở chế độ màu.",
    "The image is not 24-bit colour as the law asks. Scan this sheet again in colour.",
)
NOT_SHARP = _kind(
    "I308",
    "Trang bị mờ (độ nét {value}, yêu cầu {limit}). Hãy lau kính và quét lại tờ này.",
    "The page is blurred (sharpness {value}, needed {limit}). Clean the glass and scan this sheet again.",
)
IMAGE_UNDECODABLE = _kind(
    "I309",
    "Không giải mã được ảnh ({reason}). Hãy quét lại tờ này.",
    "The image cannot be decoded ({reason}). Scan this sheet again.",
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
NO_WORKER = _kind(
    "P704",
    "Không có tiến trình xử lý nào sẵn sàng. Hãy báo bộ phận CNTT kiểm tra dịch vụ.",
    "No worker is ready. Have IT staff check the service.",
    retry=True,
)
