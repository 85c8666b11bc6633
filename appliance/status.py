"""One picture of the whole appliance, as plain values: for ``appliance status``, the page and the demo."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from appliance import refusal_words
from appliance.core import clock, errors
from appliance.core.config import Job
from appliance.core.errors import ApplianceError
from appliance.core.model import PageAnalysis, Side
from appliance.core.place import NOWHERE, Place, told
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import BatchState, PageState
from appliance.documents.patches import letters
from appliance.documents.position import place_of
from appliance.documents.sheet import Seal, SidePage
from appliance.spool import figures, listings
from appliance.spool.ledger import Ledger, Row

DOCUMENT_FIELDS = ("id", "dossier", "file_code", "ordinal", "state", "pages", "signed_path", "signed_sha256",
                   "signed_at", "stamp", "signer", "level", "development", "code", "strip_mm")
DOSSIER_FIELDS = ("id", "file_code", "state", "code", "declared", "captured", "package", "opened", "accepted",
                  "checked")
DELIVERY_FIELDS = ("package", "dossier", "state", "code", "path", "sha256", "size", "sent_bytes", "receipt",
                   "queued", "accepted", "issued", "verified", "documents")
BATCH_FIELDS = ("id", "device", "job", "rules", "state", "code", "named_by", "checked", "reload_sheet", "started",
                "ended")

DOUBTS = (errors.BATCH_LOCKED.code, errors.FED_TWICE.code, errors.RELOAD_OTHER_SHEET.code,
          errors.SCANNER_UNCHECKED.code, errors.NO_SECRET_UNCONFIRMED.code)

SHARES = ("dpi_measured", "clipping")
"""Checks that measure a share: it is told in per cent."""

KINDS = {"document": "tài liệu", "dossier": "hồ sơ", "delivery": "gói tin", "rescan": "quét lại tài liệu",
         "outbox": "thành phần gửi phần mềm tiếp nhận", "task": "kho đề nghị quét lại tài liệu"}
SIDES = {"front": "mặt trước", "back": "mặt sau"}


def picture(ledger: Ledger, places: Mapping[str, Place] = NOWHERE) -> dict[str, Any]:
    """Return everything the ledger knows that a person may see; no OCR text, no code payloads.

    ``places`` says for each batch that waits for its paper which sheet of which dossier is put back.
    """
    tally = figures.tally(ledger)
    states = figures.states(ledger)
    seq, head = ledger.head()
    times = ledger.one("page_times")
    return {
        "counts": {**to_plain(tally), "reconciled": tally.reconciled},
        "stages": stages(states, tally),
        "idle": idle(states, tally, figures.in_doubt(ledger)),
        "queues": {name: {"n": n, "since": since} for name, (n, since) in figures.queues(ledger).items()},
        "held": [held_thing(row, places.get(row["id"])) for row in figures.held(ledger)],
        "batches": [pick(row, BATCH_FIELDS) for row in ledger.all("batches")],
        "dossiers": [pick(row, DOSSIER_FIELDS) for row in ledger.all("dossiers")],
        "documents": [pick(row, DOCUMENT_FIELDS) for row in ledger.all("documents")],
        "registers": listings.listing(ledger),
        "deliveries": [pick(row, DELIVERY_FIELDS) for row in ledger.all("deliveries")],
        "audit": {"seq": seq, "head": head},
        "times": {"first": times["first"], "last": times["last"]} if times else {},
    }


def places(ledger: Ledger, jobs: Sequence[Job]) -> dict[str, Place]:
    """Return for each batch that waits for its paper where that goes on, counted as a person does."""
    found = {}
    keys = {job.name: job.separator_key_file for job in jobs}
    for batch in ledger.all("open_batches"):
        sheet = batch["reload_sheet"]
        if batch["state"] != BatchState.RELOAD or not sheet:
            continue
        rows = [row for row in ledger.all("sheets_in_order", batch=batch["id"], sheet=sheet)
                if row["seen"] or row["sheet"] < sheet or row["state"] == PageState.CAPTURED]
        unseen = {row["sheet"] for row in rows if not row["seen"]}
        try:
            seal = Seal(_key(keys.get(batch["job"], "")), batch["operator_code"])
        except OSError:  # no key, no word about dossiers
            found[batch["id"]] = Place(sheet)
            continue
        found[batch["id"]] = place_of([_counted(row) for row in rows], unseen, sheet, seal)
    return found


def tell_doubts(devices: Sequence[dict[str, Any]], found: dict[str, Any]) -> None:
    """Let a device that has nothing else to say tell of a sheet in doubt, or a batch unchecked, that it brought."""
    device_of = {batch["id"]: batch["device"] for batch in found["batches"]}
    for thing in (thing for thing in found["held"] if thing["code"] in DOUBTS):
        for device in devices:
            if device["name"] == device_of.get(thing["id"].partition("/")[0]) and not device["message_vi"]:
                device |= {"code": thing["code"], "message_vi": thing["vi"], "message_en": thing["en"]}


def _key(path: str) -> bytes:
    return Path(path).read_bytes().strip() if path else b""


def _counted(row: Row) -> SidePage:
    marks = from_plain(PageAnalysis, json.loads(row["analysis"])).marks if row["analysis"] else ()
    texts = tuple(mark.text for mark in marks)
    return SidePage(0, row["sheet"], Side(row["side"]), marks=texts, patches=letters(marks))


def stages(states: dict[str, dict[str, int]], tally: figures.Tally) -> dict[str, int]:
    """Return how many things have come through each stage."""
    pages, documents = states.get("page", {}), states.get("document", {})
    deliveries = states.get("delivery", {})
    after_read = sum(pages.get(name, 0) for name in ("read", "filed", "separator"))
    signed = sum(documents.get(name, 0) for name in ("signed", "packed", "accepted"))
    return {
        "captured": tally.sides,
        "analysed": tally.sides - pages.get("captured", 0),
        "read": after_read,
        "assembled": signed + documents.get("assembled", 0),
        "documents": sum(documents.values()),
        "signed": signed,
        "packed": sum(deliveries.values()),
        "sent": deliveries.get("sent", 0) + deliveries.get("accepted", 0),
        "accepted": deliveries.get("accepted", 0),
    }


def idle(states: dict[str, dict[str, int]], tally: figures.Tally, in_doubt: int = 0) -> bool:
    """Say whether nothing moves by itself any more; so many closed batches wait for a person."""
    moving = {
        "batch": ("scanning", "closed"), "document": (), "dossier": ("closed",),
        "delivery": ("screening", "queued", "sending", "sent"), "page": (),
        "outbox": ("waiting", "sent", "recalling"),
    }
    busy = sum(states.get(kind, {}).get(state, 0) for kind, names in moving.items() for state in names)
    return busy == in_doubt and tally.under_way == 0


def held_thing(row: Row, place: Place | None = None) -> dict[str, Any]:
    """Return one held thing with the text that tells a person what to do; a batch says where its paper goes on."""
    kind = errors.by_code(row["code"])
    details = _Words(reason=row["reason"] or "-", page=row["id"], **_measured(row["reason"]))
    details.update(json.loads(row["details"] or "{}"))
    name = name_of(row["what"], row["id"], details)
    if row["what"] == "batch" and details["sheet"] and place is None:
        place = Place(details["sheet"])
    vi, en = told(kind, details, place)
    reason = row["reason"]
    if row["code"] == errors.ARCHIVE_REFUSED.code:
        reason = errors.both(refusal_words.in_vietnamese(details["reason"]), details["reason"])
    if errors.half(reason, errors.EN) != reason:  # said in both languages
        words = [{**details, "reason": errors.half(reason, lang)} for lang in (0, errors.EN)]
        vi, en = (told(kind, _Words(said), place)[lang] for lang, said in enumerate(words))
    if "found_en" in details:  # what is wrong with a dossier's composition is said in both languages
        details["found"] = details["found_en"]
        _, en = told(kind, details, place)
    return {"what": row["what"], "id": row["id"], "name": name, "code": row["code"], "reason": row["reason"],
            "vi": vi, "en": en}


def no_key(problem: ApplianceError) -> dict[str, Any]:
    """Return why the signer has no key, as a held thing: every document waits for it."""
    return {"what": "signer", "id": "signer", "name": "khóa ký số", "code": problem.code,
            "reason": str(problem.details.get("reason", "")), "vi": problem.vi, "en": problem.en}


def wrong_clock(problem: ApplianceError, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is held, with why nothing is signed by the clock: once, also while no document waits yet."""
    if any(one["code"] == problem.code for one in held):
        return held
    return [*held, {"what": "clock", "id": "clock", "name": "đồng hồ", "code": problem.code,
                    "reason": str(problem.details.get("reason", "")), "vi": problem.vi, "en": problem.en}]


def no_eyes(problem: ApplianceError) -> dict[str, Any]:
    """Return why no page is looked at, as a held thing: every page waits for it."""
    return {"what": "pool", "id": "pool", "name": "trang mẫu", "code": problem.code,
            "reason": str(problem.details.get("reason", "")), "vi": problem.vi, "en": problem.en}


def broken_chain(problem: ApplianceError) -> dict[str, Any]:
    """Return where the audit chain is broken, as a held thing: leader and IT staff have to look at it."""
    return {"what": "audit", "id": "audit", "name": "chuỗi nhật ký kiểm toán", "code": problem.code,
            "reason": str(problem.details.get("where", "")), "vi": problem.vi, "en": problem.en}


def name_of(what: str, key: str, details: dict[str, Any]) -> str:
    """Return how a person finds a held thing: the sheet of which batch, or the code of a dossier or document."""
    if what == "task":
        return f"{KINDS[what]} {details['file_code']}.{details['ordinal']}"
    if what == "delivery" and "file_code" in details:
        return f"{KINDS[what]} của hồ sơ {details['file_code']} ({key})"
    if what not in ("page", "batch"):
        return f"{KINDS[what]} {key}"
    batch = f"lượt quét {clock.parse(details['started']):%H:%M:%S %d/%m/%Y}"
    return f"{SIDES[details['side']]} tờ {details['sheet']}, {batch}" if what == "page" else batch


class _Words(dict[str, Any]):
    """Details of a text; for one that the ledger does not hold by name its reason stands."""

    def __missing__(self, key: str) -> Any:
        return self["reason"]


def _measured(reason: str) -> dict[str, str]:
    """Return what the short reason of a held page says: a size, or a value, its limit and where it is."""
    if size := re.fullmatch(r"(\d+) x (\d+)", reason):
        return {"width": size[1], "height": size[2]}
    if judged := re.fullmatch(r"(\w+) (\S+) / ([^\s,]+)(?:, (.+))?", reason):
        value, limit = (f"{float(text) * 100:.3g}" if judged[1] in SHARES else text for text in judged.group(2, 3))
        return {"value": value, "limit": limit, "place": judged[4] or "?"}
    return {}


def pick(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    """Return some columns of a row."""
    return {name: row[name] for name in names}
