"""The other forms of a package on a whole appliance: built, taken by the archive, and brought back from it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from rig import Rig, accepted, balanced, dossier, escl, job, page

from appliance.archive.packages import restoration
from appliance.archive.packages.inspection import inspect_package
from appliance.core import files
from appliance.core.jobs import RestoreDocument, RestoreJob
from appliance.signature_check import signature_check

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("layout", ["tt05-aip-hoso", "tt02-flat"])
def test_an_archive_takes_it_and_its_documents_come_back_from_it(layout: str, tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()], "archive": {"layout": layout}})
    try:
        rig.load([dossier("FORM.1", 1), page(1)])
        rig.press()
        balanced(rig.wait(lambda seen: "FORM.1" in accepted(seen), "the archive takes it"))
        (row,) = rig.rows("SELECT path, sha256 FROM delivery WHERE state = 'accepted'")
        package = Path(row[0])
        report = inspect_package(package, signature_check(rig.place.roots))
        assert (report.problems, report.layout, report.file_code) == ((), layout, "FORM.1")
        with zipfile.ZipFile(package) as opened:
            name = next(one for one in opened.namelist() if one.endswith("capture-provenance.json"))
            assert json.loads(opened.read(name))["screen"] == "none"
        (signed,) = rig.rows("SELECT signed_sha256, ordinal FROM document")
        (master,) = rig.rows("SELECT sha256 FROM page WHERE document IS NOT NULL AND side = 'front'")
        back = tmp_path / "back"
        found = restoration.restore(RestoreJob(
            str(package), row[1], (RestoreDocument(f"FORM.1.{signed[1]}", signed[0], str(back / "one.pdf")),),
            {master[0]: str(back / "master.jpg")}))
        assert files.sha256_of(back / "one.pdf") == signed[0]
        assert found.masters == (master[0],)
        assert files.sha256_of(back / "master.jpg") == master[0]
    finally:
        rig.stop()
