"""Specimen pages as a scanner would send them: right in form, readable, the same each time."""

import io
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.demo import paper
from appliance.demo.cover import make_separator
from appliance.demo.defects import Look, scan
from appliance.demo.forms import make_form, make_table
from appliance.demo.letters import make_decision, make_letter
from appliance.demo.paper import Leaf
from appliance.demo.stack import DEMO, QUICK, make_stack
from appliance.documents.separator import decode, encode


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def grey(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize(("dpi", "size"), [(300, (2480, 3508)), (200, (1654, 2339))])
def test_a_page_is_a_colour_jpeg_of_a4_that_says_its_resolution(dpi: int, size: tuple[int, int]) -> None:
    image = opened(scan(make_letter(Random(1), dpi)[0], Look(), 1))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size)
    assert image.info["jfif_density"] == (dpi, dpi) and image.info["jfif_unit"] == 1
    assert [sampling for _, *sampling, _ in image.layer] == [[2, 2], [1, 1], [1, 1]]  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_page(tmp_path: Path) -> None:
    runs = (("a", 7), ("b", 7), ("c", 8))
    first, again, other = (make_stack(tmp_path / name, seed, QUICK) for name, seed in runs)
    same = [first.image(side).read_bytes() for side in first.sides]
    assert same == [again.image(side).read_bytes() for side in again.sides]
    assert same[1] != other.image(other.sides[1]).read_bytes()
    assert [side.text for side in first.sides] == [side.text for side in again.sides]


def test_the_code_of_a_separator_is_read_back_from_the_scan() -> None:
    says = Separator(SheetKind.DOCUMENT, "H00.00.00.2019.16", 2, "22", 3)
    data = scan(make_separator(says, encode(says)), Look(skew=-1.4, lid=True), 3)
    (code,) = zxingcpp.read_barcodes(grey(data))
    assert decode(code.text) == says


def test_a_blank_back_shows_the_front_faintly_and_mirrored() -> None:
    front, back = make_decision(Random(2))[0], Leaf()
    seen = grey(scan(back, Look(mirrored=True, bleed=0.06), 5, front))
    clean = grey(scan(back, Look(mirrored=True, bleed=0.0), 5, front))
    ink = cv2.GaussianBlur(np.asarray(front.ink())[:, ::-1], (0, 0), 8) > 60
    depth = clean[ink].astype(int).mean() - seen[ink].astype(int).mean()
    assert 2 < depth < 25


def test_the_stamp_band_of_a_first_page_is_empty() -> None:
    for leaf in (make_letter(Random(3))[0], make_decision(Random(3))[0], make_form(Random(3))[0],
                 make_table(Random(3))[0]):
        boxes = [layer.getbbox() for layer in leaf.layers.values()]
        assert min(box[1] for box in boxes if box) >= leaf.px(20)


def test_a_turned_sheet_shows_the_grey_lid_in_its_corners() -> None:
    image = np.asarray(opened(scan(Leaf(), Look(skew=1.8, lid=True), 1)))
    corner, middle = image[4:14, 4:14].mean(), image[1700:1710, 1200:1210].mean()
    assert corner < 200 < middle


def test_a_page_upside_down_is_the_page_turned_by_half() -> None:
    leaf = make_table(Random(4))[0]
    straight, turned = (grey(scan(leaf, Look(upside_down=down), 1)) for down in (False, True))
    rows = (straight < 120).sum(axis=1), (turned[::-1] < 120).sum(axis=1)
    assert np.corrcoef(*rows)[0, 1] > 0.9


@pytest.mark.slow
def test_the_demo_stack_lies_in_the_folder_as_its_truth_says(tmp_path: Path) -> None:
    made = make_stack(tmp_path / "stack", 1, DEMO)
    names = sorted(path.stem for path in (tmp_path / "stack").iterdir())
    assert names == [side.name for side in made.sides]
    assert (made.sheets, len(made.sides), made.separators) == (14, 28, 16)
    assert all(not side.text for side in made.sides if side.kind in ("blank", "separator-back"))


def test_a_missing_font_names_the_package_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "FOLDER", tmp_path)
    with pytest.raises(ApplianceError, match="C020") as caught:
        paper.load_face("Tinos-Regular", 41)
    assert "apt-get install fonts-croscore" in caught.value.en


def test_tesseract_reads_the_vietnamese_of_a_letter(tmp_path: Path) -> None:
    from appliance.core import tools

    leaf = make_letter(Random(11), 200)[0]
    page = tmp_path / "letter.jpg"
    page.write_bytes(scan(leaf, Look(), 11))
    done = tools.run(["env", "OMP_THREAD_LIMIT=1", "tesseract", str(page), "-", "-l", "vie", "--dpi", "200"], 120)
    truth, read = set(leaf.text.split()), set(done.output.decode().split())
    assert len(truth & read) / len(truth) > 0.85
