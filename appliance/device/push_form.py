"""Whether an image that a device sent is what the rules ask, and which of its settings to change if not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.core.rules import ImageTable
from appliance.device.leaf import Leaf, Source
from appliance.device.profile_tables import Push

COLOUR = 24
"""Bits of a pixel."""

SHOWN = 4
"""Letters of a name that are shown."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What a rule profile asks of a page, and how the device calls its settings."""

    rules: ImageTable
    push: Push

    @property
    def min_dpi(self) -> int:
        """Lowest resolution that is taken."""
        return max(self.rules.min_dpi, self.push.min_dpi)


def fault(leaf: Leaf, demands: Demands) -> tuple[Kind, str] | None:
    """Return what is wrong with how an image was made, and the settings to change; None when nothing is.

    Whether that holds the page is the rules' word (``lenient``).
    """
    source = leaf.source
    if leaf.code and not source.packed:
        return None  # what is damaged has its own reason
    if not leaf.code and not source.depth:
        return errors.IMAGE_UNKNOWN, "PDF, cấu trúc / structure"
    grey = demands.rules.colour_required and 0 < source.depth < COLOUR
    coarse = 0 < source.dpi < demands.min_dpi
    push = demands.push
    change = [text for wrong, text in (
        (bool(source.packed), push.setting_compression),
        (grey, push.setting_colour),
        (coarse, f"{push.setting_dpi} [{source.dpi} < {demands.min_dpi} dpi]"),
    ) if wrong]
    kind = _kind(source, grey=grey, coarse=coarse)
    return (kind, "; ".join(change)) if kind is not None else None


def _kind(source: Source, *, grey: bool, coarse: bool) -> Kind | None:
    if source.packed:
        return errors.PUSH_PACKED
    if grey:
        return errors.PUSH_BITONAL if source.depth == 1 else errors.PUSH_GREY
    return errors.PUSH_LOW_DPI if coarse else None


def shown(name: str) -> str:
    """Return enough of a file's name to find it: its first letters and its ending.

    Anybody may see the page, and a name is often a person's. One short line, whatever a device put into it.
    """
    short = name.rsplit("/", 1)[-1]
    clean = "".join(letter if letter.isprintable() else "·" for letter in short)
    stem, dot, ending = clean.rpartition(".")
    head = stem if dot else clean
    rest = f"{dot}{ending[:SHOWN]}" if dot else ""
    return f"{head[:SHOWN]}…{rest}" if len(head) > SHOWN else f"{head}{rest}"
