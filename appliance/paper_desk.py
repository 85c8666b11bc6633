"""What the control socket offers about special papers: the daemon's side of ``appliance paper``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from appliance import composed, listed, staff
from appliance.core import clock, errors, rules
from appliance.core.config import Config
from appliance.core.plain import to_plain
from appliance.documents import copies
from appliance.leaders import Leaders
from appliance.spool import composition, handovers, offices, papers
from appliance.spool.composition import NewAnswer
from appliance.spool.ledger import Book, Ledger
from appliance.spool.papers import Decision

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]
Words = Mapping[str, str]
LONGEST = 500
"""Letters of a reason that are kept."""


@dataclass(frozen=True)
class PaperDesk:
    """Writes down what operators say of papers, and what only leaders decide; ``wake`` lets the work go on."""

    config: Config
    book: Book
    leaders: Leaders
    wake: Callable[[], None]

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return the routes; ``asked`` reads the words of a request."""
        def route(path: str, act: Callable[[Words], Awaitable[dict[str, Any]]]) -> web.RouteDef:
            async def answer(request: web.Request) -> web.Response:
                done = await act(await asked(request))
                self.wake()
                return web.json_response({"done": path, **done})

            return web.post(path, answer)

        return (route("/paper/copy", self.copy), route("/paper/pair", self.pair),
                route("/paper/normative", self.normative), route("/paper/leave", self.leave),
                route("/dossier/to-centre", self.to_centre), route("/dossier/take-back", self.take_back),
                route("/dossier/at-centre", self.at_centre))

    async def copy(self, words: Words) -> dict[str, Any]:
        """Write down which certified copy a document is. Raises COPY_WRONG, PAPER_REFUSED, STAFF_UNKNOWN."""
        says = copies.given(words.get("form", ""), words.get("number", ""), words.get("date", ""))
        await self.book.ask(papers.name_copy, self._of(words, self._who(words)), says)
        return {}

    async def pair(self, words: Words) -> dict[str, Any]:
        """Say that both captures of pages with notes are right. Raises PAPER_REFUSED, STAFF_UNKNOWN."""
        await self.book.ask(papers.keep_pair, self._of(words, self._who(words)))
        return {}

    async def normative(self, words: Words) -> dict[str, Any]:
        """Take a normative document out, or let it be an ordinary paper: a leader decides.

        Raises:
            ApplianceError: as ``Leaders.named``; PAPER_REFUSED.
        """
        leader = await self.leaders.named(words)
        of = self._of(words, leader.code, _reason(words))
        await self.book.ask(papers.normative, of, exclude=words.get("what") == "exclude")
        return {}

    async def leave(self, words: Words) -> dict[str, Any]:
        """Write down that an important and fragile paper is not digitised, or take that back: a leader decides.

        Raises:
            ApplianceError: as ``Leaders.named``; PAPER_REFUSED, REQUEST_REFUSED, COMPONENT_UNKNOWN, ANSWER_UNKNOWN,
                COMPONENTS_TOO_LATE.
        """
        leader = await self.leaders.named(words)
        reason = f"{_reason(words)} ({leader.name}, {_day(words)})"
        office = composed.office_of(self.config, rules.load)
        code = _code(words)

        def decide(ledger: Ledger) -> int:
            with ledger.transaction():
                component = composed.component_of(ledger, code, words.get("component", "").strip(), office)
                if words.get("withdraw"):
                    _taken_back(ledger, code, component, leader.code, reason)
                else:
                    said = NewAnswer(code, component, composition.DO_NOT_DIGITISE, reason, leader.code)
                    composition.answer(ledger, said)
                return composed.recheck_all(ledger, office)

        return {"released": await self.book.ask(decide)}

    async def to_centre(self, words: Words) -> dict[str, Any]:
        """Close a dossier that cannot be completed; return what its handover note says. Raises PAPER_REFUSED."""
        note = await self.book.ask(handovers.hand_over, _code(words), who=self._who(words),
                                   reason=words.get("reason", "")[:LONGEST])
        seat = await self.book.ask(offices.of_file, note.file_code) or self.config.office
        job = self.config.job_named(note.job)
        title = listed.words_of(note.register, job).title
        told = {name: value for name, value in to_plain(note).items() if name not in ("register", "job")}
        return {"note": {**told, "title": title, "office": seat.name, "office_code": seat.code}}

    async def at_centre(self, words: Words) -> dict[str, Any]:
        """Write down that the centre has signed for the paper of a dossier. Raises PAPER_REFUSED, STAFF_UNKNOWN."""
        await self.book.ask(handovers.received, _code(words), who=self._who(words))
        return {}

    async def take_back(self, words: Words) -> dict[str, Any]:
        """Let a dossier wait again that was handed over by mistake. Raises PAPER_REFUSED."""
        await self.book.ask(handovers.take_back, _code(words), who=self._who(words),
                            reason=words.get("reason", "")[:LONGEST])
        return {}

    def _of(self, words: Words, who: str, reason: str = "") -> Decision:
        number = words.get("document", "")
        if not (number.isascii() and number.isdigit() and len(number) <= 7):
            raise errors.PAPER_REFUSED.error(reason="số tài liệu / document number")
        return Decision(_code(words), int(number), who, reason)

    def _who(self, words: Words) -> str:
        """Return who decides, by staff code where one is given, else the office. Raises STAFF_UNKNOWN."""
        code = words.get("by", "").strip().upper()
        found = staff.person(self.config, code) if code else None
        if code and found is None:
            raise errors.STAFF_UNKNOWN.error(code=code)
        return found.code if found else self.config.office.operator or self.config.office.code


def _code(words: Words) -> str:
    """Return the dossier's code that a request names."""
    return words.get("code", "").strip().upper()


def _taken_back(ledger: Ledger, code: str, component: str, who: str, reason: str) -> None:
    """Take back that a component is not digitised. Raises ANSWER_UNKNOWN where no leader has said so."""
    kinds = {one.component: one.kind for one in composition.answers_of(ledger, code)}
    if kinds.get(component) != composition.DO_NOT_DIGITISE:
        raise errors.ANSWER_UNKNOWN.error(file_code=code, component=component)
    composition.take_back(ledger, NewAnswer(code, component, composition.REVOKED, reason, who))


def _day(words: Words) -> str:
    """Return the day of a decision as DD/MM/YYYY, today where none is said. Raises PAPER_REFUSED."""
    text = words.get("date", "").strip()
    try:
        day = datetime.strptime(text, "%d/%m/%Y") if text else clock.now()  # noqa: DTZ007 - a day of the calendar
    except ValueError:
        raise errors.PAPER_REFUSED.error(reason="ngày quyết định (DD/MM/YYYY) / date of the decision") from None
    return f"{day:%d/%m/%Y}"


def _reason(words: Words) -> str:
    """Return why somebody decides so. Raises PAPER_REFUSED without a reason."""
    reason = words.get("reason", "").strip()[:LONGEST]
    if not reason:
        raise errors.PAPER_REFUSED.error(reason="thiếu lý do / no reason given")
    return reason
