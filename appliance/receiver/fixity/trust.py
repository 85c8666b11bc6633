"""Whether a time stamp was whole and its authority trusted as of a moment.

pyHanko is only loaded where a time stamp is looked at: whoever serves without one need not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, x509

from appliance.core import errors


@dataclass(frozen=True, slots=True)
class Seen:
    """A time stamp that holds: its time, and whose it is."""

    moment: datetime
    certificate: x509.Certificate


def broken() -> tuple[type[Exception], ...]:
    """Return what is raised for bytes that are not what they should be."""
    from pyhanko.sign.general import CMSStructuralError
    from pyhanko.sign.validation.errors import SignatureValidationError

    from appliance.signing import tokens

    return (*tokens.BROKEN, SignatureValidationError, CMSStructuralError)


def seen_at(token: cms.ContentInfo, roots: Sequence[x509.Certificate], at: datetime) -> Seen:
    """Look at a time stamp (RFC 3161) as of ``at``, without the network.

    Raises:
        ApplianceError: TIMESTAMP_WRONG, it is forged; TIMESTAMP_UNTRUSTED, its authority is not trusted.
        Exception: of ``broken``, it is none.
    """
    from pyhanko_certvalidator import CertificateValidator
    from pyhanko_certvalidator.errors import PathError, ValidationError

    from appliance.signing import judging, tokens

    signed = token["content"]
    certificate, *others = tokens.refuse_forged(signed)
    moment: datetime = signed["encap_content_info"]["content"].parsed["gen_time"].native
    context = judging.Known(tuple(roots)).context(at, judging.NO_CHECK, others)
    validator = CertificateValidator(certificate, validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage(set(), {"time_stamping"}))  # type: ignore[no-untyped-call]
    except (PathError, ValidationError) as problem:
        raise errors.TIMESTAMP_UNTRUSTED.error(reason=type(problem).__name__) from None
    return Seen(moment, certificate)
