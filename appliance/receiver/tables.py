"""The archive's index: what lies where, what was answered, who read what. One schema for SQLite and PostgreSQL.

Objects are named by their SHA-256 in lowercase hex; packages by their UUID in lowercase; offices by their code.
Times are ISO 8601 in UTC with microseconds (``moment``), so that they sort as text in both databases.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text, text

VERSION = 1
"""Version of this schema; kept in ``archive_schema``."""

metadata = MetaData()


def moment(at: datetime | None = None) -> str:
    """Return a time, by default the present one, as ``2026-11-22T05:10:00.123456Z``."""
    return (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


schema = Table("archive_schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

uploads = Table(
    "uploads", metadata,
    Column("name", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("metadata", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("expires", Text, nullable=False),
    Column("completed", Text, nullable=False, default=""),
    Column("settled", Integer, nullable=False, default=0),
    Column("judge", Text, nullable=False, default=""),
    Column("judging_until", Text, nullable=False, default=""),
    Column("claims", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Index("uploads_in_line", "settled", "completed"),
)
"""Uploads on their way. ``offset`` is compared and set, so two writers harm nobody.

``judge`` names who looks at it until a time; ``claims`` counts the looks that nobody ended, ``crashes``
those that ended a judge.
"""

parts = Table(
    "upload_parts", metadata,
    Column("upload", Text, ForeignKey("uploads.name", ondelete="CASCADE"), primary_key=True),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("place", Text, nullable=False),
)
"""Where an upload's bytes lie, for spaces that keep them in parts (``uploads.UploadSpace``)."""

book = Table(
    "book", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("last", Text, nullable=False),
)
"""One row: number of the newest receipt and its SHA-256, which the next one names. Locked while one is written."""

receipts = Table(
    "receipts", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("token", Text, nullable=False),
    Column("issued", Text, nullable=False),
    Column("office", Text, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("file_code", Text, nullable=False),
)

packages = Table(
    "packages", metadata,
    Column("uuid", Text, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("office", Text, nullable=False, index=True),
    Column("file_code", Text, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_plain", Text, nullable=False, default=""),
    Column("mode", Text, nullable=False),
    Column("settled", Integer, nullable=False, default=0),
    Column("start_date", Text, nullable=False, default=""),
    Column("end_date", Text, nullable=False, default=""),
    Column("accepted", Text, nullable=False, index=True),
    Column("replaces", Text, nullable=False, default=""),
    Column("replaced_by", Text, nullable=False, default=""),
    Column("audit", Text, nullable=False, default=""),
)
"""Accepted packages. ``mode`` is the access mode of the dossier (01 open, 02 on request). Days are YYYY-MM-DD.

``contents.py`` reads what stands here and in ``documents`` out of a package; ``title_plain`` is for the search.
"""

documents = Table(
    "documents", metadata,
    Column("package", Text, ForeignKey("packages.uuid"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("doc_code", Text, nullable=False, index=True),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("type_name", Text, nullable=False),
    Column("code_number", Text, nullable=False, default=""),
    Column("code_notation", Text, nullable=False, default=""),
    Column("issued", Text, nullable=False, default=""),
    Column("organ_name", Text, nullable=False, default=""),
    Column("subject", Text, nullable=False, default=""),
    Column("subject_plain", Text, nullable=False, default=""),
    Column("mode", Text, nullable=False, default=""),
    Index("documents_issued", "issued"),
)
"""Documents of accepted packages. ``issued`` is YYYY-MM-DD; ``subject_plain`` is folded for the search."""

copies = Table(
    "copies", metadata,
    Column("sha256", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("kept", Text, nullable=False),
    Column("checked", Text, nullable=False, default="", index=True),
    Column("state", Text, nullable=False, default="good"),
)
"""Copies of accepted objects by place (``stores.ObjectStore.name``). ``state``: good, missing or damaged."""

readings = Table(
    "readings", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("package", Text, nullable=False, default=""),
    Column("ordinal", Integer, nullable=False, default=0),
    Column("decision", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""Every search and every reading, allowed or not, each naming the hash of the one before."""

_OPEN_TASK = text("state IN ('asked', 'fetched')")
tasks = Table(
    "tasks", metadata,
    Column("id", Text, primary_key=True),
    Column("office", Text, nullable=False, index=True),
    Column("package", Text, nullable=False),
    Column("doc_code", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fetched", Text, nullable=False, default=""),
    Column("answered", Text, nullable=False, default=""),
    Column("answer", Text, nullable=False, default=""),
    Index("tasks_once", "package", "doc_code", "page", unique=True,
          sqlite_where=_OPEN_TASK, postgresql_where=_OPEN_TASK),
)
"""Pages that a reviewer wants scanned again, once at a time. ``state``: asked, fetched, answered, withdrawn."""

requests = Table(
    "requests", metadata,
    Column("id", Text, primary_key=True),
    Column("asked", Text, nullable=False),
    Column("office", Text, nullable=False, index=True),
    Column("person", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("package", Text, ForeignKey("packages.uuid"), nullable=False),
    Column("state", Text, nullable=False),
    Column("decided", Text, nullable=False, default=""),
    Column("by", Text, nullable=False, default=""),
    Column("until", Text, nullable=False, default=""),
    Column("answer", Text, nullable=False, default=""),
)
"""Leave to read what the policy opens on request only. ``state``: asked, granted, refused."""

tickets = Table(
    "tickets", metadata,
    Column("ticket", Text, primary_key=True),
    Column("reading", BigInteger, ForeignKey("readings.number"), nullable=False),
    Column("office", Text, nullable=False),
    Column("package", Text, ForeignKey("packages.uuid"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("until", Text, nullable=False, index=True),
)
"""Leave to fetch what a reading opened, in as many pieces as it takes. ``ordinal`` 0 is the whole package."""

arrivals = Table(
    "arrivals", metadata,
    Column("announced", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Index("arrivals_of_a_day", "office", "day"),
)
"""What offices announced, each announcement once, for their quotas: day and bytes. ``quotas.py`` writes it."""

fixity = Table(
    "fixity", metadata,
    Column("run", Text, primary_key=True),
    Column("began", Text, nullable=False),
    Column("ended", Text, nullable=False, default=""),
    Column("objects", BigInteger, nullable=False, default=0),
    Column("bytes", BigInteger, nullable=False, default=0),
    Column("signatures", BigInteger, nullable=False, default=0),
    Column("restored", BigInteger, nullable=False, default=0),
    Column("errors", BigInteger, nullable=False, default=0),
)
"""Checks of what is kept, one row a run."""
