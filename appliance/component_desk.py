"""What the control socket offers of components: what a dossier is made of, answers, and its number of sheets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance import composed, staff
from appliance.composed import Office
from appliance.core import errors
from appliance.core.config import Config
from appliance.spool import composition
from appliance.spool.composition import NewAnswer
from appliance.spool.ledger import Book, Ledger, Row

Words = Mapping[str, str]

MAY = (composition.ALREADY_DIGITISED, composition.NOT_REQUIRED, composition.ACCEPTED)
"""Kinds of answers that an operator may give; a leader gives the others elsewhere (appliance paper)."""

BY_REGISTER = "theo danh sách tiếp nhận / as the register says"


@dataclass(frozen=True)
class ComponentDesk:
    """Writes down what people say of components; ``wake`` lets the work go on."""

    config: Config
    book: Book
    office: Office
    wake: Callable[[], None]

    def routes(self, asked: Callable[[web.Request], Awaitable[dict[str, str]]]) -> tuple[web.RouteDef, ...]:
        """Return the routes; ``asked`` reads the words of a request."""
        def route(path: str, act: Callable[[Ledger, Words], dict[str, Any]]) -> web.RouteDef:
            async def answer(request: web.Request) -> web.Response:
                words = await asked(request)
                done = await self.book.ask(act, words)
                self.wake()
                return web.json_response({"done": path, **done})

            return web.post(path, answer)

        return (route("/component/list", self.listed), route("/component/answer", self.answer),
                route("/component/withdraw", self.withdraw), route("/component/sheets", self.sheets),
                route("/component/check", self.check))

    def listed(self, ledger: Ledger, words: Words) -> dict[str, Any]:
        """Return what a dossier must be made of, what of it is there, and every answer."""
        code = _code(words)
        row = ledger.one("latest_dossier", file_code=code)
        told: dict[str, Any] = {"code": code, "state": "", "held": "", "missing": [], "findings": []}
        if row is not None:
            wanted = composed.wanted_of(ledger, row, self.office)
            found = composed.judge(ledger, row, wanted, self.office)
            told |= {"state": row["state"], "held": row["code"], "captured": row["captured"],
                     "declared": row["declared"], **composed.account(found, wanted, self.office)}
        else:
            told |= composed.foreseen(ledger, code, self._register(ledger, code), self.office)
        told["answers"] = [
            {"component": one.component, "kind": one.kind, "reason": one.reason, "by": one.who, "at": one.at,
             "withdrawn": one.withdrawn, "withdrawn_as": one.withdrawn_as}
            for one in composition.answers_of(ledger, code, withdrawn=True)]
        return told

    def answer(self, ledger: Ledger, words: Words) -> dict[str, Any]:
        """Write down what stands for a component.

        Raises:
            ApplianceError: COMPONENT_UNKNOWN, COMPONENTS_TOO_LATE, REQUEST_REFUSED, STAFF_UNKNOWN.
        """
        code, kind = _code(words), words.get("kind", "")
        if kind not in MAY:
            raise errors.REQUEST_REFUSED.error(reason=f"kind: {', '.join(MAY)}")
        with ledger.transaction():
            component = self._component(ledger, code, words.get("component", ""))
            self._refuse_leaders(ledger, code, component)
            said = NewAnswer(code, component, kind, words.get("reason", "").strip(), self._who(words))
            composition.answer(ledger, said)
            return {"held": composed.recheck(ledger, code, self.office)}

    def withdraw(self, ledger: Ledger, words: Words) -> dict[str, Any]:
        """Take back what stands for a component, as data_mismatch. Raises ANSWER_UNKNOWN, COMPONENTS_TOO_LATE."""
        code, who, reason = _code(words), self._who(words), words.get("reason", "").strip()
        with ledger.transaction():
            component = self._component(ledger, code, words.get("component", ""))
            said = {one.component for one in composition.answers_of(ledger, code)}
            if component not in said and component in self._shared(ledger, code):
                told = NewAnswer(code, component, composition.ALREADY_DIGITISED, BY_REGISTER, who)
                composition.answer(ledger, told)
            self._refuse_leaders(ledger, code, component)
            composition.withdraw(ledger, code, component, who=who, reason=reason)
            return {"held": composed.recheck(ledger, code, self.office)}

    def sheets(self, ledger: Ledger, words: Words) -> dict[str, Any]:
        """Write down how many sheets a dossier has. Raises REQUEST_REFUSED, COMPONENTS_TOO_LATE."""
        code, text = _code(words), words.get("sheets", "")
        source = words.get("source", "") or composition.OPERATOR
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else -1
        with ledger.transaction():
            composition.declare(ledger, code, source, number, who=self._who(words))
            return {"held": composed.recheck(ledger, code, self.office)}

    def check(self, ledger: Ledger, words: Words) -> dict[str, Any]:
        """Judge a dossier again by what register and table say now. Raises COMPONENTS_TOO_LATE."""
        code = _code(words)
        with ledger.transaction():
            row = ledger.one("latest_dossier", file_code=code)
            register = self._register(ledger, code)
            if row is not None and register:
                ledger.put("dossier", row["id"], register=register)
                ledger.note("dossier.registered", row["id"], who=self._who(words))
            return {"held": composed.recheck(ledger, code, self.office)}

    def _component(self, ledger: Ledger, code: str, text: str) -> str:
        return composed.component_of(ledger, code, text, self.office)

    def _refuse_leaders(self, ledger: Ledger, code: str, component: str) -> None:
        """Refuse to take back, or to answer otherwise, what only a leader may have said. Raises REQUEST_REFUSED."""
        kinds = {one.kind for one in composition.answers_of(ledger, code) if one.component == component}
        if kinds - set(MAY):
            raise errors.REQUEST_REFUSED.error(reason="lãnh đạo đã quyết định / a leader has decided it")

    def _shared(self, ledger: Ledger, code: str) -> frozenset[str]:
        row: Row | None = ledger.one("latest_dossier", file_code=code)
        register = row["register"] if row is not None else self._register(ledger, code)
        return composed.expected_of(register, self.office).shared

    def _register(self, ledger: Ledger, code: str) -> str:
        return composed.register_of(ledger, code, self.office)

    def _who(self, words: Words) -> str:
        """Return who says so: a staff code of the settings, else the office's name.

        Raises:
            ApplianceError: STAFF_UNKNOWN.
        """
        code = words.get("by", "").strip().upper()
        if code and staff.person(self.config, code) is None:
            raise errors.STAFF_UNKNOWN.error(code=code)
        return code or self.config.office.operator or self.config.office.name


def _code(words: Words) -> str:
    """Return the dossier's code that a request names. Raises REQUEST_REFUSED."""
    code = words.get("code", "").strip().upper()
    if not code:
        raise errors.REQUEST_REFUSED.error(reason="code")
    return code
