"""An office without a line, whole: paper to a courier's disk, and the receipt of a real archive back on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig import Rig, accepted, balanced, dossier, escl, job, page

from appliance.archive.transports import courier

pytestmark = pytest.mark.slow


class Courier(Rig):
    """An appliance and an archive with nothing but a folder between them, in which a disk may be plugged in."""

    def _receiver(self, port: str) -> list[str]:
        settings = self.mount.with_name("receiver.toml")
        settings.write_text(f'root = "{self.place.part("archive")}"\n[[inlet]]\nfolder = "{self.mount}"\n'
                            "encrypted = false\nseconds = 0.2\n")
        return [*super()._receiver(port), "--settings", str(settings)]

    @property
    def mount(self) -> Path:
        """Where the disk is when it is there, for both."""
        return self.place.root.with_name("mnt")


def test_paper_reaches_the_archive_by_courier_and_local_copies_go_after_the_receipt(tmp_path: Path) -> None:
    mount = tmp_path / "mnt"
    mount.mkdir()
    rig = Courier(tmp_path / "rig", {
        "device": [escl()], "job": [job()], "storage": {"keep_days": 0},
        "archive": {"transport": "folder", "url": "http://127.0.0.1:9",
                    "courier": {"folder": str(mount), "encrypted": False}}})
    try:
        rig.load([dossier("KHO.1", 1), page(1), dossier("KHO.2", 1), page(2)])
        rig.press()

        def told(status: dict[str, object]) -> bool:
            return "A619" in str(status["delivery"])

        rig.wait(told, "people hear that a disk is wanted")
        assert list(mount.iterdir()) == []
        courier.prepare(mount)
        status = rig.settled()
        assert {"KHO.1", "KHO.2"} <= accepted(status)
        balanced(status)
        rig.wait(lambda _: not list((rig.state / "packages").glob("*.zip")), "local copies go")
        disk = courier.find(mount, encrypted=False)
        assert len(disk.records()) == 2
        assert all(disk.receipt(one.sha256).exists() and one.taken for one in disk.records())
        assert not list(mount.rglob("*.zip"))
    finally:
        rig.stop()
