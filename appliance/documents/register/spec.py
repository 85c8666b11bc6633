"""What a register may hold: kinds, fields, lists and rules, read from the TOML files beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from appliance.documents import fields

KINDS = ("archive", "onestop")
ANY = "*"
"""Stands for any value in ``Field.when``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a register (archive.toml says what each means)."""

    name: str
    vi: str
    max: int
    kind: str = "text"
    required: bool = False
    default: str = ""
    pattern: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: str = ""
    barred: dict[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    package: bool = False
    example: str = ""
    parts: int = 0


@dataclass(frozen=True, slots=True)
class RegisterKind:
    """One kind of register.

    Attributes:
        code: the field that is the dossier's code.
        title: fields that make the dossier's title, joined.
        one_of: fields of which one must be given.
        period: first and last day, or nothing.
        listed: the field that the office's list of types is about, or empty.
    """

    name: str
    vi: str
    code: str
    fields: dict[str, Field]
    title: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    listed: str = ""


@lru_cache(maxsize=len(KINDS))
def kind(name: str) -> RegisterKind:
    """Return a kind of register: ``archive`` or ``onestop``."""
    table = _read(f"{name}.toml")
    lists = table.get("codes", {})
    like = {rule.name: rule for rule in fields.rules(table["like"])} if table["like"] else {}
    found = {key: _field(key, spec, lists, like.get(key)) for key, spec in table["field"].items()}
    return RegisterKind(table["kind"], table["vi"], table["code"], found, tuple(table["title"]),
                        tuple(table.get("one_of", ())), tuple(table.get("period", ())), table.get("listed", ""))


@lru_cache(maxsize=1)
def rules() -> dict[str, tuple[str, str]]:
    """Return the texts of every rule, in Vietnamese and English."""
    return {name: (texts["vi"], texts["en"]) for name, texts in _read("rules.toml").items()}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("appliance.documents.register").joinpath(name).read_text(encoding="utf-8"))


def _field(name: str, spec: dict[str, Any], lists: dict[str, dict[str, str]],
           like: fields.FieldRule | None) -> Field:
    base: dict[str, Any] = {}
    if like is not None:
        base = {"vi": like.vi, "max": like.max, "kind": like.kind, "required": like.required,
                "pattern": like.pattern, "when": like.when}
    own = {key: value for key, value in spec.items() if key not in ("codes", "when", "headings")}
    listed = spec.get("codes", "")
    codes = lists.get(listed) or (fields.code_list(listed) if listed else {})
    made = {**base, **own, "name": name, "codes": codes, "words": lists.get(f"{listed}_words", {}),
            "headings": tuple(spec["headings"])}
    if "when" in spec:
        made["when"] = {other: tuple(values) for other, values in spec["when"].items()}
    return Field(**made)
