"""All firmware profiles of this host, and which of them fits a scanner that was found. Read once at start.

A profile that is wrong is left out and named in ``refused``; the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from appliance.core.errors import ApplianceError
from appliance.device import profile
from appliance.device.profile import FirmwareProfile


class Certainty(StrEnum):
    """What a fact of a profile rests on."""

    MEASURED = "measured"
    SOURCE = "source"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The profiles by name.

    Attributes:
        profiles: what holds on this host: the office's own in place of the shipped ones.
        own: names of profiles that came from the office's folder.
        refused: why a profile was left out (PROFILE_REFUSED), one error a file.
    """

    profiles: dict[str, FirmwareProfile]
    own: frozenset[str] = frozenset()
    refused: tuple[ApplianceError, ...] = field(default=(), compare=False)

    def get(self, name: str) -> FirmwareProfile | None:
        """Return a profile by name."""
        return self.profiles.get(name)

    def buffered_by(self, name: str) -> int:
        """Return how many sheets a device of this profile may hold unscanned; 0 when nobody knows."""
        one = self.profiles.get(name)
        return one.transport.buffered_sheets if one is not None else 0

    def by_usb(self, usb_id: str, product: str = "") -> str:
        """Return the name of the profile for a USB device (``vvvv:pppp`` and its product text), or empty.

        A profile that names the very id goes before one that only knows the vendor and a part of the text; of two
        that name it, the office's own.
        """
        exact = [name for name, one in self.profiles.items() if usb_id in one.match.usb]
        if exact:
            return next((name for name in exact if name in self.own), exact[0])
        vendor = usb_id.partition(":")[0]
        return self._best(product, lambda one: one.match.usb_vendor == vendor and vendor != "", _product_pattern)

    def by_escl(self, model: str) -> str:
        """Return the name of the profile for a network scanner that calls itself ``model``, or empty."""
        return self._best(model, lambda one: one.match.escl != "", lambda one: one.match.escl)

    def by_model(self, model: str) -> str:
        """Return the name of the profile for a model as people call it, or empty."""
        return self._best(model, lambda _one: True, lambda one: one.match.model)

    def _best(self, text: str, fits: Callable[[FirmwareProfile], bool],
              pattern: Callable[[FirmwareProfile], str]) -> str:
        """Return the name whose pattern covers the most of ``text``; a fallback only when nothing else does."""
        found = [(not one.match.fallback, len(hit[0]), name) for name, one in self.profiles.items()
                 if fits(one) and (hit := re.search(pattern(one), text))]
        return max(found)[2] if found and text else ""


def _product_pattern(one: FirmwareProfile) -> str:
    return "(?i)" + re.escape(one.match.usb_product) + r"\b"


def read(overrides: Path | None = None, shipped: Path | None = None) -> Catalogue:
    """Read the shipped profiles (default: ``profile.folder()``) and those of ``overrides`` over them."""
    profiles, refused = _folder(shipped or profile.folder())
    own: dict[str, FirmwareProfile] = {}
    if overrides is not None and overrides.is_dir():
        own, more = _folder(overrides)
        refused += more
    together = profiles | own
    return Catalogue({name: together[name] for name in sorted(together)}, frozenset(own), tuple(refused))


def _folder(place: Path) -> tuple[dict[str, FirmwareProfile], list[ApplianceError]]:
    good: dict[str, FirmwareProfile] = {}
    bad: list[ApplianceError] = []
    for path in sorted(place.glob("*.toml")):
        try:
            good[path.stem] = profile.checked(path)
        except ApplianceError as problem:
            bad.append(problem)
    return good, bad


def certainty(one: FirmwareProfile, key: str) -> Certainty:
    """Return what the fact under ``key`` (``throughput.rated_ppm``, ``options.set[0].name``) rests on."""
    plain = re.sub(r"\[\d+\]", "", key)
    if _named(plain, one.evidence.unconfirmed):
        return Certainty.UNVERIFIED
    if _named(plain, one.evidence.measured):
        return Certainty.MEASURED
    return Certainty.UNVERIFIED if one.evidence.source == "none" else Certainty.SOURCE


def _named(key: str, names: tuple[str, ...]) -> bool:
    return any(key == name or key.startswith(f"{name}.") for name in names)
