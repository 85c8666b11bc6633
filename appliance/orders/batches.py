"""What separation is told of a batch, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from appliance import terms
from appliance.core.config import Job
from appliance.documents import separate as separation
from appliance.documents.plan import DossierPlan, KnownDossier
from appliance.documents.ways import Terms
from appliance.orders.pages import side_of
from appliance.spool import dossiers
from appliance.spool.ledger import Row


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a batch is separated.

    The key of separators, earlier dossiers, who scanned (code), and what other jobs mean for the batch.
    """

    key: bytes
    earlier: Sequence[dossiers.Earlier]
    operator: str = ""
    jobs: Mapping[str, Terms] = field(default_factory=dict)


def separate(batch: Row, pages: Sequence[Row], job: Job, known: Known) -> dossiers.Separated:
    """Tell dossiers and documents of a batch apart.

    A dossier that waits for sheets is continued, unless this batch has it whole: then it was scanned again.
    """
    if not pages:
        return dossiers.Separated(batch["id"], batch["job"], (), (), ())
    sides = [side_of(row) for row in pages]
    closed = [dossier for dossier in known.earlier if dossier.closed]
    waiting = [dossier for dossier in known.earlier if dossier.waiting]
    found = separation.separate(sides, _rules(batch, job, known, closed))
    whole = {plan.file_code for plan in found.dossiers if plan.declared_sheets and not plan.held}
    continued = [dossier for dossier in waiting if dossier.file_code not in whole]
    if continued:
        found = separation.separate(sides, _rules(batch, job, known, closed + continued))
    codes = {dossier.file_code for dossier in continued}
    return dossiers.Separated(
        batch=batch["id"], job=batch["job"], separators=found.separators,
        questions=tuple((question.page, question.code, question.reason) for question in found.questions),
        dossiers=tuple(_dossier(plan, known, continues=plan.file_code in codes) for plan in found.dossiers))


def _rules(batch: Row, job: Job, known: Known, earlier: Sequence[dossiers.Earlier]) -> separation.SeparationRules:
    by_code = {one.file_code: KnownDossier(one.ordinals, one.captured, one.declared, one.closed, one.job)
               for one in earlier}
    return separation.SeparationRules(
        terms.way_of(job), terms.default_file_code(batch["id"], job), known.key, known.operator, batch["job"],
        known.jobs, by_code)


def _dossier(plan: DossierPlan, known: Known, *, continues: bool) -> dossiers.NewDossier:
    documents = tuple(
        dossiers.NewDocument(doc.ordinal, doc.type_name, doc.sheets, doc.pages, doc.continues, doc.declared_sheets,
                             doc.component)
        for doc in plan.documents)
    new = dossiers.NewDossier(plan.file_code, plan.declared_sheets, plan.captured_sheets, documents, plan.held,
                              dict(plan.details), continues)
    asked = known.jobs.get(plan.job)
    return replace(new, job=plan.job, rules=asked.rules) if asked else new
