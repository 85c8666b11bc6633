"""Every kind of document, unsigned and signed, is PDF/A by the industry's own judge, veraPDF."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from drawn_seal import drawn, png
from java_judge import build_or_skip
from kinds_of_documents import Kind, kinds
from vera_judge import OUT, VERSION, Verdict, ask, build

from appliance.core import clock, errors, rules, stamping
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.jobs import SignJob, StampSpace, Stencil
from appliance.core.stamping import StampForm
from appliance.documents import proof
from appliance.documents.assemble import assemble
from appliance.documents.check import check
from appliance.imaging import stencil
from appliance.signing import keys, sign, stamp
from appliance.signing.stamp import Names

pytestmark = pytest.mark.slow

FIGURES = OUT.with_name("verapdf.json")
ENOUGH = 60


@pytest.fixture(scope="module")
def judge() -> Path:
    """The folder with the judge; without one the figures say why, and nothing is judged."""
    return build_or_skip(build, FIGURES, "verapdf")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Kind, Path]]:
    """Every kind of document, written and proved as a worker does."""
    folder = tmp_path_factory.mktemp("kinds")
    made = []
    for kind in kinds(folder):
        path = Path(assemble(kind.job).path)
        proof.prove(kind.job, path)
        assert check(path) == [], kind.name
        made.append((kind, path))
    return made


@pytest.fixture(scope="module")
def signed(written: list[tuple[Kind, Path]], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Kind, Path]]:
    """The same, signed by every shipped profile in turn; in every second round with the mark of conversion."""
    folder = tmp_path_factory.mktemp("signed")
    key = keys.from_settings(parse({"storage": {"state": str(folder)}}))
    seal = stencil_in(folder)
    made = []
    for at, (kind, _) in enumerate(written):
        shipped = rules.load(rules.known()[at % len(rules.known())])
        table = replace(shipped.stamp, conversion_mark=bool(at // len(rules.known()) % 2))
        profile = replace(shipped, stamp=table)
        names = Names("Bảo hiểm xã hội tỉnh Hưng Lạc", "Nguyễn Thị Ngọc Ánh", "SAO LỤC", development=True)
        wished = StampForm(table.width_mm, table.height_mm)
        forms = stamping.forms(stamp.lines(profile, names, None), table.look(), wished)
        space = StampSpace(table.corner, table.width_mm, table.height_mm, table.margin_mm, forms, strip=True)
        try:
            done = assemble(replace(kind.job, stamp=space, out=str(folder / f"{at}.unsigned.pdf")))
        except ApplianceError as problem:
            assert problem.code == errors.STAMP_PAGE_NARROW.code, kind.name
            continue  # a slip of paper too narrow for letters of lawful size
        now = clock.now()
        job = SignJob(f"doc-{at}", done.path, done.sha256, str(folder / f"{at}.pdf"), done.stamp_box,
                      stamp.lines(profile, names, now), table.look(), clock.iso(now),
                      seal=seal if table.image == "seal" else None)
        made.append((Kind(f"{kind.name}, {profile.name}", kind.job), Path(sign.sign(job, key).path)))
    return made


def stencil_in(folder: Path) -> Stencil:
    strip = stencil.cut(png(drawn()), 36.0)
    (folder / "seal.g4").write_bytes(strip.data)
    return Stencil(str(folder / "seal.g4"), hashlib.sha256(strip.data).hexdigest(), strip.width, strip.height)


def test_every_kind_passes_unsigned_and_signed(judge: Path, written: list[tuple[Kind, Path]],
                                               signed: list[tuple[Kind, Path]]) -> None:
    begun = time.monotonic()
    names = {path: f"{kind.name}{' (signed)' if (kind, path) in signed else ''}" for kind, path in written + signed}
    verdicts = ask(judge, {path: kind.flavour for kind, path in written + signed})
    failed = {names[path]: verdict.words for path, verdict in verdicts.items() if not verdict.passed}
    FIGURES.write_text(json.dumps({
        "verapdf_checked": len(verdicts), "verapdf_failed": len(failed), "unsigned": len(written),
        "signed": len(signed), "verapdf": VERSION, "seconds": round(time.monotonic() - begun, 1), "failed": failed,
    }, ensure_ascii=False, indent=1))
    assert len(verdicts) == len(written) + len(signed)
    assert len(written) >= ENOUGH
    assert len(signed) >= ENOUGH
    assert failed == {}


@pytest.mark.parametrize("fault", ["no metadata", "a font that is not embedded", "no ToUnicode"])
def test_the_judge_finds_a_planted_fault(judge: Path, written: list[tuple[Kind, Path]], tmp_path: Path,
                                         fault: str) -> None:
    source = next(path for kind, path in written if kind.name.startswith("text odd letters 2u"))
    bad = tmp_path / "bad.pdf"
    with pikepdf.open(source) as pdf:
        font = pdf.pages[0].Resources.Font
        if fault == "no metadata":
            del pdf.Root.Metadata
        elif fault == "no ToUnicode":
            del font.F.ToUnicode
        else:
            font.F = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                                        BaseFont=pikepdf.Name.Helvetica)
        pdf.save(bad, fix_metadata_version=False)
    verdict: Verdict = ask(judge, {bad: "2u"})[bad]
    assert not verdict.passed
    assert check(bad) != []
