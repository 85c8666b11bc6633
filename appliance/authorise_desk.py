"""What the control socket offers of authorisations: a leader lets the agency's key sign, or takes that back."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiohttp import web

from appliance import staff
from appliance.core import clock, errors, rules
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.press import NAME
from appliance.leaders import Leaders
from appliance.signing.desk import SignerDesk
from appliance.spool import authorisations
from appliance.spool.authorisations import ALL, Grant
from appliance.spool.ledger import Book

log = logging.getLogger(__name__)

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]

MOST_DAYS = 366
"""Days that an authorisation lasts at most: a leader looks at it once a year."""

LONGEST = 500


@dataclass(frozen=True)
class AuthoriseDesk:
    """Requests about authorisations; ``look`` lets what waits be signed at once."""

    config: Config
    book: Book
    leaders: Leaders
    signer: SignerDesk
    look: Callable[[], Awaitable[None]]

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return the routes; ``asked`` reads the words of a request."""
        async def grant(request: web.Request) -> web.Response:
            return web.json_response({"done": "authorise", **await self.grant(await asked(request))})

        async def revoke(request: web.Request) -> web.Response:
            return web.json_response({"done": "revoke", "new": await self.revoke(await asked(request))})

        return (web.get("/authorisations", self._listed), web.post("/authorisations", grant),
                web.post("/authorisations/revoke", revoke))

    async def _listed(self, _request: web.Request) -> web.Response:
        key = self.signer.key
        found = await self.book.ask(lambda ledger: authorisations.listed(
            ledger, self.signer.known, ready=key is not None))
        for one in found:
            known = staff.person(self.config, one["ended_by"])
            one["ended_name"] = known.name if known is not None else ""
            one["key_until"] = key.not_after if key is not None and key.fingerprint == one["key"] else ""
        shown = {"fingerprint": key.fingerprint, "subject": key.subject, "issuer": key.issuer,
                 "until": key.not_after, "development": key.development} if key else None
        return web.json_response({"authorisations": found, "key": shown})

    async def grant(self, words: Mapping[str, str]) -> dict[str, str | int]:
        """Let the agency's key sign; return number, key, whom it names, since and until.

        Raises:
            ApplianceError: LOGIN_REFUSED, LEADER_NEEDED, AUTHORISATION_REFUSED.
        """
        try:
            new = self._grant(words, "", "")  # what is wrong with it is said before anybody's PIN is judged
            if words.get("check"):
                return {"number": 0, "key": new.key, "subject": new.subject, "since": new.since, "until": new.until}
            leader = await self.leaders.named(words)
            new = replace(new, leader=leader.code, leader_name=leader.name)
        except ApplianceError as problem:
            await self._refused(words, problem, "grant")
            raise
        number = await self.book.ask(authorisations.grant, new)
        log.info("authorisation %d is granted", number)
        await self.look()
        return {"number": number, "key": new.key, "subject": new.subject, "since": new.since, "until": new.until}

    async def revoke(self, words: Mapping[str, str]) -> bool:
        """End an authorisation before its time; False when it had been revoked before; raises as ``grant``."""
        try:
            leader = await self.leaders.named(words)
            number = words.get("number", "")
            if not re.fullmatch(r"[0-9]{1,9}", number):
                raise _refusal("thiếu số của ủy quyền", "its number is missing")
            new = await self.book.ask(authorisations.revoke, int(number), leader.code,
                                      words.get("reason", "").strip()[:LONGEST])
        except ApplianceError as problem:
            await self._refused(words, problem, "revoke")
            raise
        log.info("authorisation %s is revoked", number)
        return new

    def _grant(self, words: Mapping[str, str], code: str, name: str) -> Grant:
        """Read what is asked for."""
        keeper = words.get("keeper", "").strip()
        known = staff.person(self.config, keeper)
        keeper = known.name if known is not None else keeper
        if not keeper or not re.fullmatch(NAME, keeper):
            raise _refusal("thiếu tên văn thư giữ khóa (--keeper)", "who keeps the key is missing (--keeper)")
        key, subject = self._key(words.get("key", "").strip().lower().replace(":", ""))
        since, until = term(words.get("since", ""), words.get("until", ""), clock.now())
        return Grant(code, name, keeper, key, subject, self._jobs(words.get("jobs", "").split()), since, until,
                     words.get("reason", "").strip()[:LONGEST])

    def _key(self, asked: str) -> tuple[str, str]:
        """Return fingerprint and subject: of the key that the signer holds, or of another one that is to come."""
        held = self.signer.key
        if held is not None and asked in ("", held.fingerprint):
            return held.fingerprint, held.subject
        if not asked:
            raise self.signer.refusal or errors.SIGNER_AWAY.error()
        if not re.fullmatch(r"[0-9a-f]{64}", asked):
            raise _refusal("SHA-256 của chứng thư không đúng (--key)", "no SHA-256 of a certificate (--key)")
        return asked, ""

    def _jobs(self, names: list[str]) -> str:
        """Return the jobs, all of them only where that is said."""
        if names == [ALL]:
            return ALL
        if not names or ALL in names:
            raise _refusal("thiếu công việc: --job TÊN hoặc --all-jobs", "name jobs by --job, or say --all-jobs")
        for name in names:
            try:
                job = self.config.job_named(name)
            except ApplianceError:
                known = " ".join(job.name for job in self.config.job) or "default"
                raise _refusal(f"không có công việc {name[:32]}; có: {known}",
                               f"there is no job {name[:32]}; there are: {known}") from None
            if rules.load(job.rules).stamp.role == "person":
                raise _refusal(f"công việc {name} ký số cá nhân, không ủy quyền được",
                               f"the signatures of job {name} are personal")
        return " ".join(dict.fromkeys(names))

    async def _refused(self, words: Mapping[str, str], problem: ApplianceError, what: str) -> None:
        """Note a try in vain; a code that is not in the settings is not repeated."""
        known = staff.person(self.config, words.get("leader", ""))
        who = known.code if known is not None else "-"
        await self.book.ask(lambda ledger: ledger.note("authorisation.refused", what, who=who, code=problem.code))


def term(since: str, until: str, now: datetime) -> tuple[str, str]:
    """Return from when to when, ISO 8601 in Vietnamese time; the day of ``until`` counts whole.

    Both as DD/MM/YYYY, or with HH:MM behind; an empty ``since``, or today, is now.

    Raises:
        ApplianceError: AUTHORISATION_REFUSED.
    """
    now = now.replace(microsecond=0)
    first, _ = _moment(since, "--from") if since.strip() else (now, False)
    last, whole_day = _moment(until, "--until")
    last = last + timedelta(days=1) if whole_day else last
    if first.date() < now.date():
        raise _refusal("ngày bắt đầu đã qua (--from)", "--from lies in the past")
    first = max(first, now)
    if last <= first:
        raise _refusal("ngày kết thúc phải sau ngày bắt đầu (--until)", "--until is past, or before --from")
    if last - first > timedelta(days=MOST_DAYS):
        raise _refusal(f"dài nhất {MOST_DAYS} ngày", f"{MOST_DAYS} days at most")
    return clock.iso(first), clock.iso(last)


def _moment(text: str, name: str) -> tuple[datetime, bool]:
    """Return a moment in Vietnamese time, and whether only its day was said."""
    for form, whole_day in (("%d/%m/%Y", True), ("%d/%m/%Y %H:%M", False)):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=clock.VIETNAM), whole_day
        except ValueError:
            continue
    raise _refusal(f"{name}: DD/MM/YYYY hoặc 'DD/MM/YYYY HH:MM'", f"{name}: DD/MM/YYYY or 'DD/MM/YYYY HH:MM'")


def _refusal(vi: str, en: str) -> ApplianceError:
    return errors.AUTHORISATION_REFUSED.error(reason=errors.both(vi, en))
