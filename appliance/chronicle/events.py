"""Every event that the journal is told of: its name, its MESSAGE_ID, its fields and what it says to people.

A name never changes, and so its MESSAGE_ID never does. docs/logs.md and systemd/*.catalog are made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.journal import message_id

INFO, NOTICE, WARNING, CRITICAL = 6, 5, 4, 2
"""Syslog priorities."""

COMMON = ("time", "event", "seq")
"""What every line has."""


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of line.

    Attributes:
        fields: names beside the common ones; one with ``?`` is there where it has something to say.
        vi: what has happened, then what to do, in Vietnamese; ``@FIELD@`` stands for a field of the line.
        en: the same in English.
    """

    name: str
    priority: int
    fields: tuple[str, ...]
    vi: tuple[str, str]
    en: tuple[str, str]

    @property
    def id(self) -> str:
        """Return its MESSAGE_ID."""
        return message_id(self.name)


_BATCH = ("batch", "device", "job")
_DOCUMENT = ("batch", "job", "dossier", "document")
_DOSSIER = ("batch", "job", "dossier")
_PACKAGE = (*_DOSSIER, "package")

EVENTS = (
    Event("service.started", INFO, ("version?", "settings?"),
          ("Hệ thống đã khởi động, phiên bản @APPLIANCE_VERSION@", "Không cần làm gì."),
          ("The appliance was started, release @APPLIANCE_VERSION@", "Nothing has to be done.")),
    Event("service.stopped", INFO, ("version?",),
          ("Hệ thống đã dừng theo yêu cầu", "Giấy đang quét dở sẽ được hỏi lại khi khởi động."),
          ("The appliance was stopped as asked", "Paper that was being fed is asked for again at the next start.")),
    Event("audit.broken", CRITICAL, ("link", "code?"),
          ("Chuỗi kiểm toán bị sai lệch tại dòng @APPLIANCE_LINK@",
           "Hãy sao chép nguyên thư mục trạng thái trước khi làm gì khác, rồi theo docs/audit.md."),
          ("The audit chain is broken at row @APPLIANCE_LINK@",
           "Copy the state folder as it is before anything else, then follow docs/audit.md.")),
    Event("batch.started", INFO, _BATCH,
          ("Đã bấm Start, bắt đầu lượt quét @APPLIANCE_BATCH@",
           "Mã lượt quét này có trong mọi dòng của các tờ, tài liệu và gói tin sinh ra từ nó."),
          ("Start was pressed: batch @APPLIANCE_BATCH@ began",
           "Every line of its sheets, documents and packages bears the id of this batch.")),
    Event("batch.resumed", INFO, _BATCH,
          ("Lượt quét @APPLIANCE_BATCH@ quét tiếp sau khi nạp lại giấy", "Không cần làm gì."),
          ("Batch @APPLIANCE_BATCH@ went on after paper was put back", "Nothing has to be done.")),
    Event("batch.interrupted", WARNING, (*_BATCH, "sheet", "code?"),
          ("Lượt quét @APPLIANCE_BATCH@ dừng giữa chừng (@APPLIANCE_CODE@)",
           "Các mặt đã chụp đều an toàn. Hãy nạp lại từ tờ @APPLIANCE_SHEET@ của tập giấy rồi bấm Start."),
          ("Batch @APPLIANCE_BATCH@ broke off (@APPLIANCE_CODE@)",
           "All captured sides are safe. Put back the stack from sheet @APPLIANCE_SHEET@ on and press Start.")),
    Event("batch.closed", INFO, (*_BATCH, "sheets", "sides", "code?"),
          ("Đã chụp xong mọi tờ của lượt quét @APPLIANCE_BATCH@", "Không cần làm gì, hệ thống xử lý tiếp."),
          ("Every sheet of batch @APPLIANCE_BATCH@ is captured", "Nothing has to be done; it goes on by itself.")),
    Event("batch.held", WARNING, (*_BATCH, "code?"),
          ("Lượt quét @APPLIANCE_BATCH@ chờ người xử lý (@APPLIANCE_CODE@)",
           "Hãy xem `appliance status` hoặc trang vận hành: ở đó ghi cần làm gì."),
          ("Batch @APPLIANCE_BATCH@ waits for a person (@APPLIANCE_CODE@)",
           "`appliance status` or the operator's page says what to do.")),
    Event("batch.locked", CRITICAL, (*_BATCH, "code?"),
          ("Lượt quét @APPLIANCE_BATCH@ bị khóa: nghi có dấu chỉ độ mật",
           "Không ai được xem hay sao chép. Hãy báo lãnh đạo đơn vị, theo docs/secrets.md."),
          ("Batch @APPLIANCE_BATCH@ is locked: a state secret is suspected",
           "Nobody may look at it or copy it. Tell the leader of the office, see docs/secrets.md.")),
    Event("sheet.done", INFO, (*_BATCH, "sheet", "attempts", "outcome", "sides", "code?"),
          ("Tờ @APPLIANCE_SHEET@ của lượt quét @APPLIANCE_BATCH@: @APPLIANCE_OUTCOME@",
           "placed: trong tài liệu; held: chờ người xem; orphan: quét không trọn; removed: đã bỏ."),
          ("Sheet @APPLIANCE_SHEET@ of batch @APPLIANCE_BATCH@: @APPLIANCE_OUTCOME@",
           "placed: in a document; held: waits for a person; orphan: never came whole; removed: taken out.")),
    Event("sheet.held", WARNING, (*_BATCH, "sheet", "side", "page?", "code?"),
          ("Tờ @APPLIANCE_SHEET@ của lượt quét @APPLIANCE_BATCH@ có mặt chờ người xem (@APPLIANCE_CODE@)",
           "Hãy mở trang vận hành, xem mặt đó rồi giữ nguyên, bỏ hoặc quét lại."),
          ("A side of sheet @APPLIANCE_SHEET@ of batch @APPLIANCE_BATCH@ waits for a person (@APPLIANCE_CODE@)",
           "Open the operator's page, look at that side, and keep it, take it out or scan it again.")),
    Event("document.done", INFO,
          (*_DOCUMENT, "pages", "blank", "sheets", "level", "stamped", "development", "seconds?"),
          ("Tài liệu số @APPLIANCE_DOCUMENT@ đã lập xong và ký số",
           "Không cần làm gì. Số này là số dòng trong sổ cái."),
          ("Document number @APPLIANCE_DOCUMENT@ is made and signed",
           "Nothing has to be done. The number is that of its row in the ledger.")),
    Event("document.held", WARNING, (*_DOCUMENT, "code?"),
          ("Tài liệu số @APPLIANCE_DOCUMENT@ chờ người xử lý (@APPLIANCE_CODE@)",
           "Hãy xem `appliance status` hoặc trang vận hành: ở đó ghi cần làm gì."),
          ("Document number @APPLIANCE_DOCUMENT@ waits for a person (@APPLIANCE_CODE@)",
           "`appliance status` or the operator's page says what to do.")),
    Event("document.awaiting_signer", NOTICE, (*_DOCUMENT, "code?"),
          ("Tài liệu số @APPLIANCE_DOCUMENT@ chờ người ký hoặc khóa ký (@APPLIANCE_CODE@)",
           "Hãy cắm thiết bị ký, mở phiên ký, hoặc xin ủy quyền: xem `appliance sign status`."),
          ("Document number @APPLIANCE_DOCUMENT@ waits for its signer or the key (@APPLIANCE_CODE@)",
           "Put the token in, open a signing session or ask for leave: see `appliance sign status`.")),
    Event("document.awaiting_timestamp", NOTICE, (*_DOCUMENT, "code?"),
          ("Tài liệu số @APPLIANCE_DOCUMENT@ chờ dấu thời gian (@APPLIANCE_CODE@)",
           "Hệ thống tự thử lại. Nếu kéo dài, hãy kiểm tra đường truyền tới tổ chức cấp dấu thời gian."),
          ("Document number @APPLIANCE_DOCUMENT@ waits for a time stamp (@APPLIANCE_CODE@)",
           "It is tried again by itself. If it lasts, check the line to the time-stamping authority.")),
    Event("dossier.held", WARNING, (*_DOSSIER, "code?"),
          ("Hồ sơ số @APPLIANCE_DOSSIER@ chờ người xử lý (@APPLIANCE_CODE@)",
           "Hãy xem `appliance status` hoặc trang vận hành: ở đó ghi cần làm gì."),
          ("Dossier number @APPLIANCE_DOSSIER@ waits for a person (@APPLIANCE_CODE@)",
           "`appliance status` or the operator's page says what to do.")),
    Event("package.built", INFO, (*_PACKAGE, "batches", "documents", "bytes", "sha256", "revision", "code?"),
          ("Gói tin @APPLIANCE_PACKAGE@ đã đóng xong, chờ nộp", "Không cần làm gì."),
          ("Package @APPLIANCE_PACKAGE@ is built and waits to be sent", "Nothing has to be done.")),
    Event("package.waiting", NOTICE, (*_PACKAGE, "code?"),
          ("Gói tin @APPLIANCE_PACKAGE@ chưa nộp được (@APPLIANCE_CODE@)",
           "Hệ thống tự thử lại. Hãy xem `appliance delivery list` nếu kéo dài."),
          ("Package @APPLIANCE_PACKAGE@ does not get through (@APPLIANCE_CODE@)",
           "It is tried again by itself. Look at `appliance delivery list` if it lasts.")),
    Event("package.rejected", WARNING, (*_PACKAGE, "code?"),
          ("Kho lưu trữ từ chối gói tin @APPLIANCE_PACKAGE@ (@APPLIANCE_CODE@)",
           "Hãy xem lý do ở `appliance delivery list`, sửa rồi cho nộp lại."),
          ("The archive has refused package @APPLIANCE_PACKAGE@ (@APPLIANCE_CODE@)",
           "Read the reason at `appliance delivery list`, mend it and have it sent again.")),
    Event("package.accepted", INFO, (*_PACKAGE, "receipt", "documents", "pages", "seconds?", "code?"),
          ("Kho lưu trữ đã tiếp nhận gói tin @APPLIANCE_PACKAGE@, xác nhận @APPLIANCE_RECEIPT@",
           "Không cần làm gì."),
          ("The archive has accepted package @APPLIANCE_PACKAGE@, receipt @APPLIANCE_RECEIPT@",
           "Nothing has to be done.")),
    Event("component.confirmed", INFO, (*_DOCUMENT, "tries", "seconds?"),
          ("Phần mềm tiếp nhận đã xác nhận tài liệu số @APPLIANCE_DOCUMENT@", "Không cần làm gì."),
          ("The reception software has confirmed document number @APPLIANCE_DOCUMENT@", "Nothing has to be done.")),
    Event("component.refused", WARNING, (*_DOCUMENT, "tries", "code?"),
          ("Phần mềm tiếp nhận không nhận tài liệu số @APPLIANCE_DOCUMENT@ (@APPLIANCE_CODE@)",
           "Hãy xem lý do ở `appliance reception list`, sửa rồi gửi lại."),
          ("The reception software did not take document number @APPLIANCE_DOCUMENT@ (@APPLIANCE_CODE@)",
           "Read the reason at `appliance reception list`, mend it and send it again.")),
    Event("heartbeat.arrived", INFO, ("run", "seconds?"),
          ("Trang kiểm tra đã đi hết đường và có xác nhận của kho lưu trữ", "Không cần làm gì."),
          ("The synthetic page went the whole road and has its receipt", "Nothing has to be done.")),
    Event("heartbeat.failed", WARNING, ("run", "seconds?", "code?"),
          ("Trang kiểm tra không đến được kho lưu trữ (@APPLIANCE_CODE@)",
           "Hãy chạy `appliance heartbeat`: lệnh đó nói trang dừng ở bước nào và vì sao."),
          ("The synthetic page did not arrive (@APPLIANCE_CODE@)",
           "Run `appliance heartbeat`: it says at which stage it stops, and why.")),
)

BY_NAME = {one.name: one for one in EVENTS}

FIELDS = {
    "time": "khi việc xảy ra, ISO 8601 (+07:00) / when it happened",
    "event": "tên sự kiện / the event's name",
    "seq": "số dòng trong chuỗi kiểm toán / the audit chain's link that tells of it; with `sheet` it names a line",
    "again": "việc có trước lần khởi động này, có thể đã kể / from before this start: may have been told already",
    "batch": "mã lượt quét (UUID), từ lúc bấm Start / the batch, made at Start; the correlation id of all lines",
    "batches": "mọi lượt quét có trang trong gói tin / every batch with a page in the package",
    "device": "tên máy quét trong cấu hình / the scanner's name in the settings",
    "job": "tên công việc / the job's name",
    "sheets": "số tờ / sheets",
    "sides": "số mặt; ở sheet.done là từng mặt / number of sides; in sheet.done each side by itself",
    "sheet": "tờ thứ mấy của tập giấy / which sheet of the stack",
    "side": "front (trước) | back (sau)",
    "attempts": "quét mấy lần / how often it was captured",
    "outcome": "placed | held | separator | orphan | removed",
    "page": "số dòng của mặt giấy trong sổ cái / the side's row in the ledger",
    "dossier": "số dòng của hồ sơ trong sổ cái / the dossier's row in the ledger",
    "document": "số dòng của tài liệu trong sổ cái / the document's row in the ledger",
    "documents": "số dòng của các tài liệu / rows of its documents",
    "pages": "số trang / pages",
    "blank": "số trang trắng / blank pages",
    "level": "mức chữ ký / level of the signature",
    "stamped": "có dấu thời gian / has its time stamp",
    "development": "ký bằng khóa thử nghiệm / signed with a development key",
    "seconds": "giây kể từ lúc bấm Start / seconds since Start",
    "package": "mã gói tin (UUID) / the package",
    "bytes": "kích thước / size",
    "sha256": "SHA-256 của gói tin / of the package",
    "revision": "phiên bản của hồ sơ / revision of the dossier",
    "receipt": "số xác nhận tiếp nhận / number of the archive's receipt",
    "tries": "gửi mấy lần / how often it was given",
    "code": "mã lỗi, xem docs/errors.md / error code",
    "run": "lần chạy của trang kiểm tra (UUID) / the run of the synthetic page",
    "version": "phiên bản / release",
    "settings": "mã băm cấu hình / hash of the settings",
    "link": "dòng kiểm toán đầu tiên bị sai / first row of the chain that does not fit",
}
"""What each field is, in both languages."""
