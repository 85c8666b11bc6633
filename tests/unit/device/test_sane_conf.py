"""Which drivers SANE loads: dll.conf and dll.d, as libsane reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.device.sane_conf import USUAL, folders, loaded


@pytest.mark.parametrize(("said", "places"), [
    ("", [USUAL]), ("/a", [Path("/a")]), ("/a:/b", [Path("/a"), Path("/b")]), ("/a:", [Path("/a"), USUAL]),
])
def test_the_environment_says_where_libsane_looks(said: str, places: list[Path]) -> None:
    assert folders({"SANE_CONFIG_DIR": said}) == places


def test_comments_and_doubles_count_once_and_dll_d_is_added(tmp_path: Path) -> None:
    (tmp_path / "dll.d").mkdir()
    (tmp_path / "dll.conf").write_text("# all\nfujitsu  # ours\n\n#net\nepsonds\n")
    (tmp_path / "dll.d" / "pfufs").write_text("pfufs\nfujitsu\n")
    assert loaded([tmp_path]) == ("fujitsu", "epsonds", "pfufs")


def test_a_host_without_sane_loads_nothing(tmp_path: Path) -> None:
    assert loaded([tmp_path / "nothing"]) == ()
