"""Our own document, signed by our own signer, judged by the check that ``appliance verify`` uses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from drawn_pages import document, draw, jpeg
from pdf_to_sign import pdfsig_says, sign_job

from appliance.core.config import parse
from appliance.core.jobs import Assembled
from appliance.core.model import EmptyBand
from appliance.core.tools import run
from appliance.documents.assemble import assemble
from appliance.documents.check import check, summary, text_of
from appliance.signing import keys, sign


@pytest.fixture(scope="module", params=["in the empty corner", "on the added strip"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    folder = tmp_path_factory.mktemp("made")
    band = None if request.param == "in the empty corner" else EmptyBand()
    return assemble(document(folder / "unsigned.pdf", jpeg(folder, draw()).page(), band=band))


@pytest.fixture(scope="module")
def signed(made: Assembled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    key = keys.from_settings(parse({"storage": {"state": str(folder)}}))
    job = replace(sign_job(Path(made.path), folder / "signed.pdf"), box=made.stamp_box)
    return Path(sign.sign(job, key).path)


def test_a_signed_document_is_still_pdfa(signed: Path) -> None:
    assert check(signed) == []
    assert (summary(signed).signatures, summary(signed).pages) == (1, 1)
    assert "Signature is Valid." in pdfsig_says(signed)


def test_the_stamp_is_where_the_box_is(signed: Path, made: Assembled) -> None:
    box = made.stamp_box
    height = float(run(["pdfinfo", str(signed)], 60).output.decode().split("Page size:")[1].split()[2])
    left, top = round(box.x0), round(height - box.y1)
    wide, high = round(box.x1 - box.x0) + 1, round(box.y1 - box.y0) + 1
    area = ["-x", str(left), "-y", str(top), "-W", str(wide), "-H", str(high)]
    inside = run(["pdftotext", *area, str(signed), "-"], 60)
    assert "Bảo hiểm xã hội quận Long Biên" in " ".join(inside.output.decode().split())


def test_the_master_is_still_there_byte_for_byte(signed: Path, made: Assembled) -> None:
    assert signed.read_bytes().startswith(Path(made.path).read_bytes())


def test_a_byte_changed_in_the_frame_of_the_signature_is_found(signed: Path, tmp_path: Path) -> None:
    data = signed.read_bytes()
    wrong = tmp_path / "wrong.pdf"
    wrong.write_bytes(data.replace(b"/ByteRange [0 ", b"/ByteRange [1 ") if b"/ByteRange [0 " in data
                      else data.replace(b"/ByteRange[0 ", b"/ByteRange[1 "))
    assert any("byte range" in problem for problem in check(wrong))


def test_an_added_page_is_not_hidden_behind_a_signature(signed: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.pdf"
    longer.write_bytes(signed.read_bytes() + b"\n% one more revision\n")
    assert check(longer) != []


def test_text_of_a_page_without_text_is_empty(made: Assembled) -> None:
    assert text_of(Path(made.path)).strip() == ""
