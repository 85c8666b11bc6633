"""What ``appliance verify`` says of a signature, in Vietnamese and English; no PDF is opened here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliance.signing.verify import SignatureReport

LEVELS = {
    "B-B": ("chỉ có chữ ký, không chứng minh được thời điểm", "the signature alone, nothing proves its time"),
    "B-T": ("có dấu thời gian", "with a time stamp"),
    "B-LT": ("có dấu thời gian và dữ liệu thu hồi", "with time stamp and revocation data"),
    "B-LTA": ("có thêm dấu thời gian lưu trữ cho cả tệp", "with an archive time stamp over the whole file too"),
}
ADDED = {
    "none": ("không thêm gì", "nothing"),
    "lta_updates": ("dữ liệu thu hồi hoặc dấu thời gian lưu trữ, được phép",
                    "revocation data or time stamps, lawful"),
    "form_filling": ("chữ ký hoặc ô biểu mẫu khác", "another signature or form fields"),
}
OTHER = ("nội dung khác, không được phép", "something else, not lawful")

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
ROOTLESS = ("K544", "no path to a trusted root")
ROOTS = {
    "the certificate": ("hãy chỉ ra chứng thư gốc của NGƯỜI KÝ bằng --trust", "name the SIGNER's root by --trust"),
    "the authority of the time stamp": ("hãy chỉ ra chứng thư gốc của TỔ CHỨC CẤP DẤU THỜI GIAN bằng --trust",
                                        "name the root of the TIME-STAMPING AUTHORITY by --trust"),
}
"""What helps where only a root is missing, by whose it is."""

CODED = re.compile(r"\((K\d{3}): (.*)\)$")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:+]+")


def verdict(report: SignatureReport, *, fine: bool, trusted: bool = True) -> str:
    """Return in both languages whether a signature holds, why not; ``trusted``: there were roots to judge it."""
    if fine and not trusted:
        return "nguyên vẹn, nhưng CHƯA KIỂM TRA NGƯỜI KÝ / intact, but WHO SIGNED WAS NOT JUDGED"
    if fine:
        return "chữ ký hợp lệ / signature valid"
    vi, en = _advice(report.reason)
    return f"chữ ký không hợp lệ: {why(report.reason)}{vi} / not valid: {report.reason}{en}"


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


def _advice(reason: str) -> tuple[str, str]:
    """Return what to do where a root is missing: of the signer, or of who made the time stamp."""
    whose, _, rest = reason.partition(" is not trusted")
    if whose not in ROOTS or not any(word in rest for word in ROOTLESS):
        return "", ""
    vi, en = ROOTS[whose]
    return f"; {vi}", f"; {en}"


def lines(report: SignatureReport, *, trusted: bool) -> list[str]:
    """Return everything else about a signature; ``trusted``: whether roots were given to judge it by."""
    if not report.signer:
        return []
    vi, en = LEVELS.get(report.level, ("không phải PAdES", "not PAdES"))
    said = [f"người ký / signer: {report.signer}; cấp bởi / issued by: {report.issuer}",
            f"mức / level: {report.level or '–'}: {vi} / {en}",
            f"thời điểm ghi trong chữ ký / time it claims: {report.signed_at or '–'}"]
    if report.stamp:
        said.append(f"nội dung dấu trên trang / text of the stamp: {' | '.join(report.stamp.split(chr(10)))}")
    if report.proved:
        said.append(f"dấu thời gian / time stamp: {report.proved}, {report.stamped_by}")
    if report.trial_stamp:
        said.append("DẤU THỜI GIAN THỬ NGHIỆM, không có giá trị pháp lý / development time stamp, no legal value")
    vi, en = ADDED.get(report.modification, OTHER) if report.covers_whole_file else OTHER
    said.append(f"thêm vào sau khi ký / added after signing: {vi} / {en}")
    if report.development:
        said.append("KHÓA THỬ NGHIỆM, không có giá trị pháp lý / development key, of no legal value")
    if not trusted:
        said.append("chưa kiểm tra người ký: hãy chỉ ra chứng thư gốc bằng --trust / who signed was not judged: "
                    "name a root by --trust")
    return said
