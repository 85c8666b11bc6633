"""What keeping notes in the archive's index, besides ``copies`` and ``fixity`` of ``receiver/tables.py``."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text

from appliance.receiver.tables import metadata

__all__ = ["checks", "duties", "findings", "leaves", "metadata", "stamps"]

duties = Table(
    "duties", metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False, default=""),
    Column("held_until", Text, nullable=False, default=""),
    Column("done", Text, nullable=False, default=""),
)
"""What one instance at a time does: who has it until when, and when it was last done to the end."""

findings = Table(
    "findings", metadata,
    Column("sha256", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("since", Text, nullable=False),
    Column("last", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("healed", Text, nullable=False, default="", index=True),
)
"""What checks found: kinds of ``fixity/findings.py``. ``place`` is empty for what is wrong with every copy."""

checks = Table(
    "checks", metadata,
    Column("sha256", Text, primary_key=True),
    Column("at", Text, nullable=False, index=True),
    Column("reason", Text, nullable=False, default=""),
)
"""When content and signatures of a package were last looked at again; ``reason`` is empty when they hold."""

stamps = Table(
    "stamps", metadata,
    Column("id", Text, primary_key=True),
    Column("made", Text, nullable=False),
    Column("moment", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("over", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("renew_by", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("renewed", Text, nullable=False, default="", index=True),
    Column("superseded", Text, nullable=False, default=""),
)
"""Archive time stamps (RFC 4998), each over the root of a tree of ``packages`` or of older ``stamps`` (``over``).

``token``: base64; ``object``: its own copy in the stores; ``renewed``: the stamp that was put over this one;
``superseded``: the one over its packages with a newer hash.
"""

leaves = Table(
    "leaves", metadata,
    Column("stamp", Text, ForeignKey("stamps.id"), primary_key=True),
    Column("subject", Text, primary_key=True, index=True),
    Column("leaf", Text, nullable=False),
)
"""What a stamp covers: ``subject`` is a package's SHA-256 or the id of an older stamp; ``leaf``: hash in hex."""
