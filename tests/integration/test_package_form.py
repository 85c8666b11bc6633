"""A package as it is built: the same bytes each time, lawful XML, nothing hostile passes."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from archive_stand import FILE_CODE, UUID, dossier, made, signed

from appliance.archive.packages import package
from appliance.archive.packages.inspection import inspect_package
from appliance.archive.packages.package import build
from appliance.core.errors import ApplianceError
from appliance.core.jobs import PackageJob

etree: Any = import_module("lxml.etree")
ROOT = f"uuid-{UUID.upper()}"
PDFS = {2: signed(b"two"), 1: signed(b"one"), 10: signed(b"ten" * 100_000)}
EXPECTED = {
    "METS.xml", "metadata/descriptive/EAD.xml", "representations/rep1/METS.xml",
    "documentation/capture-provenance.json",
    *(f"schemas/{name}" for name in ("mets1_12.xsd", "xlink.xsd", "DILCISExtensionMETS.xsd",
                                     "DILCISExtensionSIPMETS.xsd", "ead.xsd", "ead_doc.xsd")),
    *(f"representations/rep1/data/{FILE_CODE}.{n}.pdf" for n in (1, 2, 10)),
    *(f"representations/rep1/metadata/descriptive/EAD_doc_{FILE_CODE}.{n}.xml" for n in (1, 2, 10)),
}


@pytest.fixture
def job(tmp_path: Path) -> PackageJob:
    return dossier(tmp_path, PDFS)


@pytest.fixture
def unpacked(job: PackageJob, tmp_path: Path) -> Path:
    with zipfile.ZipFile(build(job).path) as file:
        file.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked" / ROOT


def schema(folder: Path, *names: str) -> Any:
    """Return the schemas as one; each import finds its namespace already there, so nothing is fetched."""
    spaces = [(etree.parse(str(folder / name)).getroot().get("targetNamespace"), folder / name) for name in names]
    imports = "".join(f'<xs:import namespace="{space}" schemaLocation="{path}"/>' for space, path in spaces)
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, etree.XMLParser(no_network=True)))


def test_the_package_holds_exactly_the_files_of_the_form(unpacked: Path) -> None:
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert files == EXPECTED
    assert [path.name for path in unpacked.parent.iterdir()] == [ROOT]


def test_documents_are_embedded_byte_for_byte(unpacked: Path) -> None:
    for ordinal, data in PDFS.items():
        assert (unpacked / f"representations/rep1/data/{FILE_CODE}.{ordinal}.pdf").read_bytes() == data


def test_the_same_job_gives_the_same_bytes_wherever_it_runs(
        job: PackageJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(job)
    monkeypatch.setenv("TZ", "America/New_York")
    turned = dataclasses.replace(job, out=str(tmp_path / "again" / "p.zip"), documents=job.documents[::-1])
    second = build(turned)
    assert (first.sha256, first.size) == (second.sha256, second.size)
    assert first.sha256 == hashlib.sha256(Path(first.path).read_bytes()).hexdigest()


def test_both_mets_files_hold_to_their_schemas(unpacked: Path) -> None:
    names = ("xlink.xsd", "mets1_12.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
    judge = schema(unpacked / "schemas", *names)
    for path in (unpacked / "METS.xml", unpacked / "representations/rep1/METS.xml"):
        judge.assertValid(etree.parse(str(path)))


def test_every_description_holds_to_the_schema_it_names(unpacked: Path) -> None:
    descriptions = list(unpacked.rglob("EAD*.xml"))
    assert len(descriptions) == 4
    for path in descriptions:
        tree = etree.parse(str(path))
        place = tree.getroot().get("{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation")
        assert place is not None
        etree.XMLSchema(etree.parse(str((path.parent / place).resolve()))).assertValid(tree)


def test_our_schemas_refuse_what_the_code_refuses(unpacked: Path) -> None:
    judge = etree.XMLSchema(etree.parse(str(unpacked / "schemas/ead.xsd")))
    text = (unpacked / "metadata/descriptive/EAD.xml").read_text()
    for good, bad in (("<mode>01<", "<mode>04<"), ("<totalDoc>3<", "<totalDoc>x<"),
                      ("</simpledc>", "<other/></simpledc>"), ("<maintenance>01<", "<maintenance><"),
                      ("<startDate>0", "<startDate>9")):
        assert good in text
        assert not judge.validate(etree.fromstring(text.replace(good, bad).encode()))


@pytest.mark.parametrize("code", ["../../x", "..", "a/b", "a\\b", "", ".hidden", "x" * 101, "mã.hồ.sơ", "a\nb",
                                  "a b", "a..b", "ends.", "-x", "con\x00"])
def test_a_hostile_dossier_code_is_refused(job: PackageJob, code: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        build(dataclasses.replace(job, file_code=code))
    assert (caught.value.code, caught.value.details["name"]) == ("T406", "fileCode")


@pytest.mark.parametrize(("changes", "code"), [
    ({"uuid": "no-uuid"}, "A601"), ({"created": "yesterday"}, "A601"), ({"record_status": "OLD"}, "A601"),
    ({"layout": "bagit"}, "A601"), ({"documents": ()}, "A601"), ({"title": "a\x07b"}, "T406"),
    ({"organisation": ""}, "T406"), ({"fields": {"maintenance": "01", "mode": "01"}}, "T406"),
    ({"schemas": "/nonexistent"}, "A605"),
])
def test_a_job_that_makes_no_package_says_why(job: PackageJob, changes: dict[str, object], code: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        build(dataclasses.replace(job, **changes))  # type: ignore[arg-type]
    assert caught.value.code == code
    assert not list(Path(job.out).parent.glob("*.zip*")), "nothing half done is left"


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _altered(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"one", b"0ne"))


@pytest.mark.parametrize("harm", [Path.unlink, _cut_short, _altered])
def test_a_document_that_is_not_the_signed_one_is_never_packed(
        job: PackageJob, harm: Callable[[Path], None]) -> None:
    harm(Path(next(document.path for document in job.documents if document.ordinal == 1)))
    with pytest.raises(ApplianceError) as caught:
        build(job)
    assert caught.value.code == "A601"
    assert "document 1 " in caught.value.details["reason"]
    assert not list(Path(job.out).parent.glob(f"{UUID}*"))


def test_two_documents_of_one_ordinal_are_refused(job: PackageJob) -> None:
    with pytest.raises(ApplianceError):
        build(dataclasses.replace(job, documents=(*job.documents, job.documents[0])))


def test_schemas_come_from_a_provisioned_folder_when_one_is_named(job: PackageJob, unpacked: Path) -> None:
    folder = unpacked.parent / "provisioned"
    shutil.copytree(unpacked / "schemas", folder)
    assert build(dataclasses.replace(job, schemas=str(folder))).sha256 == build(job).sha256
    (folder / "xlink.xsd").unlink()
    with pytest.raises(ApplianceError) as caught:
        build(dataclasses.replace(job, schemas=str(folder)))
    assert caught.value.details["name"] == "xlink.xsd"


def test_building_imports_no_validator() -> None:
    code = ("import sys; from appliance.archive.packages import package; package.schema('xlink.xsd', '');"
            "sys.exit('eark_validator' in sys.modules or 'lxml' in sys.modules)")
    top = Path(package.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=top, check=False).returncode == 0


def test_our_own_inspection_is_content(job: PackageJob) -> None:
    report = inspect_package(made(job).path, lambda _: "")
    assert (report.problems, report.documents, report.uuid, report.file_code) == ((), 3, UUID, FILE_CODE)
