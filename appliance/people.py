"""``appliance operator``: who scans. Cards to print, PINs to keep, the list, a name under a batch that has none."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from appliance import client
from appliance.core import config, errors, files
from appliance.core.errors import Exit
from appliance.sheet_key import separator_key


def main(argv: list[str]) -> int:
    """Run one of the commands about the people who scan."""
    parser = argparse.ArgumentParser("appliance operator", description="Who scans: cards, PINs, names of batches.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("list", help="the people of the settings and how each can say who it is")
    _settings(one)
    one = commands.add_parser("card", help="print the operator card of a person as PDF (phiếu người quét)")
    one.add_argument("code", help="staff code of an [[operator]]")
    one.add_argument("--out", type=Path, required=True, metavar="FILE.pdf", help="file to write")
    one.add_argument("--job", default="", help="whose separator key signs the card, where jobs have different ones")
    one.add_argument("--no-secret", action="store_true", help="a card by which the person also confirms that "
                     "its stack holds no state secret")
    _settings(one)
    commands.add_parser("pin", help="ask for a PIN and print its line for the settings")
    one = commands.add_parser("name", help="say who scanned a held batch (operator_unknown); it goes on then")
    one.add_argument("batch", help="id of the batch, as 'appliance status' lists it under held")
    one.add_argument("code", help="staff code of who scanned it")
    client.where(one)
    options = parser.parse_args(argv)
    work: Callable[[argparse.Namespace], int] = {"list": _list, "card": _card, "pin": _pin, "name": _name}[
        options.command]
    return work(options)


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=client.SETTINGS, help="settings file")


def _list(options: argparse.Namespace) -> int:
    settings = config.load(options.config)
    for person in settings.operator:
        devices = ", ".join(device.name for device in settings.device if device.operator == person.code)
        pin = "PIN" if person.pin else "–"
        sys.stdout.write(f"{person.code:16} {pin:4} {person.name}{f'  [{devices}]' if devices else ''}\n")
    if not settings.operator:
        sys.stdout.write("không có [[operator]] nào / there is no [[operator]]\n")
    return Exit.DONE


def _card(options: argparse.Namespace) -> int:
    """Write the card; who holds it can put this person's name under a batch, so the file is for its owner only."""
    from appliance import card_sheet
    from appliance.documents import card

    settings = config.load(options.config)
    person = next((one for one in settings.operator if one.code == options.code), None)
    if person is None:
        raise errors.STAFF_UNKNOWN.error(code=options.code)
    payload = card.encode(person.code, separator_key(settings, {options.job} - {""}), no_secret=options.no_secret)
    data = card_sheet.pdf(payload, person.name, person.code, settings.office.name, no_secret=options.no_secret)
    files.write_durably(options.out.absolute(), data, 0o600)
    sys.stdout.write(f"{options.out}: phiếu người quét / operator card {person.code}\n")
    return Exit.DONE


def _pin(_options: argparse.Namespace) -> int:
    """Ask twice at a terminal; a program gives one line."""
    from appliance.logins import PIN, hashed

    if sys.stdin.isatty():
        pin = getpass.getpass("Mã PIN / PIN: ")
        if getpass.getpass("Nhập lại / again: ") != pin:
            raise errors.PIN_REFUSED.error()
    else:
        pin = sys.stdin.readline().rstrip("\r\n")
    if not PIN.fullmatch(pin) or len(set(pin)) < 3:
        raise errors.PIN_REFUSED.error()
    sys.stdout.write(f'pin = "{hashed(pin)}"\n')
    return Exit.DONE


def _name(options: argparse.Namespace) -> int:
    who = os.environ.get("SUDO_USER") or getpass.getuser()
    body = {"batch": options.batch, "code": options.code, "by": who}
    asyncio.run(client.ask(options, "POST", "/operator/name", body))
    sys.stdout.write(f"đã ghi tên người quét / named: {options.batch} {options.code}\n")
    return Exit.DONE
