"""Schemas by others: METS, xlink, DILCIS, PREMIS. They are not ours to copy; where they come from is a setting."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from appliance.core import errors

NEEDED = ("mets1_12.xsd", "xlink.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
PREMIS = "premis.xsd"
"""Travels in an AIP where the folder has it; no installed package does."""

_INSTALLED = {"mets1_12.xsd": "mets.xsd"}


def schema(name: str, folder: str) -> bytes:
    """Return one schema from ``folder``, or from the installed package if empty.

    Raises:
        ApplianceError: SCHEMAS_MISSING.
    """
    found = _find(name, folder)
    if found is None:
        raise errors.SCHEMAS_MISSING.error(name=name)
    return found.read_bytes()


def schema_if_there(name: str, folder: str) -> bytes | None:
    """Return one schema, or None where nobody has provisioned it."""
    found = _find(name, folder)
    return None if found is None else found.read_bytes()


def _find(name: str, folder: str) -> Path | None:
    place = Path(folder) if folder else _installed()
    for candidate in (name, _INSTALLED.get(name, name)):
        if place is not None and (place / candidate).is_file():
            return place / candidate
    return None


def _installed() -> Path | None:
    """Return where eark-validator's wheel keeps its schemas; the package itself is never imported."""
    found = importlib.util.find_spec("eark_validator")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "ipxml" / "resources" / "schema"
