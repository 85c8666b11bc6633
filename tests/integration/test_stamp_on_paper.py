"""The stamp of every shipped rule profile in a signed file, as judges that are not ours read and draw it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from drawn_pages import WIDTH, document, draw, jpeg
from drawn_seal import drawn, png
from numpy.typing import NDArray
from pdf_to_sign import Office, office_p12, pdf_a, pdfa_findings, pdfsig_says
from PIL import Image, ImageDraw

from appliance.core import clock, rules, stamping
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled, SignJob, StampSpace, Stencil
from appliance.core.model import Box, EmptyBand
from appliance.core.rules import RuleProfile
from appliance.core.stamping import POINTS_PER_MM, StampForm
from appliance.core.tools import run
from appliance.documents.assemble import assemble
from appliance.documents.check import check
from appliance.imaging import stencil
from appliance.signing import keys, sign, stamp
from appliance.signing.stamp import Names

DPI = 200
AGENCY, PERSON, FORM = "Bảo hiểm xã hội tỉnh Hưng Lạc", "Nguyễn Thị Ngọc Ánh", "TRÍCH SAO"
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+07:00")
FREE = EmptyBand(Box(0, 0, 105, 30), Box(105, 0, 210, 30))


@dataclass(frozen=True)
class Stamped:
    """A signed file, what was asked for, and where its stamp stands."""

    profile: RuleProfile
    path: Path
    job: SignJob
    made: Assembled

    def area(self) -> list[str]:
        """The stamp's box as poppler takes it, whole points."""
        box, height = self.job.box, self.page()[1]
        return ["-x", str(int(box.x0)), "-y", str(int(height - box.y1)), "-W", str(int(box.x1 - box.x0) + 2),
                "-H", str(int(box.y1 - box.y0) + 2)]

    def page(self) -> tuple[float, float]:
        with pikepdf.open(self.path) as pdf:
            left, low, right, top = (float(edge) for edge in pdf.pages[0].MediaBox)
        return right - left, top - low

    def colours(self) -> NDArray[np.uint8]:
        """Page 1 as poppler draws it."""
        prefix = self.path.with_suffix("")
        drawing = ["pdftoppm", "-r", str(DPI), "-png", "-f", "1", "-singlefile", str(self.path), str(prefix)]
        run(drawing, 60)
        return np.asarray(Image.open(f"{prefix}.png").convert("RGB"))


@pytest.fixture(scope="module")
def seal(tmp_path_factory: pytest.TempPathFactory) -> Stencil:
    path = tmp_path_factory.mktemp("seal") / "seal.g4"
    strip = stencil.cut(png(drawn()), 36.0)
    path.write_bytes(strip.data)
    return Stencil(str(path), hashlib.sha256(strip.data).hexdigest(), strip.width, strip.height)


@pytest.fixture(scope="module")
def trial_key(tmp_path_factory: pytest.TempPathFactory) -> keys.Key:
    return keys.from_settings(parse({"storage": {"state": str(tmp_path_factory.mktemp("state"))}}))


def space(profile: RuleProfile, names: Names) -> StampSpace:
    table = profile.stamp
    wished = StampForm(table.width_mm, table.height_mm)
    forms = stamping.forms(stamp.lines(profile, names, None), table.look(), wished)
    return StampSpace(table.corner, table.width_mm, table.height_mm, table.margin_mm, forms,
                      table.strip == "when_needed")


def stamped(folder: Path, profile: RuleProfile, key: keys.Key, seal: Stencil) -> Stamped:
    names = Names(AGENCY, PERSON, FORM if profile.stamp.forms else "", key.development)
    image = draw()
    ImageDraw.Draw(image).rectangle((0, 0, WIDTH, 3), fill=0)  # a rule at the very top: what lies below stays seen
    asked = document(folder / "unsigned.pdf", jpeg(folder, image).page(), band=FREE)
    made = assemble(replace(asked, stamp=space(profile, names)))
    moment = datetime(2026, 11, 21, 2, 5, 7, tzinfo=UTC) if not key.development else datetime.now(UTC)
    now = clock.iso(moment.replace(microsecond=0))
    job = SignJob("doc-1", made.path, made.sha256, str(folder / "signed.pdf"), made.stamp_box,
                  stamp.lines(profile, names, moment), profile.stamp.look(), now,
                  seal=seal if profile.stamp.image == "seal" else None)
    return Stamped(profile, Path(sign.sign(job, key).path), job, made)


@pytest.fixture(scope="module", params=rules.known())
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, trial_key: keys.Key,
        seal: Stencil) -> Stamped:
    return stamped(tmp_path_factory.mktemp(request.param), rules.load(request.param), trial_key, seal)


def test_the_signed_file_is_still_pdfa_and_its_signature_holds(one: Stamped) -> None:
    assert check(one.path) == []
    assert "Signature is Valid." in pdfsig_says(one.path)


def test_poppler_reads_every_line_in_its_order_where_the_box_is(one: Stamped) -> None:
    said = run(["pdftotext", "-layout", *one.area(), str(one.path), "-"], 60).output.decode()
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()]
    wanted = {"archive-tt05-2025": [AGENCY], "archive-tt02-2019": [AGENCY], "copy-nd30-2020": [FORM, AGENCY],
              "onestop-ttvpcp-2023": [PERSON], "demo": [AGENCY]}[one.profile.name]
    assert lines[:-2] == wanted
    assert TIME.fullmatch(lines[-2])
    assert lines[-1] == "KHÓA THỬ NGHIỆM"


def test_the_time_that_is_printed_is_that_of_the_signature(one: Stamped) -> None:
    with pikepdf.open(one.path) as pdf:
        field = pdf.Root.AcroForm.Fields[0]
        words, told = str(field.Contents), str(field.V.M)
    printed = TIME.search(words)
    assert printed is not None
    assert told == f"D:{re.sub(r'[^0-9]', '', printed.group()[:19])}+07'00'"


def test_the_stamp_stands_in_its_own_corner(one: Stamped) -> None:
    (width, height), box = one.page(), one.job.box
    margin = one.profile.stamp.margin_mm * POINTS_PER_MM
    if one.profile.stamp.corner == "top-left":
        assert box.x0 == pytest.approx(margin, abs=1.5)
        assert box.x1 <= width / 2
    else:
        assert box.x1 == pytest.approx(width - margin, abs=1.5)
        assert box.x0 >= width / 2
    if one.profile.stamp.strip == "never":
        assert height - box.y0 <= 20 * POINTS_PER_MM
        assert one.made.strip_mm == 0


def test_all_letters_are_of_the_embedded_font_at_ten_points(one: Stamped) -> None:
    with pikepdf.open(one.path) as pdf:
        form = pdf.Root.AcroForm.Fields[0].AP.N
        font = form.Resources.Font.Stamp.DescendantFonts[0]
        assert len(font.FontDescriptor.FontFile2.read_bytes()) > 10_000
        drawn = form.read_bytes().decode("ascii")
    assert re.findall(r"/Stamp ([0-9.]+) Tf", drawn) == ["10"]
    assert "0 0 0 rg BT" in drawn
    assert set(re.findall(r"([-0-9. ]+) Tm", drawn)) == {line for line in re.findall(r"([-0-9. ]+) Tm", drawn)
                                                         if line.split()[:4] == ["1", "0", "0", "1"]}
    fonts = run(["pdffonts", str(one.path)], 60).output.decode().splitlines()[2:]
    assert any("VNSTMP+Tinos" in line and re.search(r"yes yes yes", line) for line in fonts)


def test_only_the_profile_with_a_seal_has_an_image_in_its_stamp(one: Stamped) -> None:
    with pikepdf.open(one.path) as pdf:
        resources = pdf.Root.AcroForm.Fields[0].AP.N.Resources
        images = dict(resources.get("/XObject", {}))
        assert bool(images) == (one.profile.stamp.image == "seal")
        for image in images.values():
            assert (bool(image.ImageMask), int(image.BitsPerComponent)) == (True, 1)
            assert str(image.Filter) == "/CCITTFaxDecode"
            assert "/SMask" not in image
            assert len(image.read_raw_bytes()) < 8000


def test_poppler_draws_letters_where_the_box_is_and_red_only_for_a_seal(one: Stamped) -> None:
    page, scale = one.colours().astype(int), DPI / 72
    box, height = one.job.box, one.page()[1]
    inside = page[round((height - box.y1) * scale):round((height - box.y0) * scale),
                  round(box.x0 * scale):round(box.x1 * scale)]
    assert (inside.max(axis=2) < 100).sum() > 500
    red = page[..., 0] - page[..., 1:].max(axis=2) > 80
    assert red.any() == (one.profile.stamp.image == "seal")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, trial_key: keys.Key, seal: Stencil) -> Stamped:
    return stamped(tmp_path_factory.mktemp("sealed"), rules.load("archive-tt02-2019"), trial_key, seal)


def test_the_seal_is_as_large_as_in_truth(sealed: Stamped) -> None:
    """rules.md 29: 36 mm, within 2 %."""
    page = sealed.colours().astype(int)
    rows, columns = np.nonzero(page[..., 0] - page[..., 1:].max(axis=2) > 80)
    for ink in (rows, columns):
        assert (ink.max() - ink.min() + 1) * 25.4 / DPI == pytest.approx(36.0, rel=0.02)


def test_the_page_is_seen_through_the_seal(sealed: Stamped, trial_key: keys.Key, seal: Stencil,
                                           tmp_path: Path) -> None:
    """Here it is put over writing, which no profile does: what is not ink of the seal must be the page's own."""
    unsigned = assemble(document(tmp_path / "u.pdf", jpeg(tmp_path, draw()).page(), band=FREE))
    box = Box(60.0, 842 - 220.0, 60.0 + 90 * POINTS_PER_MM, 842 - 220.0 + 37 * POINTS_PER_MM)
    job = replace(sealed.job, unsigned=unsigned.path, unsigned_sha256=unsigned.sha256, box=box,
                  out=str(tmp_path / "s.pdf"))
    over = Stamped(sealed.profile, Path(sign.sign(job, trial_key).path), job, unsigned).colours().astype(int)
    plain = Stamped(sealed.profile, Path(unsigned.path), job, unsigned).colours().astype(int)
    top, low, left, right = (round(edge * DPI / 72) for edge in (220 - 37 * POINTS_PER_MM, 220, 60, 60 + 102))
    seen, was = over[top:low, left:right], plain[top:low, left:right]
    red = seen[..., 0] - seen[..., 1:].max(axis=2) > 8
    writing = (was.max(axis=2) < 100) & ~red
    assert red.mean() > 0.1
    assert writing.sum() > 300
    assert (seen.max(axis=2)[writing] < 100).all(), "writing between the seal's ink"
    paper = ~red & (was.min(axis=2) > 240)
    assert paper.mean() > 0.3
    assert (seen.min(axis=2)[paper] > 230).all(), "paper between the seal's ink"


def test_a_stencil_in_a_stamp_passes_the_rules_of_pdfa_by_themselves(
        sealed: Stamped, trial_key: keys.Key, tmp_path: Path) -> None:
    plain = pdf_a(tmp_path / "plain.pdf")
    job = replace(sealed.job, unsigned=str(plain), out=str(tmp_path / "s.pdf"),
                  unsigned_sha256=hashlib.sha256(plain.read_bytes()).hexdigest())
    assert pdfa_findings(Path(sign.sign(job, trial_key).path)) == []


def test_a_profile_with_a_seal_is_never_signed_without_one(sealed: Stamped, trial_key: keys.Key,
                                                          tmp_path: Path) -> None:
    with pytest.raises(ApplianceError) as caught:
        sign.sign(replace(sealed.job, seal=None, out=str(tmp_path / "s.pdf")), trial_key)
    assert caught.value.code == "K550"
    assert list(tmp_path.iterdir()) == []


def test_a_stencil_that_was_changed_on_disk_is_not_used(sealed: Stamped, trial_key: keys.Key,
                                                        tmp_path: Path) -> None:
    assert sealed.job.seal is not None
    changed = tmp_path / "seal.g4"
    changed.write_bytes(Path(sealed.job.seal.path).read_bytes()[:-1] + b"\0")
    wrong = replace(sealed.job.seal, path=str(changed))
    with pytest.raises(ApplianceError) as caught:
        sign.sign(replace(sealed.job, seal=wrong, out=str(tmp_path / "out" / "s.pdf")), trial_key)
    assert caught.value.code == "K503"
    assert not list((tmp_path / "out").glob("*"))


def test_another_profile_is_another_corner_and_another_text_with_the_same_code(
        trial_key: keys.Key, seal: Stencil, tmp_path: Path) -> None:
    """Written as data only: a law of tomorrow."""
    text = (rules.FOLDER / "archive-tt05-2025.toml").read_text(encoding="utf-8")
    for was, now in (('"archive-tt05-2025"', '"tomorrow"'), ('"top-right"', '"top-left"'),
                     ('["{agency}", "{time}"]', '["Số hóa tại {agency}", "{time}", "{person}"]'),
                     ("font_size = 10.0", "font_size = 8.0"), ('"#000000"', '"#0000cc"'),
                     ("height_mm = 11.0", "height_mm = 14.0")):
        assert was in text
        text = text.replace(was, now)
    (tmp_path / "tomorrow.toml").write_text(text, encoding="utf-8")
    found = stamped(tmp_path, rules.load("tomorrow", tmp_path), trial_key, seal)
    assert found.job.box.x0 < 15
    assert found.job.lines[0] == f"Số hóa tại {AGENCY}"
    assert found.job.lines[2] == PERSON
    with pikepdf.open(found.path) as pdf:
        drawn = pdf.Root.AcroForm.Fields[0].AP.N.read_bytes()
    assert drawn.startswith(b"q 0 0 0.8 rg BT /Stamp 8 Tf")
    assert check(found.path) == []


def test_a_key_from_a_file_is_one_for_trials_and_its_stamp_says_so(seal: Stencil, tmp_path: Path) -> None:
    pkcs12 = office_p12(tmp_path / "office.p12", Office())
    (tmp_path / "passphrase").write_bytes(b"bi mat")
    key = keys.from_settings(parse({"storage": {"state": str(tmp_path / "state")}, "signing": {
        "pkcs12": str(pkcs12), "passphrase_file": str(tmp_path / "passphrase")}}))
    assert key.development
    found = stamped(tmp_path, rules.load("archive-tt05-2025"), key, seal)
    assert "KHÓA THỬ NGHIỆM" in run(["pdftotext", str(found.path), "-"], 60).output.decode()
    with pytest.raises(ApplianceError) as caught:
        sign.sign(replace(found.job, lines=found.job.lines[:-1], out=str(tmp_path / "hidden.pdf")), key)
    assert caught.value.code == "K503"
    assert not (tmp_path / "hidden.pdf").exists()
