"""Commands that look at files: settings, signed documents, packages, receipts.

Here archive and signing meet: an archive asks of every PDF whether its signature holds.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from pathlib import Path

from appliance import readiness, signature_words
from appliance.core import config, errors, files
from appliance.core.errors import ApplianceError, Exit
from appliance.signature_check import signature_check

DEFAULT = Path("/etc/appliance/appliance.toml")
TRUST_SECONDS = 10.0
"""How long an https scanner without a fingerprint has to show its certificate."""

NAMELESS = (
    "cảnh báo: không biết được ai quét ở máy {device}; mọi lượt quét sẽ bị giữ (T413). Hãy thêm [[operator]] "
    "hoặc office.operator.\n"
    "  warning: nothing can name who scans at {device}; every batch will be held (T413). Add [[operator]] or "
    "office.operator.\n")

FLEETING = (
    "cảnh báo: sane_device = \"{name}\" của máy {device} đổi sau mỗi lần cắm. Hãy xoá dòng đó và ghi serial.\n"
    "  warning: sane_device = \"{name}\" of {device} changes with every plug. Remove it and give serial.\n")
BUS_AND_NUMBER = re.compile(r"libusb:[0-9]{3}:[0-9]{3}")


def check(argv: list[str]) -> int:
    """``appliance check``: refuse what the daemon would refuse, without starting anything."""
    parser = argparse.ArgumentParser("appliance check", description="Check a settings file.")
    parser.add_argument("config", type=Path, help="settings file")
    options = parser.parse_args(argv)
    from appliance.device import profile, push_place
    from appliance.documents import languages
    from appliance.documents.composition import table
    from appliance.orders import documents
    from appliance.registry import bounds_of

    settings = config.load(options.config)
    bounds_of(settings.register)
    table.read(settings.composition.table)
    languages.refuse_missing(settings.ocr.languages, settings.ocr.tessdata)
    documents.refuse_unsayable(settings)
    readiness.refuse_unready(settings)
    for device in settings.device:
        profile.load(device.profile, overrides=settings.storage.profiles)
    for device in settings.device:
        if device.kind == "escl":
            asyncio.run(_refuse_untrusted(device))
        elif device.kind == "push":
            push_place.check(settings, device, there=True)
        elif BUS_AND_NUMBER.search(device.sane_device):
            sys.stderr.write(FLEETING.format(device=device.name, name=device.sane_device))
    if not settings.operator and not settings.office.operator:
        for device in settings.device:
            sys.stderr.write(NAMELESS.format(device=device.name))
    readiness.warn(settings)
    names = ", ".join(device.name for device in settings.device) or "-"
    sys.stdout.write(f"{options.config}: hợp lệ / valid; máy quét / scanners: {names}\n")
    return Exit.DONE


async def _refuse_untrusted(device: config.Device) -> None:
    """Refuse an https scanner that nobody has trusted, showing its fingerprint; one out of reach is refused too."""
    from appliance.device import escl_trust  # aiohttp: only where a network scanner is configured

    if escl_trust.pin(device.url, device.fingerprint) is None and escl_trust.secure(device.url):
        try:
            found = await escl_trust.untrusted(device.url, TRUST_SECONDS)
        except ApplianceError as problem:
            found = errors.SCANNER_UNTRUSTED.error(text=f"? ({problem.en})")
        raise errors.SCANNER_UNTRUSTED.error(device=device.name, **found.details)


def verify(argv: list[str]) -> int:
    """Say of each file whether it holds, without a network: signature, true level, what was added, PDF/A."""
    parser = argparse.ArgumentParser("appliance verify", description=verify.__doc__)
    parser.add_argument("file", nargs="+", type=Path, help="signed PDF, or package (.zip)")
    parser.add_argument("--trust", action="append", type=Path, default=[], metavar="PEM",
                        help="root certificate to trust; without one only integrity is checked")
    options = parser.parse_args(argv)
    good = True
    for path in options.file:
        text, fine = _look_at(path, options.trust)
        sys.stdout.write(f"{'ĐẠT ' if fine else 'HỎNG'} {path}: {text}\n")
        good = good and fine
    return Exit.DONE if good else Exit.FAILED


def _look_at(path: Path, trust: list[Path]) -> tuple[str, bool]:
    """Say how one file stands; one that cannot be read does not hold."""
    try:
        return _package(path, trust) if path.suffix == ".zip" else _document(path, trust)
    except OSError as problem:
        return f"không đọc được / cannot be read: {problem.filename}: {problem.strerror}", False


def _document(path: Path, trust: list[Path]) -> tuple[str, bool]:
    """Say how a signed PDF stands: its signature, and whether it still is PDF/A."""
    from appliance.documents.check import check as check_pdfa
    from appliance.documents.check import conformance
    from appliance.signing import verify as signatures

    report = signatures.verify(path, trust)
    fine = report.valid if trust else report.intact and report.covers_whole_file
    faults = check_pdfa(path)
    form = f"không đạt / not PDF/A: {faults[0]}" if faults else f"PDF/A-{conformance(path)}"
    said = [f"{signature_words.verdict(report, fine=fine, trusted=bool(trust))}; {form}",
            *signature_words.lines(report, trusted=bool(trust))]
    return "\n     ".join(said), fine and not faults


def _package(path: Path, trust: list[Path]) -> tuple[str, bool]:
    """Say how a package stands."""
    from appliance.archive.packages.inspection import inspect_package

    report = inspect_package(path, signature_check(trust))
    digest = files.sha256_of(path)
    unjudged = "" if trust else "CHƯA KIỂM TRA NGƯỜI KÝ (--trust) / WHO SIGNED WAS NOT JUDGED; "
    text = "; ".join(report.problems) or f"{unjudged}{report.documents} tài liệu / documents, sha256 {digest}"
    return text, not report.problems
