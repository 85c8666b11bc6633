"""The folder of dropped lists: what is still written is waited for, what is taken is put away, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance import register_drop
from appliance.core.config import Register
from appliance.register_drop import Drop

DEADLINE = 30.0
GOOD, BAD, LATER = {"result": "imported"}, {"result": "refused", "code": "T440"}, {"result": "later"}


class Trial(Drop):
    """A drop whose imports end as told; ``before`` happens while one is made."""

    def __init__(self, folder: Path, says: list[dict[str, Any]], before: Callable[[Path], Any] = bool) -> None:
        super().__init__(Register(folder=str(folder), settle_seconds=0.2), folder / "none.toml")
        self.says, self.before, self.taken = says, before, list[str]()

    async def _import(self, file: Path, report: Path) -> Mapping[str, Any]:
        self.taken.append(file.name)
        self.before(file)
        said = self.says.pop(0) if self.says else GOOD
        if said:
            report.write_text("report")
        return said


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_drop, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(register_drop, "LATER_SECONDS", 0.05)


async def watch(drop: Drop, true: Callable[[], object]) -> None:
    """Let the drop work until something is true."""
    task = asyncio.create_task(drop.run())
    end = time.monotonic() + DEADLINE
    try:
        while not true():
            assert time.monotonic() < end and not task.done(), "waited in vain"
            await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def lies(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_good_and_bad_lists_come_to_rest_each_with_its_report(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a")
    os.utime(tmp_path / "a.csv", (1, 1))
    (tmp_path / "b.XLSX").write_text("b")
    await watch(Trial(tmp_path, [GOOD, BAD]), lambda: not list(tmp_path.glob("*.*")))
    assert lies(tmp_path) == ["processed/a.csv", "processed/a.csv.report.csv", "refused/b.XLSX",
                              "refused/b.XLSX.report.csv"]


async def test_a_file_that_grows_is_waited_for(tmp_path: Path) -> None:
    drop, path = Trial(tmp_path, []), tmp_path / "a.csv"
    seen: list[str] = []

    def grow() -> bool:
        if len(seen) < 40:
            with path.open("a") as stream:
                stream.write("x")
            seen.extend(drop.taken or ["."])
        return bool(drop.taken)

    await watch(drop, grow)
    assert "a.csv" not in seen
    assert drop.taken == ["a.csv"]


async def test_other_files_links_and_folders_stay_where_they_are(tmp_path: Path) -> None:
    for name in (".a.csv", "b.csv.part", "c.pdf", "~$d.xlsx", "e.csv.report.csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "f.csv").mkdir()
    (tmp_path / "g.csv").symlink_to("/etc/passwd")
    (tmp_path / "last.csv").write_text("x")
    drop = Trial(tmp_path, [])
    await watch(drop, (tmp_path / "processed" / "last.csv").exists)
    assert drop.taken == ["last.csv"]
    assert (tmp_path / "g.csv").is_symlink() and (tmp_path / "f.csv").is_dir()


async def test_what_cannot_be_imported_now_is_imported_later(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    drop = Trial(tmp_path, [LATER] * 9 + [GOOD])
    await watch(drop, (tmp_path / "processed" / "a.csv").exists)
    assert len(drop.taken) == 10


async def test_a_file_whose_import_dies_without_a_word_is_refused_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    drop = Trial(tmp_path, [{}] * 20)
    await watch(drop, (tmp_path / "refused" / "a.csv").exists)
    assert len(drop.taken) == register_drop.TRIES


async def test_a_file_that_is_written_on_while_it_is_imported_is_imported_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    drop = Trial(tmp_path, [], lambda file: file.write_text("more") if file.read_text() == "x" else None)
    await watch(drop, (tmp_path / "processed" / "a.csv").exists)
    assert len(drop.taken) == 2
    assert (tmp_path / "processed" / "a.csv").read_text() == "more"


async def test_a_name_that_comes_again_takes_nothing_of_the_first(tmp_path: Path) -> None:
    for content in ("one", "two"):
        (tmp_path / "a.csv").write_text(content)
        await watch(Trial(tmp_path, []), lambda: not (tmp_path / "a.csv").exists())
    assert (tmp_path / "processed" / "a.csv").read_text() == "one"
    assert (tmp_path / "processed" / "a~2.csv").read_text() == "two"


async def test_a_folder_that_is_away_is_looked_for_until_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "share"
    drop = Trial(folder, [])

    def there() -> bool:
        if drop._away and not folder.exists():
            folder.mkdir()
            (folder / "a.csv").write_text("x")
        return (folder / "processed" / "a.csv").exists()

    await watch(drop, there)
