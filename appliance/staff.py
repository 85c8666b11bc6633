"""Who scans: by staff code, at Start, and by the cards of a batch. Pure.

The order of strength: operator card in the stack, login at the device, the device's own person, the one person
whose signing session is open on this host, the office's name. The first that is there counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.config import Config, Device, Operator
from appliance.documents import card, patches, target
from appliance.orders.pages import analysis_of
from appliance.spool import naming
from appliance.spool.ledger import Row
from appliance.spool.naming import Named


@dataclass(frozen=True, slots=True)
class Verdict:
    """The person under a batch, or the code of the error that holds it."""

    named: Named
    fault: str = ""


def person(config: Config, code: str) -> Operator | None:
    """Return the person of a staff code, or None."""
    return next((one for one in config.operator if one.code == code), None)


def at_start(config: Config, device: Device, login: Operator | None, token: Operator | None = None) -> Named:
    """Return who scans as far as it is known at Start; a card in the stack will say it more strongly.

    ``token`` is whose signing session alone is open: it counts for every scanner of the host, so it says less than
    what is known of this one.
    """
    bound = person(config, device.operator)
    if login is not None:
        return Named(login.name, login.code, naming.LOGIN)
    if bound is not None:
        return Named(bound.name, bound.code, naming.DEVICE)
    if token is not None:
        return Named(token.name, token.code, naming.TOKEN)
    office = config.office.operator
    return Named(office, "", naming.OFFICE) if office else Named()


def of_batch(batch: Row, pages: Sequence[Row], key: bytes, config: Config, *, personal: bool = False) -> Verdict:
    """Judge who scanned a closed batch of which every side was looked at.

    What a person has said of it later is not asked again. A batch without any side, or of target sheets only,
    needs no name. Where signatures are ``personal`` (the one-stop stream) the office's name names nobody.
    """
    known = Named(batch["operator"], batch["operator_code"], batch["named_by"])
    if known.by == naming.LATER or not pages:
        return Verdict(known)
    marks = [(row["sheet"], mark) for row in pages if row["analysis"] for mark in analysis_of(row).marks]
    texts = [(sheet, mark.text) for sheet, mark in marks]
    targets = target.sheets(texts)
    first = target.first_of_stack((row["sheet"] for row in pages), targets)
    bars = patches.letters(mark for sheet, mark in marks if sheet == first)
    said = card.find(texts, key, first, patched=patches.CARD in bars)
    if said.fault:
        return Verdict(known, said.fault.code)
    if said.code:
        found = person(config, said.code)
        if found is None:
            return Verdict(known, errors.OPERATOR_UNLISTED.code)
        return Verdict(Named(found.name, found.code, naming.CARD))
    named = bool(known.code if personal else known.name) or all(row["sheet"] in targets for row in pages)
    return Verdict(known, "" if named else errors.OPERATOR_UNKNOWN.code)
