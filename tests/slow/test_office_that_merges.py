"""Two offices become one while dossiers are on their way: nothing is lost or doubled, each under its own fonds."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from office_certificates import Authority
from rig import Rig, Tables, accepted, balanced, dossier, escl, job, page

from appliance.archive.packages.content import PROVENANCE
from appliance.archive.receipts import verify
from appliance.inventory import command
from appliance.receiver import contents

pytestmark = pytest.mark.slow

LISTS = Path(__file__).parents[2] / "docs" / "examples"
OLD = {"code": "2702", "name": "Bảo hiểm xã hội huyện Đồng Lúa", "organ_id": "H27.02"}
NEW = {"code": "2701", "name": "Bảo hiểm xã hội huyện Núi Xanh", "organ_id": "H27.01"}


class Merging(Rig):
    """A rig whose archive knows its offices by their certificates, from the lists of a day."""

    def __init__(self, root: Path, certificates: Path, tables: Tables) -> None:
        self.certificates = certificates
        self.authority = Authority(certificates)
        own = self.authority.issue("scan2702", "scan2702.bhxh.example")
        self.authority.issue("archive", "localhost")
        tls = {"ca": str(self.authority.file), "certificate": str(own)}
        super().__init__(root, {**tables, "archive": {"tls": tls}})

    def lists_of(self, day: str) -> None:
        """Have the archive know the offices of a day; it reads its list again by itself."""
        own = self.certificates
        words = [str(LISTS / "offices.csv"), "--hosts", str(LISTS / "hosts.csv"), "--day", day,
                 "--out", str(own / "inventory"), "--archive", str(own / "offices.toml")]
        assert command.main(words) == 0

    def _receiver(self, port: str) -> list[str]:
        settings = self.certificates / "receiver.toml"
        if not settings.exists():
            self.lists_of("2026-12-31")
        lines = [f'root = "{self.place.part("archive")}"', f"port = {port}", "[access]",
                 f'certificate = "{self.certificates / "archive.pem"}"', f'authorities = "{self.authority.file}"',
                 f'offices = "{self.certificates / "offices.toml"}"']
        settings.write_text("\n".join(lines), encoding="utf-8")
        trust = super()._receiver(port)
        return ["receive", "--settings", str(settings), *trust[trust.index("--trust"):]]

    def packages(self) -> dict[str, list[Mapping[str, Any]]]:
        """Return what the archive's index has, by dossier, the oldest package first."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        with contextlib.closing(sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)) as index:
            index.row_factory = sqlite3.Row
            for row in index.execute("SELECT * FROM packages ORDER BY accepted"):
                found.setdefault(row["file_code"], []).append(dict(row))
        return found

    @property
    def index(self) -> Path:
        return self.place.part("archive") / "index.sqlite"

    def said(self, sha256: str) -> tuple[str, str]:
        """Return the office's code in the provenance of a package that the archive has, and its fonds."""
        path = next(self.place.part("archive").rglob(f"{sha256}.zip"))
        with zipfile.ZipFile(path) as file:
            name = next(one for one in file.namelist() if one.endswith(PROVENANCE))
            facts: Mapping[str, Any] = json.loads(file.read(name))
        return facts["office"], contents.read(path).organ


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Merging]:
    root = tmp_path_factory.mktemp("merged")
    found = Merging(root / "rig", root / "certificates", {"office": OLD, "device": [escl()], "job": [job()]})
    try:
        yield found
    finally:
        found.stop()


def scan(rig: Rig, code: str, declared: int, *numbers: int) -> None:
    rig.load([dossier(code, declared), *(page(number) for number in numbers)])
    rig.press()


def state(found: Mapping[str, Any], code: str) -> str:
    return next((one["state"] for one in found["dossiers"] if one["file_code"] == code), "")


def test_what_was_begun_before_keeps_code_and_fonds_and_totals_stay(rig: Merging) -> None:
    scan(rig, "M.DONE", 1, 1)
    rig.wait(lambda seen: accepted(seen) == {"M.DONE"}, "one was delivered in time")
    rig.run(rig.program("receiver").stop())
    scan(rig, "M.PACKED", 1, 2)
    rig.wait(lambda seen: state(seen, "M.PACKED") == "packed", "one is packed and waits for the archive")
    scan(rig, "M.SHORT", 2, 3)
    before = rig.wait(lambda seen: state(seen, "M.SHORT") == "held", "one waits for its second sheet")
    rig.lists_of("2027-01-01")
    rig.restart_daemon({"office": NEW})
    after = rig.status()
    assert after["counts"] == before["counts"]
    assert [(one["code"], one["undelivered"]) for one in after["offices"]] == [("2702", 2), ("2701", 0)]
    assert rig.rows("SELECT subject FROM audit WHERE what = 'office.changed'") == [("2701",)]


def test_afterwards_all_is_delivered_each_under_its_own(rig: Merging) -> None:
    scan(rig, "M.SHORT", 2, 4)
    scan(rig, "M.NEW", 1, 5)
    rig.start("receiver")
    every = {"M.DONE", "M.PACKED", "M.SHORT", "M.NEW"}
    status = rig.wait(lambda seen: accepted(seen) == every, "all are delivered")
    balanced(rig.settled())
    assert [(one["code"], one["undelivered"]) for one in status["offices"]] == [("2702", 0), ("2701", 0)]
    found = rig.packages()
    assert found.keys() == every and all(len(rows) == 1 for rows in found.values())
    said = {code: rig.said(rows[0]["sha256"]) for code, rows in found.items()}
    old = (OLD["code"], OLD["organ_id"])
    assert said == {"M.DONE": old, "M.PACKED": old, "M.SHORT": old, "M.NEW": (NEW["code"], NEW["organ_id"])}
    assert {code: row["office"] for code, (row,) in found.items()} == {
        "M.DONE": "2702", "M.PACKED": "2701", "M.SHORT": "2701", "M.NEW": "2701"}, "who brought it"


def test_every_receipt_verifies_and_pages_are_counted_once(rig: Merging) -> None:
    key = rig.place.receipt_key.read_bytes()
    status = rig.settled()
    for one in status["deliveries"]:
        token = (rig.state / "receipts" / f"{one['sha256']}.jws").read_text()
        assert verify(token, key, one["sha256"], one["size"]).accepted
    assert status["counts"]["pages_filed"] == 5
    assert len(rig.packages()) == 4
