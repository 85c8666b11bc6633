"""What a package says of the revisions before it: what the archive has, and pages whose place others took."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from appliance.spool.ledger import Row


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
