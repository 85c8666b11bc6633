"""Signatures of every rule profile, level and kind of key before four judges that are not ours, and bad ones too.

The EU's DSS (ETSI EN 319 102-1), pyHanko, poppler's pdfsig and OpenSSL, against a PKI on loopback with root,
issuing CA, OCSP, CRL and TSA. Files that promise proof of their own (B-LT, B-LTA) are judged without a network.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pki_token
import pytest
import signature_judges
import vera_judge
from bad_files import Bad, of_bad_times, of_those_who_may_not, spoilt
from dss_judge import FORMATS, OUT, VERSION, Question, Verdict, ask, build
from java_judge import NotHereError, build_or_skip
from pki_stand import Stand
from signature_judges import Bench
from signed_kinds import LEVELS, ONE, Made, by_product, by_pyhanko

from appliance.core import rules
from appliance.signing import verify

pytestmark = pytest.mark.slow

FIGURES = OUT.with_name("dss.json")
ONLINE = ("B-B", "B-T")
UNSEEN_OFFLINE = {"signed by revoked", "judged before its certificate was"}
"""What nobody can see who has no network, and judges now."""


@dataclass(frozen=True)
class Court:
    """Files and who judges them."""

    bench: Bench
    made: list[Made]
    plain: list[Made]
    bad: list[Bad]

    def others(self, path: Path, level: str) -> dict[str, str]:
        """Return what the judges besides the EU's find wrong."""
        return {"pyhanko": signature_judges.pyhanko(path, self.bench, level),
                "pdfsig": signature_judges.pdfsig(path, level),
                "openssl": signature_judges.openssl(path, self.bench, level)}


@pytest.fixture(scope="module")
def judge() -> Path:
    """The folder with the judge; without one the figures say why, and the EU's judge is not asked."""
    return build_or_skip(build, FIGURES, "dss")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A PKI that stands for the whole module, since its files are judged with its help."""
    with Stand(tmp_path_factory.mktemp("pki")) as stand:
        yield stand


@pytest.fixture(scope="module")
def court(stand: Stand, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """Every file, made once."""
    if missing := pki_token.available():
        pytest.fail(missing)
    folder = tmp_path_factory.mktemp("signed")
    token = stand.token("office", "office_ec")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in token.environment.items():
            patch.setenv(name, value)
        made = asyncio.run(by_product(stand, folder, token))
        unsigned = folder / f"{ONE}.pdf"
        plain = asyncio.run(by_pyhanko(stand, folder, unsigned.read_bytes()))
        bad = asyncio.run(_bad(stand, folder, unsigned.read_bytes()))
        bad += spoilt([one for one in made if one.name in {f"{ONE} {level} RSA-PSS" for level in LEVELS}], folder,
                      unsigned)
        yield Court(Bench(stand.root, _lists(stand, folder), folder), made, plain, bad)


async def _bad(stand: Stand, folder: Path, unsigned: bytes) -> list[Bad]:
    signed = [one async for one in of_those_who_may_not(stand, folder, unsigned)]
    return signed + [one async for one in of_bad_times(stand, folder, unsigned)]


def _lists(stand: Stand, folder: Path) -> list[Path]:
    """Fetch the lists of revoked certificates, for OpenSSL."""
    found = []
    for name in ("root", "issuing"):
        der, pem = folder / f"{name}.crl", folder / f"{name}.crl.pem"
        with urllib.request.urlopen(f"{stand.address}/pki/crls/{name}/latest.crl", timeout=10) as answer:
            der.write_bytes(answer.read())
        subprocess.run(["openssl", "crl", "-inform", "DER", "-in", der, "-out", pem], check=True)
        found.append(pem)
    return found


def judged(judge: Path, root: Path, files: Sequence[Made | Bad]) -> dict[str, Verdict]:
    """Ask the EU's judge about files, by name."""
    questions = [Question(one.path, root, one.level in ONLINE, one.moment if isinstance(one, Bad) else None)
                 for one in files]
    return dict(zip((one.name for one in files), ask(judge, questions), strict=True))


def test_the_eu_judge_passes_every_profile_level_and_kind_of_key(judge: Path, court: Court) -> None:
    begun = time.monotonic()
    verdicts = judged(judge, court.bench.root, court.made)
    failed = {one.name: str(verdicts[one.name]) for one in court.made
              if not verdicts[one.name].passed or verdicts[one.name].format != FORMATS[one.level]}
    bad = judged(judge, court.bench.root, court.bad)
    FIGURES.write_text(json.dumps({
        "dss_checked": len(court.made), "dss_failed": len(failed), "dss_bad_checked": len(bad),
        "dss_bad_passed": sum(verdict.passed for verdict in bad.values()), "dss": VERSION,
        "seconds": round(time.monotonic() - begun, 1), "failed": failed,
        "bad": {name: str(verdict) for name, verdict in bad.items()},
    }, ensure_ascii=False, indent=1))
    assert {one.name for one in court.made} >= {f"{profile} {level} RSA-PSS"
                                                for profile in rules.known() for level in LEVELS}
    assert failed == {}


def test_every_file_reaches_the_level_that_was_asked_for(court: Court) -> None:
    assert [one.name for one in court.made if f" {one.level}" not in one.name] == []


def test_pyhanko_pdfsig_and_openssl_pass_them_too(court: Court) -> None:
    found = {one.name: court.others(one.path, one.level) for one in court.made}
    assert {name: said for name, said in found.items() if any(said.values())} == {}


def test_every_file_of_every_level_is_still_pdf_a(court: Court) -> None:
    try:
        folder = vera_judge.build()
    except NotHereError as reason:
        pytest.skip(f"veraPDF was not asked: {reason}")
    verdicts = vera_judge.ask(folder, {one.path: rules.load(one.name.split()[0]).pdf.conformance
                                       for one in court.made})
    assert len(verdicts) == len(court.made)
    assert {path.name: verdict.words for path, verdict in verdicts.items() if not verdict.passed} == {}


def test_our_own_verifier_says_what_the_judges_say(court: Court) -> None:
    good = {one.name: verify.verify(one.path, [court.bench.root]) for one in court.made}
    assert {name: report.reason for name, report in good.items() if not report.valid} == {}
    assert [report.level for report in good.values()] == [one.level for one in court.made]
    passed = {one.name for one in court.bad if verify.verify(one.path, [court.bench.root]).valid}
    assert passed == UNSEEN_OFFLINE


def test_the_judges_pass_what_others_signed(judge: Path, court: Court) -> None:
    verdicts = judged(judge, court.bench.root, court.plain)
    assert {name: str(verdict) for name, verdict in verdicts.items() if not verdict.passed} == {}
    assert [verdicts[one.name].format for one in court.plain] == list(FORMATS.values())
    assert [signature_judges.pyhanko(one.path, court.bench, one.level) for one in court.plain] == [""] * len(LEVELS)


def test_the_eu_judge_lets_no_bad_file_pass_and_says_why(judge: Path, court: Court) -> None:
    verdicts = judged(judge, court.bench.root, court.bad)
    assert [name for name, verdict in verdicts.items() if verdict.passed] == []
    assert {one.name: str(verdicts[one.name]) for one in court.bad if one.said not in str(verdicts[one.name])} == {}


def test_the_other_judges_see_what_they_can_see_of_bad_files(court: Court) -> None:
    blind = []
    for one in court.bad:
        said = court.others(one.path, one.level)
        blind += [f"{name}: {one.name}" for name in one.seen_by - {"dss"} if not said[name]]
    assert blind == []


def test_without_a_network_a_file_without_proof_is_not_passed(judge: Path, court: Court) -> None:
    simple = next(one for one in court.made if one.level == "B-T")
    verdict = ask(judge, [Question(simple.path, court.bench.root, online=False)])[0]
    assert not verdict.passed
    assert "revocation" in verdict.words
