"""Three forms of one dossier: what each holds, that all agree, and that a look at each refuses what is wrong."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from archive_stand import FILE_CODE, UUID, dossier, signed
from test_package_form import schema

from appliance.archive.packages import ead, flat
from appliance.archive.packages.inspection import inspect_package
from appliance.archive.packages.package import FORMS, build
from appliance.core.errors import ApplianceError
from appliance.core.jobs import PackageJob
from appliance.receiver import contents

etree: Any = import_module("lxml.etree")
SIP, AIP, FLAT = "tt05-sip-hoso", "tt05-aip-hoso", "tt02-flat"
PDFS = {2: signed(b"two"), 1: signed(b"one"), 10: signed(b"ten" * 1000)}
ROOTS = {SIP: f"uuid-{UUID.upper()}", AIP: f"urn_H49.64.33_uuid_{UUID.upper()}", FLAT: f"uuid-{UUID.upper()}"}
PREMIS = "{http://www.loc.gov/premis/v3}"
SAID = {
    "audit_seq": 7, "audit_head": "ab" * 32, "capture": {"model": "fi-7160", "serial": "A<1>", "firmware": "2"},
    "pages": [{"document": "d#1", "captured": "2026-11-21T09:00:00.000+07:00", "checks": {
        "blur": [1, 1, True, ""], "clipping": [9, 1, False, "I1"]}}],
    "signatures": [{"document": "d#1", "ordinal": 1, "signed": "2026-11-21T09:03:00.000+07:00", "level": "B-T"}]}
EACH = pytest.mark.parametrize("layout", sorted(FORMS))


def job_of(folder: Path, layout: str, **changes: Any) -> PackageJob:
    job = dossier(folder, PDFS)
    return dataclasses.replace(job, layout=layout, provenance=json.dumps(SAID), archive_code="H49", **changes)


def files_of(path: str | Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {info.filename: package.read(info) for info in package.infolist()}


def unpacked(folder: Path, layout: str) -> Path:
    with zipfile.ZipFile(build(job_of(folder, layout)).path) as package:
        package.extractall(folder / "unpacked")
    return folder / "unpacked" / ROOTS[layout]


@EACH
def test_every_form_has_one_root_folder_and_its_own_look_is_content(layout: str, tmp_path: Path) -> None:
    packed = build(job_of(tmp_path, layout))
    assert {name.partition("/")[0] for name in files_of(packed.path)} == {ROOTS[layout]}
    report = inspect_package(Path(packed.path), lambda _: "")
    assert (report.problems, report.documents, report.uuid, report.layout) == ((), 3, UUID, layout)
    assert report.file_code == (f"H49.{FILE_CODE}" if layout == AIP else FILE_CODE)
    assert report.audit == f"7:{'ab' * 32}"


@EACH
def test_every_form_is_the_same_bytes_each_time(layout: str, tmp_path: Path) -> None:
    job = job_of(tmp_path, layout)
    again = dataclasses.replace(job, out=str(tmp_path / "again.zip"), documents=job.documents[::-1])
    first, second = build(job), build(again)
    assert (first.sha256, first.size) == (second.sha256, second.size)
    assert first.sha256 == hashlib.sha256(Path(first.path).read_bytes()).hexdigest()


@EACH
def test_every_form_carries_the_signed_documents_byte_for_byte(layout: str, tmp_path: Path) -> None:
    pdfs = {data for name, data in files_of(build(job_of(tmp_path, layout)).path).items() if name.endswith(".pdf")}
    assert pdfs == set(PDFS.values())


@EACH
@pytest.mark.parametrize(("status", "kind"), [("REPLACEMENT", "replaces"), ("SUPPLEMENT", "supplements")])
def test_every_form_names_the_package_that_it_belongs_to(
        layout: str, status: str, kind: str, tmp_path: Path) -> None:
    other = "0198f3c0-1111-7000-8000-0000000000ff"
    packed = build(job_of(tmp_path, layout, record_status=status, **{kind: other}))
    report = inspect_package(Path(packed.path), lambda _: "")
    assert (report.problems, getattr(report, kind)) == ((), other)
    with pytest.raises(ApplianceError):
        build(job_of(tmp_path, layout, record_status=status))


def test_the_archival_package_holds_exactly_its_files(tmp_path: Path) -> None:
    root = unpacked(tmp_path, AIP)
    names = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    rep = "representations/rep1"
    assert names == {
        "METS.xml", "metadata/descriptive/EAD.xml", "metadata/preservation/PREMIS.xml", f"{rep}/METS.xml",
        f"{rep}/metadata/preservation/PREMIS_rep1.xml", "documentation/capture-provenance.json",
        *(f"schemas/{name}" for name in ("mets1_12.xsd", "xlink.xsd", "DILCISExtensionMETS.xsd",
                                         "DILCISExtensionSIPMETS.xsd", "ead.xsd", "ead_doc.xsd")),
        *(f"{rep}/data/{FILE_CODE}.{n}.pdf" for n in PDFS),
        *(f"{rep}/metadata/descriptive/EAD_doc_{FILE_CODE}.{n}.xml" for n in PDFS)}


def test_the_archival_package_holds_to_every_schema(tmp_path: Path) -> None:
    root = unpacked(tmp_path, AIP)
    judge = schema(root / "schemas", "xlink.xsd", "mets1_12.xsd", "DILCISExtensionMETS.xsd",
                   "DILCISExtensionSIPMETS.xsd")
    for path in (root / "METS.xml", root / "representations/rep1/METS.xml"):
        judge.assertValid(etree.parse(str(path)))
    for path in root.rglob("EAD*.xml"):
        tree = etree.parse(str(path))
        place = tree.getroot().get("{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation")
        etree.XMLSchema(etree.parse(str((path.parent / place).resolve()))).assertValid(tree)


def test_the_archival_package_is_named_and_described_as_the_circular_says(tmp_path: Path) -> None:
    root = unpacked(tmp_path, AIP)
    top, inner = (ET.parse(root / name).getroot() for name in ("METS.xml", "representations/rep1/METS.xml"))
    assert top.get("OBJID") == f"urn:H49.64.33:uuid:{UUID.upper()}"
    assert top.get("PROFILE") == "http://www.ra.ee/METS/v01/IP.xml"
    mets = "{http://www.loc.gov/METS/}"
    assert [one.get("TYPE") for one in inner.iterfind(f"{mets}structMap/{mets}div")] == ["NORMALIZED"]
    for tree in (top, inner):
        (kept,) = tree.iter(f"{mets}digiprovMD")
        (division,) = [one for one in tree.iter(f"{mets}div") if one.get("LABEL") == "Metadata"]
        assert division.get("ADMID") == kept.get("ID")
    fields = ead.read((root / "metadata/descriptive/EAD.xml").read_bytes())
    assert (fields["arcFileCode"], len(fields)) == (f"H49.{FILE_CODE}", 18)
    one = ead.read((root / f"representations/rep1/metadata/descriptive/EAD_doc_{FILE_CODE}.10.xml").read_bytes())
    assert (one["docCode"], one["docOrdinal"], len(one)) == (f"{FILE_CODE}.0000010", "10", 19)


def test_premis_tells_of_capture_checks_signature_and_package(tmp_path: Path) -> None:
    root = unpacked(tmp_path, AIP)
    whole, inner = (ET.parse(root / name).getroot() for name in (
        "metadata/preservation/PREMIS.xml", "representations/rep1/metadata/preservation/PREMIS_rep1.xml"))
    events = (*whole.iter(f"{PREMIS}event"), *inner.iter(f"{PREMIS}event"))
    kinds = [one.findtext(f"{PREMIS}eventType") for one in events]
    assert kinds == ["information package creation", "transfer", "validation", "digital signature generation"]
    digests = {one.text for one in inner.iter(f"{PREMIS}messageDigest")}
    assert digests == {hashlib.sha256(data).hexdigest().upper() for data in PDFS.values()}
    for tree in (whole, inner):
        known = {one.text for one in tree.iter() if one.tag in {
            f"{PREMIS}objectIdentifierValue", f"{PREMIS}agentIdentifierValue"}}
        linked = {one.text for one in tree.iter() if one.tag in {
            f"{PREMIS}linkingObjectIdentifierValue", f"{PREMIS}linkingAgentIdentifierValue"}}
        assert linked <= known
        times = [one.text or "" for one in tree.iter(f"{PREMIS}eventDateTime")]
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+07:00", time) for time in times)
    assert "fi-7160 A<1> 2" in [one.text for one in inner.iter(f"{PREMIS}agentName")]


def test_the_flat_form_has_tables_with_the_columns_of_the_old_circular(tmp_path: Path) -> None:
    root = unpacked(tmp_path, FLAT)
    names = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert names == {"manifest.json", "ho_so.csv", "van_ban.csv", "documentation/capture-provenance.json",
                     *(f"{FILE_CODE}/{FILE_CODE}.{n:07d}_signed.pdf" for n in PDFS)}
    (one,) = csv.DictReader(io.StringIO((root / "ho_so.csv").read_text("utf-8-sig")))
    assert list(one) == [column.name for column in flat.columns("dossier")]
    assert (one["FileCode"], one["OrganId"], one["FileCatalog"], one["FileNotation"]) == (
        FILE_CODE, "H49.64.33", "2001", "160")
    assert (one["Maintenance"], one["Rights"], one["TotalDoc"], one["Maximum"]) == (
        "Vĩnh viễn", "Công khai", "3", "4")
    rows = list(csv.DictReader(io.StringIO((root / "van_ban.csv").read_text("utf-8-sig"))))
    assert [row["DocOrdinal"] for row in rows] == ["1", "2", "10"]
    assert rows[0]["Subject"] == "Về việc <1> & đính kèm"
    assert rows[0]["TypeName"] == "Khác"


def test_a_code_too_long_for_the_old_circular_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError) as caught:
        build(job_of(tmp_path, FLAT, file_code="H49.64.33.2001." + "9" * 20))
    assert (caught.value.code, caught.value.details["name"]) == ("T406", "FileCode")


@EACH
def test_a_document_that_was_changed_since_it_was_signed_is_named_and_nothing_is_left(
        layout: str, tmp_path: Path) -> None:
    job = job_of(tmp_path, layout)
    Path(next(one.path for one in job.documents if one.ordinal == 10)).write_bytes(PDFS[10].replace(b"ten", b"10n"))
    with pytest.raises(ApplianceError) as caught:
        build(job)
    assert "document 10 " in caught.value.details["reason"]
    assert not [path.name for path in tmp_path.iterdir() if ".zip" in path.name]


def rewrite(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a package again with its files changed."""
    files = files_of(source)
    change(files)
    with zipfile.ZipFile(target, "w") as package:
        for name, data in files.items():
            package.writestr(name, data)
    return target


def _swap(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        (full,) = [one for one in files if one.endswith(name)]
        assert old in files[full]
        files[full] = files[full].replace(old, new)
    return change


def _drop(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        del files[next(one for one in files if one.endswith(name))]
    return change


def _add(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files[f"{next(iter(files)).partition('/')[0]}/{name}"] = b"x"
    return change


def _listed(files: dict[str, bytes], name: str) -> None:
    """Add a file to a flat package, and to its manifest."""
    _add(name)(files)
    (place,) = [one for one in files if one.endswith("manifest.json")]
    facts = json.loads(files[place])
    facts["files"].append({"name": name, "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()})
    files[place] = json.dumps(facts).encode()


def _rename(old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        for name in list(files):
            files[name.replace(old, new)] = files.pop(name)
    return change


WRONG: list[tuple[str, str, Callable[[dict[str, bytes]], None], str]] = [
    (AIP, "no PREMIS", _drop("PREMIS.xml"), "is missing"),
    (AIP, "PREMIS of another", _swap("PREMIS_rep1.xml", b"<premis ", b"<premix "), "SHA-256"),
    (AIP, "another fonds", _rename("urn_H49.64.33_", "urn_H49.64.34_"), "names another package"),
    (AIP, "no such root", _rename("urn_H49.64.33_uuid_", "urn_uuid_"), "root folder"),
    (FLAT, "a file more", _add("more.txt"), "does not list"),
    (FLAT, "a PDF that nobody judges", lambda files: _listed(files, f"{FILE_CODE}/x.pdf"), "no place in this form"),
    (FLAT, "a document less", _drop("0000002_signed.pdf"), "is missing"),
    (FLAT, "another document", _swap("0000001_signed.pdf", b"one", b"0ne"), "SHA-256"),
    (FLAT, "another status", _swap("manifest.json", b'"NEW"', b'"REPLACEMENT"'), "do not agree"),
    (FLAT, "a status that is none", _swap("manifest.json", b'"NEW"', b'"OLD"'), "what the package is"),
    (FLAT, "another package", _swap("manifest.json", b'age": "uuid-0', b'age": "uuid-1'), "another package"),
    (FLAT, "no list", _swap("manifest.json", b'"files"', b'"filez"'), "cannot be used"),
    (FLAT, "a list of numbers", _swap("manifest.json", b'"files": [', b'"files": [1, '), "cannot be used"),
    (FLAT, "not JSON", _swap("manifest.json", b"{", b"{{"), "cannot be used"),
    (FLAT, "a way out", _swap("manifest.json", b'"name": "ho_so.csv"', b'"name": "../etc/passwd"'), "is missing"),
]


@pytest.mark.parametrize(("layout", "what", "change", "said"), WRONG, ids=[f"{one[0]} {one[1]}" for one in WRONG])
def test_a_form_that_was_tampered_with_is_refused(
        layout: str, what: str, change: Callable[[dict[str, bytes]], None], said: str, tmp_path: Path) -> None:
    built = Path(build(job_of(tmp_path, layout)).path)
    report = inspect_package(rewrite(built, tmp_path / "tampered.zip", change), lambda _: "")
    assert not report.ok, what
    assert any(said in problem for problem in report.problems), report.problems


def _again(files: dict[str, bytes], name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a file of the flat form and its line in the manifest with it."""
    (full,) = [one for one in files if one.endswith(name)]
    files[full] = change(files[full])
    (place,) = [one for one in files if one.endswith("manifest.json")]
    facts = json.loads(files[place])
    for one in facts["files"]:
        if one["name"] == name:
            one["sha256"], one["size"] = hashlib.sha256(files[full]).hexdigest(), len(files[full])
    files[place] = json.dumps(facts).encode()


@pytest.mark.parametrize(("name", "old", "new", "said"), [
    ("ho_so.csv", '"Vĩnh viễn"', '"Mãi mãi"', "Maintenance"), ("ho_so.csv", "FileCode", "Filecode", "columns"),
    ("ho_so.csv", '"3",', '"4",', "TotalDoc"), ("van_ban.csv", "0000002", "0000003", "do not pair"),
    ("van_ban.csv", f'.0000001","{FILE_CODE}"', '.0000001","H1"', "another dossier"),
    ("van_ban.csv", '"1","Khác"', '"3","Khác"', "do not pair"),
    ("ho_so.csv", '"\r\n', '"\r\n"x"\r\n', "ho_so.csv"), ("van_ban.csv", "DocCode", 'Doc"Code', "van_ban.csv"),
])
def test_tables_that_do_not_fit_are_refused_though_every_hash_is_right(
        name: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    built = Path(build(job_of(tmp_path, FLAT)).path)
    assert old.encode() in next(data for one, data in files_of(built).items() if one.endswith(name))
    path = rewrite(built, tmp_path / "x.zip", lambda files: _again(
        files, name, lambda data: data.replace(old.encode(), new.encode(), 1)))
    report = inspect_package(path, lambda _: "")
    assert any(said in problem for problem in report.problems), report.problems


def _code_of_another(files: dict[str, bytes]) -> None:
    """Give document 1 the code of document 9, with every hash right; sizes stay."""
    top, inner = sorted((one for one in files if one.endswith("METS.xml")), key=len)
    (about,) = [one for one in files if one.endswith(f"EAD_doc_{FILE_CODE}.1.xml")]
    old, new = b".0000001", b".0000009"
    for name in (about, inner, top):
        before, files[name] = files[name], files[name].replace(old, new)
        old, new = (hashlib.sha256(data).hexdigest().upper().encode() for data in (before, files[name]))


@pytest.mark.parametrize("layout", [SIP, AIP])
def test_a_document_that_bears_the_code_of_another_is_refused_though_every_hash_is_right(
        layout: str, tmp_path: Path) -> None:
    path = rewrite(Path(build(job_of(tmp_path, layout)).path), tmp_path / "x.zip", _code_of_another)
    report = inspect_package(path, lambda _: "")
    (problem,) = report.problems
    assert "docCode is not that of the document" in problem


@EACH
def test_an_archive_hears_which_tasks_a_package_of_every_form_answers(layout: str, tmp_path: Path) -> None:
    said = json.dumps({**SAID, "rescan_tasks": [{"task": "t-1"}]})
    job = dataclasses.replace(job_of(tmp_path, layout), provenance=said)
    assert contents.read(Path(build(job).path)).answers == frozenset({"t-1"})


@EACH
def test_an_archive_reads_the_same_of_every_form(layout: str, tmp_path: Path) -> None:
    found = contents.read(Path(build(job_of(tmp_path, layout)).path))
    assert (found.organ, found.status, found.mode, found.start_date) == ("H49.64.33", "NEW", "01", "2021-03-02")
    assert found.file_code == (f"H49.{FILE_CODE}" if layout == AIP else FILE_CODE)
    assert [(one.ordinal, one.doc_code, one.pages, one.type_name, one.issued) for one in found.documents] == [
        (n, f"{FILE_CODE}.{n:07d}", 2, "32", f"2021-03-{n % 9 + 1:02d}") for n in sorted(PDFS)]
    assert [one.sha256 for one in found.documents] == [hashlib.sha256(PDFS[n]).hexdigest() for n in sorted(PDFS)]
    assert {one.subject_plain for one in found.documents} == {f"ve viec <{n}> & dinh kem" for n in PDFS}


@EACH
def test_a_signature_that_does_not_hold_is_told_of_every_form(layout: str, tmp_path: Path) -> None:
    path = Path(build(job_of(tmp_path, layout)).path)
    report = inspect_package(path, lambda pdf: "broken" if b"two" in pdf.read_bytes() else "")
    assert len(report.problems) == 1
    assert "broken" in report.problems[0]
