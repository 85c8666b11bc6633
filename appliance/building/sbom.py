"""What is in a release, for who must answer whether a hole concerns it: CycloneDX 1.6, always alike.

A list of libraries alone hides the libraries inside wheels, which is where most holes are: ``inside`` finds them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.building import inside
from appliance.building.debian import Package
from appliance.core import files

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import License
    from packageurl import PackageURL

LONGEST = 200
"""A licence that is longer is its whole text, which is no name."""


def write(made: Path, product: Path, wheels: Iterable[Path], packages: Iterable[tuple[Package, tuple[str, ...]]],
          epoch: int) -> None:
    """Write the list.

    Args:
        made: the file.
        product: wheel of the product, which all else is for.
        wheels: libraries.
        packages: Debian packages, each with its licences.
        epoch: when the release was made, seconds.
    """
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.output.json import JsonV1Dot6

    own = _wheel(product)
    parts = [*map(_wheel, wheels), *(_package(package, licences) for package, licences in packages)]
    bom = Bom(components=parts, metadata=BomMetaData(component=own, timestamp=datetime.fromtimestamp(epoch, UTC)))
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, files.sha256_of(product) + "".join(
        sorted(str(part.bom_ref) for part in parts)))
    bom.register_dependency(own, parts)
    text = json.dumps(json.loads(JsonV1Dot6(bom).output_as_string()), indent=1, sort_keys=True, ensure_ascii=False)
    made.write_text(text + "\n", "utf-8")


def _wheel(path: Path) -> Component:
    facts = inside.metadata(path)
    name, version = facts["Name"], facts["Version"]
    made = _component(f"pkg:pypi/{name.lower().replace('_', '-')}@{version}", name, version, files.sha256_of(path))
    made.components = [_part(str(made.bom_ref), part) for part in inside.parts(path)]
    made.licenses = _licences(_stated(facts))
    return made


def _package(package: Package, licences: tuple[str, ...]) -> Component:
    reference = f"pkg:deb/debian/{package.name}@{package.version}?arch={package.machine}"
    made = _component(reference, package.name, package.version, package.sha256)
    made.licenses = _licences(licences)
    return made


def _component(reference: str, name: str, version: str, sha256: str) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component

    return Component(name=name, version=version, bom_ref=reference, purl=_purl(reference),
                     hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)])


def _part(whole: str, part: inside.Part) -> Component:
    from cyclonedx.model.component import Component

    made = Component(name=part.name, version=part.version or None, bom_ref=f"{whole}#{part.name}@{part.version}",
                     purl=_purl(part.reference))
    made.licenses = _licences(part.licences)
    return made


def _purl(said: str) -> PackageURL | None:
    from packageurl import PackageURL

    try:
        return PackageURL.from_string(said)
    except ValueError:  # a wheel's own list may say anything, also nothing
        return None


def _licences(said: Iterable[str]) -> list[License]:
    """Name licences; CycloneDX takes either one expression or names."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.license import LicenseExpression

    names = [name for name in said if name and len(name) <= LONGEST and "\n" not in name]
    if len(names) == 1:
        return [LicenseFactory().make_from_string(names[0])]
    found = [LicenseFactory().make_from_string(name) for name in names]
    return [LicenseFactory().make_with_name(name) if isinstance(one, LicenseExpression) else one
            for name, one in zip(names, found, strict=True)]


def _stated(facts: Message) -> tuple[str, ...]:
    """Return the licence that a wheel states: as an expression, a word, or by its classifiers."""
    word = facts.get("License-Expression") or facts.get("License") or ""
    if word and len(word) <= LONGEST and "\n" not in word:
        return (word,)
    classified = [str(line) for line in facts.get_all("Classifier", []) if str(line).startswith("License :: ")]
    return tuple(sorted({line.rpartition(" :: ")[2] for line in classified}))
