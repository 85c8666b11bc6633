"""The command line as people and machines use it: help, exit codes, refusals that name a setting, verification."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from pyhanko.pdf_utils.generic import NameObject, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from rig import ROOT, Rig, Sheet, dossier, escl, flat, job, letter, page

from appliance.cli import COMMANDS


def command(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``appliance`` as a person does."""
    return subprocess.run([sys.executable, "-m", "appliance", *map(str, words)], capture_output=True, text=True,
                          check=False, cwd=ROOT, timeout=120,
                          env=os.environ | {"PYTHONIOENCODING": "utf-8", "OMP_THREAD_LIMIT": "1"} | environment)


@dataclass
class Done:
    """An appliance that has filed one dossier, holds another, and was stopped."""

    root: Path
    settings: Path
    trust: Path
    pdf: Path
    package: Path
    state: Path
    api: dict[str, Any]
    html: str
    live: dict[str, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    root = tmp_path_factory.mktemp("commands")
    rig = Rig(root / "rig", {"device": [escl()], "job": [job()]})
    try:
        rig.load([dossier("DONE.1", 1), page(1), dossier("WAITS.1", 2), page(2), Sheet(flat(letter(3), "L"))])
        rig.press()
        status = rig.settled()
        settings = root / "settings.toml"
        shutil.copy(rig.place.settings, settings)
        where = ("--socket", rig.place.control)
        live = {
            "status": command("status", *where), "unknown": command("press", "nobody", *where),
            "empty": command("press", "demo", *where), "nothing": command("finish", "demo", *where),
            "second": command("run", "--config", settings), "audit": command("audit", "--config", settings),
            "selftest": command("selftest", "--config", settings),
            "story": command("audit", "show", "DONE.1.1", "--config", settings),
        }
        (document,) = [one for one in status["documents"] if one["state"] == "accepted"]
        (delivery,) = status["deliveries"]
        html, api = rig.run(look(rig.page))
        pdf, package = root / "DONE.1.1.pdf", root / "DONE.1.zip"
        shutil.copy(document["signed_path"], pdf)
        shutil.copy(delivery["path"], package)
        for path in (pdf, package):
            path.chmod(0o640)
    finally:
        rig.stop()
    roots = root / "roots.pem"
    roots.write_bytes(b"".join(path.read_bytes() for path in rig.place.roots))
    yield Done(root, settings, roots, pdf, package, rig.state, api, html, live)


async def look(address: str) -> tuple[str, dict[str, Any]]:
    """Read the page and its API."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/") as answer:
            html = await answer.text()
        async with session.get(f"{address}/api/v1/status") as answer:
            found: dict[str, Any] = await answer.json()
        async with session.get(f"{address}/healthz") as answer:
            assert answer.status == 200
    return html, found


def test_help_lists_every_command_and_the_exit_codes() -> None:
    told = command("--help")
    assert told.returncode == 0
    assert all(re.search(rf"^  {name}\s", told.stdout, re.MULTILINE) for name in COMMANDS)
    assert "0 done, 1 failed, 2 wrong use or settings, 3 something is held" in told.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    told = command(name, "--help")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("usage:") and name in told.stdout.splitlines()[0]
    assert len(told.stdout.splitlines()) > 3


@pytest.mark.parametrize("words", [
    (), ("nonsense",), ("press",), ("check",), ("verify",), ("status", "--nonsense"),
])
def test_wrong_use_ends_with_two(words: tuple[str, ...]) -> None:
    told = command(*words)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("words", [("status",), ("press", "demo"), ("finish", "demo")])
def test_without_a_daemon_a_command_says_so_in_both_languages(words: tuple[str, ...], tmp_path: Path) -> None:
    told = command(*words, "--socket", tmp_path / "control.sock")
    assert told.returncode == 1
    assert "C006" in told.stderr and "Không liên lạc được" in told.stderr and "does not answer" in told.stderr


SETTINGS = """
[office]
code = "0001"
[[job]]
name = "default"
[[device]]
name = "one"
url = "http://127.0.0.1:1/eSCL"
"""


@pytest.mark.parametrize(("text", "parts"), [
    ("[storage]\nkeep_day = 3\n", ("C002", "storage.keep_day", "keep_days")),
    ("[storage]\nkeep_days = 9999\n", ("C003", "storage.keep_days", "9999", "0 to 3650 days")),
    ("[pool]\nworkers = \"two\"\n", ("C003", "pool.workers", "two", "0 to 64")),
    ("[signing]\npadding = \"none\"\n", ("C003", "signing.padding", "none", "pss, pkcs1v15")),
    ("[colour]\n", ("C002", "colour")),
    ("[[device]]\nname = \"one\"\n", ("C003", "device.name", "one")),
    ("[[device]]\nname = \"two\"\njob = \"none\"\n", ("C003", "device.job", "none", "default")),
    ("[[device]]\nname = \"two\"\nprofile = \"none\"\n", ("C004", "none", "virtual")),
    ("[[job]]\nname = \"two\"\nrules = \"none\"\n", ("C004", "none", "archive-tt05-2025")),
    ("[[job]]\nname = \"two\"\ndpi = 10\n", ("C003", "job[1].dpi", "10", "75 to 600 dpi")),
    ("[storage\n", ("C001", "appliance.toml")),
])
def test_check_names_key_value_and_what_is_allowed(tmp_path: Path, text: str, parts: tuple[str, ...]) -> None:
    settings = tmp_path / "appliance.toml"
    settings.write_text(SETTINGS + text, encoding="utf-8")
    told = command("check", settings)
    assert told.returncode == 2, told.stdout
    assert all(part in told.stderr for part in parts), told.stderr
    assert told.stderr.count("\n") == 2, "one message in two languages, no trace"


def test_check_takes_what_is_right(tmp_path: Path) -> None:
    settings = tmp_path / "appliance.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    told = command("check", settings)
    assert told.returncode == 0 and "hợp lệ" in told.stdout


def test_check_of_a_file_that_is_missing_ends_with_two(tmp_path: Path) -> None:
    told = command("check", tmp_path / "none.toml")
    assert told.returncode == 2 and "C001" in told.stderr


def test_the_selftest_passes_beside_a_running_daemon_and_says_what_it_proved(done: Done) -> None:
    told = done.live["selftest"]
    assert told.returncode == 0, told.stdout
    for check in ("profiles", "disk", "fonts", "schemas", "key", "kernels", "ocr", "golden"):
        assert re.search(rf"^ĐẠT\s+{check}\s", told.stdout, re.MULTILINE), told.stdout
    assert "DEVELOPMENT KEY" in told.stdout


def test_the_selftest_fails_where_the_language_is_missing_and_still_runs_the_rest(done: Done) -> None:
    settings = done.root / "no-tessdata.toml"
    text = done.settings.read_text(encoding="utf-8")
    empty = done.root / "empty"
    empty.mkdir(exist_ok=True)
    settings.write_text(text.replace("[ocr]\n", f'[ocr]\ntessdata = "{empty}"\n'), encoding="utf-8")
    told = command("selftest", "--config", settings)
    assert told.returncode == 1
    missing, seen_wrong = [line for line in told.stdout.splitlines() if line.startswith("HỎNG")]
    assert " ocr " in missing and "vie" in missing and str(empty) in missing, missing
    assert " golden " in seen_wrong and "P705" in seen_wrong and "front.jpg" in seen_wrong, seen_wrong
    assert told.stdout.count("ĐẠT") == 7
    assert "Traceback" not in told.stdout + told.stderr


def test_the_status_is_vietnamese_first_and_complete(done: Done) -> None:
    told = done.live["status"]
    assert told.returncode == 3
    lines = told.stdout.splitlines()
    assert any(line.startswith("Máy quét demo: Sẵn sàng") for line in lines)
    assert "5 tờ, 5 mặt = 1 trang đã nộp + 2 phân tách + 2 chờ xử lý" in told.stdout
    assert told.stdout.index("Ảnh không phải ảnh màu 24 bit") < told.stdout.index("not 24-bit colour")
    assert "mặt trước tờ 5" in told.stdout and "WAITS.1" in told.stdout


@pytest.mark.parametrize(("name", "code"), [("unknown", "C007"), ("empty", "D101"), ("nothing", "D115"),
                                            ("second", "C005")])
def test_what_the_daemon_refuses_ends_with_one_and_its_reason(done: Done, name: str, code: str) -> None:
    told = done.live[name]
    assert told.stderr.startswith(code), told.stderr
    assert told.returncode == 1
    assert "Traceback" not in told.stderr and "?" not in told.stderr


def test_the_page_is_vietnamese_first_and_shows_what_is_held(done: Done) -> None:
    assert '<html lang="vi">' in done.html
    (held, *_) = [thing for thing in done.api["held"] if thing["what"] == "page"]
    assert held["vi"] in done.html and held["en"] in done.html
    assert done.html.index(held["vi"]) < done.html.index(held["en"])
    assert "DONE.1" in done.html and "Đã tiếp nhận" in done.html and "Chờ xử lý" in done.html
    assert "http://" not in done.html
    assert re.findall("<script[^>]*>", done.html) == ['<script src="/page.js" defer>']


def test_a_signed_document_verifies_with_and_without_its_root(done: Done) -> None:
    for words in ((), ("--trust", done.trust)):
        told = command("verify", done.pdf, *words)
        assert told.returncode == 0 and told.stdout.startswith("ĐẠT"), told.stdout
        assert "PDF/A-2b" in told.stdout


def changed_byte(path: Path, out: Path) -> Path:
    """Change one bit of what the signature covers."""
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    out.write_bytes(data)
    return out


def added_to(path: Path, out: Path) -> Path:
    """Add a revision after the signature that changes the page."""
    with path.open("rb") as stream:
        writer = IncrementalPdfFileWriter(stream, strict=False)
        writer.root["/Pages"]["/Kids"][0].get_object()[NameObject("/Contents")] = writer.add_object(
            pdf_string("nothing"))
        writer.update_container(writer.root["/Pages"]["/Kids"][0].get_object())
        with out.open("wb") as target:
            writer.write(target)  # type: ignore[no-untyped-call]
    return out


@pytest.mark.parametrize("tamper", [changed_byte, added_to])
@pytest.mark.parametrize("trusted", [False, True])
def test_a_tampered_document_does_not_verify(done: Done, tmp_path: Path, tamper: Any, trusted: bool) -> None:
    spoilt = tamper(done.pdf, tmp_path / "spoilt.pdf")
    told = command("verify", spoilt, *(("--trust", done.trust) if trusted else ()))
    assert told.returncode == 1 and told.stdout.startswith("HỎNG"), told.stdout
    assert "không hợp lệ" in told.stdout and "Traceback" not in told.stderr


def test_a_package_verifies_with_and_without_its_root(done: Done) -> None:
    for words in ((), ("--trust", done.trust)):
        told = command("verify", done.package, *words)
        assert told.returncode == 0, told.stdout
        assert hashlib.sha256(done.package.read_bytes()).hexdigest() in told.stdout


def test_the_package_command_verifies_and_shows_a_package(done: Done, tmp_path: Path) -> None:
    told = command("package", "verify", done.package, "--trust", done.trust)
    assert told.returncode == 0, told.stdout
    assert told.stdout.startswith("ĐẠT ") and "tt05-sip-hoso" in told.stdout
    (tmp_path / "cut.zip").write_bytes(done.package.read_bytes()[:-30])
    told = command("package", "verify", tmp_path / "cut.zip", tmp_path / "none.zip", "--json")
    assert told.returncode == 1, told.stderr
    assert [json.loads(line)["ok"] for line in told.stdout.splitlines()] == [False, False]
    told = command("package", "show", done.package)
    assert told.returncode == 0, told.stderr
    for word in ("tt05-sip-hoso", "archive-tt05-2025", "B-T", "virtual"):
        assert word in told.stdout, told.stdout
    facts = json.loads(command("package", "show", done.package, "--json").stdout)["provenance"]
    assert facts["screen"] == "none", "a trial says that nothing looked at its packages"
    assert facts["counts"]["sides"] == sum(facts["counts"]["states"].values())
    told = command("package", "show", tmp_path / "cut.zip")
    assert told.returncode == 1 and "A601" in told.stderr


def test_a_tampered_package_does_not_verify(done: Done, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.zip"
    with zipfile.ZipFile(done.package) as package, zipfile.ZipFile(spoilt, "w") as target:
        for entry in package.infolist():
            data = package.read(entry)
            target.writestr(entry, data + b"\n" if entry.filename.endswith("capture-provenance.json") else data)
    told = command("verify", spoilt, done.package)
    assert told.returncode == 1
    assert [line[:4] for line in told.stdout.splitlines()] == ["HỎNG", "ĐẠT "]
    assert "capture-provenance.json" in told.stdout


@pytest.mark.parametrize(("name", "content"), [
    ("none.pdf", None), ("none.zip", None), ("text.pdf", b"no PDF at all"), ("text.zip", b"no ZIP at all"),
    ("empty.pdf", b""), ("unsigned.pdf", b"unsigned"),
])
def test_what_is_no_document_is_refused_without_a_trace(
    done: Done, tmp_path: Path, name: str, content: bytes | None,
) -> None:
    path = tmp_path / name
    if content == b"unsigned":
        import pikepdf

        with pikepdf.new() as blank:
            blank.add_blank_page()
            blank.save(path)
    elif content is not None:
        path.write_bytes(content)
    told = command("verify", path)
    assert told.returncode == 1
    assert "HỎNG" in told.stdout and name in told.stdout, told.stdout + told.stderr
    assert "Traceback" not in told.stderr


def test_the_audit_chain_is_verified_beside_the_daemon_and_without_it(done: Done) -> None:
    for told in (done.live["audit"], command("audit", "--config", done.settings)):
        assert told.returncode == 0, told.stderr
        assert "nguyên vẹn" in told.stdout and "whole" in told.stdout


def test_the_story_of_a_document_is_told_from_start_to_receipt(done: Done) -> None:
    told = done.live["story"]
    assert told.returncode == 0, told.stderr
    places = [told.stdout.index(words) for words in (
        "Bắt đầu quét", "Chụp một mặt giấy", "Tạo tài liệu", "Nhận dạng chữ", "Lập xong tệp PDF/A",
        "Ghi ý định dùng khóa ký", "Ký số xong", "Gói tin sẵn sàng nộp", "xác nhận tiếp nhận có chữ ký",
        "Gói tin được tiếp nhận")]
    assert places == sorted(places)
    assert "WAITS.1" not in told.stdout and "+07:00" in told.stdout
    english = command("audit", "show", "DONE.1", "--lang", "en", "--config", done.settings)
    assert english.returncode == 0 and "Scanning began" in english.stdout
    plain = json.loads(command("audit", "show", "DONE.1.1", "--json", "--state", done.state).stdout)
    assert [row["seq"] for row in plain["rows"]] == sorted(row["seq"] for row in plain["rows"])
    assert all(row["vi"] and row["en"] for row in plain["rows"])
    unknown = command("audit", "show", "NOTHING.1", "--config", done.settings)
    assert unknown.returncode == 1 and unknown.stderr.startswith("S213")


def test_the_head_of_the_chain_is_in_the_package_and_the_archive_signs_it(done: Done) -> None:
    with zipfile.ZipFile(done.package) as sip:
        (name,) = [one for one in sip.namelist() if one.endswith("capture-provenance.json")]
        facts = json.loads(sip.read(name))
    (receipt,) = (done.state / "receipts").glob("*.jws")
    claims = jwt.decode(receipt.read_text(encoding="ascii"), options={"verify_signature": False})
    assert claims["audit"] == f"{facts['audit_seq']}:{facts['audit_head']}"
    ledger = sqlite3.connect(done.state / "ledger.sqlite3")
    assert ledger.execute("SELECT hash FROM audit WHERE seq = ?", (facts["audit_seq"],)).fetchone() == (
        facts["audit_head"],)
    ledger.close()


@pytest.mark.parametrize(("change", "row"), [
    ("UPDATE audit SET detail = '{}', who = 'nobody' WHERE seq = 5", 5), ("DELETE FROM audit WHERE seq = 7", 7),
])
def test_a_chain_that_was_altered_is_named_by_its_row(done: Done, tmp_path: Path, change: str, row: int) -> None:
    state = tmp_path / "state"
    state.mkdir()
    shutil.copy(done.state / "ledger.sqlite3", state)
    ledger = sqlite3.connect(state / "ledger.sqlite3")
    with ledger:
        ledger.executescript("DROP TRIGGER audit_never_changes; DROP TRIGGER audit_loses_nothing")
        ledger.execute(change)
    ledger.close()
    settings = tmp_path / "appliance.toml"
    text = re.sub(r'^state = .*$', f'state = "{state}"', done.settings.read_text(encoding="utf-8"), flags=re.M)
    settings.write_text(text, encoding="utf-8")
    told = command("audit", "--config", settings)
    assert told.returncode == 1
    assert told.stderr.startswith("S206") and f" {row}" in told.stderr and "?" not in told.stderr


def test_a_port_that_is_taken_is_said_without_a_trace(done: Done, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = command("virtual-scanner", "--hopper", tmp_path, "--port", str(taken.getsockname()[1]))
        told_too = command("receive", "--root", tmp_path, "--port", str(taken.getsockname()[1]))
    for one in (told, told_too):
        assert one.returncode == 1 and "in use" in one.stderr and "Traceback" not in one.stderr, one.stderr


def test_an_audit_where_there_is_no_ledger_makes_none(done: Done, tmp_path: Path) -> None:
    settings = tmp_path / "appliance.toml"
    text = re.sub(r'^state = .*$', f'state = "{tmp_path / "none"}"', done.settings.read_text(encoding="utf-8"),
                  flags=re.M)
    settings.write_text(text, encoding="utf-8")
    told = command("audit", "--config", settings)
    assert told.returncode == 1 and "Traceback" not in told.stderr, told.stderr
    assert not (tmp_path / "none").exists()
