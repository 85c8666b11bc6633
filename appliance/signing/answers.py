"""What authorities have said about revocation, kept as long as they said it holds: in memory and on disk.

Only bytes are kept; whoever uses them checks their signature again. An answer that is older than the one that is
known never replaces it, so that nobody can play yesterday's "good" again.
"""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import crl, ocsp

from appliance.core import clock, files

log = logging.getLogger(__name__)

KINDS = ("ocsp", "crl", "certificate")
LONGEST_MARGIN = timedelta(hours=1)
"""How long before its end an answer is renewed, at most; of short-lived ones a tenth of their life."""

ASK_AGAIN = timedelta(hours=12)
"""An answer this old is asked for again; while nobody can be reached it still holds until its end."""

UNDATED = timedelta(minutes=5)
"""How long an answer holds that does not say until when."""

CERTIFICATE_DAYS = timedelta(days=7)
AHEAD = timedelta(minutes=5)
"""How far an authority's clock may be ahead of the host's."""

SUFFIX = ".der"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its bytes, since when and until when it holds by its own word, and when it was fetched."""

    data: bytes
    since: datetime
    until: datetime
    fetched: datetime

    @property
    def renew_at(self) -> datetime:
        """The moment after which it is not used for a new signature."""
        return self.until - min(LONGEST_MARGIN, (self.until - self.since) / 10)

    def holds(self, now: datetime) -> bool:
        """Say whether it may be used at all."""
        return self.since - AHEAD <= now < self.renew_at

    def is_fresh(self, now: datetime) -> bool:
        """Say whether nobody needs to be asked; false also after the host's clock was set back."""
        return self.holds(now) and self.fetched - AHEAD <= now < self.fetched + ASK_AGAIN


def name_of(kind: str, what: bytes) -> str:
    """Return the name an answer is kept under: its kind and a hash of what was asked."""
    return f"{kind}-{hashlib.sha256(what).hexdigest()}"


def read(kind: str, data: bytes, fetched: datetime) -> Answer:
    """Return an answer with the times that stand in it.

    Raises:
        ValueError: it is no such answer.
    """
    try:
        since, until = _times(kind, data, fetched)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as problem:
        raise ValueError(f"no {kind} answer ({type(problem).__name__})") from None
    return Answer(data, since, until or fetched + UNDATED, fetched)


@dataclass
class Answers:
    """The newest answer to each question. ``folder`` None: nothing outlives the process."""

    folder: Path | None
    _known: dict[str, Answer] = field(default_factory=dict)

    def get(self, name: str) -> Answer | None:
        """Return the answer of this name that holds now, or None. A file that is no answer is as good as none."""
        answer = self._known.get(name) or self._from_disk(name)
        if answer is None or not answer.holds(clock.now()):
            return None
        self._known[name] = answer
        return answer

    def put(self, name: str, answer: Answer) -> Answer:
        """Keep an answer unless a newer one is known; return the one that counts."""
        known = self._known.get(name) or self._from_disk(name)
        if known is not None and known.holds(clock.now()) and known.since > answer.since:
            return known
        self._known[name] = answer
        self._to_disk(name, answer)
        return answer

    def drop(self, name: str) -> None:
        """Forget an answer that does not bear a second look."""
        self._known.pop(name, None)
        if self.folder is not None:
            (self.folder / f"{name}{SUFFIX}").unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove what holds no longer; return how many files that were."""
        if self.folder is None or not self.folder.is_dir():
            return 0
        files.sweep_temporaries(self.folder)
        over = [path for path in self.folder.glob(f"*{SUFFIX}") if self.get(path.stem) is None]
        for path in over:
            path.unlink(missing_ok=True)
        return len(over)

    def _from_disk(self, name: str) -> Answer | None:
        if self.folder is None:
            return None
        try:
            with (self.folder / f"{name}{SUFFIX}").open("rb") as stream:
                fetched = datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, UTC)
                return read(name.partition("-")[0], stream.read(), fetched)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as problem:
            log.warning("a kept answer cannot be read (%s)", type(problem).__name__)
            return None

    def _to_disk(self, name: str, answer: Answer) -> None:
        """Keep it over a restart; a disk that refuses costs only another question."""
        if self.folder is None:
            return
        path = files.make_folder(self.folder) / f"{name}{SUFFIX}"
        try:
            files.write_durably(path, answer.data, 0o640)
            os.utime(path, (answer.fetched.timestamp(), answer.fetched.timestamp()))
        except OSError as problem:
            log.warning("an answer cannot be kept: %s", problem.strerror)


def _times(kind: str, data: bytes, fetched: datetime) -> tuple[datetime, datetime | None]:
    if kind == "ocsp":
        response = ocsp.OCSPResponse.load(data, strict=True)
        if response["response_status"].native != "successful":
            raise ValueError("the responder refuses")
        single = response.basic_ocsp_response["tbs_response_data"]["responses"][0]
        return single["this_update"].native, single["next_update"].native
    if kind == "crl":
        listed = crl.CertificateList.load(data, strict=True)["tbs_cert_list"]
        return listed["this_update"].native, listed["next_update"].native
    return fetched, fetched + CERTIFICATE_DAYS
