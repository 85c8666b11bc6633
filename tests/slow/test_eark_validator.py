"""The validator of the E-ARK project (PyPI eark-validator 1.1.3, rules 2.0.4) judges our packages, offline.

It runs in a virtual environment of its own, for its requirements are pinned to old versions. It fetches four
vocabularies when it is imported: it gets its own copies of them instead.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from archive_stand import dossier, signed

from appliance.archive.packages.package import build

pytestmark = pytest.mark.slow

PYTHON = Path(os.environ.get("EARK_PYTHON", Path(__file__).parents[2] / "build/eark/bin/python"))
SIP, AIP = "tt05-sip-hoso", "tt05-aip-hoso"
ALLOWED = {SIP: {"SIP2", "SIP14"}, AIP: set[str]()}
"""Findings that cannot be met (docs/package.md): SIP2 wants another profile than the circular, SIP14 tests an
attribute without its namespace and so contradicts CSIP16."""

PROGRAM = """
import json, sys, urllib.request
from importlib.util import find_spec
from pathlib import Path
words = Path(find_spec("eark_validator").submodule_search_locations[0]) / "ipxml/resources/vocabs"
urllib.request.urlopen = lambda url, *a, **k: (words / url.rpartition("/")[2]).open("rb")
from eark_validator.packages import PackageValidator
from eark_validator.specifications.specification import SpecificationVersion
report = PackageValidator(Path(sys.argv[1]), SpecificationVersion.V2_0_4).validation_report
metadata = report.metadata
wrong = [m.rule_id for m in metadata.schematron_results.messages if m.severity.name == "ERROR"] if metadata else []
print(json.dumps([report.structure.status.name, metadata.schema_results.status.name if metadata else "", wrong]))
"""


class Judged(NamedTuple):
    """What it says: of the folders, of METS by XSD, and the rules that METS breaks."""

    structure: str
    schemas: str
    wrong: set[str]


def judged(package: Path, folder: Path) -> Judged:
    if not PYTHON.is_file():
        pytest.skip(f"not run: no eark-validator at {PYTHON} (.ci/setup slow makes it)")
    folder.mkdir()
    done = subprocess.run([PYTHON, "-c", PROGRAM, package], capture_output=True, text=True, cwd=folder, check=False,
                          env=os.environ | {"TMPDIR": str(folder)})  # it leaves what it unpacks
    assert done.returncode == 0, done.stderr
    structure, schemas, wrong = json.loads(done.stdout.splitlines()[-1])
    return Judged(structure, schemas, set(wrong))


@pytest.mark.parametrize("status", ["NEW", "REPLACEMENT", "SUPPLEMENT"])
@pytest.mark.parametrize("layout", [SIP, AIP])
def test_it_finds_nothing_but_what_cannot_be_met(layout: str, status: str, tmp_path: Path) -> None:
    other = "0198f3c0-1111-7000-8000-0000000000ff"
    job = dataclasses.replace(
        dossier(tmp_path, {1: signed(b"one"), 2: signed(b"two"), 10: signed(b"ten")}), layout=layout,
        record_status=status, replaces=other if status == "REPLACEMENT" else "",
        supplements=other if status == "SUPPLEMENT" else "")
    assert judged(Path(build(job).path), tmp_path / "work") == Judged("WELLFORMED", "VALID", ALLOWED[layout])


@pytest.mark.parametrize("layout", [SIP, AIP])
@pytest.mark.parametrize(("old", "new", "schemas", "rule"), [
    ('LABEL="Metadata"', 'LABEL="Meta"', "VALID", "CSIP88"), (' CREATEDATE="', ' CREATEDAY="', "INVALID", "CSIP7")])
def test_it_would_find_what_is_wrong(
        old: str, new: str, schemas: str, rule: str, layout: str, tmp_path: Path) -> None:
    job = dataclasses.replace(dossier(tmp_path, {1: signed(b"one")}), layout=layout)
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(build(job).path) as source, zipfile.ZipFile(broken, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename.count("/") == 1:
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
            target.writestr(info, data)
    found = judged(broken, tmp_path / "work")
    assert (found.schemas, rule in found.wrong) == (schemas, True), found
