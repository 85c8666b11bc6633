"""What the control socket and the page offer of signing: sessions of persons, and the PIN of the office's token."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.core import rules
from appliance.core.errors import ApplianceError
from appliance.core.states import DocumentState
from appliance.logins import Logins
from appliance.sessions import Session
from appliance.signing.protocol import KeyFacts, Unlock
from appliance.spool.ledger import Ledger
from appliance.steps.signing import SigningSteps

log = logging.getLogger(__name__)

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]

SHOWN = 20
"""Documents told by their name; of more only the number."""


@dataclass
class SessionDesk:
    """Requests about signing; ``wake`` lets the work go on. No PIN is kept, logged or repeated."""

    steps: SigningSteps
    logins: Logins
    wake: Callable[[], None]

    def __post_init__(self) -> None:
        self.sessions = self.steps.sessions
        self.book, self.signer = self.steps.means.book, self.steps.means.signer

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return the routes; ``asked`` reads the words of a request."""
        async def enter(request: web.Request) -> web.Response:
            words = await asked(request)
            if words.get("check"):
                await self.sessions.check(words.get("code", ""), words.get("by", ""))
                return web.json_response({"done": "check"})
            return web.json_response({"done": "open", **await self.open(
                words.get("code", ""), words.get("pin", ""), words.get("by", ""), again=bool(words.get("again")))})

        async def leave(request: web.Request) -> web.Response:
            words = await asked(request)
            new = await self.sessions.close(words.get("code", ""), words.get("by", ""))
            return web.json_response({"done": "close", "new": new})

        async def unlock(request: web.Request) -> web.Response:
            words = await asked(request)
            facts = await self.unlock(words.get("pin", ""), words.get("by", ""), again=bool(words.get("again")))
            return web.json_response({"done": "unlock", "key": _key(facts)})

        return (web.get("/sign", self._status), web.post("/sign/open", enter), web.post("/sign/close", leave),
                web.post("/sign/unlock", unlock))

    async def look(self) -> None:
        """Let what waits for leave be asked for again at once, also where a key has refused a document before."""
        self.steps.refusals.clear()
        await self.steps.look()
        self.wake()

    async def open(self, code: str, pin: str, by: str, *, again: bool = False) -> dict[str, Any]:
        """Open a person's session; return until when, and which documents of that person waited for it.

        Raises:
            ApplianceError: as ``Sessions.open``; LOGIN_REFUSED, LOGIN_TOO_OFTEN for who has no token to ask.
        """
        await self.sessions.check(code, by)
        if self.sessions.needs_pin_of_page(code):
            try:
                await self.logins.known(code, pin, "")
            except ApplianceError as problem:
                await self.sessions.refused(code, by, problem.code)
                raise
        session = await self.sessions.open(code, pin, by, again=again)
        found = await self.book.ask(waiting_of, code)
        log.info("a signing session is open; %d documents waited for it", len(found))
        await self.look()
        return {**_session(session), "waiting": len(found), "documents": found[:SHOWN]}

    async def unlock(self, pin: str, by: str, *, again: bool = False) -> KeyFacts:
        """Give the signer the PIN of the office's token; raises why the token does not open."""
        try:
            facts = await self.signer.unlock(Unlock(pin, again))
        except ApplianceError as problem:
            code = problem.code
            await self.book.ask(lambda ledger: ledger.note("key.unlock_refused", "agency", code=code, by=by))
            raise
        await self.book.ask(lambda ledger: ledger.note("key.unlocked", "agency", key=facts.fingerprint, by=by))
        await self.look()
        return facts

    async def _status(self, _request: web.Request) -> web.Response:
        key, refusal = self.signer.key, self.signer.refusal
        why = {"code": refusal.code, "vi": refusal.vi, "en": refusal.en} if refusal is not None else None
        return web.json_response({"key": _key(key) if key else None, "refusal": why,
                                  "sessions": [_session(one) for one in self.sessions.all()]})


def waiting_of(ledger: Ledger, code: str) -> list[str]:
    """Return the documents that wait for a person's own signature, by file code and number."""
    rows = ledger.all("documents_waiting", state=DocumentState.AWAITING_SIGNER)
    return [f"{row['file_code']}.{row['ordinal']}" for row in rows
            if row["operator_code"] == code and row["people"] == 1
            and rules.load(row["rules"]).stamp.role == "person"]


def _session(session: Session) -> dict[str, Any]:
    return {"code": session.person.code, "name": session.person.name, "opened": session.opened,
            "until": session.until, "key": session.fingerprint}


def _key(key: KeyFacts) -> dict[str, Any]:
    return {"fingerprint": key.fingerprint, "subject": key.subject, "issuer": key.issuer, "until": key.not_after,
            "development": key.development}
