"""Decisions of a person about a dossier or a rescan that waits: the daemon's side of ``appliance dossier``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance import listed, staff
from appliance.core import errors, rules
from appliance.core.jobs import Priority, Restored, RestoreDocument, RestoreJob
from appliance.core.plain import from_plain, to_plain
from appliance.documents.separator import is_file_code
from appliance.spool import again, listings, rescans, resolutions, restoring, supplements, tasks
from appliance.spool.ledger import Ledger, Row
from appliance.spool.resolutions import Decision
from appliance.spool.supplements import Leave
from appliance.steps.means import Means
from appliance.steps.rescans import RescanSteps

LONGEST_CODE = 92
"""Letters of a dossier code: with a document's eight they are the 100 that a package allows."""

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]
Act = Callable[[Mapping[str, str], str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class DossierDesk:
    """Writes decisions down and lets the work go on; ``who`` decides where nobody is named."""

    means: Means
    wake: Callable[[], None]

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return what the control socket offers; ``asked`` reads the words of a request."""
        def route(path: str, act: Act) -> web.RouteDef:
            async def answer(request: web.Request) -> web.Response:
                words = await asked(request)
                done = await act(words, self._who(words))
                self.wake()
                return web.json_response({"done": path, **done})

            return web.post(path, answer)

        async def told(_request: web.Request) -> web.Response:
            found = await self.means.book.ask(lambda ledger: (rescans.listed(ledger), tasks.listed(ledger)))
            return web.json_response({"rescans": found[0], "tasks": found[1]})

        return (route("/dossier/rename", self.rename), route("/dossier/discard", self.discard),
                route("/dossier/release", self.release), route("/dossier/restore", self.restore),
                route("/dossier/resend", self.resend), route("/dossier/supplement", self.supplement),
                route("/rescan/take", self.take), route("/rescan/drop", self.drop), web.get("/rescan", told))

    async def rename(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Give a held dossier the code that it should have.

        Raises:
            ApplianceError: DECISION_REFUSED, DOSSIER_KNOWN, DOSSIER_UNREGISTERED.
        """
        old, new = words.get("code", ""), words.get("to", "")
        if not is_file_code(new) or new == old or len(new) > LONGEST_CODE:
            raise errors.DECISION_REFUSED.error(reason=f"mã mới / new code: {new[:100]!r}")
        row = await self._row(old)
        code, details, register = await self._register(row, new)
        if code:
            raise errors.by_code(code).error(**details)
        decision = Decision(old, who)
        held = await self.means.book.ask(resolutions.rename, decision, new, register, self.means.store.signed)
        await RescanSteps(self.means).tidy(row["id"])
        return {"held": held}

    async def release(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Confirm the number of sheets that was captured. Raises DECISION_REFUSED."""
        row = await self._row(words.get("code", ""))
        code, details = "", dict[str, str | int]()
        if not row["register"]:
            code, details, _ = await self._register(row, row["file_code"])
        decision = Decision(words.get("code", ""), who, _reason(words))
        return {"held": await self.means.book.ask(resolutions.release, decision, (code, details))}

    async def discard(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Give a held dossier up. Raises DECISION_REFUSED."""
        row = await self._row(words.get("code", ""))
        decision = Decision(words.get("code", ""), who, _reason(words))
        pages = await self.means.book.ask(resolutions.discard, decision)
        await RescanSteps(self.means).tidy(row["id"])
        return {"pages": pages}

    async def resend(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Have a dossier sent anew as it is that the archive refused, or that no package could be made of.

        Raises:
            ApplianceError: DECISION_REFUSED.
        """
        decision = Decision(words.get("code", ""), who, _reason(words))
        old = await self.means.book.ask(resolutions.resend, decision, self.means.store.signed)
        if old:
            await RescanSteps(self.means).tidy(old)
        return {}

    async def supplement(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Let documents be added to a delivered dossier, or take that back.

        Raises:
            ApplianceError: SUPPLEMENT_REFUSED; DECISION_REFUSED without a reason.
        """
        code = words.get("code", "")
        if words.get("withdraw"):
            await self.means.book.ask(supplements.withdraw, code, who)
        else:
            await self.means.book.ask(supplements.allow, Leave(code, who, _reason(words)))
        return {}

    async def restore(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Bring the local copies of a delivered dossier back from its package, for a rescan that needs them.

        Raises:
            ApplianceError: DECISION_REFUSED when none needs them, RESTORE_REFUSED.
        """
        row = await self.means.book.ask(restoring.row_of, words.get("code", ""))
        wanted = await self.means.book.ask(restoring.wanted, row["id"])
        job = RestoreJob(
            words.get("package", ""), wanted.sha256,
            tuple(RestoreDocument(f"{row['file_code']}.{number}", sha256, out) for number, sha256, out in
                  wanted.documents),
            {sha256: str(self.means.store.master(path)) for sha256, path in wanted.masters.items()})
        outcome = await self.means.work("restore", row["id"], to_plain(job), Priority.BULK)
        if not outcome.ok:
            raise errors.RESTORE_REFUSED.error(reason=outcome.reason or outcome.code)
        found = from_plain(Restored, outcome.body).masters
        return {"rescans": await self.means.book.ask(restoring.restored, row["id"], found, who)}

    async def take(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Say that a held rescan is right as it is. Raises REQUEST_REFUSED."""
        await self.means.book.ask(rescans.take, words.get("name", ""), who)
        return {}

    async def drop(self, words: Mapping[str, str], who: str) -> dict[str, Any]:
        """Give a rescan up. Raises REQUEST_REFUSED."""
        await self.means.book.ask(rescans.drop, words.get("name", ""), who)
        return {}

    def _who(self, words: Mapping[str, str]) -> str:
        """Return who decides, by staff code where one is given. Raises STAFF_UNKNOWN."""
        code = words.get("by", "")
        found = staff.person(self.means.config, code) if code else None
        if code and found is None:
            raise errors.STAFF_UNKNOWN.error(code=code)
        return found.code if found else self.means.config.office.operator

    async def _row(self, code: str) -> Row:
        row = await self.means.book.ask(again.current, code)
        if row is None:
            raise errors.DECISION_REFUSED.error(reason=f"{code[:100]}: không có hồ sơ này / no such dossier")
        return row

    async def _register(self, row: Row, code: str) -> tuple[str, dict[str, str | int], str]:
        """Return what a register lacks of a dossier under a code, as code and details, and what it says of it."""
        setting = self.means.config.job_named(row["job"]).register
        if setting == listed.NONE:
            return "", {}, ""
        stream = rules.load(row["rules"]).stream

        def look(ledger: Ledger) -> tuple[bool, dict[str, str]]:
            return listings.look_up(ledger, stream, [code])

        loaded, found = await self.means.book.ask(look)
        if code in found or setting != listed.REQUIRED:
            return "", {}, found.get(code, "")
        return errors.DOSSIER_UNREGISTERED.code, {"reason": listed.lacking(stream, loaded=loaded)}, ""


def _reason(words: Mapping[str, str]) -> str:
    """Return why a person decides so. Raises DECISION_REFUSED without a reason."""
    reason = words.get("reason", "").strip()[:500]
    if not reason:
        raise errors.DECISION_REFUSED.error(reason="thiếu lý do / no reason given")
    return reason
