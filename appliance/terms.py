"""What jobs mean for the paper of a batch: how documents are told apart, and whether a separator may name another.

Pure. A separator may name another job than the one its batch was scanned under. That is safe where the capture
would have been the same and the pages were judged by the same demands; else the dossier waits, with the reason.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from appliance.core.config import Config, Job
from appliance.core.errors import ApplianceError
from appliance.core.rules import RuleProfile
from appliance.documents import separator
from appliance.documents.sheet import SidePage
from appliance.documents.ways import DOSSIER, FIRST_PAGE, LONGEST_CODE, Terms, Way, compiled
from appliance.spool.ledger import Row

KEY = "khóa phiếu khác / its separators have another key"
DPI = "công việc đó quét {asked} dpi, lượt này {scanned} dpi / it scans {asked} dpi, this batch has {scanned}"
DUPLEX = "công việc đó quét hai mặt, lượt này một mặt / it scans both sides, this batch has one"
DEMANDS = "yêu cầu về ảnh khác / its demands on images are others than the pages were judged by"
PROFILE = "không có bộ quy tắc của nó / its rule profile is not there"
CHECK = "công việc đó đòi kiểm tra máy quét chặt hơn / it asks more of the scanner's device check"
PERSON = "một cửa cần tên người quét, không chỉ tên cơ quan / the one-stop stream needs a person's name"

STERN = ("ignore", "flag", "block")
"""What a job does without a recent device check, the mildest first."""


@dataclass(frozen=True, slots=True)
class Capture:
    """How a batch was scanned.

    Attributes:
        job: the settings it was scanned under.
        rules: the rule profile its pages were judged by.
        dpi, duplex: what the device was asked for; 0 and true where the files that came say it themselves.
        personal: whether a person is named, not only the office.
    """

    job: Job
    rules: RuleProfile
    dpi: int
    duplex: bool
    personal: bool


def way_of(job: Job) -> Way:
    """Return how a job tells documents apart."""
    return Way(job.separation, job.sheets_per_document, job.first_page_code, job.fragile_copy)


def default_file_code(batch: str, job: Job) -> str:
    """Return the dossier code for paper without a separator: the job's, or one made from the batch's id."""
    return job.file_code or f"BATCH.{batch.replace('-', '').upper()[:20]}"


def capture_of(batch: Row, job: Job, profile: RuleProfile, *, personal: bool) -> Capture:
    """Say how a batch was scanned; files say their resolution and sides themselves."""
    facts = json.loads(batch["provenance"])
    if facts.get("folder", False):
        return Capture(job, profile, 0, True, personal)
    return Capture(job, profile, facts.get("dpi", job.dpi), facts.get("duplex", job.duplex), personal)


def of_jobs(config: Config, capture: Capture, load: Callable[[str], RuleProfile]) -> dict[str, Terms]:
    """Say of every other job what it means for a batch; ``load`` gives a rule profile by name."""
    return {job.name: Terms(way_of(job), job.rules, _fault(job, capture, load))
            for job in config.job if job.name != capture.job.name}


def _fault(job: Job, capture: Capture, load: Callable[[str], RuleProfile]) -> str:
    """Return why a batch cannot be taken for a job's, or an empty text."""
    try:
        rules = load(job.rules)
    except ApplianceError:  # a job that nobody uses may not stop the others
        return PROFILE
    faults = {
        KEY: job.separator_key_file != capture.job.separator_key_file,
        DPI.format(asked=job.dpi, scanned=capture.dpi): bool(capture.dpi) and job.dpi > capture.dpi,
        DUPLEX: job.duplex and not capture.duplex,
        DEMANDS: rules.image != capture.rules.image,
        CHECK: _checked_more(job, capture.job),
        PERSON: rules.stream == "onestop" and not capture.personal,
    }
    return next((fault for fault, found in faults.items() if found), "")


def _checked_more(one: Job, other: Job) -> bool:
    """Say whether a job trusts a scanner less without a recent device check than another does."""
    if one.target_policy == "ignore":
        return False
    return (STERN.index(one.target_policy) > STERN.index(other.target_policy)
            or one.target_max_age_hours < other.target_max_age_hours)


def named_dossiers(sides: Sequence[SidePage], key: bytes, ways: Iterable[Way]) -> set[str]:
    """Return the dossier codes that sound separators, or codes on first pages, among these sides name."""
    codes = set()
    patterns = [compiled(way.pattern) for way in ways if way.separation == FIRST_PAGE]
    for text in (text for side in sides for text in side.marks if len(text) <= LONGEST_CODE):
        with contextlib.suppress(ApplianceError):
            codes.add(separator.decode(text, key).file_code)
        codes |= {found[DOSSIER] for found in (one.fullmatch(text.strip()) for one in patterns) if found}
    return {code for code in codes if code and separator.is_file_code(code)}
