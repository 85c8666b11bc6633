"""Stamps as rule profiles have them: what is written in a profile decides, and what is wrong in it is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from drawn_seal import drawn, png

from appliance import daemon, inspection
from appliance.core import config, rules
from appliance.core.errors import ApplianceError
from appliance.orders import documents
from appliance.signing import stamp

LAW = {
    # corner, who signs, image, points, may shrink, colour (rules.md 1.2)
    "archive-tt05-2025": ("top-right", "agency", "none", 10.0, False, "#000000"),
    "copy-nd30-2020": ("top-right", "agency", "none", 10.0, False, "#000000"),
    "archive-tt02-2019": ("top-right", "agency", "seal", 10.0, True, "#000000"),
    "onestop-ttvpcp-2023": ("top-left", "person", "none", 10.0, True, "#000000"),
    "demo": ("top-right", "agency", "none", 10.0, True, "#000000"),
}


def changed(folder: Path, was: str, now: str, name: str = "archive-tt05-2025") -> Path:
    """A folder with one profile in which something else is written."""
    text = (rules.FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert was in text
    (folder / f"{name}.toml").write_text(text.replace(was, now), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", rules.known())
def test_every_shipped_profile_stamps_as_its_law_says(name: str) -> None:
    table = rules.load(name).stamp
    assert (table.corner, table.role, table.image, table.font_size, table.shrink, table.colour) == LAW[name]


def test_the_seal_of_the_old_circular_is_as_large_as_in_truth_and_red() -> None:
    look = rules.load("archive-tt02-2019").stamp.look()
    assert look.seal_mm == 36.0
    red, green, blue = (int(look.seal_colour[at:at + 2], 16) for at in (1, 3, 5))
    assert red > 150 > 60 > max(green, blue)
    assert all(rules.load(name).stamp.look().seal_mm == 0 for name in rules.known() if name != "archive-tt02-2019")


def test_the_forms_of_copies_are_those_of_the_decree() -> None:
    assert rules.load("copy-nd30-2020").stamp.forms == ("SAO Y", "SAO LỤC", "TRÍCH SAO")


def test_another_corner_and_other_lines_need_no_other_code(tmp_path: Path) -> None:
    changed(tmp_path, '["{agency}", "{time}"]', '["Bản số hóa", "{agency} – {person}", "lúc {time}"]')
    profile = rules.load("archive-tt05-2025", tmp_path)
    said = stamp.lines(profile, stamp.Names("Cơ quan A", "Trần B"), None)
    assert said == ("Bản số hóa", "Cơ quan A – Trần B", "lúc 0000-00-00T00:00:00+07:00")


@pytest.mark.parametrize(("was", "now", "key"), [
    ('"{time}"]', '"{date}"]', "stamp.lines"),
    ('"{time}"]', '"{time!r}"]', "stamp.lines"),
    ('"{time}"]', '"{time:>40}"]', "stamp.lines"),
    ('"{time}"]', '"{time.year}"]', "stamp.lines"),
    ('"{time}"]', '"{}"]', "stamp.lines"),
    ('"{time}"]', '"{time"]', "stamp.lines"),
    ('"{time}"]', '"time"]', "stamp.lines"),
    ('"{agency}"', '"{person}"', "stamp.lines"),
    ('"{agency}"', '"{form}", "{agency}"', "stamp.lines"),
    ('["{agency}", "{time}"]', "[]", "stamp.lines"),
    ('["{agency}", "{time}"]', '"{agency}"', "stamp.lines"),
    ('"top-right"', '"bottom-right"', "stamp.corner"),
    ('image = "none"', 'image = "photo"', "stamp.image"),
    ('image = "none"', 'image_mm = 5.0', "stamp.image_mm"),
    ('"Tinos"', '"Courier"', "stamp.font"),
    ("font_size = 10.0", "font_size = 100.0", "stamp.font_size"),
    ("shrink = false", 'shrink = "no"', "stamp.shrink"),
    ('"#000000"', '"black"', "stamp.colour"),
    ('"#000000"', '"#00000"', "stamp.colour"),
    ("shrink = false", "schrink = false", "stamp.schrink"),
    ('name = "archive-tt05-2025"', 'name = "archive-tt06-2026"', "name"),
])
def test_wrong_data_in_a_profile_are_refused_by_their_key(tmp_path: Path, was: str, now: str, key: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        rules.load("archive-tt05-2025", changed(tmp_path, was, now))
    assert caught.value.code in {"C002", "C003"}
    assert f"archive-tt05-2025.{key}" in caught.value.en


@pytest.mark.parametrize("content", [b"[stamp\n", b"\xff\xfe"])
def test_a_profile_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.toml").write_bytes(content)
    with pytest.raises(ApplianceError) as caught:
        rules.load("broken", tmp_path)
    assert caught.value.code == "C004"
    assert "broken" in caught.value.en


@pytest.mark.parametrize(("job", "office", "code", "said"), [
    ({"rules": "archive-tt99"}, "A", "C004", "archive-tt99"),
    ({"rules": "copy-nd30-2020"}, "A", "C003", "SAO LỤC"),
    ({"rules": "copy-nd30-2020", "copy_form": "SAO CHỤP"}, "A", "C003", "TRÍCH SAO"),
    ({"rules": "archive-tt05-2025", "copy_form": "SAO Y"}, "A", "C003", "copy_form"),
    ({"rules": "archive-tt05-2025"}, "", "K552", "agency"),
    ({"rules": "archive-tt05-2025"}, "Văn phòng 漢", "K504", "U+6F22"),
    ({"rules": "archive-tt05-2025"}, ("Bảo hiểm xã hội huyện Duy Tiên, tỉnh Hà Nam, " * 8)[:199].strip(), "K507",
     "289"),
])
def test_settings_with_which_no_stamp_can_be_made_are_refused_before_any_paper_is_scanned(
        job: dict[str, str], office: str, code: str, said: str) -> None:
    settings = config.parse({"office": {"name": office}, "job": [{"name": "one", **job}]})
    with pytest.raises(ApplianceError) as caught:
        documents.refuse_unsayable(settings)
    assert caught.value.code == code
    assert said in caught.value.en


def test_a_person_whose_name_the_font_lacks_is_refused_where_persons_sign() -> None:
    people = [{"code": "A1", "name": "Trần Văn A"}, {"code": "B1", "name": "山田"}]
    onestop = {"operator": people, "job": [{"name": "one", "rules": "onestop-ttvpcp-2023"}]}
    with pytest.raises(ApplianceError) as caught:
        documents.refuse_unsayable(config.parse(onestop))
    assert caught.value.code == "K504"
    documents.refuse_unsayable(config.parse({**onestop, "job": [{"name": "one", "rules": "archive-tt05-2025"}]}))


@pytest.mark.parametrize("form", ["SAO Y", "SAO LỤC", "TRÍCH SAO"])
def test_a_job_gives_the_form_of_its_copies(form: str) -> None:
    settings = config.parse({"job": [{"name": "copy", "rules": "copy-nd30-2020", "copy_form": form}]})
    documents.refuse_unsayable(settings)


def test_a_fresh_installation_without_jobs_can_be_stamped() -> None:
    documents.refuse_unsayable(config.parse({}))


def written(folder: Path, text: str) -> list[str]:
    path = folder / "appliance.toml"
    path.write_text(text, encoding="utf-8")
    return [str(path)]


@pytest.mark.parametrize("job", ['rules = "archive-tt99"', 'rules = "copy-nd30-2020"\ncopy_form = "SAO CHỤP"'])
def test_the_daemon_does_not_start_with_a_job_whose_stamp_is_unknown(tmp_path: Path, job: str) -> None:
    state = tmp_path / "state"
    text = f'[storage]\nstate = "{state}"\nruntime = "{tmp_path}/run"\n[[job]]\nname = "one"\n{job}\n'
    with pytest.raises(ApplianceError) as caught:
        daemon.main(["--config", *written(tmp_path, text)])
    assert caught.value.code in {"C003", "C004"}
    assert not state.exists()


@pytest.mark.parametrize(("image", "code", "said"), [
    (None, "K550", "No such file"), (b"no picture", "K551", "not a whole PNG"),
    (png(drawn(ink=(0, 0, 200, 255))), "K551", "no red ink")])
def test_the_check_of_settings_looks_at_the_seal_where_a_job_prints_it(
        tmp_path: Path, image: bytes | None, code: str, said: str) -> None:
    seal = tmp_path / "seal.png"
    if image is not None:
        seal.write_bytes(image)
    text = f'[office]\nseal = "{seal}"\n[[job]]\nname = "old"\nrules = "archive-tt02-2019"\n'
    with pytest.raises(ApplianceError) as caught:
        inspection.check(written(tmp_path, text))
    assert caught.value.code == code
    assert said in caught.value.en
    assert inspection.check(written(tmp_path, text.replace("tt02-2019", "tt05-2025"))) == 0
    seal.write_bytes(png(drawn()))
    assert inspection.check(written(tmp_path, text)) == 0


def test_no_number_of_a_law_stands_in_the_code_that_stamps() -> None:
    """A name of a profile in code would mean that a new law needs a new release."""
    sources = [*Path(rules.__file__).parents[1].joinpath("signing").glob("stamp.py"),
               *Path(rules.__file__).parent.glob("stamping.py")]
    assert sources
    for source in sources:
        assert not re.search(r"tt0[25]|nd30|ttvpcp", source.read_text(encoding="utf-8").split('"""', 2)[2])
