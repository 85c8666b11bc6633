"""Who says that the papers of a batch hold no state secret: a card, a separator, the page or a command.

Nobody can be asked at a device's own Start. So a batch that nobody has spoken for is captured and looked at for
marks, and goes no further: nothing of it is read, filed or shown until a person confirms by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance import staff
from appliance.core import errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.model import Mark, SheetKind
from appliance.core.rules import RuleProfile
from appliance.documents import card, separator
from appliance.logins import Login
from appliance.orders.pages import side_of
from appliance.spool import confirming
from appliance.spool.confirming import Confirmed
from appliance.spool.ledger import Ledger, Row

OFF, START = "off", "start"


@dataclass
class Pledges:
    """Who has just confirmed for the next Start at a device, by a command that presses it too."""

    config: Config
    _by: dict[str, str] = field(default_factory=dict)

    def give(self, device: str, code: str) -> None:
        """Take the word of a person; the office's own name counts where the office stands under its batches.

        Raises:
            ApplianceError: STAFF_UNKNOWN.
        """
        self._by[device] = known(self.config, code)

    def take(self, device: str) -> str:
        """Return who confirmed for this Start, and forget it."""
        return self._by.pop(device, "")


def known(config: Config, code: str) -> str:
    """Return the person as the ledger names who confirmed: a staff code, or the office's name for its batches.

    Raises:
        ApplianceError: STAFF_UNKNOWN.
    """
    found = staff.person(config, code)
    if found is None and (not code or code != config.office.operator):
        raise errors.STAFF_UNKNOWN.error(code=code)
    return found.code if found is not None else code


def at_start(profile: RuleProfile, login: Login | None, pledged: str) -> Confirmed:
    """Return who has confirmed for a batch at its Start.

    Raises:
        ApplianceError: START_UNCONFIRMED where the profile wants that said before the first sheet.
    """
    if profile.secrets.confirm == OFF:
        return Confirmed(confirming.UNASKED)
    if pledged:
        return Confirmed(confirming.COMMAND, pledged)
    if login is not None and login.no_secret:
        return Confirmed(confirming.PAGE, login.person.code)
    if profile.secrets.confirm == START:
        raise errors.START_UNCONFIRMED.error()
    return Confirmed("")


def by_separator(marks: Iterable[Mark], key: bytes) -> bool:
    """Say whether the codes of a side are a sound separator whose printer confirms."""
    texts = [mark.text for mark in marks if separator.is_separator(mark.text)]
    try:
        return bool(texts) and all(separator.decode(text, key).no_secret for text in texts)
    except ApplianceError:
        return False


def by_card(pages: Sequence[Row], key: bytes, config: Config, first: int = card.FIRST_SHEET) -> str:
    """Return the staff code of a confirming card on the first sheet, or empty; no other sheet can be one."""
    texts = [mark for row in pages if row["analysis"] and row["sheet"] == first for mark in side_of(row).marks]
    for text in texts:
        if card.is_card(text):
            try:
                said = card.read(text, key)
            except ApplianceError:
                return ""
            return said.code if said.no_secret and staff.person(config, said.code) else ""
    return ""


def dossiers_of(pages: Sequence[Row], key: bytes) -> set[str]:
    """Return the dossiers for which a separator in a batch confirms."""
    codes = set()
    for text in (text for row in pages for text in side_of(row).marks if separator.is_separator(text)):
        try:
            said = separator.decode(text, key)
        except ApplianceError:
            continue
        if said.no_secret and said.kind is not SheetKind.DOCUMENT:
            codes.add(said.file_code)
    return codes


def unconfirmed(batch: Row, found: Sequence[tuple[str, str]], codes: set[str],
                load: Callable[[str], RuleProfile]) -> list[str]:
    """Return the dossiers of a batch for which nobody has spoken and somebody must; ``found``: code and rules."""
    return [code for code, rules in found if code not in codes and _asked(batch, rules, load)]


def _asked(batch: Row, rules: str, load: Callable[[str], RuleProfile]) -> bool:
    """Say whether a dossier wants a confirmation; its separator may name a job of another rule profile."""
    if rules and rules != batch["rules"]:
        return batch["confirmed"] in ("", confirming.UNASKED) and load(rules).secrets.confirm != OFF
    return not batch["confirmed"]


def of_cover(ledger: Ledger, page: Row, marks: Iterable[Mark], config: Config) -> None:
    """Note at once what a separator or card says that was just looked at: what follows it may be read early."""
    batch = ledger.one("batch", id=page["batch"])
    if batch is None or batch["confirmed"]:
        return
    try:
        path = config.job_named(batch["job"]).separator_key_file
        key = Path(path).read_bytes().strip() if path else b""
    except (ApplianceError, OSError):  # no word of a sheet counts without the key; separation says what is wrong
        return
    if by_separator(marks, key):
        ledger.put("page", page["id"], confirms=1)
    row = ledger.one("page", id=page["id"])
    if row is not None and (code := by_card([row], key, config)):
        confirming.write(ledger, batch["id"], Confirmed(confirming.CARD, code))
