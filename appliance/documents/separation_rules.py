"""What a batch's job asks of separation, and what is known of dossiers when it begins. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.documents.plan import KnownDossier
from appliance.documents.ways import Terms, Way


@dataclass(frozen=True, slots=True)
class SeparationRules:
    """What a job asks of separation.

    Attributes:
        way: how documents are told apart.
        file_code: dossier code of ``one_dossier`` and ``fixed_count`` where there is no separator.
        job: name of the job that the batch was scanned under.
        jobs: what the other jobs mean for this batch, by name.
        key: HMAC key of separators and operator cards; empty means the check value only.
        operator: staff code of who scanned the batch; its card lies where it may within the stack.
        known: dossiers of earlier batches by file code; only these can be continued.
        earlier: codes of all dossiers of earlier batches; only these can be scanned again.
    """

    way: Way
    file_code: str = ""
    key: bytes = b""
    operator: str = ""
    job: str = ""
    jobs: Mapping[str, Terms] = field(default_factory=dict)
    known: Mapping[str, KnownDossier] = field(default_factory=dict)
    earlier: frozenset[str] = frozenset()
