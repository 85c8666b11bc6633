"""Certified copies of paper that is too fragile: form, number and date (Decree 30/2020, art. 25 and 26). Pure."""

from __future__ import annotations

import re
from datetime import datetime

from appliance.core import errors
from appliance.core.model import CertifiedCopy, Special

FORMS = {"sao-y": "Bản sao y", "sao-luc": "Bản sao lục", "trich-sao": "Bản trích sao"}
"""The three forms of a copy, as an order names them and as people do."""

_LETTERS = {"sao-y": "Y", "sao-luc": "L", "trich-sao": "T"}
_NUMBER = re.compile(r"[0-9A-ZĐ][0-9A-ZĐ./\-]{0,29}")
_CODE = re.compile(r"([YLT])\.([0-9]{8})\.([0-9A-Z$./\-]{1,30})", re.ASCII)
_TO_QR, _FROM_QR = str.maketrans("Đ", "$"), str.maketrans("$", "Đ")


def to_code(copy: CertifiedCopy) -> str:
    """Return a copy in QR's alphanumeric letters: form, date, number; ``Đ`` is written ``$``."""
    return f"{_LETTERS.get(copy.form, '')}.{copy.date}.{copy.number.translate(_TO_QR)}"


def from_code(text: str) -> CertifiedCopy:
    """Read what ``to_code`` writes; text that is none gives a copy in which a fault is found."""
    found = _CODE.fullmatch(text)
    if found is None:
        return CertifiedCopy("", "", "")
    forms = {letter: form for form, letter in _LETTERS.items()}
    return CertifiedCopy(forms[found[1]], found[3].translate(_FROM_QR), found[2])


def fault(copy: CertifiedCopy) -> str:
    """Say what is wrong with a copy, or nothing."""
    if copy.form not in FORMS:
        return "form"
    if not _NUMBER.fullmatch(copy.number):
        return "number"
    try:
        day = datetime.strptime(copy.date, "%Y%m%d")  # noqa: DTZ007 - a day of the calendar, not a moment
    except ValueError:
        return "date"
    return "" if len(copy.date) == 8 and day.year >= 1900 else "date"


def given(form: str, number: str, date: str) -> CertifiedCopy:
    """Return the copy that a person names; the date is DD/MM/YYYY.

    Raises:
        ApplianceError: COPY_WRONG, naming what is missing or wrong.
    """
    day = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", date.strip(), re.ASCII)
    says = CertifiedCopy(form.strip().lower(), number.strip().upper(),
                         f"{day[3]}{int(day[2]):02d}{int(day[1]):02d}" if day else "")
    if wrong := fault(says):
        names = {"form": f"hình thức sao / form ({', '.join(FORMS)})", "number": "số, ký hiệu bản sao / number",
                 "date": "ngày sao / date (DD/MM/YYYY)"}
        raise errors.COPY_WRONG.error(reason=names[wrong])
    return says


def day_of(copy: CertifiedCopy) -> str:
    """Return the date of a copy as DD/MM/YYYY."""
    return f"{copy.date[6:]}/{copy.date[4:6]}/{copy.date[:4]}"


def told(copy: CertifiedCopy) -> str:
    """Return a copy in words for people and packages."""
    return f"{FORMS[copy.form]} số {copy.number} ngày {day_of(copy)}"


def described(special: Special, original: int = 0) -> str:
    """Return what the archive is told of such a document (EAD_doc ``description``), or nothing.

    ``original``: number of the document that is the scan of its original, 0 where there is none.
    """
    if special.original_of:
        return f"Bản quét bản gốc giấy hỏng, kèm theo tài liệu số {special.original_of} của hồ sơ"
    if not special.fragile or special.copy is None:
        return ""
    kept = f"bản quét bản gốc là tài liệu số {original} của hồ sơ" if original else "bản gốc không quét"
    return f"{told(special.copy)}; {kept}"
