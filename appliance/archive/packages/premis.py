"""PREMIS 3 of an AIP: what the files are, what happened to them, and who did it.

Events of the circular: ``transfer`` (paper to image), ``validation``, the signature, and the making of the package.
Times and persons come from the provenance that travels in the package; what that does not say is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.archive.packages.content import Content, Document
from appliance.archive.packages.markup import attributes, content
from appliance.archive.packages.mets import Header

TRANSFER, VALIDATION = "transfer", "validation"
SIGNATURE, PACKAGING = "digital signature generation", "information package creation"
_PREMIS = "http://www.loc.gov/premis/v3"


@dataclass(frozen=True, slots=True)
class Facts:
    """What PREMIS is made of."""

    content: Content
    header: Header
    said: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "said", json.loads(self.content.job.provenance or "{}"))

    def id(self, name: str) -> str:
        """Return the identifier of an object, event or agent."""
        return self.header.identifier(f"premis {name}")

    def pages(self, ordinal: int) -> list[dict[str, Any]]:
        """Return what the provenance says of the pages of a document."""
        names = {one["document"] for one in self.said.get("signatures", ()) if one["ordinal"] == ordinal}
        return [page for page in self.said.get("pages", ()) if page["document"] in names]

    def signature(self, ordinal: int) -> dict[str, Any]:
        """Return what the provenance says of the signature of a document, or nothing."""
        return next((one for one in self.said.get("signatures", ()) if one["ordinal"] == ordinal), {})


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``agents`` and ``objects`` are names of ``Facts.id``."""

    name: str
    kind: str
    at: str
    detail: str
    outcome: str
    agents: tuple[str, ...]
    objects: tuple[str, ...]


def of_package(facts: Facts) -> bytes:
    """Return PREMIS.xml: the package, its representation, and how it was made."""
    whole = _object(facts, "intellectualEntity", "package", _of_parts(facts, ["rep1"]), facts.header.package)
    below = [_file_name(document) for document in facts.content.documents]
    inner = _object(facts, "representation", "rep1", _of_parts(facts, below), "rep1")
    pages = sum(len(facts.pages(document.ordinal)) for document in facts.content.documents)
    made = Event("packaging", PACKAGING, facts.content.created, facts.header.record_status,
                 f"{len(facts.content.documents)} documents, {pages} pages", ("software", "office"), ("package",))
    return _premis([whole, inner], [_event(facts, made)], _agents(facts, {"software", "office"}))


def of_representation(facts: Facts) -> bytes:
    """Return PREMIS_rep1.xml: every file with its hash, and what happened to each."""
    events = [event for document in facts.content.documents for event in _events(facts, document)]
    used = {agent for event in events for agent in event.agents}
    return _premis([_file(facts, document) for document in facts.content.documents],
                   [_event(facts, event) for event in events], _agents(facts, used))


def _file_name(document: Document) -> str:
    return f"file {document.name}"


def _events(facts: Facts, document: Document) -> list[Event]:
    pages, objects, name = facts.pages(document.ordinal), (_file_name(document),), document.name
    found = []
    if pages:
        last = max(page["captured"] for page in pages)
        warned = sum(not check[2] for page in pages for check in page["checks"].values())
        device = ("device",) if facts.said.get("capture") else ()
        found.append(Event(f"transfer {name}", TRANSFER, last, "paper to image", f"{len(pages)} pages",
                           (*device, "software", "office"), objects))
        found.append(Event(f"validation {name}", VALIDATION, facts.content.created, "checks of every page; PDF/A",
                           f"pass; {warned} warnings", ("software",), objects))
    signature = facts.signature(document.ordinal)
    if signature.get("signed"):
        found.append(Event(f"signature {name}", SIGNATURE, signature["signed"], "PAdES", signature["level"],
                           ("software", "office"), objects))
    return found


def _agents(facts: Facts, used: Iterable[str]) -> list[str]:
    capture = facts.said.get("capture", {})
    device = " ".join(str(capture.get(name, "")) for name in ("model", "serial", "firmware")).strip()
    known = {"software": (facts.header.software, "software", facts.header.version),
             "device": (device or "scanner", "hardware", ""),
             "office": (facts.header.organisation, "organization", "")}
    return [_agent(facts, name, *known[name]) for name in sorted(used)]


def _premis(objects: Sequence[str], events: Sequence[str], agents: Sequence[str]) -> bytes:
    spaces = attributes(xmlns=_PREMIS, xmlns__xsi="http://www.w3.org/2001/XMLSchema-instance", version="3.0")
    body = "\n".join((*objects, *events, *agents))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<premis{spaces}>\n{body}\n</premis>\n'.encode()


def _identifier(facts: Facts, kind: str, name: str, more: str = "") -> str:
    return (f"<{kind}Identifier><{kind}IdentifierType>UUID</{kind}IdentifierType>"
            f"<{kind}IdentifierValue>{facts.id(name)}</{kind}IdentifierValue>{more}</{kind}Identifier>")


def _of_parts(facts: Facts, names: Sequence[str]) -> str:
    related = "".join(_identifier(facts, "relatedObject", name) for name in names)
    return (f"<relationship><relationshipType>structural</relationshipType>"
            f"<relationshipSubType>has part</relationshipSubType>{related}</relationship>")


def _object(facts: Facts, kind: str, name: str, relations: str, original: str) -> str:
    about = attributes(xsi__type=kind)
    return (f"<object{about}>{_identifier(facts, 'object', name)}"
            f"<originalName>{content(original)}</originalName>{relations}</object>")


def _file(facts: Facts, document: Document) -> str:
    fixity = ("<fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>"
              f"<messageDigest>{document.sha256.upper()}</messageDigest></fixity>")
    form = ("<format><formatDesignation><formatName>PDF/A</formatName><formatVersion>2</formatVersion>"
            "</formatDesignation></format>")
    return (f"<object{attributes(xsi__type='file')}>{_identifier(facts, 'object', _file_name(document))}"
            f"<objectCharacteristics>{fixity}<size>{document.size}</size>{form}</objectCharacteristics>"
            f"<originalName>data/{content(document.name)}.pdf</originalName></object>")


def _event(facts: Facts, event: Event) -> str:
    agents = "".join(_identifier(facts, "linkingAgent", name) for name in event.agents)
    objects = "".join(_identifier(facts, "linkingObject", name) for name in event.objects)
    return (f"<event>{_identifier(facts, 'event', event.name)}<eventType>{content(event.kind)}</eventType>"
            f"<eventDateTime>{content(event.at)}</eventDateTime>"
            f"<eventDetailInformation><eventDetail>{content(event.detail)}</eventDetail></eventDetailInformation>"
            f"<eventOutcomeInformation><eventOutcome>{content(event.outcome)}</eventOutcome>"
            f"</eventOutcomeInformation>{agents}{objects}</event>")


def _agent(facts: Facts, name: str, called: str, kind: str, version: str) -> str:
    more = f"<agentVersion>{content(version)}</agentVersion>" if version else ""
    return (f"<agent>{_identifier(facts, 'agent', name)}<agentName>{content(called)}</agentName>"
            f"<agentType>{kind}</agentType>{more}</agent>")
