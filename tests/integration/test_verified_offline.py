"""A signed file is judged by what is in it, without a network: its true level, what was added, what is too weak."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pdf_to_sign import pdf_a, sign_job
from pki_stand import Stand
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from appliance.core.config import parse
from appliance.core.jobs import SignPolicy
from appliance.messenger import Messenger
from appliance.signing import keys, sign, validity, verify, witness

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


@pytest.fixture(scope="module")
def signed(shared_pki: Stand, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same document, signed at each level by the office's key."""
    folder = tmp_path_factory.mktemp("levels")
    unsigned = pdf_a(folder / "u.pdf")
    shared_pki.reset()

    async def make() -> dict[str, Path]:
        config = parse({"signing": shared_pki.signing("office"), "storage": {"state": str(folder / "state")}})
        messenger = Messenger(config.signing)
        seen_by = witness.of(config.signing.tsa, validity.trust_of(config, messenger))
        key = keys.from_settings(config)
        made = {}
        for level in LEVELS:
            job = replace(sign_job(unsigned, folder / f"{level}.pdf", development=key.development),
                          policy=SignPolicy(level=level))
            done = await sign.async_sign(job, key, seen_by)
            assert done.level == level
            made[level] = Path(done.path)
        await messenger.close()
        return made

    return asyncio.run(make())


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_is_told_and_holds_without_a_network(signed: dict[str, Path], shared_pki: Stand,
                                                       level: str) -> None:
    before = dict(shared_pki.requests)
    report = verify.verify(signed[level], [shared_pki.root])
    assert report.reason == ""
    assert (report.valid, report.level, report.covers_whole_file) == (True, level, True)
    assert bool(report.proved) == (level != "B-B")
    assert dict(shared_pki.requests) == before


@pytest.mark.parametrize("level", LEVELS)
def test_nobody_is_trusted_without_a_root(signed: dict[str, Path], level: str) -> None:
    report = verify.verify(signed[level], [])
    assert (report.valid, report.trusted, report.intact, report.level) == (False, False, True, level)


@pytest.mark.parametrize("level", LEVELS)
def test_another_root_is_not_enough(signed: dict[str, Path], shared_pki: Stand, level: str) -> None:
    report = verify.verify(signed[level], [shared_pki.pem("other_root")])
    assert not report.trusted
    assert "not trusted" in report.reason


def test_a_time_stamp_lets_a_signature_outlive_its_certificate_but_not_the_authority(
        signed: dict[str, Path], shared_pki: Stand) -> None:
    def found(at: datetime) -> dict[str, bool]:
        return {level: verify.verify(signed[level], [shared_pki.root], at).valid for level in LEVELS}

    day = timedelta(days=1)
    assert found(shared_pki.certificate("office").not_valid_after_utc + day) == {
        "B-B": False, "B-T": True, "B-LT": True, "B-LTA": True}
    assert not any(found(shared_pki.certificate("tsa").not_valid_after_utc + day).values())


def test_cut_back_to_before_its_document_stamp_it_is_what_is_left(
        signed: dict[str, Path], shared_pki: Stand, tmp_path: Path) -> None:
    data = signed["B-LTA"].read_bytes()
    ends = [match.end() for match in re.finditer(rb"%%EOF\r?\n?", data)]
    path = tmp_path / "cut.pdf"
    path.write_bytes(data[:ends[-2]])
    report = verify.verify(path, [shared_pki.root])
    assert report.level in ("B-LT", "B-T")
    assert report.valid


def drawn_over(data: bytes) -> bytes:
    """A page with something drawn over it in a revision of its own, as a forger does it."""
    stream = BytesIO(data)
    writer = IncrementalPdfFileWriter(stream)
    page, _ = writer.find_page_for_modification(0)  # type: ignore[no-untyped-call]
    added = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 100 100 300 300 re f"))
    contents = page.get_object()["/Contents"]
    existing = page.get_object().raw_get("/Contents")
    parts = list(contents) if isinstance(contents, generic.ArrayObject) else [existing]
    page.get_object()["/Contents"] = generic.ArrayObject([*parts, added])
    writer.update_container(page.get_object())
    writer.write_in_place()  # type: ignore[no-untyped-call]
    return stream.getvalue()


def an_empty_revision(data: bytes) -> bytes:
    stream = BytesIO(data)
    writer = IncrementalPdfFileWriter(stream)
    writer.root["/Forged"] = generic.BooleanObject(True)  # type: ignore[no-untyped-call]
    writer.update_root()  # type: ignore[no-untyped-call]
    writer.write_in_place()  # type: ignore[no-untyped-call]
    return stream.getvalue()


def last_words(data: bytes) -> bytes:
    found = list(re.finditer(rb"startxref\s+[0-9]+\s+%%EOF", data))[-1]
    return found.group()


ADDED: list[Callable[[bytes], bytes]] = [
    drawn_over, an_empty_revision, lambda data: data + b"\nmore\n", lambda data: data + b"more\n%%EOF\n",
    lambda data: data + b"more\n" + last_words(data) + b"\n",
]


@pytest.mark.parametrize("add", ADDED, ids=["drawn", "revision", "tail", "tail with end", "tail with table"])
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_added_unlawfully_is_seen_at_every_level(
        signed: dict[str, Path], shared_pki: Stand, tmp_path: Path, level: str,
        add: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "added.pdf"
    path.write_bytes(add(signed[level].read_bytes()))
    report = verify.verify(path, [shared_pki.root])
    assert not report.valid
    assert not report.covers_whole_file
    assert report.reason


@pytest.mark.parametrize("level", LEVELS)
def test_a_changed_byte_of_the_content_is_seen(signed: dict[str, Path], shared_pki: Stand, tmp_path: Path,
                                               level: str) -> None:
    data = bytearray(signed[level].read_bytes())
    at = data.index(b"0.93 0.93") if b"0.93 0.93" in data else data.index(b"stream") + 40
    data[at] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(data)
    report = verify.verify(path, [shared_pki.root])
    assert (report.valid, report.intact) == (False, False)


def test_a_time_stamp_that_does_not_fit_makes_the_file_invalid(signed: dict[str, Path], shared_pki: Stand,
                                                               tmp_path: Path) -> None:
    data = bytearray(signed["B-T"].read_bytes())
    start = data.index(b"/Contents <") + len(b"/Contents <")
    contents = data[start:data.index(b">", start)]
    end = len(contents.rstrip(b"0"))
    at = start + end - 40
    data[at:at + 2] = b"00" if data[at:at + 2] != b"00" else b"11"
    path = tmp_path / "stamp.pdf"
    path.write_bytes(data)
    assert not verify.verify(path, [shared_pki.root]).valid


@pytest.mark.parametrize(("name", "words"), [("weak_rsa", "1024 bits"), ("sha1", "sha1")])
def test_a_weak_key_or_hash_is_named(shared_pki: Stand, tmp_path: Path, name: str, words: str) -> None:
    path = by_pyhanko(shared_pki, name, pdf_a(tmp_path / "u.pdf"))
    report = verify.verify(path, [shared_pki.root])
    assert not report.valid
    assert words in report.weak
    assert report.reason == report.weak


@pytest.mark.parametrize("name", ["expired", "not_yet_valid", "stranger", "self_signed", "wrong_usage"])
def test_a_signature_by_who_may_not_sign_is_not_valid(shared_pki: Stand, tmp_path: Path, name: str) -> None:
    report = verify.verify(by_pyhanko(shared_pki, name, pdf_a(tmp_path / "u.pdf")), [shared_pki.root])
    assert (report.valid, report.intact, report.trusted) == (False, True, False)


def by_pyhanko(stand: Stand, name: str, unsigned: Path) -> Path:
    """Sign by pyHanko's plain recipe: it signs with whatever key it is given."""
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter
    signer = signers.SimpleSigner.load_pkcs12(str(stand.p12(name)))  # type: ignore[no-untyped-call]
    assert signer is not None
    meta = signers.PdfSignatureMetadata(field_name="S", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    out = unsigned.with_name(f"{name}.pdf")
    with unsigned.open("rb") as source, out.open("wb") as target:
        signers.sign_pdf(IncrementalPdfFileWriter(source), meta, signer, output=target)
    return out
