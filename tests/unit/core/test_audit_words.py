"""Every kind of link that the code can write has a text in both languages, and so has every detail of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.audit_words import words
from appliance.core.states import MACHINES, SESSION

PACKAGE = Path(__file__).parents[3] / "appliance"
KIND = re.compile(r"[a-z]+\.[a-z_]+")
OWN_NOTES = frozenset({"note", "_note", "tell", "_tell"})
"""Functions that let a link stand on the chain; others of these names take no kind as a first word."""


def noted() -> Iterator[tuple[str, str]]:
    """Yield each kind, as a pattern where a part of it is only known at run time, and where it is written."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for pattern in patterns(tree, kind_of(call)):
                yield pattern, str(path.relative_to(PACKAGE))


def kind_of(call: ast.Call) -> ast.expr | None:
    """Return what a call gives as the kind: ``x.note(kind, ...)``, or ``ask(Ledger.note, kind, ...)``."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in OWN_NOTES and call.args:
        return call.args[0]
    for given, after in zip(call.args, call.args[1:], strict=False):
        if isinstance(given, ast.Attribute) and given.attr == "note":
            return after
    return None


def patterns(tree: ast.Module, kind: ast.expr | None) -> Iterator[str]:
    if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
        if KIND.fullmatch(kind.value):
            yield re.escape(kind.value)
    elif isinstance(kind, ast.JoinedStr):
        yield "".join(re.escape(str(one.value)) if isinstance(one, ast.Constant) else "[a-z_]+"
                      for one in kind.values)
    elif isinstance(kind, ast.IfExp):
        yield from (*patterns(tree, kind.body), *patterns(tree, kind.orelse))
    elif isinstance(kind, ast.Name):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and any(getattr(to, "id", "") == kind.id for to in node.targets):
                yield from patterns(tree, node.value)


EVERY = sorted(set(noted()))


def test_the_search_finds_the_kinds_that_are_written_in_every_way() -> None:
    found = {pattern for pattern, _ in EVERY}
    assert {re.escape("batch.lock"), re.escape("golden.failed"), re.escape("service.started"),
            re.escape("login.refused"), re.escape("scanner.") + "[a-z_]+_changed"} <= found
    assert len(found) > 60


@pytest.mark.parametrize(("pattern", "where"), EVERY)
def test_every_kind_that_is_noted_has_a_text(pattern: str, where: str) -> None:
    assert [kind for kind in words().kinds if re.fullmatch(pattern, kind)], where


@pytest.mark.parametrize("machine", [one for one in MACHINES if one is not SESSION], ids=str)
def test_every_state_that_a_thing_can_be_moved_to_has_a_text(machine: object) -> None:
    table, name = getattr(machine, "table", {}), str(machine)
    assert [state.value for state in table if f"{name}.{state.value}" not in words().kinds] == []


def test_both_languages_say_something_and_not_the_same() -> None:
    for vi, en in words().kinds.values():
        assert vi and en and vi != en
    assert all(vi and en for vi, en in words().details.values())


def test_every_detail_that_is_written_with_a_kind_has_a_name() -> None:
    missing = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if list(patterns(tree, kind_of(call))):
                missing |= {one.arg for one in call.keywords if one.arg and one.arg != "who"
                            and one.arg not in words().details}
    assert missing == set()
