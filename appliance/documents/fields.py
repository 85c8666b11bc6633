"""The descriptive fields of dossiers and documents: their bounds are data (fields.toml), never code.

``confidenceLevel`` is the archive's field of origin (02: digitised from paper), not how sure OCR is.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from appliance.core import errors
from appliance.core.errors import ApplianceError

DOSSIER = "dossier"
DOCUMENT = "document"
DIGITISED = "02"
_LONGEST_ID = 25


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field may hold (fields.toml says what each bound means)."""

    name: str
    vi: str
    max: int
    required: bool = False
    kind: str = "text"
    codes: tuple[str, ...] = ()
    pattern: str = ""
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DossierFacts:
    """What is known of a dossier when it closes.

    Attributes:
        organ_id: fonds code of the agency.
        sheets: sheets of paper without separators; ``pages``: filed sides.
        start, end: period of the papers; ``paper_file_code`` empty makes a placeholder.
        more: further fields by name.
    """

    file_code: str
    title: str
    organ_id: str
    maintenance: str
    mode: str
    documents: int
    sheets: int
    pages: int
    start: date
    end: date
    paper_file_code: str = ""
    language: str = "01"
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What is known of a document when its dossier closes."""

    file_code: str
    ordinal: int
    pages: int
    maintenance: str
    mode: str
    type_name: str = ""
    language: str = "01"
    more: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=4)
def rules(level: str) -> tuple[FieldRule, ...]:
    """Return the fields of ``dossier`` or ``document`` in the circular's order."""
    table = _table()
    return tuple(_rule(name, spec, table["codes"]) for name, spec in table[level].items())


def code_list(name: str) -> dict[str, str]:
    """Return a list of codes of fields.toml: each code and what it means in Vietnamese."""
    return dict(_table()["codes"][name])


def validate(level: str, values: Mapping[str, str]) -> None:
    """Check the fields of a ``dossier`` or ``document``; an empty text counts as absent.

    Raises:
        ApplianceError: FIELD_INVALID naming the field, without its value.
    """
    known = rules(level)
    unknown = set(values) - {rule.name for rule in known}
    if unknown:
        raise _invalid(min(unknown), "unknown field")
    for rule in known:
        _check(rule, values.get(rule.name, ""), values)


def check_value(level: str, name: str, value: str) -> None:
    """Check the value of one field.

    Raises:
        ApplianceError: FIELD_INVALID naming the field, without its value; also for a name that is none.
    """
    rule = next((rule for rule in rules(level) if rule.name == name), None)
    if rule is None:
        raise _invalid(name, "unknown field")
    _check(rule, value, {})


def dossier_fields(facts: DossierFacts) -> dict[str, str]:
    """Return the valid fields of a dossier, absent ones left out, in the circular's order.

    Raises:
        ApplianceError: FIELD_INVALID.
    """
    paper = facts.paper_file_code or _paper_file_code(facts.organ_id, facts.file_code)
    values = {
        "fileCode": facts.file_code, "title": facts.title, "maintenance": facts.maintenance, "mode": facts.mode,
        "language": facts.language, "startDate": day(facts.start), "endDate": day(facts.end),
        "totalDoc": str(facts.documents), "numberOfPaper": str(facts.sheets), "numberOfPage": str(facts.pages),
        "confidenceLevel": DIGITISED, "paperFileCode": paper, "riskRecovery": "0",
    }
    return _complete(DOSSIER, values | facts.more)


def document_fields(facts: DocumentFacts) -> dict[str, str]:
    """Return the valid fields of a document, absent ones left out, in the circular's order.

    Raises:
        ApplianceError: FIELD_INVALID.
    """
    values = {
        "docId": document_id(facts.file_code, facts.ordinal),
        "docCode": document_code(facts.file_code, facts.ordinal),
        "maintenance": facts.maintenance, "typeName": facts.type_name, "language": facts.language,
        "numberOfPage": str(facts.pages), "mode": facts.mode, "confidenceLevel": DIGITISED, "riskRecovery": "0",
    }
    return _complete(DOCUMENT, values | facts.more)


def document_code(file_code: str, ordinal: int) -> str:
    """Return ``<fileCode>.<7 digits>``.

    Raises:
        ApplianceError: FIELD_INVALID when the ordinal is outside 1..9,999,999.
    """
    if not 1 <= ordinal <= 9_999_999:
        raise _invalid("docCode", "the document number is outside 1 to 9999999")
    return f"{file_code}.{ordinal:07d}"


def document_id(file_code: str, ordinal: int) -> str:
    """Return an identifier of at most 25 characters, the same for the same paper in every run."""
    plain = f"{file_code}.{ordinal}"
    if len(plain) <= _LONGEST_ID:
        return plain
    return hashlib.sha256(document_code(file_code, ordinal).encode()).hexdigest()[:_LONGEST_ID].upper()


def day(value: date) -> str:
    """Return a date as DD/MM/YYYY."""
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def _paper_file_code(organ_id: str, file_code: str) -> str:
    """Return the placeholder for the paper dossier's code until the register gives its place on the shelf."""
    bears_it = not organ_id or file_code.startswith(f"{organ_id}.")
    code = file_code if bears_it else f"{organ_id}.{file_code}"
    return code if len(code) <= 100 else file_code


def _complete(level: str, values: dict[str, str]) -> dict[str, str]:
    composed = {name: unicodedata.normalize("NFC", value).strip() for name, value in values.items()}
    validate(level, composed)
    return {rule.name: composed[rule.name] for rule in rules(level) if composed.get(rule.name)}


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("appliance.documents").joinpath("fields.toml").read_text(encoding="utf-8"))


def _rule(name: str, spec: dict[str, Any], lists: dict[str, dict[str, str]]) -> FieldRule:
    codes = tuple(lists[spec["codes"]]) if "codes" in spec else ()
    when = {other: tuple(values) for other, values in spec.get("when", {}).items()}
    plain = {key: value for key, value in spec.items() if key not in ("codes", "when")}
    return FieldRule(name=name, codes=codes, when=when, **plain)


def _check(rule: FieldRule, value: str, values: Mapping[str, str]) -> None:
    if not value:
        _check_absence(rule, values)
        return
    if len(value) > rule.max:
        raise _invalid(rule.name, f"longer than {rule.max} characters")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Cn") and letter not in "\n\t" for letter in value):
        raise _invalid(rule.name, "it holds characters that may not be stored")
    if rule.codes and value not in rule.codes:
        raise _invalid(rule.name, "not a code of its list")
    if rule.pattern and not re.fullmatch(rule.pattern, value):
        raise _invalid(rule.name, "not of the form the archive asks for")
    _check_kind(rule, value)


def _check_absence(rule: FieldRule, values: Mapping[str, str]) -> None:
    if rule.required:
        raise _invalid(rule.name, "missing")
    for other, triggers in rule.when.items():
        if values.get(other, "") in triggers:
            raise _invalid(rule.name, f"missing, though {other} demands it")


def _check_kind(rule: FieldRule, value: str) -> None:
    if rule.kind == "number" and not re.fullmatch(r"[0-9]+", value, re.ASCII):
        raise _invalid(rule.name, "not a number")
    if rule.kind == "flag" and value not in ("0", "1"):
        raise _invalid(rule.name, "neither 0 nor 1")
    if rule.kind == "date" and not _is_day(value):
        raise _invalid(rule.name, "not a date DD/MM/YYYY")


def _is_day(value: str) -> bool:
    if not re.fullmatch(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", value, re.ASCII):
        return False
    try:
        datetime.strptime(value, "%d/%m/%Y")  # noqa: DTZ007 - a day of the calendar, not a moment
    except ValueError:
        return False
    return True


def _invalid(name: str, reason: str) -> ApplianceError:
    return errors.FIELD_INVALID.error(name=name, reason=reason)
