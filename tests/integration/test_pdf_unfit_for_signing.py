"""A PDF that is signed already, encrypted, or has two tables of objects at odds is refused, and nothing is left."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pikepdf
import pytest
from pdf_to_sign import pdf_a
from pki_stand import Stand
from stamped_signatures import Desk, desk

from appliance.core.errors import ApplianceError


@pytest.fixture
async def office(shared_pki: Stand, tmp_path: Path) -> AsyncIterator[Desk]:
    shared_pki.reset()
    async with desk(shared_pki, tmp_path) as made:
        yield made


def encrypted(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="x", user=""))


def hybrid(path: Path) -> None:
    """Write a file whose table of objects names a second one (/XRefStm), as old office programs do."""
    body = io.BytesIO()
    places = []

    def put(number: int, text: bytes) -> None:
        places.append(body.tell())
        body.write(b"%d 0 obj\n%s\nendobj\n" % (number, text))

    body.write(b"%PDF-1.5\n")
    put(1, b"<< /Type /Catalog /Pages 2 0 R >>")
    put(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    put(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>")
    rows = b"\x01" + places[0].to_bytes(4, "big") + b"\x00"
    second = body.tell()
    put(4, b"<< /Type /XRef /Size 5 /W [1 4 1] /Index [1 1] /Root 1 0 R /Length %d >>\nstream\n%s\nendstream"
        % (len(rows), rows))
    start = body.tell()
    body.write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places))
    body.write(b"trailer\n<< /Size 5 /Root 1 0 R /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n" % (second, start))
    path.write_bytes(body.getvalue())


@pytest.mark.parametrize(("spoil", "word"), [(encrypted, "encrypted"), (hybrid, "hybrid")])
async def test_it_is_refused_and_nothing_is_left(office: Desk, spoil: Callable[[Path], None], word: str) -> None:
    unsigned = pdf_a(office.folder / "u.pdf")
    unsigned.chmod(0o640)
    spoil(unsigned)
    with pytest.raises(ApplianceError) as caught:
        await office.sign(office.job())
    assert (caught.value.code, word in caught.value.en) == ("K538", True)
    assert not caught.value.kind.retry
    assert office.left() == []


@pytest.mark.parametrize("level", ["B-B", "B-LTA"])
async def test_a_signed_file_is_not_signed_again(office: Desk, level: str) -> None:
    done = await office.sign(office.job(level, "first.pdf"))
    unsigned = office.folder / "u.pdf"
    unsigned.unlink()
    shutil.copyfile(done.path, unsigned)
    before = unsigned.read_bytes()
    with pytest.raises(ApplianceError) as caught:
        await office.sign(office.job(level))
    assert (caught.value.code, "signed already" in caught.value.en) == ("K538", True)
    assert office.left() == ["first.pdf"]
    assert unsigned.read_bytes() == before
