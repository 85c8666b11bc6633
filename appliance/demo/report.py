"""What a demo ends with: results copied to be found, every signature and receipt checked, tables, report.json."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import columns
from appliance.archive import receipts
from appliance.core import clock, files
from appliance.core.errors import INPUT_REFUSED, ApplianceError, Exit
from appliance.demo.picture import Picture
from appliance.demo.place import Place

SIGNED = ("signed", "packed", "accepted")
COUNTS = ("sheets", "sides", "blank", "separators", "pages_filed", "removed", "replaced", "orphans")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, beside what the status says.

    Attributes:
        wall: seconds from the press to the end.
        archive_key: PEM file of the key that receipts must verify by.
        trust: PEM files of the roots that signatures and time stamps must lead to.
        refused: names of files that could not be taken in.
        trouble: why the run broke off, or empty.
    """

    wall: float
    archive_key: Path
    trust: tuple[Path, ...]
    refused: tuple[str, ...] = ()
    trouble: str = ""


def make(picture: Picture, place: Place, ending: Ending) -> dict[str, Any]:
    """Copy results, check them, and return the report as report.json has it."""
    names = {dossier["id"]: str(dossier.get("file_code") or dossier["id"]) for dossier in picture.dossiers}
    documents = [_document(row, place, ending.trust, names) for row in picture.documents]
    packages = [_package(row, place, ending.archive_key, names) for row in picture.deliveries]
    counts = {name: picture.counts.get(name, 0) for name in COUNTS}
    seconds = round(elapsed(picture) or ending.wall, 3)
    report: dict[str, Any] = {
        **counts, "held_pages": picture.counts.get("held", 0), "reconciled": picture.reconciled,
        "held": _held(picture, place, ending), "documents": documents, "packages": packages,
        "seconds": seconds, "wall_seconds": round(ending.wall, 3),
        "pages_per_minute": round(60 * counts["sides"] / seconds, 1) if seconds else 0.0, "trouble": ending.trouble,
    }
    code = exit_code(report, picture)
    return {**report, "ok": code is Exit.DONE, "exit": int(code)}


def exit_code(report: dict[str, Any], picture: Picture) -> Exit:
    """Return DONE when all is filed and verifies, HELD when something waits for a person, else FAILED."""
    signed = [document for document in report["documents"] if document["state"] in SIGNED]
    sound = all(document["signature_valid"] for document in signed)
    received = all(package["receipt_valid"] for package in report["packages"])
    refused = any(dossier["state"] == "rejected" for dossier in picture.dossiers)
    if report["trouble"] or not sound or not received or refused:
        return Exit.FAILED
    if report["held"]:
        return Exit.HELD
    if report["reconciled"] and report["packages"] and len(report["packages"]) == len(picture.dossiers):
        return Exit.DONE
    return Exit.FAILED


def elapsed(picture: Picture) -> float | None:
    """Return seconds from the first side captured to the last receipt, None before there is a receipt."""
    first, last = picture.times.get("first"), picture.times.get("last")
    if not first or not last:
        return None
    return (clock.parse(last) - clock.parse(first)).total_seconds()


def write(report: dict[str, Any], place: Place) -> Path:
    """Write report.json."""
    path = place.part("report.json")
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    files.write_durably(path, text.encode(), 0o644)
    return path


def tables(report: dict[str, Any], place: Place) -> list[str]:
    """Return the final tables, Vietnamese first."""
    lines = ["", "Tài liệu / documents"]
    heads = [("trang/pages", "chữ ký/signature", "dấu ký/stamp", "tệp/file"),
             ("hồ sơ/dossier", "đã nộp/uploaded", "xác nhận/receipt", "gói tin/package")]
    rows = [_document_row(document, place) for document in report["documents"]]
    lines += _columns([heads[0], *rows])
    lines += ["", "Gói tin / packages"]
    lines += _columns([heads[1], *(_package_row(package, place) for package in report["packages"])])
    if report["held"]:
        lines += ["", "Chờ xử lý / held"]
        for thing in report["held"]:
            name = " ".join(filter(None, (thing.get("name") or thing["id"], thing.get("file"))))
            lines += [f"  {name}: {thing['code']} {thing['vi']}", f"      {thing['en']}"]
    lines += ["", *_totals(report), ""]
    lines.append(f"Mọi thứ nằm ở / everything is in  {place.root}")
    return lines


def _totals(report: dict[str, Any]) -> list[str]:
    equals = "=" if report["reconciled"] else "≠"
    counted = (("trang đã nộp / filed", report["pages_filed"]), ("phân tách / separators", report["separators"]),
               ("chờ xử lý / held", report["held_pages"]), ("bỏ / removed", report["removed"]),
               ("thay / replaced", report["replaced"]), ("lẻ / orphans", report["orphans"]))
    lines = [f"Tổng / totals: {report['sheets']} tờ (sheets), {report['sides']} mặt (sides) {equals}"]
    lines += [f"    {number:>5}  {name}" for name, number in counted]
    lines[1] += f", {report['blank']} trắng / blank"
    speed = f"{report['pages_per_minute']:.0f} mặt/phút, sides a minute"
    lines.append(f"Thời gian / time: {report['seconds']:.1f} s, {speed}")
    return lines


def _document(row: dict[str, Any], place: Place, trust: tuple[Path, ...],
              names: dict[str, str]) -> dict[str, Any]:
    """Bring one signed file where it is easily found, and check its signature."""
    from appliance.signing.verify import verify

    source = Path(row.get("signed_path") or "")
    made = bool(row.get("signed_path")) and source.is_file()
    code = row.get("file_code") or names.get(row["dossier"], row["dossier"])
    path = _bring(source, place.part("documents") / f"{code}.{row['ordinal']}.pdf") if made else None
    found = verify(path, [root for root in trust if root.is_file()]) if path else None
    return {
        "path": str(path or ""), "pages": row.get("pages", 0), "dossier": code, "state": row["state"],
        "signature_valid": bool(found and found.valid), "signature_reason": found.reason if found else "not signed",
        "stamp": found.stamp if found else "", "signer": found.signer if found else "",
        "development_key": bool(found and found.development), "id": row["id"],
    }


def _package(row: dict[str, Any], place: Place, key: Path, names: dict[str, str]) -> dict[str, Any]:
    """Bring one package and its receipt where they are easily found, and check the receipt."""
    source = Path(row["path"])
    code = names.get(row["dossier"], row["dossier"])
    path = _bring(source, place.part("packages") / f"{code}.zip") if source.is_file() else None
    receipt = Path(row.get("receipt") or "")
    token = receipt if row.get("receipt") and receipt.is_file() else None
    brought = _bring(token, place.part("receipts") / f"{code}.jws") if token else None
    reason = _receipt_fault(row, path, brought, key)
    return {
        "path": str(path or ""), "sha256": row["sha256"], "dossier": code, "state": row["state"],
        "size": row["size"], "sent_bytes": row["sent_bytes"], "receipt": str(brought or ""),
        "receipt_valid": not reason, "receipt_reason": reason,
    }


def _receipt_fault(row: dict[str, Any], package: Path | None, receipt: Path | None, key: Path) -> str:
    """Return why a receipt does not hold, empty when it does."""
    if receipt is None:
        return "no receipt"
    if package is not None and files.sha256_of(package) != row["sha256"]:
        return "the package is not the one in the ledger"
    try:
        found = receipts.verify(receipt.read_text("ascii").strip(), key.read_bytes(), row["sha256"], row["size"])
    except (ApplianceError, OSError) as problem:
        return str(problem)
    return "" if found.accepted else f"rejected: {found.reason}"


def _held(picture: Picture, place: Place, ending: Ending) -> list[dict[str, Any]]:
    """Return what waits for a person: things of the ledger, an open batch, files that were not taken in."""
    held = [{**thing, **_source(thing, picture, place)} for thing in picture.held]
    batch = picture.reload
    if batch is not None:
        device = picture.device
        held.append({"what": "batch", "id": batch["id"], "code": batch.get("code", ""),
                     "vi": device.get("message_vi", ""), "en": device.get("message_en", "")})
    return held + [_refused(name) for name in ending.refused]


def _source(thing: dict[str, Any], picture: Picture, place: Place) -> dict[str, str]:
    """Return which of the person's files a held page is, where each file was one sheet."""
    found = re.search(r"/(\d+)(?:front|back)$", str(thing.get("id", "")))
    stack = sorted(place.part("stack").iterdir()) if place.part("stack").is_dir() else []
    if found is None or len(stack) != picture.counts.get("sheets", 0):
        return {}
    return {"file": stack[int(found[1]) - 1].name}


def _refused(name: str) -> dict[str, Any]:
    problem = INPUT_REFUSED.error(name=name, reason="not a JPEG, PNG, TIFF or PDF")
    return {"what": "file", "id": name, "code": problem.code, "vi": problem.vi, "en": problem.en}


def _bring(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _document_row(document: dict[str, Any], place: Place) -> tuple[str, ...]:
    stamp = " / ".join(str(document["stamp"]).split("\n"))
    mark = _mark(document["signature_valid"]) if document["state"] in SIGNED else "chưa ký/unsigned"
    return (str(document["pages"]), mark, stamp, _below(document["path"], place))


def _package_row(package: dict[str, Any], place: Place) -> tuple[str, ...]:
    sent = f"{package['sent_bytes'] / 1e6:.1f}/{package['size'] / 1e6:.1f} MB"
    return package["dossier"], sent, _mark(package["receipt_valid"]), _below(package["path"], place)


def _below(path: str, place: Place) -> str:
    return path.removeprefix(f"{place.root}/") or "-"


def _mark(good: bool) -> str:
    return "hợp lệ" if good else "KHÔNG"


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    return [f"  {line}" for line in columns.aligned(rows)]
