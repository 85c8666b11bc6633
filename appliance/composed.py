"""What dossiers must be made of and are: table, register, answers and documents joined.

Judged whenever a dossier has closed, before anything of it is made, and again whenever what is known has changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from appliance.core import errors
from appliance.core.config import Config
from appliance.core.rules import RuleProfile
from appliance.core.states import DocumentState, DossierState
from appliance.documents.composition import judgement, table
from appliance.documents.composition.expected import Expected, component_named, expected, without
from appliance.documents.composition.judgement import Found, Judgement
from appliance.documents.composition.papers import folder_papers
from appliance.documents.composition.sheets import NAMES, REGISTER, SEPARATOR, Sheets
from appliance.documents.composition.table import Component, Table
from appliance.documents.plan import DossierPlan
from appliance.spool import composition, leaving, listings
from appliance.spool.composition import Answer
from appliance.spool.dossiers import NewDossier, Separated, settle
from appliance.spool.ledger import Ledger, Row
from appliance.spool.revisions import RELEASED

KINDS = ("onestop", "archive")
"""Kinds of registers, in the order in which they are asked of a dossier that nobody has scanned yet."""


@dataclass(frozen=True, slots=True)
class Office:
    """What an office asks: its table, whether an unknown procedure holds; ``load`` gives a rule profile by name."""

    table: Table
    hold_unknown: bool
    load: Callable[[str], RuleProfile]


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is known of a dossier but its documents."""

    expected: Expected
    answers: tuple[Answer, ...]
    said: Mapping[str, int]
    profile: RuleProfile
    settled: bool = False

    @property
    def kinds(self) -> dict[str, str]:
        """Return the kind of the answer that counts, by component."""
        return {one.component: one.kind for one in self.answers}


def office_of(config: Config, load: Callable[[str], RuleProfile]) -> Office:
    """Read the office's table.

    Raises:
        ApplianceError: COMPONENTS_TABLE.
    """
    return Office(table.read(config.composition.table), config.composition.unknown == table.HOLD, load)


def expected_of(register: str, office: Office) -> Expected:
    """Return what a dossier must be made of; ``register`` is what the ledger has kept of its register, or empty."""
    entry = json.loads(register or "{}")
    return expected(office.table, entry.get("kind", ""), entry.get("fields", {}))


def register_of(ledger: Ledger, file_code: str, office: Office) -> str:
    """Return what the registers say of a dossier now, or nothing; of one that is there, those of its own kind."""
    row = ledger.one("latest_dossier", file_code=file_code)
    known = json.loads(row["register"] or "{}").get("kind") if row is not None else ""
    own = known or (office.load(row["rules"]).stream if row is not None else "")
    for kind in (own,) if own else KINDS:
        _, entries = listings.look_up(ledger, kind, [file_code])
        if entries:
            return entries[file_code]
    return ""


def component_of(ledger: Ledger, file_code: str, text: str, office: Office) -> str:
    """Return the code of the component that a person named; as written where nothing is known of it.

    Raises:
        ApplianceError: COMPONENT_UNKNOWN.
    """
    row = ledger.one("latest_dossier", file_code=file_code)
    register = row["register"] if row is not None else register_of(ledger, file_code, office)
    parts = expected_of(register, office).components
    if not parts or text.startswith(judgement.BY_DOCUMENT):
        return text.strip()
    found = component_named(parts, text)
    if found is None:
        known = ", ".join(one.code for one in parts)
        raise errors.COMPONENT_UNKNOWN.error(file_code=file_code, component=text[:50], known=known)
    return found.code


def wanted_of(ledger: Ledger, row: Row, office: Office) -> Wanted:
    """Return what is known of a dossier but its documents."""
    said = composition.answers_of(ledger, row["file_code"], withdrawn=True)
    taken_back = frozenset(one.component for one in said if one.withdrawn_as == composition.DATA_MISMATCH)
    settled = any(one["what"] == RELEASED for one in json.loads(row["decided"]))
    counts = tuple(one for one in said if not one.withdrawn)
    return Wanted(without(expected_of(row["register"], office), taken_back), counts,
                  composition.sheets_said(ledger, row["file_code"]), office.load(row["rules"]), settled)


def judge(ledger: Ledger, row: Row, wanted: Wanted, office: Office) -> Judgement:
    """Compare what a dossier must be made of with what the ledger has of it."""
    rows = ledger.all("documents_of_dossier", dossier=row["id"])
    gone = ledger.all("documents_excluded", dossier=row["id"])
    annexes = [one for one in rows if one["original_of"]]
    documents = [Found(one["ordinal"], one["type_name"], one["component"], one["state"] == DocumentState.EXCLUDED)
                 for one in (*rows, *gone) if not one["original_of"]]
    covers = sum(one["sheets"] for one in (*rows, *gone) if one["type_name"] in folder_papers())
    sheets = Sheets({**wanted.said, REGISTER: wanted.expected.sheets, SEPARATOR: row["declared"]}, row["captured"],
                    covers, sum(one["sheets"] for one in annexes), wanted.profile.composition.covers_count,
                    wanted.settled)
    return judgement.judge(wanted.expected, documents, wanted.kinds, sheets, hold_unknown=office.hold_unknown)


def whole(wanted: Mapping[str, Wanted], plan: DossierPlan) -> bool:
    """Say whether a batch has a dossier that waits for components all by itself: then it was scanned again."""
    known = wanted.get(plan.file_code)
    if known is None:
        return False
    documents = [Found(one.ordinal, one.type_name, one.component) for one in plan.documents
                 if not one.special.original_of]
    covers = sum(one.sheets for one in plan.documents if one.type_name in folder_papers())
    annexes = sum(one.sheets for one in plan.documents if one.special.original_of)
    sheets = Sheets({**known.said, REGISTER: known.expected.sheets, SEPARATOR: plan.declared_sheets},
                    plan.captured_sheets, covers, annexes, known.profile.composition.covers_count)
    return not judgement.judge(known.expected, documents, known.kinds, sheets).findings


def waiting(ledger: Ledger, file_codes: Iterable[str], office: Office) -> dict[str, Wanted]:
    """Return what is known of dossiers that wait for components or sheets, by code."""
    rows = [ledger.one("latest_dossier", file_code=code) for code in file_codes]
    return {row["file_code"]: wanted_of(ledger, row, office) for row in rows
            if row is not None and row["state"] == DossierState.HELD and row["code"] in composition.ADDED_TO}


def compose(ledger: Ledger, dossier: str, office: Office) -> str:
    """Judge a dossier that is closed, or held for its composition; return the code that holds it now, or empty.

    One that is whole goes on; papers of the folder that its rule profile does not keep are taken out of it.
    """
    with ledger.transaction():
        row = ledger.one("dossier_of", id=dossier)
        if row is None or not _judgeable(row):
            return ""
        if row["line"]:  # an addition is no whole: what it adds to was judged
            ledger.put("dossier", dossier, composition="{}")
            return ""
        wanted = wanted_of(ledger, row, office)
        found = judge(ledger, row, wanted, office)
        told = account(found, wanted, office)
        if found.code:
            _hold(ledger, row, found)
        else:
            if row["state"] == DossierState.HELD:
                settle(ledger, dossier, DossierState.HELD, "", {})
            kept = wanted.profile.composition.keep
            told["left_out"] = leaving.leave_out(ledger, row, {
                code: one.vi for code, one in folder_papers().items() if one.name not in kept})
        ledger.put("dossier", dossier, composition=json.dumps(told, ensure_ascii=False, sort_keys=True))
        return found.code


def with_sources(ledger: Ledger, found: Separated, office: Office) -> Separated:
    """Tell of dossiers whose sheets are not those of the separator what every other source says of them."""
    return replace(found, dossiers=tuple(_with_sources(ledger, one, office) for one in found.dossiers))


def _with_sources(ledger: Ledger, new: NewDossier, office: Office) -> NewDossier:
    if errors.COUNT_MISMATCH.code not in (new.code, new.details.get("then")):
        return new
    said = {REGISTER: expected_of(new.register, office).sheets, **composition.sheets_said(ledger, new.file_code)}
    told = "; ".join(f"{NAMES[source][0]} {number} tờ" for source, number in said.items() if number)
    return replace(new, details={**new.details, "declared": f"{new.details['declared']}; {told}"}) if told else new


def _judgeable(row: Row) -> bool:
    return row["state"] == DossierState.CLOSED or (
        row["state"] == DossierState.HELD and row["code"] in composition.JUDGED)


def _hold(ledger: Ledger, row: Row, found: Judgement) -> None:
    details: dict[str, Any] = {**found.words, "file_code": row["file_code"]}
    if row["state"] == DossierState.CLOSED:
        settle(ledger, row["id"], DossierState.CLOSED, found.code, details)
    elif (row["code"], json.loads(row["details"])) != (found.code, details):
        ledger.put("dossier", row["id"], code=found.code, details=json.dumps(details, ensure_ascii=False))
        ledger.note("dossier.composition", row["id"], code=found.code)


def recheck(ledger: Ledger, file_code: str, office: Office) -> str:
    """Judge the newest revision of a dossier again, as what is known has changed; return the code that holds it.

    Raises:
        ApplianceError: COMPONENTS_TOO_LATE when it is packed, or with the archive.
    """
    row = ledger.one("latest_dossier", file_code=file_code)
    if row is None:
        return ""
    if row["state"] in (DossierState.PACKED, DossierState.ACCEPTED):
        raise errors.COMPONENTS_TOO_LATE.error(file_code=file_code)
    return compose(ledger, row["id"], office) if _judgeable(row) else str(row["code"])


def recheck_all(ledger: Ledger, office: Office) -> int:
    """Judge every dossier again that waits for its composition; return how many wait no more."""
    rows = ledger.all("dossiers_held_for", codes=json.dumps(composition.JUDGED))
    return sum(not compose(ledger, row["id"], office) for row in rows)


def foreseen(ledger: Ledger, file_code: str, register: str, office: Office) -> dict[str, Any]:
    """Return what a dossier that nobody has scanned yet must be made of, as ``account`` does."""
    said = tuple(composition.answers_of(ledger, file_code))
    sheets = composition.sheets_said(ledger, file_code)
    wanted = Wanted(expected_of(register, office), said, sheets, RuleProfile("", "", ""))
    return account(Judgement(), wanted, office)


def account(found: Judgement, wanted: Wanted, office: Office) -> dict[str, Any]:
    """Return what was found, as plain values: for packages and for people."""
    answers = {one.component: one for one in wanted.answers}
    return {
        "table": office.table.version, "of": wanted.expected.name,
        "components": [{**_component(one, wanted.expected), "documents": list(found.documents.get(one.code, ())),
                        "answer": answers[one.code].kind if one.code in answers else ""}
                       for one in wanted.expected.components],
        "others": list(found.others), "missing": list(found.missing),
        "sheets": {source: number for source, number in (
            *wanted.said.items(), (REGISTER, wanted.expected.sheets)) if number},
        "answers": [_plain(one) for one in wanted.answers],
        "findings": [one.vi for one in found.findings], "left_out": [],
    }


def _component(one: Component, wanted: Expected) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "need": one.need, "wanted": one.code in wanted.wanted,
            "register_says_digitised": one.code in wanted.shared}


def _plain(one: Answer) -> dict[str, str]:
    return {"component": one.component, "kind": one.kind, "reason": one.reason, "by": one.who, "at": one.at}
