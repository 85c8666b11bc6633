"""``appliance copy``: small copies of signed documents, judged by others' programs; never for the archive."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from archive_stand import dossier as package_job
from archive_stand import signed as toy_signed
from drawn_pages import DrawnMaster, document, draw, g4, jpeg, skewed, upright
from pdf_to_sign import pdf_a, sign_job
from PIL import Image

from appliance import copies, copying
from appliance.archive.packages.inspection import inspect_package
from appliance.archive.packages.package import build
from appliance.cli import main as cli
from appliance.core import clock
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.files import sha256_of
from appliance.core.jobs import AssemblePage
from appliance.core.model import Box, Geometry, PageText, TextLine, Word
from appliance.device.pdf_leaf import PdfVolume
from appliance.documents import filed, page_text
from appliance.documents.assemble import assemble
from appliance.documents.check import check
from appliance.signature_check import signature_check
from appliance.signing import keys, sign
from appliance.spool.ledger import Ledger

MOMENT = clock.parse("2026-11-22T08:00:00+07:00")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour askew, grey turned, bilevel; with a stamp, signed."""
    folder = tmp_path_factory.mktemp("filed")
    image = draw().crop((0, 200, 1654, 1100))
    colour = jpeg(folder, skewed(image, 2.0))
    turned = jpeg(folder, image.rotate(90, expand=True), "L", "grey.jpg")
    pages = (colour.page(upright(colour, 0, 2.0)), turned.page(upright(turned, 1)), g4(folder, image).page())
    return signed_of(folder, pages)


def signed_of(folder: Path, pages: tuple[AssemblePage, ...], title: str = "") -> Path:
    job = document(folder / "unsigned.pdf", *pages)
    made = assemble(replace(job, title=title) if title else job)
    key = keys.from_settings(parse({"storage": {"state": str(folder)}}))
    sign.sign(replace(sign_job(Path(made.path), folder / "signed.pdf"), box=made.stamp_box), key)
    return folder / "signed.pdf"


def copy_of(source: Path, out: Path, form: str = "mixed") -> copying.Tally:
    return copying.make([source], out, copying.Wish(form, "Hồ sơ", MOMENT))


@pytest.fixture(scope="module")
def made(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("copies")
    for form in copying.FORMS:
        copy_of(signed, folder / f"{form}.pdf", form)
    return {form: folder / f"{form}.pdf" for form in copying.FORMS}


def boxes(pdf: Path) -> list[str]:
    said = subprocess.run(["pdfinfo", "-f", "1", "-l", "9", pdf], capture_output=True, text=True, check=True).stdout
    return re.findall(r"Page\s+\d+ (?:size|rot):.*", said)


def shown(pdf: Path, folder: Path, dpi: int = 50) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", pdf, folder / pdf.stem], check=True, capture_output=True)
    return [np.asarray(Image.open(one)) for one in sorted(folder.glob(f"{pdf.stem}-*.pgm"))]


@pytest.mark.parametrize("form", copying.FORMS)
def test_a_copy_is_pdfa_small_and_says_what_it_is(made: dict[str, Path], signed: Path, form: str) -> None:
    out = made[form]
    assert check(out) == []
    assert out.stat().st_size < signed.stat().st_size / 2
    with pikepdf.open(out) as pdf, pdf.open_metadata() as said:
        assert filed.MARK in str(said["dc:description"]) and sha256_of(signed) in str(said["dc:description"])
        assert str(said["dc:title"]).startswith("Bản sao tra cứu: ")
        assert str(pdf.docinfo.Title).startswith("Bản sao tra cứu: ")
        assert "/AcroForm" not in pdf.Root and "/Annots" not in pdf.pages[0].obj, "no signature travels with it"
    assert out.read_bytes().count(filed.MARK.encode()) >= 1, "to be found without any PDF tool"


@pytest.mark.parametrize("form", copying.FORMS)
def test_pages_have_their_sizes_and_their_pictures_their_places(made: dict[str, Path], signed: Path, form: str,
                                                                tmp_path: Path) -> None:
    assert boxes(made[form]) == boxes(signed)
    bare = tmp_path / "bare.pdf"
    with pikepdf.open(signed) as pdf:  # without its stamp, which no copy has
        del pdf.pages[0].Annots
        pdf.save(bare)
    for was, now in zip(shown(bare, tmp_path), shown(made[form], tmp_path), strict=True):
        assert was.shape == now.shape
        assert np.abs(was.astype(int) - now).mean() < (5.0 if "mixed" in form else 12.0)


def test_a_bilevel_master_loses_nothing(made: dict[str, Path], signed: Path, tmp_path: Path) -> None:
    def third(pdf: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        subprocess.run(["pdfimages", "-f", "3", "-l", "3", pdf, tmp_path / pdf.stem], check=True)
        return np.asarray(Image.open(tmp_path / f"{pdf.stem}-000.pbm"))

    assert all(np.array_equal(third(signed), third(out)) for out in made.values())


def test_the_same_document_and_clock_give_the_same_bytes(made: dict[str, Path], signed: Path,
                                                         tmp_path: Path) -> None:
    copy_of(signed, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == made["mixed"].read_bytes()


def test_a_page_that_layers_do_not_show_keeps_its_master(tmp_path: Path) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (60, 50, 3), np.uint8)).resize((700, 840))
    master = jpeg(tmp_path, noise)
    source = signed_of(tmp_path, (master.page(),))
    tally = copy_of(source, tmp_path / "copy.pdf")
    assert (tally.layered, tally.kept, tally.kept_pages) == (0, 1, [1])
    assert master.path.read_bytes() in (tmp_path / "copy.pdf").read_bytes()


@pytest.mark.parametrize("form", ["mixed", "g4"])
def test_invisible_text_is_found_in_the_copy_where_it_stands_in_the_document(tmp_path: Path, form: str) -> None:
    words = tuple(Word(text, Box(180.0 + 250 * at, 300.0, 400.0 + 250 * at, 340.0), 0.9)
                  for at, text in enumerate(("Độc", "lập", "Tự", "do")))
    line = TextLine(Box(180.0, 300.0, 1150.0, 340.0), 335.0, 0.0, words)
    page_text.save(PageText("t", "vie", 0.9, (line,)), tmp_path / "text")
    source = signed_of(tmp_path, (jpeg(tmp_path, draw()).page(text=str(tmp_path / "text")),))
    copy_of(source, tmp_path / "copy.pdf", form)

    def said(pdf: Path) -> list[str]:
        done = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, check=True)
        return re.findall("<word.*", done.stdout.decode())

    found = said(tmp_path / "copy.pdf")
    assert [re.sub("<[^>]*>", "", word) for word in found] == [word.text for word in words]
    assert set(found) <= set(said(source)), "in the same boxes; the document has the stamp's words besides"


@pytest.fixture
def here(tmp_path: Path, signed: Path) -> Path:
    """A folder with the document and no settings."""
    shutil.copy(signed, tmp_path / "a.pdf")
    return tmp_path


def run(here: Path, *words: str) -> int:
    return cli(["copy", *words, "--config", str(here / "none.toml")])


def test_the_command_makes_a_copy_and_replaces_only_copies(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = str(here / "a.pdf"), here / "copy.pdf"
    before = Path(source).read_bytes()
    assert run(here, source, "--out", str(out), "--form", "g4") == 0
    assert "không phải bản lưu trữ" in capsys.readouterr().out
    first = out.read_bytes()
    assert run(here, source, "--out", str(out), "--form", "jbig2") == 0
    assert out.read_bytes() != first and Path(source).read_bytes() == before
    assert run(here, str(out), "--out", str(here / "third.pdf")) == 1, "no copies of copies"
    assert "T480" in capsys.readouterr().err and not (here / "third.pdf").exists()
    assert cli(["verify", str(out)]) == 1, "nobody takes it for a signed document"


def test_nothing_but_a_copy_is_written_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = here / "a.pdf"
    (here / "letter.pdf").write_bytes(b"a letter")
    (here / "link.pdf").symlink_to(source)
    shutil.copy(source, here / "b.pdf")
    for place in ("a.pdf", "letter.pdf", "link.pdf", "b.pdf", "copy.txt", "no/folder.pdf"):
        assert run(here, str(source), "--out", str(here / place)) == 1
        assert "T483" in capsys.readouterr().err
    assert (here / "letter.pdf").read_bytes() == b"a letter"
    assert list(here.glob(".*")) == []


def test_nothing_is_written_into_the_appliances_own_folders(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "state" / "work").mkdir(parents=True)
    (here / "s.toml").write_text(f'[storage]\nstate = "{here}/state"\nruntime = "{here}/run"\n')
    words = ["copy", str(here / "a.pdf"), "--out", str(here / "state" / "work" / "x.pdf"), "--config",
             str(here / "s.toml")]
    assert cli(words) == 1
    assert "T483" in capsys.readouterr().err and list((here / "state" / "work").iterdir()) == []


def encrypted(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="u"))


def owner_only(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user=""))


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def tampered(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"/DCTDecode") + 4000
    data[at] ^= 1
    path.write_bytes(data)


def added(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n% more\n")


def stripped(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        del pdf.Root.AcroForm, pdf.pages[0].Annots
        pdf.save(path)


@pytest.mark.parametrize(("harm", "code"), [
    (encrypted, "T481"), (owner_only, "T481"), (torn, "T480"), (lambda path: path.write_bytes(b"no PDF"), "T480"),
    (lambda path: pdf_a(path) and None, "T480"), (tampered, "T482"), (added, "T482"), (stripped, "T482"),
    (lambda path: path.unlink(), "C012")], ids=[
    "encrypted", "owner's password", "cut", "no PDF", "foreign PDF", "byte changed", "bytes added", "unsigned",
    "gone"])
def test_what_is_not_a_whole_filed_document_is_refused(here: Path, capsys: pytest.CaptureFixture[str], harm: object,
                                                       code: str) -> None:
    harm(here / "a.pdf")  # type: ignore[operator]
    assert run(here, str(here / "a.pdf"), "--out", str(here / "copy.pdf")) == 1
    assert code in capsys.readouterr().err and not (here / "copy.pdf").exists()


def test_a_package_becomes_one_copy_with_a_bookmark_a_document(signed: Path, tmp_path: Path) -> None:
    data = signed.read_bytes()
    job = package_job(tmp_path / "dossier", {10: data, 2: data})
    package = build(job).path
    assert run(tmp_path, package, "--out", str(tmp_path / "copy.pdf"), "--form", "g4") == 0
    with pikepdf.open(tmp_path / "copy.pdf") as pdf, pdf.open_outline() as outline:
        assert len(pdf.pages) == 6
        assert len(outline.root[0].children) == 2
    assert check(tmp_path / "copy.pdf") == []


def test_a_package_whose_members_are_damaged_is_refused_with_a_word(tmp_path: Path,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "p.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("p/representations/rep1/data/x.1.pdf", bytes(range(256)) * 900)
    data = bytearray(place.read_bytes())
    data[80:90] = b"\xff" * 10
    place.write_bytes(data)
    assert run(tmp_path, str(place), "--out", str(tmp_path / "copy.pdf")) == 1
    assert "T480" in capsys.readouterr().err and not (tmp_path / "copy.pdf").exists()


def test_a_dossier_of_this_host_is_found_by_its_code(signed: Path, tmp_path: Path,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "s.toml").write_text(f'[storage]\nstate = "{tmp_path}/state"\nruntime = "{tmp_path}/run"\n')
    ledger = Ledger(tmp_path / "state" / "ledger.sqlite3")
    fill(ledger, {1: str(signed), 2: str(signed)})
    words = ["copy", "H49.1", "--out", str(tmp_path / "copy.pdf"), "--form", "g4", "--config",
             str(tmp_path / "s.toml")]
    assert cli(words) == 0
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        assert len(pdf.pages) == 6
    for change in ("document SET signed_path = '', state = 'assembled'", "document SET state = 'locked'"):
        ledger._db.execute(f"UPDATE {change} WHERE id = 'x1'")
        assert cli(words) == 1, "a copy with gaps is none"
    ledger._db.execute("UPDATE document SET state = 'excluded' WHERE id = 'x1'")
    assert cli(words) == 0
    ledger._db.execute("UPDATE dossier SET state = 'discarded' WHERE id = 'd1'")
    assert cli(words) == 1
    ledger.close()
    assert cli(["copy", "H49.2", *words[2:]]) == 1
    assert "T484" in capsys.readouterr().err


def fill(ledger: Ledger, documents: dict[int, str]) -> None:
    """Put a dossier of two revisions into a ledger, the second not yet signed; foreign keys are not the point."""
    db = ledger._db
    db.execute("PRAGMA foreign_keys=OFF")
    for revision in (1, 2):
        row = {"id": f"d{revision}", "file_code": "H49.1", "revision": revision, "state": "closed", "job": "j",
               "batch": "b", "declared": 0, "captured": 0, "opened": "2026-11-22T08:00:00+07:00", "rules": "demo"}
        there = {name[1] for name in db.execute("PRAGMA table_info(dossier)")}
        row = {name: value for name, value in row.items() if name in there}
        db.execute(f"INSERT INTO dossier ({','.join(row)}) VALUES ({','.join('?' * len(row))})", list(row.values()))
    db.execute("INSERT INTO document (id, dossier, ordinal, type_name, state, sheets, created, signed_path) "
               "VALUES ('y1', 'd2', 1, 't', 'separated', 1, 'x', '')")
    for ordinal, path in documents.items():
        db.execute("INSERT INTO document (id, dossier, ordinal, type_name, state, sheets, created, signed_path) "
                   "VALUES (?, 'd1', ?, 't', 'signed', 1, 'x', ?)", (f"x{ordinal}", ordinal, path))


def test_the_packer_takes_no_copy_in_the_place_of_a_document(made: dict[str, Path], signed: Path,
                                                            tmp_path: Path) -> None:
    job = package_job(tmp_path, {1: signed.read_bytes()})
    shutil.copy(made["mixed"], job.documents[0].path)
    with pytest.raises(ApplianceError, match="is not the one that was signed"):
        build(job)
    assert not Path(job.out).exists()


def test_the_archive_takes_no_package_with_a_copy(made: dict[str, Path], tmp_path: Path) -> None:
    packed = build(package_job(tmp_path, {1: made["mixed"].read_bytes()}))
    assert inspect_package(Path(packed.path), signature_check([])).problems
    assert zipfile.is_zipfile(packed.path) and toy_signed(b"") not in made["mixed"].read_bytes()


@pytest.mark.parametrize("form", copying.FORMS)
def test_a_copy_in_a_push_folder_becomes_no_page(made: dict[str, Path], form: str) -> None:
    with pytest.raises(ApplianceError, match="không phải bản lưu trữ"):
        PdfVolume(made[form].read_bytes(), 100_000_000)


def test_only_the_command_knows_how_copies_are_made() -> None:
    """No step, job or worker can make one, so none can come into a package."""
    knows = [file.relative_to(ROOT).as_posix() for file in ROOT.glob("appliance/**/*.py")
             if re.search(r"import copying|documents.access_copy", file.read_text(encoding="utf-8"))]
    assert sorted(knows) == ["appliance/copies.py", "appliance/copying.py"]
    assert copies.FORMS == copying.FORMS


def test_a_geometry_of_no_page_size_is_the_image(tmp_path: Path) -> None:
    master: DrawnMaster = jpeg(tmp_path, draw())
    page = master.page(Geometry(master.width, master.height, 0, 0.0, 0.0, 0.0))
    source = signed_of(tmp_path, (page,))
    with filed.opened(source) as document_:
        (found,) = document_.pages()
        assert found.size == (master.width, master.height) and abs(found.dpi - 200) < 0.1
        assert found.data() == master.path.read_bytes()
