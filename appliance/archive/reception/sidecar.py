"""The sidecar of a signed component: what the reception software needs to know to file it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.archive.reception.contract import COMPONENT


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a component; times are ISO 8601, as the ledger has them.

    Attributes:
        id: of this handing over.
        replaces: id of the one whose place it takes, or empty.
        document: row of the signed document.
        size: of the file in bytes.
        started: when Start was pressed for it.
    """

    id: str
    replaces: str
    document: Mapping[str, Any]
    size: int
    started: str


def sidecar(facts: Facts, office: Mapping[str, str]) -> dict[str, Any]:
    """Return the sidecar; its schema is ``component.schema.json`` beside this file."""
    document = facts.document
    return {
        "format": COMPONENT, "id": facts.id, "replaces": facts.replaces, "office": dict(office),
        "reception_code": document["file_code"], "component_code": document["component"],
        "ordinal": document["ordinal"], "revision": document["revision"], "document": document["id"],
        "file": f"{facts.id}.pdf", "sha256": document["signed_sha256"], "size": facts.size,
        "pages": document["pages"], "started": facts.started,
        "signature": {"level": document["level"], "signed": document["signed_at"],
                      "time_stamp": document["stamped_at"], "certificate_sha256": document["signing_key"],
                      "development": bool(document["development"])},
    }
