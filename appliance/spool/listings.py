"""What the registers in the ledger say: of a dossier, of themselves, and to dossiers that wait for one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from appliance.core import errors
from appliance.core.states import DossierState
from appliance.spool import again, composition, dossiers
from appliance.spool.ledger import Ledger, Row


def look_up(ledger: Ledger, kind: str, codes: Iterable[str]) -> tuple[bool, dict[str, str]]:
    """Say whether a register of a kind is loaded, and what it says of each code that it has, as JSON."""
    loaded = any(row["kind"] == kind for row in ledger.all("current_registers"))
    found = {}
    for code in codes if loaded else ():
        rows = [row for row in ledger.all("register_rows_of", code=code) if row["kind"] == kind]
        if rows:
            found[code] = snapshot(rows[0])
    return loaded, found


def snapshot(row: Row) -> str:
    """Return what a register says of a dossier, as JSON: kind, name, line and values."""
    return json.dumps({"kind": row["kind"], "name": row["name"], "line": row["line"],
                       "fields": json.loads(row["fields"])}, ensure_ascii=False, sort_keys=True)


def show(ledger: Ledger, code: str) -> list[dict[str, Any]]:
    """Return what every register says of a code, and where its dossier stands."""
    dossier = ledger.one("latest_dossier", file_code=code)
    state = dossier["state"] if dossier is not None else ""
    return [{**json.loads(snapshot(row)), "imported": row["imported"], "state": state}
            for row in ledger.all("register_rows_of", code=code)]


def listing(ledger: Ledger) -> list[dict[str, Any]]:
    """Return every register that counts, without its file: names of files are for those who import."""
    return [{name: row[name] for name in ("kind", "name", "rows", "imported")}
            for row in ledger.all("current_registers")]


def page_of(ledger: Ledger, kind: str, name: str, after: int, most: int) -> list[dict[str, Any]]:
    """Return some rows of a register in the order they came, for those who print from it.

    ``after`` is the ``at`` of the last row that is known already, 0 at first.
    """
    register = ledger.one("current_register", kind=kind, name=name)
    found = ledger.all("register_page", register=register["id"], after=after, most=most) if register else []
    return [{"at": row["id"], "line": row["line"], "code": row["code"], "fields": json.loads(row["fields"])}
            for row in found]


def sources(ledger: Ledger) -> list[dict[str, Any]]:
    """Return every register that counts with where it came from."""
    return [{name: row[name] for name in ("kind", "name", "rows", "imported", "source", "sha256", "who")}
            for row in ledger.all("current_registers")]


def release(ledger: Ledger, kind: str, rules: Iterable[str]) -> int:
    """Let dossiers go on that waited for a register which has them now; return how many.

    ``rules`` are the names of the rule profiles of that kind.
    """
    wanted, freed = frozenset(rules), 0
    with ledger.transaction():
        for row in ledger.all("dossiers_unregistered", code=errors.DOSSIER_UNREGISTERED.code):
            if row["rules"] in wanted:
                _, found = look_up(ledger, kind, [row["file_code"]])
                if found:
                    _registered(ledger, row, found[row["file_code"]])
                    freed += 1
        _reconsider(ledger, kind, wanted)
    return freed


def _reconsider(ledger: Ledger, kind: str, rules: frozenset[str]) -> None:
    """Have dossiers judged again that wait for their composition and of which the register says something new."""
    for row in ledger.all("dossiers_held_for", codes=json.dumps(composition.JUDGED)):
        if row["rules"] in rules:
            entry = look_up(ledger, kind, [row["file_code"]])[1].get(row["file_code"], "")
            if entry and entry != row["register"]:
                ledger.put("dossier", row["id"], register=entry, composition="")
                ledger.note("dossier.registered", row["id"])


def _registered(ledger: Ledger, row: Row, register: str) -> None:
    """Let a dossier go on that waited for its register; one with held pages waits for those only from now on."""
    ledger.put("dossier", row["id"], register=register)
    ledger.note("dossier.registered", row["id"])
    if row["code"] == errors.PAGE_HELD_IN_DOSSIER.code:
        ledger.put("dossier", row["id"], details=json.dumps({"count": json.loads(row["details"])["count"]}))
        return
    code, details = dossiers.short(ledger, row["id"])
    if code := code or again.replace_earlier(ledger, row["id"]):
        ledger.put("dossier", row["id"], code=code, details=json.dumps(details, ensure_ascii=False))
    else:
        dossiers.settle(ledger, row["id"], DossierState.HELD, "", {})
