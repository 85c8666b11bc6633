"""What the embedded archive makes of a package that wants the place of another; what comes back out of one."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from archive_stand import FILE_CODE, UUID, dossier, made, receipts_of, signed

from appliance.archive.packages import restoration
from appliance.archive.packages.inspection import inspect_package
from appliance.archive.packages.replacement import Held
from appliance.archive.receipts import verify
from appliance.archive.transports.contract import Package
from appliance.core.errors import ApplianceError
from appliance.core.jobs import PackageJob, RestoreDocument, RestoreJob
from appliance.receiver import admission
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.index import open_sqlite
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.receiptbook import Decision, ReceiptBook
from appliance.receiver.service import Receiver
from appliance.receiver.settings import Settings

FIRST, SECOND, THIRD = UUID, str(uuid.UUID(int=7)), str(uuid.UUID(int=8))


def job(folder: Path, package: str, replaces: str = "", text: bytes = b"one") -> PackageJob:
    status = "REPLACEMENT" if replaces else "NEW"
    return dataclasses.replace(dossier(folder, {1: signed(text)}, package), record_status=status, replaces=replaces)


def decided(root: Path, package: Package) -> dict[str, object]:
    """Bring a package to an archive; return what its receipt says."""
    with open_archive(Settings(root)) as archive:
        asyncio.run(brought(archive, package))
    token = receipts_of(root)[-1]
    found = verify(token, (root / "keys" / "receipt-public.pem").read_bytes(), package.sha256, package.size)
    return {"accepted": found.accepted, "reason": found.reason, "replaces": found.replaces}


async def brought(archive: Archive, package: Package) -> None:
    """Take a package in and decide it, with nothing around."""
    receiver = Receiver(archive, ThreadJudges(lambda _: "", archive.work))
    upload = receiver.uploads.create("", package.size, package.sha256, "")
    receiver.uploads.append(upload, package.path.read_bytes())
    claim = receiver.line.claim()
    assert claim is not None
    await receiver.deciding.decide(claim, ThreadJudges(lambda _: "", archive.work), receiver.line)


def test_a_replacement_of_what_is_here_is_accepted_and_its_receipt_names_it(tmp_path: Path) -> None:
    decided(tmp_path / "archive", made(job(tmp_path / "a", FIRST)))
    said = decided(tmp_path / "archive", made(job(tmp_path / "b", SECOND, FIRST, b"two")))
    assert said == {"accepted": True, "reason": "", "replaces": FIRST}
    said = decided(tmp_path / "archive", made(job(tmp_path / "c", THIRD, SECOND, b"three")))
    assert said["accepted"]


def test_a_replacement_of_something_unknown_is_refused(tmp_path: Path) -> None:
    said = decided(tmp_path / "archive", made(job(tmp_path / "b", SECOND, FIRST)))
    assert (said["accepted"], said["reason"]) == (False, "it replaces a package that is not here")
    assert list((tmp_path / "archive" / "archive").iterdir()) == []


def test_a_package_is_replaced_once_only(tmp_path: Path) -> None:
    decided(tmp_path / "archive", made(job(tmp_path / "a", FIRST)))
    decided(tmp_path / "archive", made(job(tmp_path / "b", SECOND, FIRST, b"two")))
    said = decided(tmp_path / "archive", made(job(tmp_path / "c", THIRD, FIRST, b"three")))
    assert said["reason"] == "it replaces a package that was replaced already"


def test_nobody_frees_the_place_of_a_replaced_package_with_another_one_of_its_identity(tmp_path: Path) -> None:
    decided(tmp_path / "archive", made(job(tmp_path / "a", FIRST)))
    decided(tmp_path / "archive", made(job(tmp_path / "b", SECOND, FIRST, b"two")))
    said = decided(tmp_path / "archive", made(job(tmp_path / "c", FIRST, text=b"four")))
    assert said["reason"] == "a package with this identity and other bytes is here already"
    said = decided(tmp_path / "archive", made(job(tmp_path / "d", THIRD, FIRST, b"three")))
    assert said["reason"] == "it replaces a package that was replaced already"


def test_a_package_of_another_dossier_is_not_replaced(tmp_path: Path) -> None:
    decided(tmp_path / "archive", made(job(tmp_path / "a", FIRST)))
    other = dataclasses.replace(job(tmp_path / "b", SECOND, FIRST, b"two"), file_code="H49.64.33.2001.999")
    said = decided(tmp_path / "archive", made(other))
    assert said["reason"] == "it replaces a package of another dossier"


def test_what_was_refused_cannot_be_replaced(tmp_path: Path) -> None:
    decided(tmp_path / "archive", made(job(tmp_path / "b", FIRST, THIRD)))
    said = decided(tmp_path / "archive", made(job(tmp_path / "c", SECOND, FIRST)))
    assert said["reason"] == "it replaces a package that is not here"


def test_the_index_knows_after_a_start_what_it_knew_before(tmp_path: Path) -> None:
    decided(tmp_path / "archive", made(job(tmp_path / "a", FIRST)))
    decided(tmp_path / "archive", made(job(tmp_path / "b", SECOND, FIRST, b"two")))
    with open_archive(Settings(tmp_path / "archive")) as archive, archive.index.read() as connection:
        assert admission.held(connection, FIRST) == Held(FILE_CODE, SECOND)
        assert admission.held(connection, SECOND) == Held(FILE_CODE)


@pytest.mark.parametrize("changes", [
    {"record_status": "REPLACEMENT"}, {"replaces": FIRST}, {"record_status": "REPLACEMENT", "replaces": "x"},
], ids=["names none", "is new and names one", "names no UUID"])
def test_a_replacement_that_is_not_clear_is_never_built(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ApplianceError) as problem:
        made(dataclasses.replace(job(tmp_path, SECOND), **changes))
    assert problem.value.code == "A601"


def altered(package: Package, path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Return a copy of a package whose root METS was changed."""
    with zipfile.ZipFile(package.path) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            root = info.filename.count("/") == 1 and info.filename.endswith("METS.xml")
            new.writestr(info.filename, change(data) if root else data)
    return path


def test_a_status_and_a_name_that_disagree_are_found(tmp_path: Path) -> None:
    package = made(job(tmp_path, SECOND, FIRST))
    nameless = altered(package, tmp_path / "1.zip", lambda data: data.replace(b'"REPLACES"', b'"OTHER"'))
    new = altered(package, tmp_path / "2.zip", lambda data: data.replace(b'"REPLACEMENT"', b'"NEW"'))
    found = [inspect_package(path, lambda _: "").problems for path in (nameless, new)]
    assert found == [("a REPLACEMENT does not name the one package that it replaces",),
                     ("it names a package to replace and is no REPLACEMENT",)]


def with_image(master: bytes) -> bytes:
    """Return a PDF that shows a JPEG as it is."""
    pdf, stream = pikepdf.new(), io.BytesIO()
    image = pdf.make_stream(master, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1, Height=1,
                            ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode)
    pdf.add_blank_page()
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    pdf.save(stream)
    return stream.getvalue()


def order(tmp_path: Path, package: Package, documents: dict[int, bytes], master: bytes) -> RestoreJob:
    wanted = tuple(RestoreDocument(f"{FILE_CODE}.{number}", hashlib.sha256(data).hexdigest(),
                                   str(tmp_path / "back" / f"{number}.pdf")) for number, data in documents.items())
    return RestoreJob(str(package.path), package.sha256, wanted,
                      {hashlib.sha256(master).hexdigest(): str(tmp_path / "back" / "master.jpg"), "f" * 64: "/no"})


def test_documents_and_masters_come_back_out_of_their_package_byte_by_byte(tmp_path: Path) -> None:
    master = b"\xff\xd8 a master \xff\xd9"
    pdfs = {1: with_image(master), 2: with_image(b"another")}
    package = made(dossier(tmp_path / "a", pdfs))
    done = restoration.restore(order(tmp_path, package, pdfs, master))
    assert done.masters == (hashlib.sha256(master).hexdigest(),)
    assert (tmp_path / "back" / "master.jpg").read_bytes() == master
    assert [(tmp_path / "back" / f"{number}.pdf").read_bytes() for number in pdfs] == list(pdfs.values())


def test_another_package_than_the_one_that_was_sent_gives_nothing_back(tmp_path: Path) -> None:
    pdfs = {1: with_image(b"master")}
    package = made(dossier(tmp_path / "a", pdfs))
    right = order(tmp_path, package, pdfs, b"master")
    for wrong in (dataclasses.replace(right, sha256="0" * 64), dataclasses.replace(right, package="/dev/null"),
                  dataclasses.replace(right, package=str(tmp_path / "none.zip")),
                  dataclasses.replace(right, documents=(dataclasses.replace(right.documents[0], name="x.9"),))):
        with pytest.raises(ApplianceError) as problem:
            restoration.restore(wrong)
        assert problem.value.code == "T532"
    assert not (tmp_path / "back").exists()


def test_receipts_of_an_archive_that_says_nothing_of_replacing_are_read(tmp_path: Path) -> None:
    book = ReceiptBook(tmp_path / "keys", "archive")
    index = open_sqlite(tmp_path / "index.sqlite")
    with index.write() as connection:
        token = book.enter(connection, Decision("a" * 64, 1, FIRST, FILE_CODE, 1, ()))
    index.close()
    assert json.loads(_payload(token))["replaces"] == ""
    assert verify(token, (tmp_path / "keys" / "receipt-public.pem").read_bytes(), "a" * 64, 1).replaces == ""


def _payload(token: str) -> bytes:
    import base64

    text = token.split(".")[1]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
