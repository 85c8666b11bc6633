"""The archive's index: what lies where, what was answered, who read what. One schema for SQLite and PostgreSQL.

Objects are named by their SHA-256 in lowercase hex; packages by their UUID in lowercase; offices by their code.
Times are ISO 8601 in UTC with microseconds (``moment``), so that they sort as text in both databases.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

VERSION = 1
"""Version of this schema; kept in ``archive_schema``."""

metadata = MetaData()

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
    Column("settled", Integer, nullable=False, default=0),
    Column("writer", Text, nullable=False, default=""),
    Column("writing_until", Text, nullable=False, default=""),
    Column("judge", Text, nullable=False, default=""),
    Column("judging_until", Text, nullable=False, default=""),
)
"""Uploads on their way. ``writer`` and ``judge`` name the instance that has it just now, until a time."""

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
    Column("mode", Text, nullable=False),
    Column("settled", Integer, nullable=False, default=0),
    Column("start_date", Text, nullable=False, default=""),
    Column("end_date", Text, nullable=False, default=""),
    Column("accepted", Text, nullable=False, index=True),
    Column("replaces", Text, nullable=False, default=""),
    Column("replaced_by", Text, nullable=False, default=""),
    Column("audit", Text, nullable=False, default=""),
)
"""Accepted packages. ``mode`` is the access mode of the dossier (01 open, 02 on request)."""

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
    UniqueConstraint("package", "doc_code", "page", "state", name="tasks_once"),
)
"""Pages that a reviewer wants scanned again. ``state``: asked, fetched, answered, withdrawn."""

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
