"""What ``appliance verify`` says of a signature, in Vietnamese and English; no PDF is opened here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.refusal_words import why

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

ROOTLESS = ("K544", "no path to a trusted root")
ROOTS = {
    "the certificate": ("hãy chỉ ra chứng thư gốc của NGƯỜI KÝ bằng --trust", "name the SIGNER's root by --trust"),
    "the authority of the time stamp": ("hãy chỉ ra chứng thư gốc của TỔ CHỨC CẤP DẤU THỜI GIAN bằng --trust",
                                        "name the root of the TIME-STAMPING AUTHORITY by --trust"),
}
"""What helps where only a root is missing, by whose it is."""


def verdict(report: SignatureReport, *, fine: bool, trusted: bool = True) -> str:
    """Return in both languages whether a signature holds, why not; ``trusted``: there were roots to judge it."""
    if fine and not trusted:
        return "nguyên vẹn, nhưng CHƯA KIỂM TRA NGƯỜI KÝ / intact, but WHO SIGNED WAS NOT JUDGED"
    if fine:
        return "chữ ký hợp lệ / signature valid"
    vi, en = _advice(report.reason)
    return f"chữ ký không hợp lệ: {why(report.reason)}{vi} / not valid: {report.reason}{en}"


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
