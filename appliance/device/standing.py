"""How a device stands, as plain values with the operator's next step in words. Pure."""

from __future__ import annotations

from typing import Any

from appliance.core import errors
from appliance.core.place import Place, told
from appliance.core.plain import to_plain
from appliance.core.states import SessionState
from appliance.device.action import Trouble
from appliance.device.protocol import Feeder, Status
from appliance.device.session import Session


class _Words(dict[str, Any]):
    """Details of a text that only the scanner process knew: its reason stands for each."""

    def __missing__(self, key: str) -> Any:
        return self["reason"] or "?"


def trouble_of(session: Session) -> Trouble:
    """Return what the operator has to know first; no code: all is well."""
    if session.state is SessionState.BLOCKED:
        return Trouble(session.blocked, details=session.blocked_details)
    if session.at.trouble.code and session.state is not SessionState.SCANNING:
        return session.at.trouble
    if session.trouble.code:
        return session.trouble
    if session.blocked:
        return Trouble(session.blocked, details=session.blocked_details)
    if session.closed.code and not session.batch:
        return session.closed
    return _of_feeder(session.feeder)


def _of_feeder(feeder: Status) -> Trouble:
    if feeder.feeder is Feeder.HARDWARE:
        return Trouble(errors.DEVICE_FAULT.code, feeder.text or "-")
    if feeder.text in errors.CATALOGUE:  # the device can be used, but somebody has to put something right
        return Trouble(feeder.text, details=feeder.details)
    return Trouble()


def standing(session: Session, place: Place | None = None) -> dict[str, Any]:
    """Return name, state, feeder, text, identity, batch, job, sheet, code and messages (empty: all is well).

    ``place`` says of the sheet to put back where it stands in its dossier, as far as that is known.
    """
    hello, trouble = session.hello, trouble_of(session)
    code, kind = trouble.code, errors.by_code(trouble.code)
    known = {**session.blocked_details, **trouble.details, "device": session.name, "sheet": session.sheet or 1}
    words = _Words({"reason": trouble.reason, **known})
    if place is None or place.sheet != session.sheet:
        place = Place(session.sheet) if session.batch and session.sheet else None
    vi, en = told(kind, words, place) if code else ("", "")
    return {
        "name": session.name, "state": session.state.value, "feeder": session.feeder.feeder.value,
        "text": session.feeder.text, "model": hello.model if hello else "", "serial": hello.serial if hello else "",
        "firmware": hello.firmware if hello else "", "profile": hello.profile if hello else "",
        "options_hash": hello.options_hash if hello else "", "lacking": hello.lacking if hello else (),
        "counters": hello.counters if hello else {},
        "pid": hello.pid if hello else 0, "batch": session.batch, "job": session.job, "sheet": session.sheet,
        "code": code,
        "place": to_plain(place) if place else None, "message_vi": vi, "message_en": en,
    }
