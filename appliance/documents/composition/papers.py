"""Folder cover, table of contents and closing note: document types of their own (papers.toml). Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

from appliance.documents import fields
from appliance.documents.fields import DocumentFacts


@dataclass(frozen=True, slots=True)
class FolderPaper:
    """A paper that belongs to the folder; ``archive`` is the typeName that its package gives."""

    name: str
    vi: str
    en: str
    archive: str


@lru_cache(maxsize=1)
def folder_papers() -> dict[str, FolderPaper]:
    """Return the folder papers by their document type."""
    text = resources.files("appliance.documents.composition").joinpath("papers.toml").read_text(encoding="utf-8")
    return {code: FolderPaper(**one) for code, one in tomllib.loads(text).items()}


def name_of_type(code: str) -> str:
    """Return what people call a document type, in Vietnamese; empty for none that is known."""
    paper = folder_papers().get(code)
    return paper.vi if paper else fields.code_list("typeName").get(code, "")


def described(facts: DocumentFacts) -> DocumentFacts:
    """Return what the archive is told of a document: of a paper of the folder its name, and a type of theirs."""
    paper = folder_papers().get(facts.type_name)
    return replace(facts, type_name=paper.archive, more={"subject": paper.vi, **facts.more}) if paper else facts


def type_named(text: str) -> str:
    """Return the document type that a person wrote, by its code or as the name of a folder paper."""
    return next((code for code, one in folder_papers().items() if text.strip().casefold() in
                 (one.name, one.name.replace("_", "-"), one.vi.casefold())), text)
