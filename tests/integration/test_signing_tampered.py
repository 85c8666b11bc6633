"""What was done to a signed file afterwards is seen, and said plainly."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pikepdf
import pytest
from pdf_to_sign import office_p12, pdf_a, pdfsig_says, root_of, sign_job, signature_of
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from appliance.core.config import parse
from appliance.signing import keys, sign, verify


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> keys.Key:
    return keys.from_settings(parse({"storage": {"state": str(tmp_path_factory.mktemp("state"))}}))


@pytest.fixture(scope="module")
def whole(key: keys.Key, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    sign.sign(sign_job(pdf_a(folder / "u.pdf"), folder / "s.pdf"), key)
    return folder / "s.pdf"


def altered(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "altered.pdf"
    path.write_bytes(data)
    return path


def report(path: Path, key: keys.Key) -> verify.SignatureReport:
    return verify.verify(path, [root_of(key)])


def test_the_untouched_file_is_valid(whole: Path, key: keys.Key) -> None:
    assert report(whole, key).valid
    assert report(whole, key).reason == ""


def test_it_can_be_asked_from_a_running_loop(whole: Path, key: keys.Key) -> None:
    assert asyncio.run(verify.async_verify(whole, [root_of(key)])).valid


@pytest.mark.parametrize("where", [0.02, 0.1, 0.3, 0.5, 0.69])
def test_a_flipped_bit_anywhere_breaks_it(where: float, whole: Path, key: keys.Key, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    data[int(len(data) * where)] ^= 0x10
    found = report(altered(tmp_path, bytes(data)), key)
    assert not found.valid
    assert not found.intact
    assert found.reason


def test_a_changed_stamp_is_a_changed_content(whole: Path, key: keys.Key, tmp_path: Path) -> None:
    black, white = b"0 0 0 rg BT /Stamp 10 Tf", b"1 1 1 rg BT /Stamp 10 Tf"
    assert black in whole.read_bytes()
    data = whole.read_bytes().replace(black, white)
    path = altered(tmp_path, data)
    assert report(path, key).reason == "the content was changed after signing"
    assert "Signature is Valid" not in pdfsig_says(path)


def test_a_damaged_signature_value_does_not_verify(whole: Path, key: keys.Key, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    content, _ = signature_of(whole)
    last = data.index(b"/Contents <30") + len(b"/Contents <") + 2 * len(content.dump()) - 1
    data[last] = ord("1") if data[last] != ord("1") else ord("2")
    found = report(altered(tmp_path, bytes(data)), key)
    assert not found.intact
    assert found.reason == "the signature does not verify"


def test_bytes_hidden_beside_the_signature_are_seen(whole: Path, key: keys.Key, tmp_path: Path) -> None:
    data = whole.read_bytes().replace(b"0" * 64 + b">", b"0" * 60 + b"4141>")
    found = report(altered(tmp_path, data), key)
    assert not found.valid
    assert found.reason == "the room left beside the signature is not empty"


@pytest.mark.parametrize("tail", [b"\n", b"more", b"%%EOF\n", b"\0" * 4096])
def test_bytes_after_the_end_are_seen(tail: bytes, whole: Path, key: keys.Key, tmp_path: Path) -> None:
    found = report(altered(tmp_path, whole.read_bytes() + tail), key)
    assert not found.valid
    assert not found.covers_whole_file


def test_a_page_painted_over_in_a_later_revision_is_seen(whole: Path, key: keys.Key, tmp_path: Path) -> None:
    buffer = io.BytesIO(whole.read_bytes())
    writer = IncrementalPdfFileWriter(buffer)
    white = writer.add_object(generic.StreamObject(stream_data=b"1 g 0 0 600 900 re f"))
    writer.add_stream_to_page(0, white)  # type: ignore[no-untyped-call]
    writer.write_in_place()  # type: ignore[no-untyped-call]
    found = report(altered(tmp_path, buffer.getvalue()), key)
    assert found.intact, "the signed part itself is as it was"
    assert not found.valid
    assert found.modification == "other"
    assert found.reason == "something was added to the file after signing"


def test_a_file_written_anew_has_lost_its_signature(whole: Path, key: keys.Key, tmp_path: Path) -> None:
    with pikepdf.open(whole) as pdf:
        pdf.save(tmp_path / "anew.pdf")
    assert not report(tmp_path / "anew.pdf", key).valid


def test_a_file_without_a_signature_is_named_as_such(tmp_path: Path, key: keys.Key) -> None:
    assert report(pdf_a(tmp_path / "u.pdf"), key).reason == "the file has no signature"


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n" * 20, b"%PDF-1.7\n" + b"[" * 50_000])
def test_a_file_that_is_no_pdf_gives_a_report(data: bytes, tmp_path: Path, key: keys.Key) -> None:
    found = report(altered(tmp_path, data), key)
    assert not found.valid
    assert "cannot be read" in found.reason


def test_a_file_that_is_not_there_gives_a_report(tmp_path: Path, key: keys.Key) -> None:
    assert "cannot be read" in report(tmp_path / "none.pdf", key).reason


def test_a_stranger_is_not_trusted_but_the_content_is_intact(whole: Path, tmp_path: Path) -> None:
    stranger = office_p12(tmp_path / "o.p12").with_suffix(".pem")
    for roots in ([], [stranger]):
        found = verify.verify(whole, roots)
        assert found.intact
        assert not found.trusted
        assert not found.valid
        assert "not trusted" in found.reason
