"""``appliance separator print`` as an office uses it: sheets that scanners read, small files, clear refusals."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
import zxingcpp

from appliance import cli
from appliance.core.model import Separator, SheetKind
from appliance.documents.separator import decode
from appliance.separator_sheet import sheets

D, T, C = SheetKind.DOSSIER, SheetKind.DOCUMENT, SheetKind.CONTINUE
KEY = b"key of the office"
Print = Callable[..., tuple[int, str]]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "key").write_bytes(KEY + b"\n")
    path = tmp_path / "appliance.toml"
    path.write_text(f"""
[[job]]
name = "archive"
separator_key_file = "{tmp_path / 'key'}"
[[job]]
name = "one_stop"
rules = "onestop-ttvpcp-2023"
separator_key_file = "{tmp_path / 'key'}"
""", encoding="utf-8")
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], settings: Path, tmp_path: Path) -> Print:
    def of(*words: str | Path) -> tuple[int, str]:
        line = ["separator", "print", "--out", tmp_path / "out.pdf", "--config", settings, *words]
        code = cli.main([str(word) for word in line])
        return code, "".join(capsys.readouterr())

    return of


def seen(path: Path) -> list[list[str]]:
    """Put every sheet of a PDF on paper at 200 dpi and return the texts of its codes."""
    subprocess.run(["pdftoppm", "-r", "200", "-gray", path, path.with_suffix("")], check=True)
    images = sorted(path.parent.glob(f"{path.stem}-*.pgm"))
    return [[code.text for code in zxingcpp.read_barcodes(np.asarray(cv2.imread(str(one), cv2.IMREAD_GRAYSCALE)))]
            for one in images]


def text_of(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True)
    return done.stdout


def test_one_separator_says_the_same_to_scanner_and_people(run: Print, tmp_path: Path) -> None:
    code, said = run("--code", "H49.64.33.2001.160", "--number", "3", "--type", "25", "--sheets", "4")
    assert (code, "1 phiếu" in said) == (0, True)
    ((payload,),) = seen(tmp_path / "out.pdf")
    assert decode(payload, KEY) == Separator(T, "H49.64.33.2001.160", 3, "25", 4)
    for words in ("PHIẾU PHÂN TÁCH TÀI LIỆU", "H49.64.33.2001.160", "Bản thỏa thuận", "4 tờ"):
        assert words in text_of(tmp_path / "out.pdf")


def test_a_list_becomes_a_stack_in_its_order(run: Print, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("Mã hồ sơ;Số tài liệu;Loại tài liệu;Số tờ;Tiêu đề\nA.1;;;3;Hồ sơ hưởng một lần\nA.1;1;22;1;\n"
                      "A.1;2;;2;\nB.1;;;;\n", encoding="utf-8-sig")
    code, said = run("--from", listed, "--job", "one_stop")
    assert code == 0, said
    texts = [text for (text,) in seen(tmp_path / "out.pdf")]
    assert [decode(text, KEY) for text in texts] == [
        Separator(D, "A.1", sheets=3, job="one_stop"), Separator(T, "A.1", 1, "22", 1, "one_stop"),
        Separator(T, "A.1", 2, "", 2, "one_stop"), Separator(D, "B.1", job="one_stop")]
    assert "Hồ sơ hưởng một lần" in text_of(tmp_path / "out.pdf")


@pytest.mark.parametrize(("words", "error"), [
    (("--code", "../../x"), "T424"), (("--code", ""), "T424"), (("--code", "A", "--sheets", "many"), "T424"),
    (("--code", "A", "--job", "nobody"), "C014"), (("--from", "/nowhere.csv"), "C011"),
    (("--code", 'A","B'), "T424"),
])
def test_what_no_scanner_could_take_is_not_printed(run: Print, tmp_path: Path, words: tuple[str, ...],
                                                   error: str) -> None:
    code, said = run(*words)
    assert (code, error in said) == (1, True), said
    assert not (tmp_path / "out.pdf").exists()


def test_where_jobs_have_different_keys_a_sheet_says_for_which_it_is(
        run: Print, settings: Path, tmp_path: Path) -> None:
    with settings.open("a") as file:
        file.write('[[job]]\nname = "open"\n')
    code, said = run("--code", "A")
    assert (code, "--job" in said) == (1, True)
    assert run("--code", "A", "--key-of", "open")[0] == 0
    assert decode(seen(tmp_path / "out.pdf")[0][0]) == Separator(D, "A")


def test_the_same_sheets_are_the_same_bytes_vector_and_small() -> None:
    asked = [Separator(D, f"H49.64.33.2001.{number}", sheets=number) for number in range(1, 21)]
    data = sheets(asked, KEY)
    assert data == sheets(asked, KEY)
    assert len(data) < 20_000 + 9_000 * len(asked)
    with pikepdf.Pdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 20
        assert all([float(value) for value in page.MediaBox] == pytest.approx([0, 0, 595.28, 841.89])
                   for page in pdf.pages)
        assert not any(page.get_images() for page in pdf.pages)


def test_a_title_that_no_sheet_can_hold_is_cut_and_odd_letters_do_no_harm(tmp_path: Path) -> None:
    titles = {"A": "Hồ sơ " * 400, "B": "a\x00\u202eb\n日本\ufffe", "C": "Hô\u0300 sơ"}
    path = tmp_path / "out.pdf"
    path.write_bytes(sheets([Separator(D, code) for code in titles], b"", titles))
    assert [decode(text).file_code for (text,) in seen(path)] == ["A", "B", "C"]
    assert "…" in text_of(path)
    assert "a??b???" in text_of(path)
    assert "Hồ sơ" in text_of(path)
