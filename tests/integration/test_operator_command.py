"""``appliance operator`` as IT staff use it: a card that scanners read, a PIN that fits, a list, clear refusals."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from appliance import cli
from appliance.documents import card
from appliance.logins import fits

Command = Callable[..., "Said"]

NAME = "Nguyễn Thị Phương Thảo"


@dataclass(frozen=True)
class Said:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command of the appliance in this process, with what a program gives it to read."""
    def run(*words: str | Path, given: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        code = cli.main([str(word) for word in words])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "key").write_text("key of the office\n")
    path = tmp_path / "appliance.toml"
    path.write_text(f"""
[[operator]]
code = "NV001"
name = "{NAME}"
[[operator]]
code = "NV002"
name = "{'Trần Văn Bình ' * 14}"
pin = "scrypt$32768$AAAA$AAAA"
[[device]]
name = "tray"
kind = "folder"
folder = "/nowhere"
operator = "NV002"
[[job]]
name = "default"
separator_key_file = "{tmp_path / 'key'}"
""", encoding="utf-8")
    return path


def read(path: Path, folder: Path) -> tuple[list[str], tuple[int, int]]:
    """Put a PDF on paper at 200 dpi; return the codes on it and its size in mm."""
    subprocess.run(["pdftoppm", "-r", "200", "-gray", "-singlefile", path, folder / "seen"], check=True)
    with Image.open(folder / "seen.pgm") as image:
        size = round(image.width * 25.4 / 200), round(image.height * 25.4 / 200)
        turned = np.ascontiguousarray(np.asarray(image.rotate(183, fillcolor=255)))
    return [code.text for code in zxingcpp.read_barcodes(turned)], size


@pytest.mark.parametrize("code", ["NV001", "NV002"])
def test_a_card_is_one_sheet_of_a4_that_is_read_upside_down_and_askew(
        command: Command, settings: Path, tmp_path: Path, code: str) -> None:
    out = tmp_path / "card.pdf"
    done = command("operator", "card", code, "--out", out, "--config", settings)
    assert done.returncode == 0, done.stderr
    codes, size = read(out, tmp_path)
    assert [card.decode(text, b"key of the office") for text in codes] == [code]
    assert size == (210, 297)
    assert out.stat().st_mode & 0o077 == 0, "whoever has the card can scan under this name"


def test_a_card_for_nobody_or_a_job_that_is_not_there_is_refused(
        command: Command, settings: Path, tmp_path: Path) -> None:
    out = tmp_path / "card.pdf"
    for words, code in ((("NV999",), "C015"), (("NV001", "--job", "x"), "C014")):
        done = command("operator", "card", *words, "--out", out, "--config", settings)
        assert (done.returncode, code in done.stderr) == (1, True)
    assert not out.exists()


def test_where_jobs_have_different_keys_a_card_says_for_which_it_is(
        command: Command, settings: Path, tmp_path: Path) -> None:
    with settings.open("a") as file:
        file.write('[[job]]\nname = "counter"\n')
    out = tmp_path / "card.pdf"
    refused = command("operator", "card", "NV001", "--out", out, "--config", settings)
    assert (refused.returncode, "--job" in refused.stderr) == (1, True)
    assert command("operator", "card", "NV001", "--job", "counter", "--out", out, "--config",
                   settings).returncode == 0
    assert [card.decode(text) for text in read(out, tmp_path)[0]] == ["NV001"]


def test_a_pin_from_a_program_becomes_a_line_of_the_settings(command: Command, settings: Path) -> None:
    done = command("operator", "pin", given="482915\n")
    found = re.fullmatch(r'pin = "(scrypt\$[0-9]+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+)"\n', done.stdout)
    assert found is not None
    assert fits("482915", found[1])
    settings.write_text(settings.read_text(encoding="utf-8").replace("scrypt$32768$AAAA$AAAA", found[1]),
                        encoding="utf-8")
    assert command("check", settings).returncode == 0


@pytest.mark.parametrize("pin", ["", "12345", "111111", "đàlạt1", "1" * 65, "12 3456"])
def test_a_weak_pin_is_refused_and_not_repeated(command: Command, pin: str) -> None:
    done = command("operator", "pin", given=pin + "\n")
    assert (done.returncode, "C019" in done.stderr, done.stdout) == (1, True, "")
    assert not pin or f" {pin} " not in done.stderr


@pytest.mark.parametrize(("second", "code"), [("482915", 0), ("482916", 1)])
def test_at_a_terminal_a_pin_is_asked_twice_and_not_shown(second: str, code: int) -> None:
    child, inner = pty.fork()
    if not child:
        os.execv(sys.executable, [sys.executable, "-m", "appliance", "operator", "pin"])
    said = b""
    for question, answer in ((b"PIN: ", "482915"), (b"again: ", second)):
        while question not in said:
            said += os.read(inner, 1000)
        os.write(inner, f"{answer}\n".encode())
    try:
        while more := os.read(inner, 1000):
            said += more
    except OSError:  # the terminal is closed when its program ends
        pass
    os.close(inner)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code
    assert b"482915" not in said
    assert (b"scrypt$" in said) == (code == 0)


def test_the_list_names_everybody_and_whose_scanner_it_is(command: Command, settings: Path) -> None:
    done = command("operator", "list", "--config", settings)
    first, second = done.stdout.splitlines()
    assert NAME in first
    assert "PIN" not in first
    assert "PIN" in second
    assert "[tray]" in second


def test_settings_in_which_nobody_can_be_named_are_warned_of(
        command: Command, settings: Path, tmp_path: Path) -> None:
    assert "T413" not in command("check", settings).stderr
    bare = tmp_path / "bare.toml"
    bare.write_text('[[device]]\nname = "tray"\nkind = "folder"\nfolder = "/nowhere"\n', encoding="utf-8")
    done = command("check", bare)
    assert done.returncode == 0
    assert "T413" in done.stderr
    assert "tray" in done.stderr


def test_a_name_without_a_daemon_says_so(command: Command, tmp_path: Path) -> None:
    done = command("operator", "name", "x", "NV001", "--socket", tmp_path / "none.sock")
    assert (done.returncode, "C006" in done.stderr) == (1, True)
