"""The whole appliance reads what papers say of themselves: at the counter only once the signature has verified."""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig import Rig, Sheet, accepted, balanced, dossier, escl, flat, job

from appliance import catalogue
from bench.corpus import official

pytestmark = pytest.mark.slow

CODE = "H1.2022.7"
VARIANT = 1
"""A paper of one side with every field but urgency and form (bench/corpus/official.py)."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("catalogue"), {
        "device": [{**escl(), "operator": "NV001"}], "job": [job(rules="onestop-ttvpcp-2023")],
        "operator": [{"code": "NV001", "name": "Trần Văn Bình"}]})
    yield found
    found.stop()


def test_fields_of_the_counter_are_released_after_the_signature_and_reach_the_package(rig: Rig) -> None:
    leaves, truth = official.make(VARIANT, 300)
    rig.load([dossier(CODE), *(Sheet(flat(leaf)) for leaf in leaves)])
    rig.press()
    status = rig.wait(lambda found: CODE in accepted(found), f"{CODE} accepted")
    balanced(rig.settled())
    (path,) = [Path(one["path"]) for one in status["deliveries"]]
    with zipfile.ZipFile(path) as package:
        name = next(name for name in package.namelist() if "EAD_doc" in name and name.endswith(f"{CODE}.1.xml"))
        said = dict(re.findall(r"<(\w+)>([^<]+)</\1>", package.read(name).decode()))
    own = ("codeNumber", "codeNotation", "issuedDate", "organName", "typeName", "subject")
    assert {name: said.get(name) for name in own} == {name: truth[name] for name in own}
    assert truth["signer"] in said["description"]
    assert chain(rig) == ["document.fields_await_signature", "document.assembled", "document.signed",
                          "document.signature_verified", "document.fields_released"]
    logs = rig.logs()
    assert not [value for value in (truth["signer"], truth["subject"], truth["codeNotation"]) if value in logs]
    assert truth["signer"] in shown(rig)


def chain(rig: Rig) -> list[str]:
    """Return what the audit chain says of the document's way to its package."""
    with contextlib.closing(sqlite3.connect(f"file:{rig.state / 'ledger.sqlite3'}?mode=ro", uri=True)) as ledger:
        rows = ledger.execute("SELECT what, detail FROM audit WHERE subject LIKE ? ORDER BY seq", (f"{CODE}.1.%",))
        found = [(what, detail) for what, detail in rows if what.startswith("document.")]
    assert all("Nguy" not in detail for _, detail in found)
    wanted = ("fields", "assembled", "signed", "signature")
    return [what for what, _ in found if any(word in what for word in wanted)]


def shown(rig: Rig) -> str:
    """Return what ``appliance field show`` prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert catalogue.main(["show", f"{CODE}.1.r1", "--config", str(rig.place.settings)]) == 0
    return out.getvalue()
