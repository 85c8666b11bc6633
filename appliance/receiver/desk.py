"""The reading room: searches, readings and requests, each judged by the policy and written down before its answer.

Methods block; the routes (``reading_routes.py``) call them in threads, ``search_desk.py`` as they are.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.core import clock, errors
from appliance.receiver import leave, policy, readings, search, tables
from appliance.receiver.archive import Archive
from appliance.receiver.contents import folded
from appliance.receiver.offices import REVIEWER, Office
from appliance.receiver.policy import Case, Policy
from appliance.receiver.readings import Reading
from appliance.receiver.search import Criteria, Hit
from appliance.receiver.wishes import Asker, LeaveWish, ReadingWish, SearchWish

HIDDEN = "hidden"
"""The decision on what an office may not even know of; it hears that nothing is there."""

_ROUND, _ROUNDS = 200, 50
"""How many hits are looked at together, and how often, for one answer: most may be hidden from who asks."""

_T = tables.tickets.c
_OF_PACKAGE = ("uuid", "file_code", "office", "start_date", "end_date", "accepted", "status", "mode", "size")
_OF_DOCUMENT = ("ordinal", "doc_code", "issued", "pages", "mode", "type_name", "size")
_WITH_WORDS = ("code_number", "code_notation", "organ_name", "subject")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a ticket lets one fetch: the object, its size, and the member in it (empty: all of it) with its own."""

    package: str
    sha256: str
    size: int
    member: str
    member_sha256: str
    member_size: int

    @property
    def name(self) -> str:
        """Name of the file for whoever keeps it."""
        return self.member.rpartition("/")[2] or f"{self.package}.zip"


class Desk:
    """The reading room of one archive under one policy."""

    def __init__(self, archive: Archive, rules: Policy) -> None:
        self._archive = archive
        self._policy = rules

    def search(self, office: Office, wish: SearchWish) -> dict[str, Any]:
        """Return what fits and may be shown, as plain values.

        Raises:
            ApplianceError: REQUEST_WRONG.
        """
        self._check(wish.asker)
        if wish.find.empty:
            raise _wrong("hãy nói cần tìm gì", "say what to look for")
        shown, more = self._found(office, wish.find)
        sought = json.dumps({name: value for name, value in asdict(wish.find).items() if value}, ensure_ascii=False)
        self._enter(office, wish.asker, f"{readings.SEARCH} {sought}", f"{len(shown)} shown")
        return {"dossiers": shown, "next": more}

    def _found(self, office: Office, wanted: Criteria) -> tuple[list[dict[str, Any]], str]:
        """Return what may be shown, and where to go on: behind what is shown, for of the rest nobody hears."""
        words, place, size = folded(wanted.text).split(), wanted.after, wanted.limit
        shown: list[dict[str, Any]] = []
        for _ in range(_ROUNDS):
            with self._archive.index.read() as connection:
                hits = search.find(connection, replace(wanted, limit=size, after=place))
            for hit in hits:
                place, one = hit.place, self._shown(office, hit)
                if one and _says(one, words):
                    shown.append(one)
                if len(shown) == wanted.limit:
                    return shown, place
            if len(hits) < size:
                return shown, ""
            size = _ROUND
        return shown, place

    def open(self, office: Office, wish: ReadingWish) -> dict[str, Any]:
        """Open a package or a document for reading; return a ticket to fetch it with.

        Raises:
            ApplianceError: REQUEST_WRONG, NOT_HERE, READING_REFUSED, LEAVE_NEEDED; the last three are in the log.
        """
        self._check(wish.asker)
        what = readings.DOCUMENT if wish.ordinal else readings.PACKAGE
        reading = self._reading(office, wish.asker, what, wish.package, wish.ordinal)
        with self._archive.index.read() as connection:
            hit = search.package(connection, wish.package)
            documents = [one for one in (hit.documents if hit else ()) if wish.ordinal in {0, one["ordinal"]}]
            may = self._allowed(connection, office, hit, documents, reading) if hit and documents else HIDDEN
        number = readings.enter(self._archive.index, self._decided(reading, may))
        if hit is None or may == HIDDEN:
            raise errors.NOT_HERE.error(what=errors.both("gói tin hoặc tài liệu", "package or document"))
        if may == policy.ASK:
            raise errors.LEAVE_NEEDED.error()
        if may == policy.REFUSE:
            raise errors.READING_REFUSED.error(reason=self._policy.name)
        return self._ticket(office, reading, number) | _file(hit, wish.ordinal)

    def fetch(self, office: Office, ticket: str) -> Opened:
        """Return what a ticket opens for the office that has it.

        Raises:
            ApplianceError: NOT_HERE: no such ticket, or its time is over.
        """
        chosen = sa.select(_T.package, _T.ordinal).where(
            _T.ticket == ticket, _T.office == office.code, _T.until > tables.moment())
        with self._archive.index.read() as connection:
            row = connection.execute(chosen).first()
            hit = search.package(connection, row.package) if row else None
        if row is None or hit is None:
            raise errors.NOT_HERE.error(what=errors.both("phiếu đọc", "ticket"))
        document: dict[str, Any] = next((one for one in hit.documents if one["ordinal"] == row.ordinal), {})
        package = hit.package
        return Opened(package["uuid"], package["sha256"], package["size"], document.get("name", ""),
                      document.get("sha256", package["sha256"]), document.get("size", package["size"]))

    def request(self, office: Office, wish: LeaveWish) -> str:
        """Keep a request for leave to read a package; return its id.

        Raises:
            ApplianceError: REQUEST_WRONG, NOT_HERE.
        """
        self._check(wish.asker)
        with self._archive.index.read() as connection:
            hit = search.package(connection, wish.package)
        if hit is None or self._rule(office, hit, hit.mode).shows == policy.NOTHING:
            raise errors.NOT_HERE.error(what=errors.both("gói tin", "package"))
        reading = self._reading(office, wish.asker, readings.REQUEST, wish.package)
        readings.enter(self._archive.index, self._decided(reading, leave.ASKED))
        return leave.ask(self._archive.index, reading)

    def settle(self, office: Office, wish: LeaveWish) -> None:
        """Note that the dossier of a package is settled.

        Raises:
            ApplianceError: REQUEST_WRONG, NOT_HERE.
        """
        self._check(wish.asker)
        reading = self._reading(office, wish.asker, readings.SETTLED, wish.package)
        readings.enter(self._archive.index, self._decided(reading, readings.SETTLED))
        packages = tables.packages
        with self._archive.index.write() as connection:
            found = connection.execute(packages.update().where(packages.c.uuid == wish.package).values(settled=1))
        if found.rowcount != 1:
            raise errors.NOT_HERE.error(what=errors.both("gói tin", "package"))

    def _check(self, asker: Asker) -> None:
        if not self._policy.knows(asker.purpose):
            vi, en = self._policy.purposes
            raise _wrong(f"asker.purpose không có trong quy định, chỉ có {vi}",
                         f"asker.purpose is none of the policy, which has {en}")
        if len(asker.reason.strip()) < self._policy.shortest_reason:
            raise _wrong("asker.reason: quá ngắn", "asker.reason: too short")

    def _rule(self, office: Office, hit: Hit, mode: str) -> policy.Rule:
        package = hit.package
        return self._policy.judge(Case(
            package["file_code"], mode, office.owns(package["office"]), bool(package["settled"]),
            _days_since(package["end_date"]), office.role == REVIEWER))

    def _allowed(self, connection: sa.Connection, office: Office, hit: Hit, documents: Iterable[dict[str, Any]],
                 reading: Reading) -> str:
        """Return the policy's word on reading all of these documents; HIDDEN where it does not even show them."""
        mode = max([hit.package["mode"], *(one["mode"] for one in documents)])
        rule = self._rule(office, hit, mode)
        if rule.reading == policy.ASK and leave.granted(connection, reading, office.heir_of):
            return policy.ALLOW
        return HIDDEN if rule.shows == policy.NOTHING and rule.reading == policy.REFUSE else rule.reading

    def _shown(self, office: Office, hit: Hit) -> dict[str, Any] | None:
        rule = self._rule(office, hit, hit.package["mode"])
        if rule.shows == policy.NOTHING:
            return None
        names = _OF_PACKAGE + (("title",) if rule.shows == policy.ALL else ())
        documents = [one for one in (self._shown_document(office, hit, each) for each in hit.documents) if one]
        whole = self._rule(office, hit, hit.mode).reading
        return {**{name: hit.package[name] for name in names}, "reading": whole, "documents": documents}

    def _shown_document(self, office: Office, hit: Hit, document: dict[str, Any]) -> dict[str, Any] | None:
        rule = self._rule(office, hit, max(hit.package["mode"], document["mode"]))
        if rule.shows == policy.NOTHING:
            return None
        names = _OF_DOCUMENT + (_WITH_WORDS if rule.shows == policy.ALL else ())
        return {**{name: document[name] for name in names}, "reading": rule.reading}

    def _reading(self, office: Office, asker: Asker, what: str, package: str = "", ordinal: int = 0) -> Reading:
        return Reading(office.code, asker.person, asker.said, what, "", package, ordinal)

    def _decided(self, reading: Reading, decision: str) -> Reading:
        return Reading(reading.office, reading.person, reading.purpose, reading.what,
                       f"{decision}, {self._policy.name}", reading.package, reading.ordinal)

    def _enter(self, office: Office, asker: Asker, what: str, decision: str) -> None:
        readings.enter(self._archive.index, self._decided(self._reading(office, asker, what), decision))

    def _ticket(self, office: Office, reading: Reading, number: int) -> dict[str, Any]:
        ticket = secrets.token_urlsafe(24)
        minutes = self._archive.settings.access.ticket_minutes
        until = tables.moment(datetime.now(UTC) + timedelta(minutes=minutes))
        with self._archive.index.write() as connection:
            connection.execute(tables.tickets.delete().where(_T.until < tables.moment()))
            connection.execute(tables.tickets.insert().values(
                ticket=ticket, reading=number, office=office.code, package=reading.package, ordinal=reading.ordinal,
                until=until))
        return {"ticket": ticket, "reading": number, "until": until}


def _says(shown: dict[str, Any], words: list[str]) -> bool:
    """Say whether all words stand in what is shown: a guess may not be confirmed by words that are not."""
    texts = [folded(shown.get("title", "")), *(folded(one.get("subject", "")) for one in shown["documents"])]
    return all(any(word in text for text in texts) for word in words)


def _file(hit: Hit, ordinal: int) -> dict[str, Any]:
    document = next((one for one in hit.documents if one["ordinal"] == ordinal), None)
    source = document or hit.package
    return {"sha256": source["sha256"], "size": source["size"]}


def _days_since(day: str) -> int | None:
    """Return the days since a day, or since the end of a month or a year; None where it is not known."""
    full = day + {4: "-12-31", 7: "-28"}.get(len(day), "")
    try:
        return (date.fromisoformat(clock.today()) - date.fromisoformat(full)).days
    except ValueError:
        return None


def _wrong(vi: str, en: str) -> errors.ApplianceError:
    return errors.REQUEST_WRONG.error(reason=errors.both(vi, en))
