"""A host is taken away: only when nothing is left on it, and what bears witness of its work stays."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from archive_stand import ReceiverProcess
from delivery_stand import Office
from locked_stand import SECRET, Stand

from appliance import leaving
from appliance.core import config
from appliance.core.errors import ApplianceError, Exit
from appliance.spool.ledger import Book


def settings(root: Path) -> Path:
    path = root / "appliance.toml"
    path.write_text(f'[office]\ncode = "0101"\n[storage]\nstate = "{root / "state"}"\nruntime = "{root / "run"}"\n'
                    '[[device]]\nname = "tray"\n', encoding="utf-8")
    return path


def leave(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = leaving.main(["--config", str(settings(root)), "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_every_kind_of_unfinished_work_keeps_a_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = Stand(tmp_path, config.load(settings(tmp_path)))
    office.batch("open")
    office.side("open", 1)
    office.batch("closed")
    pages = [office.side("closed", sheet) for sheet in (1, 2)]
    office.close("closed")
    dossier = office.separate("closed", "H49.2001.160", pages)
    office.batch("secret")
    office.look(office.side("secret", 1), SECRET)
    pushed = tmp_path / "state" / "pushed" / "tray"
    pushed.mkdir(parents=True)
    (pushed / "image.jpg").write_bytes(b"not captured yet")
    keep = tmp_path / "kept.tar"
    code, said = leave(tmp_path, capsys, "--keep", str(keep))
    assert code == Exit.HELD and not keep.exists()
    found = {(one["kind"], one["id"], one["state"]) for one in said["left"]}
    assert {("batch", "open", "scanning"), ("dossier", dossier, "closed"), ("file", "tray", "1")} <= found
    assert {"lock", "batch"} <= {kind for kind, name, _ in found if name == "secret"}
    assert leaving.main(["--config", str(settings(tmp_path))]) == Exit.HELD
    told = capsys.readouterr()
    assert "H962" in told.err and "hồ sơ / dossier  H49.2001.160.r1: closed" in told.out


def test_what_a_push_scanner_remembers_keeps_no_host_but_images_of_one_that_is_gone_do(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Stand(tmp_path, config.load(settings(tmp_path))).ledger.close()
    pushed = tmp_path / "state" / "pushed"
    for name in ("tray/taken.txt", "tray/last.json"):
        (pushed / name).parent.mkdir(parents=True, exist_ok=True)
        (pushed / name).write_text("{}", encoding="utf-8")
    assert leave(tmp_path, capsys) == (Exit.DONE, {"changed": False, "office": "0101", "still": True, "left": []})
    (pushed / "sold").mkdir()
    (pushed / "sold" / "0001.jpg").write_bytes(b"not captured yet")
    code, said = leave(tmp_path, capsys)
    assert code == Exit.HELD and [(one["kind"], one["id"], one["state"]) for one in said["left"]] == [
        ("file", "sold", "1")]


def test_documents_that_somebody_said_would_come_keep_a_host(tmp_path: Path,
                                                             capsys: pytest.CaptureFixture[str]) -> None:
    office = Stand(tmp_path, config.load(settings(tmp_path)))
    office.ledger.act("add_supplement", file_code="H49.1", who="NV01", reason="thiếu", at="2026")
    code, said = leave(tmp_path, capsys)
    assert code == Exit.HELD and [one["kind"] for one in said["left"]] == ["supplement"]


async def test_a_host_whose_every_package_has_its_receipt_may_go_and_leaves_its_proof(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = ReceiverProcess(tmp_path / "archive")
    archive.start()
    try:
        (tmp_path / "receipt.pem").write_bytes(archive.public_key)
        office = Office(tmp_path, archive.url, tmp_path / "receipt.pem")
        async with office.work():
            package = await office.packed()
            await office.in_state(package, "accepted")
            code, said = leave(tmp_path, capsys)
            assert (code, said["left"], said["still"]) == (Exit.DONE, [], False)
            with pytest.raises(ApplianceError, match="C005"):  # it is proof only of a host that stands still
                leaving.main(["--config", str(settings(tmp_path)), "--keep", str(tmp_path / "kept.tar")])
    finally:
        archive.kill()
    code, said = leave(tmp_path, capsys, "--keep", str(tmp_path / "kept.tar"))
    assert code == Exit.DONE and said["changed"]
    with tarfile.open(tmp_path / "kept.tar") as tar:
        names = tar.getnames()
        stream = tar.extractfile("proof.json")
        assert stream is not None
        proof = json.load(stream)
    assert [one["package"] for one in proof["packages"]] == [package.uuid] and proof["packages"][0]["number"]
    assert f"receipts/{package.sha256}.jws" in names and "ledger.sqlite3" in names
    assert not [name for name in names if name.startswith(("masters", "work", "packages", "keys", "locked"))]
    assert proof["audit"]["seq"] > 0
    (tmp_path / "state" / "receipts" / f"{package.sha256}.jws").unlink()
    code, said = leave(tmp_path, capsys)
    assert code == Exit.HELD and [one["kind"] for one in said["left"]] == ["receipt"]


def test_a_daemon_that_runs_still_says_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = Stand(tmp_path, config.load(settings(tmp_path)))
    office.batch("open")
    book = Book(office.store.ledger)
    code, said = leave(tmp_path, capsys)
    book.close()
    assert code == Exit.HELD and not said["still"]
