"""The file for those who help: everything that may be known of a host, and nobody and no paper in it."""

from __future__ import annotations

import http.server
import io
import json
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from locked_stand import SECRET, Stand

from appliance import support
from appliance.casebook import host, redaction, work
from appliance.core import config
from appliance.core.errors import ApplianceError, Exit

NAMES = ("Trần Thị Bí Mật", "Nguyen Van Thu", "Lê Thị Thử")
NUMBERS = ("079088001234", "7912345678", "0790 8800 1234", "H49.64.7912345678")
SECRETS = ("scrypt$32768$", "pkcs11:token=NV001", "hunter2-passphrase", "Mật khẩu", "GIẤY MẬT", "secret image")
CODES = ("NV0017", "LD0001")
LOCKED = "01a203fa-c719-7edb-a72b-d050d93d3ccc"
PLANTED = (*NAMES, *NUMBERS, *SECRETS, *CODES, LOCKED)


def settings(root: Path, port: int) -> Path:
    pin = f"scrypt$32768${'A' * 22}==$0000000000000000000000000000000000000000000="
    path = root / "appliance.toml"
    path.write_text(f'''
[office]
code = "0101"
name = "Bảo hiểm xã hội {NAMES[0]}"
operator = "{NAMES[1]}"
[storage]
state = "{root / "state"}"
runtime = "{root / "run"}"
[console]
port = {port}
[archive]
url = "https://user:hunter2-passphrase@archive.example.invalid/x?token=hunter2-passphrase"
[archive.tls]
certificate = "{root / "host.pem"}"
[[operator]]
code = "NV0017"
name = "{NAMES[1]}"
token = "pkcs11:token=NV001"
[[operator]]
code = "LD0001"
name = "{NAMES[2]}"
leader = true
pin = "{pin}"
[[job]]
name = "default"
title = "Hồ sơ của {NAMES[0]}"
[[device]]
name = "tray"
''', encoding="utf-8")
    return path


def planted(root: Path, port: int) -> Stand:
    """An office with names, numbers and secrets in every place that has texts."""
    office = Stand(root, config.load(settings(root, port)))
    office.batch("b1")
    page = office.side("b1", 1, NAMES[0].encode())
    office.look(page, marks=(f"{NAMES[0]} {NUMBERS[0]}",))
    office.read(page).write_text(f"{NAMES[0]} {NUMBERS[0]}", encoding="utf-8")
    office.close("b1")
    office.separate("b1", NUMBERS[3], [page])
    office.batch(LOCKED)
    office.look(office.side(LOCKED, 1, b"secret image"), SECRET)
    office.round()
    office.ledger.note("dossier.held", NAMES[0], who=NAMES[2], reason=f"{NAMES[0]}, {NUMBERS[1]}", code="T404")
    (office.store.root / "scanners-seen.json").write_text(json.dumps(
        {"owner": NAMES[1], "note": f"máy của {NAMES[0]}", "serial": "A1B2C3"}))
    keys = office.store.root / "keys"
    keys.mkdir()
    (keys / "pin").write_text("hunter2-passphrase")
    with closing(sqlite3.connect(office.store.ledger)) as db, db:
        db.execute("UPDATE document SET catalogue = ?", (json.dumps([{"value": NAMES[0]}]),))
    return office


@contextmanager
def page() -> Iterator[int]:
    """A metrics page whose labels name somebody."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = f'appliance_x{{office="{NAMES[0]}",who="{NUMBERS[0]}",device="tray"}} 12345678901.0\n'
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def journalctl(folder: Path) -> None:
    """A program in the journal's place that says what the worst line could say."""
    lines = [
        {"MESSAGE": json.dumps({"event": "sheet.done", "batch": "01a203fa-c719-7edb-a72b-d050d93d3ccb", "sheet": 2,
                                "title": NAMES[0], "outcome": f"{NAMES[0]}", "pages": 4}), "APPLIANCE_EVENT": "x"},
        {"MESSAGE": f"WARNING appliance: cannot read '{NAMES[1]}.pdf' of {NAMES[0]}, {NUMBERS[0]} and {NUMBERS[2]}",
         "PRIORITY": "4", "APPLIANCE_CODE": "T404"},
        {"MESSAGE": f'Traceback\n  File "/x/appliance/steps/pages.py", line 85, in clear\nValueError: {NAMES[2]}'},
        {"MESSAGE": "GET https://user:hunter2-passphrase@h.example/x?token=hunter2-passphrase answered 503"},
        {"MESSAGE": f"late: {LOCKED} sheet 1"}, {"MESSAGE": [1, 2, 3]}]
    said = folder / "said"
    said.write_text("".join(f"{json.dumps(one)}\n" for one in lines), encoding="utf-8")
    program = folder / "journalctl"
    program.write_text(f"#!/bin/sh\nexec cat {said}\n")
    program.chmod(0o755)


def test_no_name_number_or_secret_of_a_whole_office_is_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    journalctl(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with page() as port:
        planted(tmp_path, port)
        shutil.copy(__file__, tmp_path / "host.pem")
        out = tmp_path / "help.tar.gz"
        code = support.main([str(out), "--config", str(tmp_path / "appliance.toml"), "--no-selftest", "--json"])
    assert code == Exit.DONE and json.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size < support.MOST
    assert out.stat().st_mode & 0o777 == 0o600
    parts = {}
    with tarfile.open(out) as tar:
        for one in tar.getmembers():
            stream = tar.extractfile(one)
            assert stream is not None
            parts[one.name.partition("/")[2]] = stream.read().decode()
    for name, text in parts.items():
        found = [one for one in (*PLANTED, *(word.lower() for word in NAMES)) if one in text]
        assert not found, f"{name}: {found}"
    assert "left out" not in "".join(parts.values())
    told = json.loads(parts["settings.json"])
    assert told["archive.url"] == "https://archive.example.invalid/x" and told["operator[1].leader"] is True
    assert told["operator[1].pin"] == told["office.name"] == redaction.SET and told["storage.min_free_mb"] == 2048
    counts = json.loads(parts["ledger.json"])
    assert counts["states"]["dossier"] == {"closed": 1} and counts["open_locks"] == 1
    assert 'device="tray"} 12345678901.0' in parts["metrics.txt"]
    assert '"sheet": 2' in parts["journal.jsonl"] and "pages.py:85 clear" in parts["journal.jsonl"]
    assert '"T404"' in parts["journal.jsonl"] and '"code": "T404"' in parts["events.jsonl"]
    assert json.loads(parts["certificates.json"])["archive.tls.certificate"] == {"fault": "ValueError"}
    assert json.loads(parts["devices.json"])["seen"]["serial"] == "A1B2C3"
    assert {"units.json", "clock.json", "disks.json", "releases.json", "devices.json"} <= parts.keys()


def test_a_part_that_names_staff_after_all_goes(tmp_path: Path) -> None:
    data = support._packed({"x.txt": f"seen by {NAMES[1].upper()}", "y.txt": "seen"}, [NAMES[1]])
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        texts = {one.name: tar.extractfile(one).read() for one in tar.getmembers()}  # type: ignore[union-attr]
    assert texts == {"support/x.txt": b"(left out: it names staff)\n", "support/y.txt": b"seen"}


def test_a_file_that_would_be_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "MOST", 100)
    with pytest.raises(ApplianceError, match="H963"):
        support.main([str(tmp_path / "x"), "--config", str(settings(tmp_path, 1)), "--no-selftest", "--lines", "1"])
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("text", [*NAMES, *NUMBERS[:3], "gửi Trần Thị Bí Mật", "079.088.001.234",
                                  "Nguyen-Van-Hoa.pdf", "token=hunter2", "pin-value=123456", "Bearer abc.def"])
def test_what_could_be_a_person_is_scrubbed(text: str) -> None:
    assert not any(word in redaction.scrub(f"page of {text} failed") for word in text.split())


def test_a_ledger_that_is_none_does_not_keep_the_rest_from_helpers(tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    office = Stand(tmp_path, config.load(settings(tmp_path, 1)))
    office.ledger.close()
    office.store.ledger.write_bytes(b"\0" * 8192)
    journalctl(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    out = tmp_path / "help.tar.gz"
    assert support.main([str(out), "--config", str(tmp_path / "appliance.toml"), "--no-selftest"]) == Exit.DONE
    with tarfile.open(out) as tar:
        ledger, said = tar.extractfile("support/ledger.json"), tar.extractfile("support/journal.jsonl")
        assert ledger is not None and json.loads(ledger.read()) == {"fault": "H956"}
        assert said is not None and LOCKED.encode() not in (text := said.read()) and b'"sheet": 2' in text


def test_a_program_that_cannot_be_run_or_says_no_utf_8_is_no_end(tmp_path: Path) -> None:
    program = tmp_path / "lsusb"
    program.write_text("#!/bin/sh\nprintf 'caf\\351'\n")
    assert "PermissionError" in host.asked(str(program))
    program.chmod(0o755)
    assert host.asked(str(program)).startswith("caf")


@pytest.mark.parametrize(("url", "told"), [
    ("https://u:p@[2001:db8::1]:8443/x?token=1#a", "https://[2001:db8::1]:8443/x"),
    ("https://h.example/hooks/T0ken5f3a9c1e7b2d/done", "https://h.example/hooks/[…]/done"),
    ("http://192.0.2.1/eSCL", "http://192.0.2.1/eSCL")])
def test_an_address_is_told_without_what_lets_one_in(url: str, told: str) -> None:
    assert redaction._address(url) == told


def test_plain_words_codes_and_places_stay() -> None:
    text = "WARNING appliance.steps: T404 page 17 of 24, 12.5 s, exit 3"
    assert redaction.scrub(text) == text
    assert list(work.entries(["no json", json.dumps({"MESSAGE": "ready"})], str)) == [
        {"at": "", "priority": "", "unit": "", "code": "", "text": "ready"}]
