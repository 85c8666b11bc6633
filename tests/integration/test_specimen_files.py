"""A person's own files into the hopper, and a demo's folder."""

from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.demo import feed
from appliance.demo.place import MARKER, taken


def page(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_files_and_folders_become_one_stack_in_natural_order(tmp_path: Path) -> None:
    for name in ("b/p10.png", "b/p2.jpg", "b/sub/x.tif", "a.pdf"):
        page(tmp_path / name, name.encode())
    found = feed.gather([tmp_path / "a.pdf", tmp_path / "b"], tmp_path / "stack")
    assert [path.read_text() for path in found.copied] == ["a.pdf", "b/p2.jpg", "b/p10.png", "b/sub/x.tif"]
    assert sorted(path.name for path in found.copied) == [path.name for path in found.copied]


def test_a_picture_that_cannot_be_taken_is_refused_and_notes_are_passed_over(tmp_path: Path) -> None:
    for name in ("readme.txt", ".hidden.png", "photo.heic", "one.PNG"):
        page(tmp_path / "b" / name)
    found = feed.gather([tmp_path / "b"], tmp_path / "stack")
    assert found.refused == ("photo.heic",) and len(found.copied) == 1


@pytest.mark.parametrize("name", ["missing.pdf", "notes.docx", "empty"])
def test_a_source_without_pages_is_refused_by_name(tmp_path: Path, name: str) -> None:
    page(tmp_path / "notes.docx")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ApplianceError, match="C012") as caught:
        feed.gather([tmp_path / name], tmp_path / "stack")
    assert name in caught.value.en


def test_a_hostile_file_name_becomes_a_plain_one(tmp_path: Path) -> None:
    page(tmp_path / "in" / "a;rm -rf $HOME\n.jpg")
    (copied,) = feed.gather([tmp_path / "in"], tmp_path / "stack").copied
    assert copied.name == "0001_a_rm_-rf_HOME.jpg"


def test_a_stack_appears_in_the_hopper_whole_and_stays_where_it_was(tmp_path: Path) -> None:
    for name in ("0001a.jpg", "0001b.jpg", "0002a.jpg"):
        page(tmp_path / "stack" / name)
    loaded = feed.load(tmp_path / "stack", tmp_path / "scanner/hopper", "one")
    assert sorted(path.name for path in loaded.iterdir()) == ["0001a.jpg", "0001b.jpg", "0002a.jpg"]
    assert len(list((tmp_path / "stack").iterdir())) == 3


def test_paper_is_put_back_from_the_named_sheet_on(tmp_path: Path) -> None:
    for name in ("0001a.jpg", "0002a.jpg", "0002b.jpg", "0003a.jpg"):
        page(tmp_path / "stack" / name)
    hopper = tmp_path / "scanner/hopper"
    feed.load(tmp_path / "stack", hopper, "one")
    feed.clear(hopper)
    loaded = feed.load(tmp_path / "stack", hopper, "two", first_sheet=2)
    assert sorted(path.name for path in loaded.iterdir()) == ["0002a.jpg", "0002b.jpg", "0003a.jpg"]
    assert [path.name for path in hopper.iterdir()] == ["two"]


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    mine = page(tmp_path / "out" / "state" / "diary.txt")
    with pytest.raises(ApplianceError, match="C012"), taken(tmp_path / "out"):
        pass
    assert mine.exists()


def test_a_demo_folder_is_used_again_and_only_what_a_demo_made_goes(tmp_path: Path) -> None:
    with taken(tmp_path / "out") as place:
        page(place.part("state") / "ledger.sqlite3")
        mine = page(place.root / "notes.txt")
        runtime = place.runtime
        assert len(str(runtime)) < 60
    assert not runtime.exists()
    with taken(tmp_path / "out") as place:
        assert not place.part("state").exists() and mine.exists() and (place.root / MARKER).exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with (taken(tmp_path / "out"), pytest.raises(ApplianceError, match="C005"), taken(tmp_path / "out")):
        pass
