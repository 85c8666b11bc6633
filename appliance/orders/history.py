"""What a package says of the revisions before it: what the archive has, and pages whose place others took."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.spool.ledger import Row


@dataclass(frozen=True, slots=True)
class Bonds:
    """What ties a revision to what the archive has.

    Attributes:
        answers: tasks of the archive whose pages were scanned again in it.
        supplements: the package to whose dossier it adds documents, or None.
        leave: by whose word it does.
    """

    answers: Sequence[Row] = ()
    supplements: Row | None = None
    leave: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return this for the provenance, plain values."""
        base = self.supplements
        names = ("package", "revision", "sha256", "accepted")
        return {
            "rescan_tasks": [{"task": row["id"], "package": row["package"], "document": row["ordinal"],
                              "page": row["page"]} for row in self.answers],
            "supplements": {**{name: base[name] for name in names}, **self.leave} if base is not None else {},
        }


def of(dossier: Row, delivered: Sequence[Row], before: Sequence[Row]) -> dict[str, Any]:
    """Return the history of a dossier for its provenance, plain values.

    Args:
        dossier: the revision that is packed.
        delivered: earlier revisions that the archive has, the newest first.
        before: pages that only earlier revisions had, with the hash of what took their place.
    """
    return {
        "revision": dossier["revision"],
        "replaces": [{"revision": row["revision"], "package": row["package"], "sha256": row["sha256"],
                      "accepted": row["accepted"]} for row in delivered],
        "replaced_pages": [_page(row) for row in before],
        "decisions": json.loads(dossier["decided"]),
    }


def _page(row: Row) -> dict[str, Any]:
    names = ("document", "number", "batch", "sheet", "side", "attempt", "sha256", "captured", "operator")
    return {**{name: row[name] for name in names}, "replaced_by": row["replaced_by"] or "",
            "held_for": row["code"]}
