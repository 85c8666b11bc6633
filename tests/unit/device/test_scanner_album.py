"""Whose scanner each device had, kept on disk for the next start; a file that is no use costs only the memory."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from appliance.device.acquaintance import Keepsake
from appliance.device.album import Album

KNOWN = {"counter": Keepsake("serial A1", "usb:1-1", ("serial B2",)), "left": Keepsake("port usb:1-2", "usb:1-2")}


def test_what_was_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "scanners-seen.json"
    assert Album(path).kept == {}
    Album(path).keep(KNOWN)
    assert Album(path).kept == KNOWN


@pytest.mark.parametrize("text", [
    "", "{", "[1]", "7", '{"counter": {}}', '{"counter": {"identity": "a", "place": "b"}}',
])
def test_a_damaged_file_is_logged_and_replaced_at_the_next_change(
    text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "seen.json"
    path.write_text(text)
    album = Album(path)
    assert album.kept == {}
    assert "of no use" in caplog.text
    album.keep(KNOWN)
    assert Album(path).kept == KNOWN


def test_nothing_is_written_without_a_change_and_a_full_disk_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "state"
    path = folder / "seen.json"
    album = Album(path)
    with caplog.at_level(logging.WARNING):
        album.keep(KNOWN)
    assert "not written" in caplog.text
    folder.mkdir()
    album.keep(KNOWN)
    written = path.stat().st_ino
    album.keep(dict(KNOWN))
    assert path.stat().st_ino == written
    Album(None).keep(KNOWN)
