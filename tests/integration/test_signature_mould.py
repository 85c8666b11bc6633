"""A signature poured into the mould of its key is, byte for byte, what pyHanko encodes."""

from __future__ import annotations

import hashlib

import pytest
from pki_stand import Stand
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from appliance.signing import keys, mould

DIGESTS = [hashlib.sha256(bytes([number])).digest() for number in range(20)]


@pytest.mark.parametrize("name", ["office", "officer"])
async def test_every_signature_is_the_one_that_pyhanko_would_have_made(shared_pki: Stand, name: str) -> None:
    signer = keys.load(shared_pki.p12(name), None, "pkcs1v15").signer  # its signatures are the same each time
    for digest in DIGESTS:
        wanted = await signer.async_sign(digest, keys.DIGEST, use_pades=True,
                                         signed_attr_settings=PdfCMSSignedAttributes())
        assert (await mould.sign(signer, digest)).dump() == wanted.dump()


@pytest.mark.parametrize("name", ["office", "office_ec"])
async def test_what_is_signed_is_what_the_object_says_was_signed(shared_pki: Stand, name: str) -> None:
    signer = keys.load(shared_pki.p12(name), None).signer
    for digest in DIGESTS:
        content = (await mould.sign(signer, digest))["content"]
        signed = content["signer_infos"][0]["signed_attrs"]
        told = {one["type"].native: one["values"][0].native for one in signed}
        assert told["message_digest"] == digest
        signer._verify(content["signer_infos"][0]["signature"].native, signed.untag().dump())
        assert {one.chosen.subject.native["common_name"] for one in content["certificates"]} >= {
            "Test Issuing CA", "Test Root CA"}
