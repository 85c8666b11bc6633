"""``appliance package``: look at a package of any of the forms: does it hold, and what does it say of itself."""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.archive.packages import markup
from appliance.archive.packages.content import PROVENANCE
from appliance.archive.packages.inspection import PackageReport, inspect_package
from appliance.core import errors, files
from appliance.core.errors import Exit
from appliance.signature_check import signature_check

LONGEST = 64 << 20
"""Longest provenance that is read, in bytes."""


def main(argv: list[str]) -> int:
    """``appliance package verify|show``."""
    parser = argparse.ArgumentParser("appliance package", description="Look at packages (gói tin hồ sơ).")
    commands = parser.add_subparsers(dest="what", required=True)
    one = commands.add_parser("verify", help="whether each package holds: ZIP, hashes, fields, signatures")
    one.add_argument("file", nargs="+", type=Path, metavar="PACKAGE.zip")
    one.add_argument("--trust", action="append", type=Path, default=[], metavar="PEM",
                     help="root certificate to trust; without one only the integrity of signatures is checked")
    one.add_argument("--json", action="store_true", help="one line of JSON a package")
    one = commands.add_parser("show", help="what a package says of itself: form, documents, scanners, rules")
    one.add_argument("file", type=Path, metavar="PACKAGE.zip")
    one.add_argument("--json", action="store_true", help="the whole provenance too")
    options = parser.parse_args(argv)
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {"verify": verify, "show": show}
    return verbs[options.what](options)


def verify(options: argparse.Namespace) -> int:
    """Say of each package whether it holds; every finding on a line of its own."""
    good = True
    for path in options.file:
        report = _inspect(path, signature_check(options.trust))
        good = good and report.ok
        if options.json:
            sys.stdout.write(f"{json.dumps({'file': str(path), 'ok': report.ok, **asdict(report)})}\n")
            continue
        sys.stdout.write(f"{'ĐẠT ' if report.ok else 'HỎNG'} {path}: {_said(path, report)}\n")
        for problem in report.problems:
            sys.stdout.write(f"     {problem}\n")
        if report.ok and not options.trust:
            sys.stdout.write("     CHƯA KIỂM TRA NGƯỜI KÝ (--trust) / WHO SIGNED WAS NOT JUDGED\n")
    return Exit.DONE if good else Exit.FAILED


def show(options: argparse.Namespace) -> int:
    """Say what a package is and where its pages are from; signatures are not judged.

    Raises:
        ApplianceError: PACKAGE_INVALID when it is not whole.
    """
    report = _inspect(options.file, lambda _: "")
    if not report.ok:
        raise errors.PACKAGE_INVALID.error(reason=report.problems[0])
    facts = _provenance(options.file)
    if options.json:
        sys.stdout.write(f"{json.dumps({'package': asdict(report), 'provenance': facts}, ensure_ascii=False)}\n")
        return Exit.DONE
    try:
        said = _of_provenance(facts)
    except (AttributeError, KeyError, TypeError):  # boundary: another software may have written anything there
        said = []
    for name, value in (*_of_report(report), *said):
        if value.strip():
            sys.stdout.write(f"{name:<34} {value.strip()}\n")
    return Exit.DONE


def _inspect(path: Path, check: Callable[[Path], str]) -> PackageReport:
    try:
        return inspect_package(path, check)
    except OSError as problem:
        return PackageReport((f"không đọc được / cannot be read: {problem.strerror}",))


def _said(path: Path, report: PackageReport) -> str:
    if not report.ok:
        return f"{len(report.problems)} lỗi / problems"
    return f"{report.layout}, {report.documents} tài liệu / documents, sha256 {files.sha256_of(path)}"


def _provenance(path: Path) -> dict[str, Any]:
    """Return what the package says of its pages; nothing where it says nothing that can be read."""
    try:
        with zipfile.ZipFile(path) as package:
            (info,) = [one for one in package.infolist() if one.filename.partition("/")[2] == PROVENANCE]
            found = json.loads(package.read(info)) if info.file_size <= LONGEST else {}
    except (ValueError, KeyError, zipfile.BadZipFile, markup.MalformedError):
        return {}
    return found if isinstance(found, dict) else {}


def _of_report(report: PackageReport) -> list[tuple[str, str]]:
    return [("mẫu / form", report.layout), ("gói tin / package", report.uuid),
            ("hồ sơ / dossier", report.file_code), ("tài liệu / documents", str(report.documents)),
            ("thay thế / replaces", report.replaces), ("bổ sung cho / supplements", report.supplements),
            ("chuỗi kiểm toán / audit head", report.audit)]


def _of_provenance(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    rules, counts = facts.get("rule_profile", {}), facts.get("counts", {})
    devices = sorted({" ".join(filter(None, (one["device"], *(str(one["how"].get(name, "")) for name in (
        "model", "serial", "firmware"))))) for one in facts.get("captures", ())})
    levels = sorted({one["level"] for one in facts.get("signatures", ())})
    return [("quy tắc / rules", " ".join(str(rules.get(name, "")) for name in ("name", "version", "sha256"))),
            ("mặt, trang / sides, pages", f"{counts['sides']}, {counts['pages_filed']}" if counts else ""),
            ("máy quét / scanners", "; ".join(devices)), ("chữ ký / signatures", ", ".join(levels)),
            ("mã độc / harmful code", str(facts.get("screen", "")))]
