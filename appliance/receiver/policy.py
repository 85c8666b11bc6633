"""Who may find and read what: rules as data (``policies/*.toml``), one pure decision.

Every decision is written into the log of readings by those who ask for it (``readings.py``).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors, tables
from appliance.core.tables import setting

SHIPPED = Path(__file__).parent / "policies"

ALLOW, ASK, REFUSE = "allow", "ask", "refuse"
ALL, CODE, NOTHING = "all", "code", "none"
OWN, ANY, YES, NO = "own", "any", "yes", "no"
REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something that a reading may be for."""

    code: str = setting(doc="What a request says.", pattern=r"[a-z-]{1,32}")
    vi: str = setting(doc="What people read, in Vietnamese.")
    en: str = setting(doc="What people read, in English.")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; it fits when all of ``modes``, ``who``, ``of`` and ``settled`` do."""

    modes: tuple[str, ...] = setting(doc="Access modes.", pattern=r"0[1-3]")
    who: str = setting(ANY, doc="Who asks: a reviewer of the archive, or any.", choices=(REVIEWER, ANY))
    of: str = setting(ANY, doc="Whose dossiers: the asking office's own, or any.", choices=(OWN, ANY))
    settled: str = setting(ANY, doc="Whether they are settled.", choices=(YES, NO, ANY))
    shows: str = setting(NOTHING, doc="What a search shows: all, code and dates only, or nothing.",
                         choices=(ALL, CODE, NOTHING))
    reading: str = setting(REFUSE, doc="Whether they may be read: at once, after a request that a person at "
                         "the archive grants, or not.", choices=(ALLOW, ASK, REFUSE))


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked about: a dossier's code, the strictest access mode in question, whether it is the asker's own.

    ``settled``: the archive has said that it is. ``days_since_end``: since its last document; None: not known.
    """

    file_code: str
    mode: str
    own: bool
    settled: bool
    days_since_end: int | None
    reviewer: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy."""

    id: str = setting(doc="Its name.", pattern=r"[a-z0-9-]{1,40}")
    version: int = setting(doc="Its version; it stands with every reading.", low=1, high=10_000, unit="")
    never: tuple[str, ...] = setting((), doc="Access modes that are refused when they come in.",
                                     pattern=r"0[1-3]")
    settled_after_days: int = setting(30, doc="Days after its last document from which a dossier is settled.",
                                      low=0, high=36_500, unit="days")
    benefit_codes: str = setting(".*", doc="Regular expression (whole text) that the code of a benefit dossier "
                                 "fits; only these are read by other offices.")
    shortest_reason: int = setting(5, doc="Least length of the reason that a person gives.", low=1, high=500,
                                   unit="characters")
    purpose: tuple[Purpose, ...] = setting((), doc="What a reading may be for.")
    rule: tuple[Rule, ...] = setting((), doc="The rules, in order.")

    @property
    def name(self) -> str:
        """Id and version, as the log has it."""
        return f"{self.id} {self.version}"

    @property
    def purposes(self) -> tuple[str, str]:
        """Every purpose with what it means, in Vietnamese and in English."""
        return (", ".join(f"{one.code} ({one.vi})" for one in self.purpose),
                ", ".join(f"{one.code} ({one.en})" for one in self.purpose))

    def knows(self, purpose: str) -> bool:
        """Say whether something may be read for this purpose."""
        return any(one.code == purpose for one in self.purpose)

    def judge(self, case: Case) -> Rule:
        """Return the first rule that fits; where none does, one that shows nothing and refuses."""
        days = -1 if case.days_since_end is None else case.days_since_end
        settled = case.settled or days >= self.settled_after_days
        settled = settled and (case.own or re.fullmatch(self.benefit_codes, case.file_code) is not None)
        for rule in self.rule:
            if (case.mode in rule.modes and (rule.of == ANY or case.own) and (rule.who == ANY or case.reviewer)
                    and rule.settled in {ANY, YES if settled else NO}):
                return rule
        return Rule((case.mode,))

    def refusal(self, modes: frozenset[str]) -> str:
        """Say why a package with these access modes may not come in, or nothing."""
        return "it bears an access mode that this archive may not hold" if modes & set(self.never) else ""


def load(name: str) -> Policy:
    """Return a shipped policy by its name, or the one in the file that ``name`` is the path of.

    Raises:
        ApplianceError: LIST_INVALID, CONFIG_UNKNOWN_KEY or CONFIG_BAD_VALUE.
    """
    path = SHIPPED / f"{name}.toml" if re.fullmatch(r"[a-z0-9-]+", name) else Path(name)
    try:
        policy = tables.build(Policy, tomllib.loads(path.read_text(encoding="utf-8")))
        re.compile(policy.benefit_codes)
    except (OSError, ValueError, re.error) as problem:
        raise errors.LIST_INVALID.error(path=path, reason=type(problem).__name__) from None
    return policy
