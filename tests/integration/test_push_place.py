"""``appliance check`` refuses a folder in which a push scanner could not work."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance import inspection
from appliance.core.config import Config, Device, Storage
from appliance.core.errors import ApplianceError
from appliance.device import profile, push, push_place


def settings(root: Path, *devices: Device) -> Config:
    storage = Storage(state=root / "state", runtime=root / "run", profiles=root / "profiles")
    return Config(storage=storage, device=devices)


def copier(folder: object, name: str = "copier1", kind: str = "push") -> Device:
    return Device(name, kind, folder=str(folder), profile="push_generic")


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("", "an absolute path"), ("scans", "an absolute path"), ("{root}/missing", "a folder that is there"),
        ("{root}/file", "a folder that is there"), ("{root}/state", "outside storage.state"),
        ("{root}/state/masters", "outside storage.state"), ("{root}", "outside storage.state"),
        ("{root}/link", "outside storage.state"), ("{root}/run/x", "outside storage.runtime"),
        ("{root}/other", "that of other"), ("{root}/other/inner", "that of other"),
    ],
)
def test_a_folder_that_cannot_work_is_refused_by_name(tmp_path: Path, folder: str, says: str) -> None:
    for name in ("state/masters", "run/x", "other/inner"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "state")
    device = copier(folder.format(root=tmp_path))
    config = settings(tmp_path, copier(tmp_path / "other", "other", "folder"), device)
    with pytest.raises(ApplianceError) as caught:
        push_place.check(config, device, there=True)
    assert caught.value.code == "C003" and "device.copier1.folder" in caught.value.en
    assert says in caught.value.en


def test_the_command_refuses_it_and_the_driver_too_but_waits_for_a_share_that_is_away(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    lines = ("[storage]", f'state = "{tmp_path}/state"', f'runtime = "{tmp_path}/run"', "[[device]]",
             'name = "copier1"', 'kind = "push"', 'profile = "push_generic"', f'folder = "{tmp_path}/share"')
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ApplianceError):
        inspection.check([str(path)])
    model = profile.load("push_generic")
    away = settings(tmp_path, copier(tmp_path / "share"))
    push.for_device(away, away.device[0], model)._inbox.close()
    inside = settings(tmp_path, copier(tmp_path / "state" / "share"))
    with pytest.raises(ApplianceError):
        push.for_device(inside, inside.device[0], model)
    (tmp_path / "share").mkdir()
    assert inspection.check([str(path)]) == 0
