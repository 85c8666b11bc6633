"""What the control socket offers of the plan, of reports and of lots."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from appliance import staff
from appliance.core import clock, errors
from appliance.core.config import Config
from appliance.planning import answers, period, sampling, survey
from appliance.spool import lots, plans
from appliance.spool.ledger import Book
from appliance.spool.lots import Judged, NewLot
from appliance.spool.plans import Phase

LONGEST = 300

PHASE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,15}")
"""As documents/register/plan.toml has it: each is a label of the metrics."""


@dataclass(frozen=True)
class PlanDesk:
    """Requests of the control socket."""

    config: Config
    book: Book

    def routes(self) -> tuple[web.RouteDef, ...]:
        """Return the routes."""
        number = r"{number:\d{1,15}}"
        return (
            web.get("/office", self._office), web.get("/plan", self._plan), web.post("/plan", self._replace),
            web.get("/report/day", self._day),
            web.get("/lot", self._listed), web.post("/lot", self._make), web.get(f"/lot/{number}", self._lot),
            web.post(f"/lot/{number}/check", self._check), web.post(f"/lot/{number}/decide", self._decide))

    async def _office(self, _request: web.Request) -> web.Response:
        office = self.config.office
        return web.json_response({"code": office.code, "name": office.name})

    async def _plan(self, request: web.Request) -> web.Response:
        """Answer the plan and how it stands; ``until``: as it stood when that day began."""
        today = clock.now().date()
        until = _day(request.query["until"]) if request.query.get("until") else None
        found = await survey.archive(self.book, until)
        return web.json_response(answers.of_plan(found, self.config.plan, min(today, until) if until else today))

    async def _replace(self, request: web.Request) -> web.Response:
        asked = await _body(request)
        phases = _phases(asked.get("phases"))
        await self.book.ask(plans.replace, phases, _text(asked, "source"), self._who(asked))
        return web.json_response({"done": "plan", "phases": len(phases)})

    async def _day(self, request: web.Request) -> web.Response:
        return web.json_response(await self.book.ask(answers.day, _day(request.query.get("day", ""))))

    async def _listed(self, _request: web.Request) -> web.Response:
        return web.json_response(await self.book.ask(answers.all_lots))

    async def _lot(self, request: web.Request) -> web.Response:
        return web.json_response(await self.book.ask(answers.lot, int(request.match_info["number"])))

    async def _make(self, request: web.Request) -> web.Response:
        """Make a lot of the dossiers with a receipt from day ``since`` to day ``until``."""
        asked, rule = await _body(request), sampling.rule()
        since, last = (_day(_text(asked, name)) for name in ("since", "until"))
        new = NewLot(str(since), period.span(last).until, self._who(asked), rule.name)
        return web.json_response({"lot": await self.book.ask(lots.make, new, rule.size)})

    async def _check(self, request: web.Request) -> web.Response:
        asked = await _body(request)
        place, fault = asked.get("place"), _text(asked, "fault")
        if bool(fault) is (asked.get("good") is True):
            raise errors.REQUEST_REFUSED.error(reason="đạt, hoặc lỗi gì / good, or what is wrong")
        said = Judged(int(request.match_info["number"]), place if isinstance(place, int) else 0, fault,
                      self._who(asked))
        await self.book.ask(lots.judge, said)
        return web.json_response({"done": "check"})

    async def _decide(self, request: web.Request) -> web.Response:
        asked, number = await _body(request), int(request.match_info["number"])
        if not isinstance(asked.get("good"), bool):
            raise errors.REQUEST_REFUSED.error(reason="good")
        good, who, remark = asked.get("good") is True, self._who(asked), _text(asked, "remark")
        await self.book.ask(lambda ledger: lots.decide(ledger, number, good=good, who=who, remark=remark))
        return web.json_response({"done": "decide"})

    def _who(self, asked: dict[str, Any]) -> str:
        """Return who asks: a person of the settings, or who runs the command.

        Raises:
            ApplianceError: STAFF_UNKNOWN.
        """
        by = _text(asked, "by")
        if by and staff.person(self.config, by) is None:
            raise errors.STAFF_UNKNOWN.error(code=by)
        return by or _text(asked, "who") or self.config.office.operator


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.text() or "{}")
    except (ValueError, LookupError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise errors.REQUEST_REFUSED.error(reason="the body is no JSON table")
    return found


def _text(asked: dict[str, Any], name: str) -> str:
    return " ".join(str(asked.get(name, "")).split())[:LONGEST]


def _day(text: str) -> date:
    """Return a day that has a next one. Raises PERIOD_WRONG."""
    try:
        return date.fromisoformat(text) + timedelta(days=1) - timedelta(days=1)
    except (ValueError, OverflowError):
        raise errors.PERIOD_WRONG.error(text=text[:20], reason="không phải ngày / no day") from None


def _phases(found: object) -> list[Phase]:
    """Return the phases of a request.

    Raises:
        ApplianceError: REQUEST_REFUSED.
    """
    try:
        phases = [Phase(str(one["phase"]), int(one["dossiers"]), int(one["sheets"]), int(one["high_use"]),
                        str(_day(one["deadline"])), tuple(map(str, one["registers"])))
                  for one in found]  # type: ignore[attr-defined]
    except (TypeError, ValueError, KeyError, OverflowError):
        raise errors.REQUEST_REFUSED.error(reason="phases") from None
    sound = all(PHASE.fullmatch(one.name) and 0 < one.dossiers <= one.sheets and 0 <= one.high_use <= one.dossiers
                for one in phases)
    if not sound or len({one.name for one in phases}) < len(phases):
        raise errors.REQUEST_REFUSED.error(reason="phases")
    return phases
