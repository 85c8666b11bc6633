"""What separation is told of a batch, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from appliance import terms
from appliance.core.config import Job
from appliance.documents import separate as separation
from appliance.documents.plan import DossierPlan, KnownDossier, RescanPlan, Separation
from appliance.documents.ways import Terms
from appliance.orders.continuing import Parted, Whole, never, part
from appliance.orders.pages import side_of
from appliance.spool import dossiers
from appliance.spool.again import NewRescan
from appliance.spool.ledger import Row


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a batch is separated.

    The key of separators, earlier dossiers, who scanned (code), what other jobs mean for the batch, and whether a
    dossier that waits for components is in it whole.
    """

    key: bytes
    earlier: Sequence[dossiers.Earlier]
    operator: str = ""
    jobs: Mapping[str, Terms] = field(default_factory=dict)
    whole: Whole = never


def separate(batch: Row, pages: Sequence[Row], job: Job, known: Known) -> dossiers.Separated:
    """Tell dossiers and documents of a batch apart.

    A dossier that waits for sheets is continued, unless this batch has it whole: then it was scanned again.
    """
    if not pages:
        return dossiers.Separated(batch["id"], batch["job"], (), (), ())
    sides = [side_of(row) for row in pages]
    def apart(some: Sequence[dossiers.Earlier]) -> Separation:
        return separation.separate(sides, _rules(batch, job, known, some))

    parted = part(known.earlier, apart, known.whole)
    found = parted.separation
    return dossiers.Separated(
        batch=batch["id"], job=batch["job"], separators=found.separators,
        questions=tuple((question.page, question.code, question.reason) for question in found.questions),
        dossiers=tuple(_dossier(plan, known, parted) for plan in found.dossiers),
        rescans=tuple(map(_rescan, found.rescans)))


def _rescan(plan: RescanPlan) -> NewRescan:
    return NewRescan(plan.file_code, plan.ordinal, plan.page, plan.declared, len(plan.sheets), tuple(plan.pages),
                     plan.fault, plan.reason)


def _rules(batch: Row, job: Job, known: Known, earlier: Sequence[dossiers.Earlier]) -> separation.SeparationRules:
    by_code = {one.file_code: KnownDossier(one.ordinals, one.captured, one.declared, one.closed, one.job,
                                          one.written)
               for one in earlier}
    return separation.SeparationRules(
        terms.way_of(job), terms.default_file_code(batch["id"], job), known.key, known.operator, batch["job"],
        known.jobs, by_code, frozenset(one.file_code for one in known.earlier))


def _dossier(plan: DossierPlan, known: Known, parted: Parted) -> dossiers.NewDossier:
    documents = tuple(
        dossiers.NewDocument(doc.ordinal, doc.type_name, doc.sheets, doc.pages, doc.continues, doc.declared_sheets,
                             doc.component, doc.special)
        for doc in plan.documents)
    new = dossiers.NewDossier(plan.file_code, plan.declared_sheets, plan.captured_sheets, documents, plan.held,
                              dict(plan.details), plan.file_code in parted.continued, again=plan.again)
    if plan.file_code in parted.added:  # its separator counted what came now, or nothing: nobody counted the whole
        new = replace(new, declared=0, captured=new.captured + parted.added[plan.file_code])
    asked = known.jobs.get(plan.job)
    return replace(new, job=plan.job, rules=asked.rules) if asked else new
