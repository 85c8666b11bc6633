"""What is in a release, for who must answer whether a hole concerns it: CycloneDX 1.6, always alike.

A list of libraries alone hides the C libraries inside wheels, which is where most holes are: each wheel names them.
"""

from __future__ import annotations

import email
import json
import re
import uuid
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.building import tool
from appliance.core import files

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

NATIVE = re.compile(r"(?:[^/]+\.libs/|[^/]+/lib/)(lib[^/]+?\.so[^/]*)$")
"""Libraries that a wheel brings with it, as auditwheel and others lay them."""

HASHED = re.compile(r"-[0-9a-f]{8}(?=[.-])")
"""What auditwheel puts into their names."""

LONGEST = 200
"""A licence that is longer is its whole text, which is no name."""


def write(made: Path, product: Path, wheels: Iterable[Path], packages: Iterable[Path], epoch: int) -> None:
    """Write the list.

    Args:
        made: the file.
        product: wheel of the product, which all else is for.
        wheels: libraries.
        packages: .debs.
        epoch: when the release was made, seconds.
    """
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.output.json import JsonV1Dot6

    own = _wheel(product)
    parts = [*map(_wheel, wheels), *map(_package, packages)]
    bom = Bom(components=parts, metadata=BomMetaData(component=own, timestamp=datetime.fromtimestamp(epoch, UTC)))
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, files.sha256_of(product) + "".join(
        sorted(str(part.bom_ref) for part in parts)))
    bom.register_dependency(own, parts)
    text = json.dumps(json.loads(JsonV1Dot6(bom).output_as_string()), indent=1, sort_keys=True, ensure_ascii=False)
    made.write_text(text + "\n", "utf-8")


def natives(wheel: Path) -> tuple[str, ...]:
    """Return the C libraries inside a wheel, by the names they have elsewhere."""
    with zipfile.ZipFile(wheel) as archive:
        found = {match.group(1) for match in map(NATIVE.search, archive.namelist()) if match}
    return tuple(sorted(HASHED.sub("", name) for name in found))


def _wheel(path: Path) -> Component:
    from cyclonedx.model.component import Component

    facts = _metadata(path)
    name, version = facts["Name"], facts["Version"]
    made = _component(f"pkg:pypi/{name.lower().replace('_', '-')}@{version}", name, version, path)
    made.components = [Component(name=one, bom_ref=f"{made.bom_ref}#{one}") for one in natives(path)]
    _license(made, facts.get("License-Expression") or facts.get("License") or "")
    return made


def _package(path: Path) -> Component:
    said = tool.run(["dpkg-deb", "--show", "--showformat=${Package}\n${Version}\n${Architecture}", path])
    name, version, machine = said.splitlines()
    return _component(f"pkg:deb/debian/{name}@{version}?arch={machine}", name, version, path)


def _component(reference: str, name: str, version: str, path: Path) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    digest = HashType(alg=HashAlgorithm.SHA_256, content=files.sha256_of(path))
    return Component(name=name, version=version, bom_ref=reference, purl=PackageURL.from_string(reference),
                     hashes=[digest])


def _license(component: Component, said: str) -> None:
    """Name the licence that a wheel states; one that states its whole text, or none, has no name."""
    from cyclonedx.factory.license import LicenseFactory

    if said and len(said) <= LONGEST and "\n" not in said:
        component.licenses = [LicenseFactory().make_from_string(said)]


def _metadata(path: Path) -> Message:
    with zipfile.ZipFile(path) as archive:
        (name,) = [one for one in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one)]
        return email.message_from_bytes(archive.read(name))
