"""pyHanko's plain recipes: what its manual shows, nothing shared between two signatures, nothing of ours.

The peer of bench_signing.py, and in tests the hand that signs what the product would refuse to sign.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from asn1crypto import pem, x509
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

FONT = Path("/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf")
BOX = (417, 802, 587, 833)


@dataclass(frozen=True)
class Recipe:
    """How a file is signed.

    Attributes:
        p12: key, certificate and chain; without a passphrase.
        tsa: address of the time-stamping authority, for B-T and above.
        roots: PEM files of trusted roots, for B-LT and above.
        words: text of a visible stamp in a full font; empty: the signature does not show.
        commitment: whether pyHanko insists on the usage nonRepudiation.
    """

    p12: Path
    level: str = "B-B"
    tsa: str = ""
    roots: tuple[Path, ...] = ()
    words: str = ""
    commitment: bool = True


async def sign(data: bytes, recipe: Recipe,
               stamper: type[timestamps.HTTPTimeStamper] = timestamps.HTTPTimeStamper) -> bytes:
    """Return the signed file; ``stamper`` brings the time stamps."""
    async with aiohttp.ClientSession() as session:
        times = stamper(recipe.tsa, session=session) if recipe.level != "B-B" else None
        return await _sign(data, recipe, session, times)


async def _sign(data: bytes, recipe: Recipe, session: aiohttp.ClientSession,
                times: timestamps.HTTPTimeStamper | None) -> bytes:
    signer = signers.SimpleSigner.load_pkcs12(str(recipe.p12))  # type: ignore[no-untyped-call]
    assert signer is not None
    lasting = recipe.level in ("B-LT", "B-LTA")
    metadata = PdfSignatureMetadata(
        field_name="Signature1", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=lasting, use_pades_lta=recipe.level == "B-LTA",
        validation_context=_context(recipe, session) if lasting else None,
        signer_key_usage={"non_repudiation"} if recipe.commitment else set(),
    )
    box = BOX if recipe.words else None
    pdf_signer = PdfSigner(metadata, signer, timestamper=times, stamp_style=_style(recipe.words),
                           new_field_spec=fields.SigFieldSpec("Signature1", on_page=0, box=box))
    out = await pdf_signer.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)))
    return bytes(out.getbuffer())


def _context(recipe: Recipe, session: aiohttp.ClientSession) -> ValidationContext:
    return ValidationContext(
        trust_roots=[_certificate(path) for path in recipe.roots], allow_fetching=True, revocation_mode="hard-fail",
        fetcher_backend=AIOHttpFetcherBackend(session=session))


def _style(words: str) -> TextStampStyle | None:
    if not words:
        return None
    return TextStampStyle(stamp_text=words, text_box_style=TextBoxStyle(
        font=GlyphAccumulatorFactory(str(FONT), font_size=10), font_size=10))


def _certificate(path: Path) -> x509.Certificate:
    return x509.Certificate.load(pem.unarmor(path.read_bytes())[2])
