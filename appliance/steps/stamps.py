"""What a stamp needs besides its text: whose name and which key are to be expected, and the stencil of the seal.

The office may replace its seal at any time. The stencil of an image is made once, by a worker, and kept by the hash
of the image; the signer decodes no images.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors, files, rules
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY, Outcome, Priority, SealDone, SealJob, Stencil
from appliance.core.plain import from_plain, to_plain
from appliance.core.rules import RuleProfile
from appliance.orders import documents
from appliance.spool.ledger import Row
from appliance.steps.means import Means, config_of

MOST_BYTES = 20_000_000
"""Of the image of a seal."""

MOST_PIXELS = 16_000_000

FORM = 1
"""Goes up when stencils are made in another way: the old ones are then not used again."""


@dataclass(frozen=True)
class Stamps:
    """Asks settings, ledger, signer, and workers."""

    means: Means

    async def person(self, row: Row) -> tuple[str, str]:
        """Return name and code of who scanned the first page of a document."""
        found = await self.means.book.ask(lambda ledger: ledger.one("scanned_by", document=row["id"]))
        return (found["operator"] or "", found["operator_code"] or "") if found else ("", "")

    def development(self, profile: RuleProfile, code: str) -> bool:
        """Say whether a document will probably be signed with a key for trials, so that room is kept to say so."""
        settings = self.means.config
        if profile.stamp.role == "person":
            held = self.means.signer.keys.get(code)
            real = any(person.code == code and person.token for person in settings.operator)
        else:
            held = self.means.signer.keys.get(AGENCY)
            real = bool(settings.signing.token or settings.signing.remote.url)
        return not real or (held is not None and held.development)

    async def outgrown(self, row: Row) -> bool:
        """Say whether an assembled document, made anew, would have room for what its stamp says now."""
        if self.means.store.signed(row["id"]).exists():  # one that a stop cut short is adopted, not made again
            return False
        config, profile = await config_of(self.means, row["dossier"]), rules.load(row["rules"])
        person, code = await self.person(row)
        order = documents.DocumentOrder(row, (), config.job_named(row["job"]), profile, person=person,
                                        development=self.development(profile, code))
        try:
            return documents.outgrown(order, config)
        except ApplianceError:  # it cannot be said at all, and is not said any better in a new file
            return False

    async def seal(self, profile: RuleProfile, image: str | None = None) -> Stencil | None:
        """Return the stencil of the office's seal, or None where the rule profile prints none.

        ``image``: its file; None: the one that the settings name.

        Raises:
            ApplianceError: SEAL_MISSING, SEAL_UNFIT, or why no worker could make it.
        """
        if profile.stamp.image != "seal":
            return None
        image = self.means.config.office.seal if image is None else image
        path = Path(image)
        if not image:
            raise errors.SEAL_MISSING.error(reason="office.seal: -")
        try:
            sha256 = await asyncio.to_thread(_sha256, path)
        except OSError as problem:
            raise errors.SEAL_MISSING.error(reason=f"{path}: {problem.strerror}") from None
        out = self._place(sha256, profile)
        done = await asyncio.to_thread(_kept, out) or await self._made(SealJob(
            str(path), sha256, profile.stamp.image_mm, str(out), MOST_PIXELS))
        if done.stencil is None:
            raise errors.SEAL_UNFIT.error(reason=done.fault)
        return done.stencil

    def _place(self, sha256: str, profile: RuleProfile) -> Path:
        folder = self.means.store.root / "seals"
        return folder / f"{sha256[:32]}-{profile.stamp.image_mm:g}-{FORM}.g4"

    async def _made(self, job: SealJob) -> SealDone:
        """Have a worker make the stencil; what it says is kept beside it, so that no image is looked at twice."""
        files.make_folder(Path(job.out).parent)
        outcome: Outcome = await self.means.work("seal", Path(job.out).stem, to_plain(job), Priority.BULK)
        if not outcome.ok:
            raise errors.by_code(outcome.code).error(reason=outcome.reason)
        made = from_plain(SealDone, outcome.body)
        facts = json.dumps(to_plain(made), ensure_ascii=False).encode()
        await asyncio.to_thread(files.write_durably, _facts(Path(job.out)), facts)
        return made


def _facts(stencil: Path) -> Path:
    return stencil.with_suffix(".json")


def _kept(out: Path) -> SealDone | None:
    """Return what was said of an image before; of a stencil only if it is whole."""
    try:
        found = from_plain(SealDone, json.loads(_facts(out).read_bytes()))
        whole = files.sha256_of(out) == found.stencil.sha256 if found.stencil else found.fault != ""
    except (OSError, ValueError):
        return None
    return found if whole else None


def _sha256(path: Path) -> str:
    """Hash the image of a seal; a file too large to be one gets no stencil."""
    if path.stat().st_size > MOST_BYTES:
        raise errors.SEAL_UNFIT.error(reason=f"{path.stat().st_size} bytes")
    return hashlib.sha256(path.read_bytes()).hexdigest()
