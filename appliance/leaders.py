"""Named leaders: who decides what no operator may, by staff code and PIN."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.config import Operator
from appliance.logins import Logins


@dataclass(frozen=True)
class Leaders:
    """Knows leaders by what a request says: ``leader`` and ``pin``."""

    logins: Logins

    async def named(self, words: Mapping[str, str]) -> Operator:
        """Return the leader who asks.

        Raises:
            ApplianceError: LOGIN_REFUSED, LOGIN_TOO_OFTEN, LEADER_NEEDED.
        """
        person = await self.logins.known(words.get("leader", ""), words.get("pin", ""), "")
        if not person.leader:
            raise errors.LEADER_NEEDED.error(code=person.code)
        return person


def options_of(parser: argparse.ArgumentParser) -> None:
    """Let a command say which leader decides; the PIN never stands on a command line."""
    parser.add_argument("--leader", required=True, metavar="CODE", help="staff code of the leader who decides; the "
                        "PIN is asked for, or read as one line of standard input")


def words_of(options: argparse.Namespace) -> dict[str, str]:
    """Return what a request to the daemon says of the leader; asks for the PIN at a terminal."""
    if sys.stdin.isatty():
        pin = getpass.getpass("Mã PIN của lãnh đạo / leader's PIN: ")
    else:
        pin = sys.stdin.readline().rstrip("\r\n")
    return {"leader": options.leader, "pin": pin}
