"""Which offices there are, and to which of them a client certificate belongs: the archive's file ``offices.toml``.

Counts, names and codes are data: an office comes, goes or merges by an edit of that file, without a restart.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from appliance.core import errors, tables
from appliance.core.tables import setting

log = logging.getLogger(__name__)

OFFICE, REVIEWER, MONITOR = "office", "reviewer", "monitor"


@dataclass(frozen=True, slots=True)
class Office:
    """One office, or another seat that the archive knows."""

    code: str = setting(doc="Its code; it stands in the index, the log of readings and the metrics.",
                        pattern=r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")
    name: str = setting("", doc="Its name, for people.")
    province: str = setting("", doc="Its province, for people.")
    role: str = setting(OFFICE, doc="What it is: an office; a reviewer, who may also ask for pages to be scanned "
                        "again; or a monitor, which sees figures only.", choices=(OFFICE, REVIEWER, MONITOR))
    organs: tuple[str, ...] = setting((), doc="Fonds codes under which it may send packages; no other is taken.")
    heir_of: tuple[str, ...] = setting((), doc="Codes of offices that it took over; what they sent is its own.")
    certificates: tuple[str, ...] = setting(
        (), doc="Client certificates that are its own: sha256: and the fingerprint, dns: and a name in it, or "
        "subject: and its subject as RFC 4514 writes it. The last two outlive a renewal.",
        pattern=r"sha256:[0-9a-f]{64}|dns:[!-~]+|subject:.+")
    bytes_a_day: int = setting(50_000_000_000, doc="Most bytes that it may announce in a day (UTC).", low=0,
                               high=1 << 50, unit="bytes")
    uploads_at_once: int = setting(8, doc="Most uploads that it may have under way.", low=1, high=10_000,
                                   unit="uploads")

    def may_send(self, organ: str) -> bool:
        """Say whether it may send packages of this fonds; an office for trials may send any."""
        return organ in self.organs or self is TRIAL

    def owns(self, code: str) -> bool:
        """Say whether what the office ``code`` sent is this one's own."""
        return code == self.code or code in self.heir_of


TRIAL = Office("", "Trial", role=REVIEWER, bytes_a_day=1 << 50, uploads_at_once=10_000)
"""Who asks where there is no TLS: an archive for trials on one machine, which believes everything."""


@dataclass(frozen=True, slots=True)
class OfficeList:
    """The file as it stands."""

    office: tuple[Office, ...] = setting((), doc="The offices.")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a certificate says of its holder, in the words of ``Office.certificates``, and until when."""

    marks: frozenset[str]
    until: datetime

    @classmethod
    def of(cls, certificate: bytes) -> Identity:
        """Read a certificate in DER; whether it was valid when its connection began was TLS's question."""
        parsed = x509.load_der_x509_certificate(certificate)
        marks = {f"sha256:{hashlib.sha256(certificate).hexdigest()}", f"subject:{parsed.subject.rfc4514_string()}"}
        try:
            names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return cls(frozenset(marks), parsed.not_valid_after_utc)
        marks |= {f"dns:{name.lower()}" for name in names.get_values_for_type(x509.DNSName)}
        return cls(frozenset(marks), parsed.not_valid_after_utc)


class Offices:
    """The list, read again when its file changes; a file that cannot be read leaves the list as it was."""

    def __init__(self, path: Path) -> None:
        """Read the list.

        Raises:
            ApplianceError: LIST_INVALID, or what ``tables.build`` says of a mistake.
        """
        self._path = path
        self._seen: tuple[int, ...] = ()
        self._told = ""
        self._by_code: dict[str, Office] = {}
        self._by_mark: dict[str, Office] = {}
        self._read()

    def holder(self, certificate: bytes) -> Office | None:
        """Return the office to which a client certificate (DER) belongs; None when to none, or to two."""
        self._refresh()
        found = {office.code: office for office in map(self._by_mark.get, _identity(certificate).marks) if office}
        return next(iter(found.values())) if len(found) == 1 else None

    def named(self, code: str) -> Office | None:
        """Return the office with this code."""
        self._refresh()
        return self._by_code.get(code)

    def heir(self, code: str) -> Office | None:
        """Return who answers for what the office with this code sent: itself, or who took it over."""
        return self.named(code) or next((one for one in self._by_code.values() if one.owns(code)), None)

    def __iter__(self) -> Iterator[Office]:
        self._refresh()
        return iter(self._by_code.values())

    def _refresh(self) -> None:
        try:
            if _stamp(self._path) != self._seen:
                self._read()
                self._told = ""
        except (OSError, errors.ApplianceError) as problem:
            if str(problem) != self._told:  # a list that is missing is found so by every request
                self._told = str(problem)
                log.warning("the list of offices stays as it was: %s", problem)

    def _read(self) -> None:
        self._seen = _stamp(self._path) if self._path.exists() else ()  # one with a mistake is read once, too
        self._by_code, self._by_mark = checked(self._path)


def load(path: Path) -> tuple[Office, ...]:
    """Read ``offices.toml``.

    Raises:
        ApplianceError: LIST_INVALID, CONFIG_UNKNOWN_KEY or CONFIG_BAD_VALUE.
    """
    try:
        return tables.build(OfficeList, tomllib.loads(path.read_text(encoding="utf-8"))).office
    except (OSError, ValueError) as problem:
        raise errors.LIST_INVALID.error(path=path, reason=_plain(problem)) from None


def checked(path: Path) -> tuple[dict[str, Office], dict[str, Office]]:
    """Read ``offices.toml`` as the archive uses it: offices by their codes, and by what certificates say.

    Raises:
        ApplianceError: as ``load``; LIST_INVALID too where a code, or a mark, stands in two entries.
    """
    listed = load(path)
    return (_once(listed, lambda office: (office.code,), path),
            _once(listed, lambda office: tuple(map(_mark, office.certificates)), path))


def _once(listed: tuple[Office, ...], keys: Callable[[Office], tuple[str, ...]], path: Path) -> dict[str, Office]:
    found: dict[str, Office] = {}
    for office in listed:
        for key in keys(office):
            other = found.setdefault(key, office)
            if other is not office:
                vi, en = f"{key} có ở hai mục", f"{key} stands in two entries"
                raise errors.LIST_INVALID.error(path=path, reason=errors.both(
                    f"{vi}: {other.code} và {office.code}", f"{en}: {other.code} and {office.code}"))
    return found


def expired(certificate: bytes) -> bool:
    """Say whether a client certificate (DER), valid when its connection began, is so no more."""
    return _identity(certificate).until < datetime.now(UTC)


@functools.lru_cache(maxsize=4096)
def _identity(certificate: bytes) -> Identity:
    return Identity.of(certificate)


def _mark(text: str) -> str:
    return text.lower() if text.startswith("dns:") else text


def _stamp(path: Path) -> tuple[int, ...]:
    about = path.stat()
    return about.st_mtime_ns, about.st_ctime_ns, about.st_ino


def _plain(problem: Exception) -> str:
    return problem.code if isinstance(problem, errors.ApplianceError) else type(problem).__name__
