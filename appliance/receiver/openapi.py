"""The OpenAPI 3.1 document of the archive, made from the classes that read its requests."""

from __future__ import annotations

import typing
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from appliance import __version__
from appliance.receiver import wishes

_MEANING = {
    "200": "Done.", "201": "Made.", "202": "The archive is still looking at it.", "204": "Done.",
    "206": "The range.", "400": "The request is wrong.", "401": "A certificate is missing.",
    "403": "Not for this office.", "404": "There is no such thing.", "408": "The body broke off or stood still.",
    "409": "Another offset.", "410": "It expired.", "412": "Another version of tus.", "413": "Too long.",
    "415": "Another content type.", "416": "The range begins behind the end.", "423": "Somebody else writes.",
    "429": "The quota is used up; Retry-After says when to come again.", "460": "The checksum does not fit.",
    "503": "Not now; come again.", "507": "No room; come again.",
}
_ALWAYS = "401 403 503"
_PROBLEM = frozenset({"400", "401", "403", "429"})
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999_999}
_TEXT, _TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "object"}}


def document() -> dict[str, Any]:
    """Return the document, ready for JSON."""
    schemas: dict[str, Any] = {"Problem": _object(code=_TEXT, vi=_TEXT, en=_TEXT)}
    for wish in (wishes.SearchWish, wishes.ReadingWish, wishes.LeaveWish, wishes.RescanWish):
        _enter(wish, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Archive", "version": __version__, "summary": "Takes, keeps, finds packages."},
        "paths": {**_people(), **_uploads()},
        "components": {"schemas": schemas},
    }


def _people() -> dict[str, Any]:
    ticket, task = _in_path("ticket", "^[A-Za-z0-9_-]{32}$"), _in_path("task", f"^{wishes.UUID}$")
    made = _object(id=_TEXT)
    opened = _object(ticket=_TEXT, reading=_NUMBER, until=_TEXT, sha256=_TEXT, size=_NUMBER)
    return {
        "/search": {"post": _posted("Find dossiers and documents", "SearchWish", "200",
                                    _object(dossiers=_TEXTS, next=_TEXT))},
        "/readings": {"post": _posted("Open a package or a document", "ReadingWish", "201 404", opened)},
        "/readings/{ticket}": {"get": _call("Fetch what a reading opened; ranges are served", "200 206 404 416",
                                            ticket)},
        "/requests": {"post": _posted("Ask for leave to read", "LeaveWish", "201 404", made),
                      "get": _call("The requests of this office", "200",
                                   answer=_object(requests=_TEXTS))},
        "/tasks": {"get": _call("Pages that this office shall scan again", "200",
                                answer=_object(tasks=_TEXTS))},
        "/rescans": {"post": _posted("Have a page scanned again (reviewers)", "RescanWish", "201 404", made)},
        "/rescans/{task}": {"delete": _call("Take that back (reviewers)", "204 404", task)},
        "/policy": {"get": _call("What a reading may be for", "200",
                                 answer=_object(policy=_TEXT, purposes=_TEXTS))},
        "/healthz": {"get": _call("Whether it serves; needs no certificate", "200",
                                  answer=_object(status=_TEXT, receipts=_NUMBER, verifying=_NUMBER, key=_TEXT))},
        "/metrics": {"get": _call("Figures for Prometheus", "200")},
        "/openapi.json": {"get": _call("This document", "200", answer={"type": "object"})},
    }


def _uploads() -> dict[str, Any]:
    name, sha256 = _in_path("name", "^[0-9a-f]{32}$"), _in_path("sha256", "^[0-9a-f]{64}$")
    tus, offset = _header("Tus-Resumable", {"const": "1.0.0"}), _header("Upload-Offset", _NUMBER)
    announced = (tus, _header("Upload-Length", _NUMBER), _header("Upload-Metadata", {
        "type": "string", "pattern": "^sha256 [A-Za-z0-9+/]{86}==$"}))
    patched = _call("Send the bytes from an offset on", "204 400 404 408 409 410 412 413 415 423 460 507", name,
                    tus, offset)
    patched["requestBody"] = {"content": {"application/offset+octet-stream": {"schema": {}}}}
    return {
        "/files": {"post": _call("Announce an upload (tus)", "201 400 408 409 412 413 423 429 507", *announced)},
        "/files/{name}": {"patch": patched,
                          "head": _call("How much of it has come", "200 400 404 410 412", name, tus),
                          "delete": _call("Forget it", "204 400 403 404 410 412 507", name, tus)},
        "/receipts/{sha256}": {"get": _call("The signed receipt of a package (JWS)", "200 202 404", sha256)},
    }


def _posted(summary: str, wish: str, statuses: str, answer: dict[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": _reference(wish)}}}
    return {**_call(summary, f"{statuses} 400 408 413", answer=answer), "requestBody": body}


def _call(summary: str, statuses: str, *parameters: dict[str, Any],
          answer: dict[str, Any] | None = None) -> dict[str, Any]:
    codes = sorted({*statuses.split(), *_ALWAYS.split()})
    responses: dict[str, Any] = {code: {"description": _MEANING[code]} for code in codes}
    for code in codes:
        if answer and code in {"200", "201"}:
            responses[code]["content"] = {"application/json": {"schema": answer}}
        elif code in _PROBLEM:
            responses[code]["content"] = {"application/json": {"schema": _reference("Problem")}, "text/plain": {}}
    return {"summary": summary, "parameters": list(parameters), "responses": responses}


def _in_path(name: str, pattern: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": pattern}}


def _header(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": schema}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _enter(kind: type, schemas: dict[str, Any]) -> None:
    """Add the schema of a class of settings, and of those in it."""
    assert is_dataclass(kind)
    hints, properties = typing.get_type_hints(kind), {}
    for spec in fields(kind):
        if is_dataclass(hints[spec.name]):
            _enter(hints[spec.name], schemas)
            properties[spec.name] = _reference(hints[spec.name].__name__)
        else:
            properties[spec.name] = _plain(hints[spec.name], spec)
    needed = [spec.name for spec in fields(kind) if spec.default is MISSING and spec.default_factory is MISSING]
    schemas[kind.__name__] = {**_object(**properties), "required": needed, "additionalProperties": False,
                              "description": (kind.__doc__ or "").strip()}


def _plain(hint: type, spec: Field[Any]) -> dict[str, Any]:
    notes = spec.metadata
    if hint is int:
        return {"type": "integer", "minimum": notes["low"], "maximum": notes["high"], "description": notes["doc"]}
    return {"type": "string", "pattern": f"^(?:{notes['pattern']})$", "description": notes["doc"]}
