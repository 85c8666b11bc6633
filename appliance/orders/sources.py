"""Where the pages of a package come from and how they were signed, for its provenance; plain values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from appliance.spool.ledger import Row


def counts(pages: Sequence[Row], aside: int) -> dict[str, Any]:
    """Return the counts of a dossier.

    ``sides`` are all that belong to it; ``blank`` counts within ``pages_filed``; ``states`` adds up to ``sides``.
    ``aside``: sides of its batches that are filed in no dossier.
    """
    filed = [page for page in pages if page["document"]]
    return {
        "sides": len(pages), "sheets": len({(page["batch"], page["sheet"]) for page in pages}),
        "pages_filed": len(filed), "blank": sum(bool(page["blank"]) for page in filed),
        "separators": sum(page["state"] == "separator" for page in pages),
        "states": dict(sorted(Counter(page["state"] for page in pages).items())), "aside": aside}


def captures(batches: Sequence[Row]) -> list[dict[str, Any]]:
    """Return how each batch was captured: device, driver settings, firmware, software, who scanned, when."""
    return [{"batch": row["id"], "device": row["device"], "job": row["job"], "rules": row["rules"],
             "operator": row["operator"], "operator_code": row["operator_code"], "started": row["started"],
             "device_check": row["checked"], "how": json.loads(row["provenance"] or "{}")} for row in batches]


def signatures(documents: Sequence[Row]) -> list[dict[str, Any]]:
    """Return how each document was signed."""
    return [{"document": row["id"], "ordinal": row["ordinal"], "sha256": row["signed_sha256"],
             "level": row["level"], "signed": row["signed_at"], "stamped": row["stamped_at"]} for row in documents]
