"""A document of the appliance, signed at every level, is found valid again; with a word more it is not."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_pages import document, draw, jpeg
from pdf_to_sign import sign_job
from pki_stand import Stand

from appliance.core.config import parse
from appliance.core.jobs import SignPolicy
from appliance.documents.assemble import assemble
from appliance.messenger import Messenger
from appliance.signing import keys, sign, validity, verify, witness

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


@pytest.fixture(scope="module")
def signed(shared_pki: Stand, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    folder = tmp_path_factory.mktemp("signed")
    shared_pki.reset()
    unsigned = folder / "unsigned.pdf"
    assemble(document(unsigned, jpeg(folder, draw().resize((827, 1169))).page(dpi=100)))
    yield asyncio.run(_signed(shared_pki, folder, unsigned))


async def _signed(stand: Stand, folder: Path, unsigned: Path) -> dict[str, Path]:
    config = parse({"signing": stand.signing(), "storage": {"state": str(folder / "state")}})
    messenger, key = Messenger(config.signing), keys.load(stand.p12(), None)
    try:
        seen_by = witness.of(config.signing.tsa, validity.trust_of(config, messenger))
        for level in LEVELS:
            job = replace(sign_job(unsigned, folder / f"{level}.pdf", development=key.development),
                          policy=SignPolicy(level))
            assert (await sign.async_sign(job, key, seen_by)).level == level
    finally:
        await messenger.close()
    return {level: folder / f"{level}.pdf" for level in LEVELS}


@pytest.mark.parametrize("level", LEVELS)
def test_it_is_valid_and_of_its_level(signed: dict[str, Path], shared_pki: Stand, level: str) -> None:
    report = verify.verify(signed[level], [shared_pki.root])
    assert (report.valid, report.level, report.reason) == (True, level, "")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("word", [b"x", b"9 0 obj\n<</A 1>>\nendobj\n", b"%PDF-1.7\n"])
def test_with_a_word_more_it_is_not(signed: dict[str, Path], shared_pki: Stand, tmp_path: Path, level: str,
                                    word: bytes) -> None:
    longer = tmp_path / "longer.pdf"
    longer.write_bytes(signed[level].read_bytes() + word)
    assert not verify.verify(longer, [shared_pki.root]).valid


@pytest.mark.parametrize("level", LEVELS)
def test_with_words_before_its_last_line_it_is_not(signed: dict[str, Path], shared_pki: Stand, tmp_path: Path,
                                                   level: str) -> None:
    data = signed[level].read_bytes()
    place = data.rindex(b"startxref")
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(data[:place] + b"9 0 obj\n<</A 1>>\nendobj\n" + data[place:])
    assert hashlib.sha256(data).digest() != hashlib.sha256(changed.read_bytes()).digest()
    assert not verify.verify(changed, [shared_pki.root]).valid
