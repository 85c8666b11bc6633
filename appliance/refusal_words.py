"""Why a signature is not valid or a package was refused, in Vietnamese; receipts keep their words."""

from __future__ import annotations

import re

REASONS = {
    "the content was changed after signing": "nội dung đã bị sửa sau khi ký",
    "the signature does not verify": "chữ ký không khớp",
    "the time stamp does not verify": "dấu thời gian không khớp",
    "a time stamp over the document does not verify": "dấu thời gian lưu trữ không khớp",
    "something was added to the file after signing": "tệp bị thêm nội dung sau khi ký",
    "the room left beside the signature is not empty": "phần trống cạnh chữ ký bị ghi thêm",
    "the room left beside a time stamp is not empty": "phần trống cạnh dấu thời gian bị ghi thêm",
    "the file has no signature": "tệp không có chữ ký",
    "the signature is not PAdES": "chữ ký không theo chuẩn PAdES",
    "the certificate is not trusted": "chứng thư của người ký không được tin cậy",
    "the authority of the time stamp is not trusted": "tổ chức cấp dấu thời gian không được tin cậy",
    "the file cannot be read as a signed PDF": "không đọc được tệp như một PDF đã ký",
    "an earlier signature is not valid": "một chữ ký trước đó không hợp lệ",
    "weak hash": "hàm băm quá yếu",
    "RSA key": "khóa RSA quá ngắn",
}
"""Each reason by how it begins; what follows, such as a code or a number, stands behind it in both languages."""

OF_CERTIFICATES = {
    "K540": "đã hết hạn", "K541": "chưa đến ngày có hiệu lực", "K542": "đã bị thu hồi", "K543": "sai mục đích",
    "K544": "thiếu chứng thư gốc", "K545": "tự ký", "K546": "thuật toán hoặc khóa quá yếu",
    "K547": "không rõ có bị thu hồi hay không",
}

CODED = re.compile(r"\((K\d{3}): (.*)\)$")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:+]+")

NAME = r"(?P<name>\S.*?)"
WORDS = (
    (r"the ZIP is damaged \((?P<rest>.*)\)", "tệp ZIP bị hỏng"),
    (r"the ZIP unpacks to \d+ folders, not to one", "tệp ZIP không chứa đúng một thư mục gốc"),
    (r"the root folder is not named .*", "thư mục gốc đặt tên không đúng quy định"),
    (rf"the file {NAME} is missing", "thiếu tệp {name}"),
    (rf"the file {NAME} does not match its SHA-256", "tệp {name} không khớp mã băm SHA-256"),
    (rf"the file {NAME} does not have its size", "tệp {name} không đúng kích thước"),
    (rf"the file {NAME} is no PDF", "tệp {name} không phải PDF"),
    (rf"the file {NAME} has no place in this form", "tệp {name} không có chỗ trong dạng gói tin này"),
    (rf"(no METS lists|the manifest does not list) the file {NAME}",
     "tệp {name} không có trong danh mục của gói tin"),
    (rf"{NAME}: (field|column) (?P<field>\w+): .*", "{name}: trường {field} không đúng quy định"),
    (rf"{NAME} cannot be used: .*", "không dùng được {name}"),
    (r"(totalDoc|TotalDoc) is not the number of documents in the package",
     "TotalDoc không bằng số tài liệu trong gói tin"),
    (r"documents and their (rows|descriptions) do not pair", "tài liệu và phần mô tả không khớp nhau"),
    (r"a document is of another dossier", "có tài liệu của hồ sơ khác"),
    (r"a package with this identity and other bytes is here already",
     "kho đã có gói tin cùng định danh nhưng khác nội dung"),
    (r"it replaces a package that is not here", "gói tin được thay thế không có trong kho"),
    (r"it replaces a package of another dossier", "gói tin được thay thế là của hồ sơ khác"),
    (r"it replaces a package that was replaced already", "gói tin được thay thế đã có bản thay thế khác"),
    (r"it adds documents to a package that is not here", "gói tin được bổ sung không có trong kho"),
    (r"it adds documents to a package of another dossier", "gói tin được bổ sung là của hồ sơ khác"),
    (rf"its document {NAME} is here already", "tài liệu {name} đã có trong kho"),
    (r"it is sent in the name of another office: .*",
     "gói tin mang mã phông của cơ quan khác, không phải cơ quan gửi"),
    (r"it belongs to a package of another office", "gói tin thuộc về gói tin của cơ quan khác"),
    (r"it cannot be inspected: .*", "kho không kiểm tra được gói tin"),
)
"""Each reason of the archive as it is written (``archive.packages``, ``receiver``), and how people here say it."""

_OF_DOCUMENT = re.compile(rf"the document {NAME}: (?P<rest>.*)", re.DOTALL)
_KNOWN = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in WORDS)


def why(reason: str) -> str:
    """Return a reason in Vietnamese; one that is not known stands for itself."""
    for begin, words in REASONS.items():
        if reason.startswith(begin):
            rest = CODED.sub(_coded, reason[len(begin):].strip().replace("(no path to a trusted root)", ""))
            return f"{words} {rest}".strip()
    return reason


def _coded(found: re.Match[str]) -> str:
    """Return what is wrong with a certificate in Vietnamese, with its time where one is said."""
    at = MOMENT.search(found[2])
    return f"({found[1]}: {OF_CERTIFICATES.get(found[1], found[2])}{f' {at[0]}' if at else ''})"


def in_vietnamese(reason: str) -> str:
    """Return a refusal in Vietnamese, the archive's words behind it; one that is not known stands for itself."""
    parts = reason.split("; ")
    said = [_one(part) for part in parts]
    return reason if said == parts else f"{'; '.join(said)} [{reason}]"


def _one(part: str) -> str:
    if found := _OF_DOCUMENT.fullmatch(part):
        return f"tài liệu {found['name']}: {why(found['rest'])}"
    for pattern, words in _KNOWN:
        if found := pattern.fullmatch(part):
            return words.format_map(found.groupdict())
    return part
