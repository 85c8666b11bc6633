"""The payload of a separator's QR code (docs/separators.md). Pure: text in, values out.

A payload is personal data: no error raised here repeats any part of it.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.documents import copies

PLAIN, FULL, AGAIN, COPY = "SSA1", "SSA2", "SSA3", "SSA4"
"""Versions of the payload; the second has a job and flags, the third a page too, the fourth a certified copy
instead. What one can say is said by the first that can."""

UNCLASSIFIED, FRAGILE = "N", "F"
"""Flags: whoever printed the sheet confirms that the paper holds no state secret; the paper is a certified copy."""

ANYWHERE = (SheetKind.NOTE, SheetKind.ORIGINAL)
"""Kinds that need name no dossier: they speak of the paper about them."""

LONGEST_CODE = 2000

_FAMILY = re.compile(r"\s*SSA[0-9]{1,2}:", re.IGNORECASE)
_FILE_CODE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,99}")
_JOB = re.compile(r"|[a-z0-9][a-z0-9_\-]{0,31}")
_LONGEST_PAYLOAD = 240
_MAX_ORDINAL = 9_999_999
_MAX_SHEETS = 9_999
_FIELDS = {PLAIN: 7, FULL: 9, AGAIN: 10, COPY: 10}
_TO_QR = str.maketrans("_", "+")
_FROM_QR = str.maketrans("+", "_")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def encode(separator: Separator, key: bytes = b"") -> str:
    """Return the text of a separator's QR code, in QR's alphanumeric letters.

    Raises:
        ApplianceError: SEPARATOR_UNREADABLE when a value is out of range.
    """
    _check(separator)
    parts = [PLAIN, separator.kind.value, separator.file_code, str(separator.ordinal), separator.type_name,
             str(separator.sheets)]
    flags = UNCLASSIFIED * separator.no_secret + FRAGILE * separator.fragile
    if separator.job or flags or separator.kind is SheetKind.RESCAN:
        parts = [FULL, *parts[1:], separator.job.translate(_TO_QR).upper(), flags]
    if separator.kind is SheetKind.RESCAN:
        parts = [AGAIN, *parts[1:], str(separator.page)]
    if separator.copy is not None:
        parts = [COPY, *parts[1:], copies.to_code(separator.copy)]
    body = ":".join(parts)
    return f"{body}:{_check_value(body, key)}"


def decode(text: str, key: bytes = b"") -> Separator:
    """Read a payload; with ``key`` only payloads made with that key are taken.

    Raises:
        ApplianceError: SEPARATOR_UNREADABLE with a reason that repeats nothing of ``text``.
    """
    body, _, value = text.strip().rpartition(":")
    parts = body.split(":")
    if len(text) > _LONGEST_PAYLOAD:
        raise _unreadable("too long")
    if parts[0] not in _FIELDS:
        raise _unreadable("unknown version")
    if len(parts) != _FIELDS[parts[0]] - 1:
        raise _unreadable("wrong number of fields")
    # bytes, because compare_digest refuses text outside ASCII
    if not hmac.compare_digest(value.encode(errors="replace"), _check_value(body, key).encode()):
        raise _unreadable("wrong key or check value" if key else "wrong check value")
    separator = _parse(parts)
    _check(separator)
    return separator


def is_separator(text: str) -> bool:
    """Say whether a code means to be a separator, of any version and spelling, valid or not."""
    return _FAMILY.match(text) is not None


def is_suspicious(text: str) -> bool:
    """Say whether a code that is no separator could harm a later reader of it.

    Control characters other than tab and line ends, a way out of a folder, or more than 2000 characters.
    """
    return len(text) > LONGEST_CODE or "../" in text or "..\\" in text or _CONTROL.search(text) is not None


def is_file_code(text: str) -> bool:
    """Say whether a text may be a dossier code: safe as a name of files and folders."""
    return _FILE_CODE.fullmatch(text) is not None and ".." not in text


def _check_value(body: str, key: bytes) -> str:
    data = body.encode(errors="replace")
    if key:
        return hmac.new(key, data, hashlib.sha256).hexdigest()[:16].upper()
    return hashlib.sha256(data).hexdigest()[:12].upper()


def _parse(parts: list[str]) -> Separator:
    kind, file_code, ordinal, type_name, sheets = parts[1:6]
    job, flags = parts[6:8] or ("", "")
    copy = copies.from_code("".join(parts[8:])) if parts[0] == COPY else None
    page = "".join(parts[8:]) * (copy is None) or "0"
    if kind not in {known.value for known in SheetKind}:
        raise _unreadable("unknown kind")
    if not re.fullmatch(r"[0-9]{1,7}", ordinal, re.ASCII):
        raise _unreadable("document number")
    if not re.fullmatch(r"[0-9]{1,4}", sheets, re.ASCII):
        raise _unreadable("number of sheets")
    if not re.fullmatch(r"[0-9]{1,4}", page, re.ASCII) or (parts[0] == AGAIN) != (kind == SheetKind.RESCAN.value):
        raise _unreadable("page")
    if job != job.upper() or "_" in job:
        raise _unreadable("job")
    if not re.fullmatch(f"{UNCLASSIFIED}?{FRAGILE}?", flags):
        raise _unreadable("unknown flag")
    return Separator(SheetKind(kind), file_code, int(ordinal), type_name, int(sheets),
                     job.translate(_FROM_QR).lower(), UNCLASSIFIED in flags, int(page), FRAGILE in flags, copy)


def _check(separator: Separator) -> None:
    nameless = separator.kind in ANYWHERE and not separator.file_code and not separator.ordinal
    if not nameless and not is_file_code(separator.file_code):
        raise _unreadable("dossier code")
    if not 0 <= separator.ordinal <= _MAX_ORDINAL:
        raise _unreadable("document number")
    if not re.fullmatch(r"|[0-9]{2}", separator.type_name, re.ASCII):
        raise _unreadable("document type")
    if not 0 <= separator.sheets <= _MAX_SHEETS:
        raise _unreadable("number of sheets")
    if not _JOB.fullmatch(separator.job):
        raise _unreadable("job")
    if separator.kind is SheetKind.DOSSIER and (separator.ordinal or separator.type_name):
        raise _unreadable("a dossier separator names no document")
    _check_rescan(separator)
    _check_special(separator)


def _check_special(separator: Separator) -> None:
    blank = Separator(SheetKind.NOTE, "", no_secret=separator.no_secret)
    if separator.kind is SheetKind.NOTE and separator != blank:
        raise _unreadable("a note separator names nothing")
    document = separator.kind is SheetKind.DOCUMENT
    if (separator.copy and not separator.fragile) or (separator.fragile and not document):
        raise _unreadable("only the separator of a document that is a copy speaks of one")
    if separator.copy is not None and (fault := copies.fault(separator.copy)):
        raise _unreadable(f"{fault} of the certified copy")


def _check_rescan(separator: Separator) -> None:
    rescan = separator.kind is SheetKind.RESCAN
    if separator.page and not (rescan and separator.ordinal and 0 < separator.page <= _MAX_SHEETS):
        raise _unreadable("page")
    if rescan and separator.type_name:
        raise _unreadable("a rescan separator names no type")


def _unreadable(reason: str) -> ApplianceError:
    return errors.SEPARATOR_UNREADABLE.error(reason=reason)
