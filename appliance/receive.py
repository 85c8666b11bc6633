"""``appliance receive``: the embedded archive, and what its people do with it."""

from __future__ import annotations

import importlib

from appliance.core import errors
from appliance.signature_check import signature_check

WORDS: dict[str, str] = {
    "office": "appliance.receiver.office_desk",
    "search": "appliance.receiver.search_desk",
    "readings": "appliance.receiver.readings_desk",
    "request": "appliance.receiver.request_desk",
    "rescan": "appliance.receiver.rescan_desk",
    "fixity": "appliance.receiver.fixity.check_desk",
    "prove": "appliance.receiver.fixity.proof_desk",
}
"""What people of the archive do: first word -> module whose ``main(argv, signature_check)`` does it."""

_SERVE = "appliance.receiver.serving"


def main(argv: list[str]) -> int:
    """Run the archive, or one of its commands."""
    word = argv[0] if argv else ""
    module = importlib.import_module(WORDS.get(word, _SERVE))
    try:
        code: int = module.main(argv[1:] if word in WORDS else argv, signature_check)
    except OSError as problem:  # a folder of somebody else, a disk that is away: not a fault of the program
        where = f"{problem.filename}: " if problem.filename else ""
        raise errors.RECEIVER_CANNOT_WORK.error(reason=f"{where}{problem.strerror or problem}") from None
    return code
