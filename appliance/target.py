"""``appliance target``: the target sheet of the device check. To print it, to measure an image, the results."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance import client, columns
from appliance.core import clock, config, errors, files, rules, target_reference
from appliance.core.errors import ApplianceError, Exit
from appliance.core.model import Verdict

MOST_BYTES = 200_000_000

CHECKS = {
    "target_dpi": ("độ phân giải thật", "true resolution", "dpi"),
    "target_scale": ("sai tỷ lệ", "scale error", ""),
    "target_skew": ("vào giấy lệch", "skew", "°"),
    "target_shear": ("ảnh bị xô", "shear", "°"),
    "target_sfr_x": ("độ nét ngang (SFR10)", "sharpness across", "%"),
    "target_sfr_y": ("độ nét dọc (SFR10)", "sharpness along", "%"),
    "target_modulation": ("làm nét quá mức", "sharpening", ""),
    "target_misregistration": ("lệch màu", "misregistration", "px"),
    "target_noise": ("nhiễu", "noise", "L*"),
    "target_uniformity": ("sáng không đều", "non-uniformity", "%"),
    "target_tone": ("sai tông xám", "tone", "ΔL*"),
    "target_colour": ("sai màu", "colour", "ΔE00"),
}
"""What is measured, in Vietnamese and English, and its unit."""

LETTERS, HOW_MANY = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 3
"""Behind the day in a number that nobody gives: no letter is read for another; two of a day meet once in 32,768."""

RESULTS = {True: "đạt / pass", False: "KHÔNG ĐẠT / fail"}
HEADS = ("máy / device", "lúc / at", "mặt / side", "phiếu / sheet", "dpi", "kết quả / result", "mã / codes")


def main(argv: list[str]) -> int:
    """Run one of print, check and list."""
    parser = argparse.ArgumentParser("appliance target", description="The target sheet of the device check.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    one = verbs.add_parser("print", help="write the sheet as PDF, A4 (phiếu kiểm tra máy quét)")
    one.add_argument("--serial", default="", help="number of this sheet: 16 of A-Z, 0-9 and - "
                     "(default: the day and three letters)")
    one.add_argument("--out", type=Path, metavar="FILE.pdf", help="file to write (default: target-SERIAL.pdf here)")
    one = verbs.add_parser("check", help="measure one scanned image of the sheet, here and now")
    one.add_argument("file", type=Path, help="image as scanned, in full: JPEG, PNG or TIFF")
    one.add_argument("--reference", type=Path, metavar="FILE.toml", help="measured tones and colours of this sheet")
    one.add_argument("--dpi", type=float, help="resolution it was scanned at, instead of what the file says")
    one.add_argument("--rules", default="archive-tt05-2025", help="rule profile with the limits")
    one = verbs.add_parser("list", help="the latest device checks")
    one.add_argument("--device", default="", help="of one device only")
    one.add_argument("--json", action="store_true", help="everything, for programs")
    client.where(one)
    options = parser.parse_args(argv)
    work: Callable[[argparse.Namespace], int] = {"print": _print, "check": _check, "list": _list}[options.verb]
    return work(options)


def _print(options: argparse.Namespace) -> int:
    from appliance import target_sheet

    today = clock.now().date()
    serial = options.serial or f"{today:%y%m%d}-{''.join(secrets.choice(LETTERS) for _ in range(HOW_MANY))}"
    data = target_sheet.pdf(serial, today)
    out: Path = options.out or Path(f"target-{serial}.pdf")
    files.write_durably(out.absolute(), data, 0o644)
    sys.stdout.write(f"{out}: phiếu kiểm tra / target sheet {serial}. In ở tỷ lệ 100% / print at 100%.\n")
    return Exit.DONE


def _check(options: argparse.Namespace) -> int:
    """Measure one image; exit 1 when the scanner fails, 3 when somebody should look at it."""
    from appliance.imaging import target, target_gates

    limits = rules.load(options.rules).image.target
    reference = target_reference.load(options.reference) if options.reference else None
    rgb, dpi = _picture(options.file, options.dpi)
    reading = target.measure(rgb, dpi, reference)
    verdicts = target_gates.judge(reading, limits, dpi)
    sys.stdout.write(f"phiếu / sheet {reading.serial}: {reading.dpi_x:.1f} x {reading.dpi_y:.1f} dpi\n")
    _table(_row(verdict) for verdict in verdicts)
    failing = [verdict for verdict in verdicts if not verdict.ok]
    for verdict in failing:
        problem = errors.by_code(verdict.code).error(value=f"{verdict.value:g}", limit=f"{verdict.limit:g}")
        sys.stdout.write(f"{verdict.code}: {problem.vi}\n      {problem.en}\n")
    warned = any(verdict.code for verdict in verdicts)
    return Exit.FAILED if failing else Exit.HELD if warned else Exit.DONE


def _picture(path: Path, dpi: float | None) -> tuple[Any, float]:
    """Return the pixels of an image, (height, width, 3) uint8, and its resolution.

    Raises:
        ApplianceError: INPUT_REFUSED when it is no image or nobody says its resolution, TARGET_UNREADABLE when it
            is too large.
    """
    import numpy as np
    from PIL import Image, ImageOps

    from appliance.imaging import target_picture

    try:
        if path.stat().st_size > MOST_BYTES:
            raise errors.INPUT_REFUSED.error(name=path, reason="too large")
        with Image.open(path, formats=("JPEG", "PNG", "TIFF")) as image:
            target_picture.refuse_large(image.width, image.height)
            found = dpi or float(image.info.get("dpi", (0, 0))[0])
            rgb = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        reason = getattr(problem, "strerror", None) or type(problem).__name__
        raise errors.INPUT_REFUSED.error(name=path, reason=reason) from None
    if not 10 <= found <= 10_000:
        raise errors.INPUT_REFUSED.error(name=path, reason="không ghi dpi, thêm --dpi / it says no dpi, add --dpi")
    return np.ascontiguousarray(rgb), found


def _row(verdict: Verdict) -> tuple[str, ...]:
    vi, en, unit = CHECKS.get(verdict.check, (verdict.check, verdict.check, ""))
    result = RESULTS[verdict.ok] if verdict.ok and not verdict.code else f"lưu ý / warning {verdict.code}"
    result = result if verdict.ok else f"{RESULTS[False]} {verdict.code}"
    return f"{vi} / {en}", f"{verdict.value:g} {unit}".strip(), f"{verdict.limit:g}", result


def _list(options: argparse.Namespace) -> int:
    found = asyncio.run(_asked(options))
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    elif not found:
        sys.stdout.write("chưa có lần kiểm tra máy nào / no device check yet\n")
    else:
        _table([HEADS, *(_line(one) for one in found)])
    return Exit.DONE


async def _asked(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Ask the daemon; where none runs, read the ledger without changing it."""
    try:
        found = await client.ask(options, "GET", f"/target?device={quote(options.device, safe='')}")
    except ApplianceError as problem:
        if problem.kind is not errors.DAEMON_UNREACHABLE or options.socket is not None:
            raise
        found = {"checks": _read(config.load(options.config).storage.state, options.device)}
    return list(found["checks"])


def _read(state: Path, device: str) -> list[dict[str, Any]]:
    from appliance.spool import targets
    from appliance.spool.ledger import Ledger
    from appliance.spool.store import Store

    path = Store(state).ledger
    if not path.is_file():
        raise errors.REQUEST_REFUSED.error(reason=f"không có sổ cái / no ledger: {path}")
    ledger = Ledger(path, read_only=True)
    try:
        return targets.listed(ledger, device)
    finally:
        ledger.close()


def _line(one: dict[str, Any]) -> tuple[str, ...]:
    codes = {one["code"], *(verdict["code"] for verdict in one["verdicts"])} - {""}
    return (one["device"], f"{clock.parse(one['at']):%H:%M:%S %d/%m/%Y}", one["side"], one["target"],
            str(one["settings"]["dpi"]), RESULTS[one["passed"]], " ".join(sorted(codes)))


def _table(rows: Iterable[tuple[str, ...]]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in columns.aligned(rows))
