"""One suite for every way to the reception software: ``archive/reception/contract.py`` as a program."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tls_stand import Authority
from toy_reception import ToyReception, serving

from appliance.archive.reception.by_folder import FolderReception
from appliance.archive.reception.by_https import HttpsReception
from appliance.archive.reception.contract import Component, Recall, Reception, Said
from appliance.core.delivery import Outbox, Tls
from appliance.core.errors import ApplianceError
from appliance.core.ids import uuid7

CODE = "TN.2026.1"


@dataclass
class Way:
    """One way, with the reception software at its other end."""

    reception: Reception
    toy: ToyReception
    folder: Path

    def look(self) -> None:
        """Let the reception software do its work."""
        if (self.folder / "out").is_dir():
            self.toy.look(self.folder)
        self.toy.decide()


@pytest.fixture(params=["folder", "https"])
async def way(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Way]:
    toy = ToyReception(late=True)
    folder = tmp_path / "share"
    folder.mkdir()
    if request.param == "folder":
        yield Way(FolderReception(folder), toy, folder)
        return
    async with serving(toy) as url:
        found = Way(HttpsReception(Outbox(kind="https", url=url)), toy, folder)
        yield found
        await found.reception.close()


def component(tmp_path: Path, text: bytes = b"%PDF-1.7 signed", code: str = CODE) -> Component:
    path = tmp_path / f"{len(text)}.pdf"
    path.write_bytes(text)
    key, sha256 = uuid7(), hashlib.sha256(text).hexdigest()
    said = {"id": key, "file": f"{key}.pdf", "format": "onestop-component/1", "sha256": sha256, "size": len(text),
            "reception_code": code}
    return Component(key, sha256, path, said)


async def test_a_component_arrives_whole_with_its_sidecar_and_is_confirmed(way: Way, tmp_path: Path) -> None:
    one = component(tmp_path)
    assert (await way.reception.give(one)).said is Said.NOTHING
    assert (await way.reception.ask(one.id, one.sha256)).said is Said.NOTHING
    way.look()
    assert (await way.reception.ask(one.id, one.sha256)).said is Said.CONFIRMED
    assert way.toy.filed[one.id] == one.sidecar
    assert way.toy.files[one.id] == one.path.read_bytes()
    await way.reception.settle(one.id)
    assert not list(way.folder.rglob("*.*"))


async def test_a_long_file_arrives_whole(way: Way, tmp_path: Path) -> None:
    one = component(tmp_path, b"%PDF-1.7\n" + bytes(range(256)) * 20_000)
    await way.reception.give(one)
    way.look()
    assert way.toy.files[one.id] == one.path.read_bytes()


async def test_given_twice_it_is_filed_once(way: Way, tmp_path: Path) -> None:
    one = component(tmp_path)
    for _ in range(2):
        await way.reception.give(one)
    way.look()
    assert list(way.toy.filed) == [one.id]
    assert (await way.reception.ask(one.id, one.sha256)).said is Said.CONFIRMED


async def test_a_refusal_comes_with_its_reason_in_one_line(way: Way, tmp_path: Path) -> None:
    way.toy.refuse[CODE] = "mã hồ sơ\nkhông có"
    way.toy.late = False
    one = component(tmp_path)
    answer = await way.reception.give(one)
    if answer.said is Said.NOTHING:
        way.look()
        answer = await way.reception.ask(one.id, one.sha256)
    assert (answer.said, answer.reason) == (Said.REFUSED, "mã hồ sơ không có")


async def test_after_a_refusal_it_can_be_given_again(way: Way, tmp_path: Path) -> None:
    way.toy.refuse[CODE] = "không có"
    one = component(tmp_path)
    await way.reception.give(one)
    way.look()
    await way.reception.settle(one.id)
    way.toy.refuse.clear()
    assert (await way.reception.give(one)).said is Said.NOTHING
    way.look()
    assert (await way.reception.ask(one.id, one.sha256)).said is Said.CONFIRMED


async def test_a_recall_is_heard_and_what_was_filed_is_taken_out(way: Way, tmp_path: Path) -> None:
    one = component(tmp_path)
    await way.reception.give(one)
    way.look()
    note = Recall(one.id, one.sha256, CODE, "locked")
    answer = await way.reception.recall(note)
    if answer.said is Said.NOTHING:
        way.look()
        answer = await way.reception.recall(note)
    assert answer.said is Said.RECALLED
    assert way.toy.recalled == {one.id: "locked"}
    assert not way.toy.filed


async def test_a_recall_that_is_answered_by_anything_else_was_not_heard(tmp_path: Path) -> None:
    toy, one = ToyReception(), component(tmp_path)
    toy.recall = lambda note: toy.answer(note["id"], note["sha256"])  # type: ignore[method-assign]
    async with serving(toy) as url:
        reception = HttpsReception(Outbox(kind="https", url=url))
        assert (await reception.give(one)).said is Said.CONFIRMED
        with pytest.raises(ApplianceError) as caught:
            await reception.recall(Recall(one.id, one.sha256, CODE, "locked"))
        assert (caught.value.code, caught.value.kind.retry) == ("A624", True)
        await reception.close()


async def test_a_recall_of_what_never_arrived_comes_to_its_end(way: Way, tmp_path: Path) -> None:
    note = Recall(uuid7(), "ab" * 32, CODE, "replaced")
    answer = await way.reception.recall(note)
    if answer.said is Said.NOTHING:
        way.look()
        answer = await way.reception.recall(note)
    assert answer.said is Said.RECALLED


async def test_a_file_that_is_gone_or_another_is_never_given(way: Way, tmp_path: Path) -> None:
    one = component(tmp_path)
    other = replace(one, sha256="ab" * 32)
    gone = replace(one, path=tmp_path / "gone.pdf")
    for wrong in (other, gone):
        with pytest.raises(ApplianceError) as caught:
            await way.reception.give(wrong)
        assert caught.value.code == "A625"
    way.look()
    assert not way.toy.filed
    assert not list((way.folder).rglob("*.pdf"))


async def test_reception_software_that_is_away_is_tried_again_later(tmp_path: Path) -> None:
    ways: list[Reception] = [FolderReception(tmp_path / "missing"),
                             HttpsReception(Outbox(kind="https", url="http://127.0.0.1:9/api")),
                             HttpsReception(Outbox(kind="https", url="http://reception.example/api"))]
    for reception in ways:
        with pytest.raises(ApplianceError) as caught:
            await reception.give(component(tmp_path))
        assert (caught.value.code, caught.value.kind.retry) == ("A622", True)
        assert caught.value.details["away"]
        await reception.close()
    assert not (tmp_path / "missing").exists(), "a mount point without its share is not written into"


async def test_a_folder_for_a_group_is_for_that_group_under_the_narrow_umask_of_the_unit(tmp_path: Path) -> None:
    one, folder = component(tmp_path), tmp_path / "share"
    folder.mkdir()
    folder.chmod(0o2770)
    mask = os.umask(0o077)
    try:
        await FolderReception(folder).give(one)
    finally:
        os.umask(mask)
    modes = {path.name: path.stat().st_mode & 0o7777 for path in folder.rglob("*")}
    assert modes == {"out": 0o2770, "in": 0o2770, f"{one.id}.pdf": 0o640, f"{one.id}.json": 0o640}


@pytest.mark.parametrize("said", [
    "{", "[]", "{}", json.dumps({"format": "onestop-answer/1", "id": "other", "sha256": "", "status": "confirmed"}),
    "x" * 100_000])
async def test_an_answer_that_is_not_about_this_component_does_not_count(said: str, tmp_path: Path) -> None:
    one, folder = component(tmp_path), tmp_path / "share"
    folder.mkdir()
    reception = FolderReception(folder)
    await reception.give(one)
    (folder / "in" / f"{one.id}.json").write_text(said)
    with pytest.raises(ApplianceError) as caught:
        await reception.ask(one.id, one.sha256)
    assert caught.value.code == "A624"


async def test_an_answer_that_is_a_link_to_something_else_is_not_read(tmp_path: Path) -> None:
    one, folder, secret = component(tmp_path), tmp_path / "share", tmp_path / "secret.json"
    folder.mkdir()
    answer = {"format": "onestop-answer/1", "id": one.id, "sha256": one.sha256, "status": "confirmed"}
    secret.write_text(json.dumps(answer))
    reception = FolderReception(folder)
    await reception.give(one)
    (folder / "in" / f"{one.id}.json").symlink_to(secret)
    with pytest.raises(ApplianceError):
        await reception.ask(one.id, one.sha256)


async def test_the_wait_that_it_asks_for_is_passed_on_and_a_portal_is_no_answer(tmp_path: Path) -> None:
    toy = ToyReception(down=429, retry_after="17")
    async with serving(toy) as url:
        reception = HttpsReception(Outbox(kind="https", url=url))
        for status, wait in ((429, 17.0), (302, 17.0), (401, 17.0)):
            toy.down = status
            with pytest.raises(ApplianceError) as caught:
                await reception.give(component(tmp_path))
            assert (caught.value.details["wait"], caught.value.details["away"]) == (wait, True)
        await reception.close()


async def test_the_token_of_the_office_goes_with_every_request(tmp_path: Path,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outbox-token").write_text("tok-1\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    toy = ToyReception()
    async with serving(toy) as url:
        reception = HttpsReception(Outbox(kind="https", url=url))
        one = component(tmp_path)
        await reception.give(one)
        await reception.ask(one.id, one.sha256)
        await reception.close()
    assert toy.tokens == ["Bearer tok-1"] * 2


async def test_a_token_of_several_lines_is_told_and_breaks_nothing(tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outbox-token").write_text("tok-1\ntok-2\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    toy = ToyReception()
    async with serving(toy) as url:
        reception = HttpsReception(Outbox(kind="https", url=url))
        with pytest.raises(ApplianceError) as caught:
            await reception.give(component(tmp_path))
        await reception.close()
    assert (caught.value.code, caught.value.details["reason"], toy.asked) == ("A622", "outbox.token_credential", [])


def listening(server: Tls, authority: Authority) -> ssl.SSLContext:
    """Return the context of reception software that wants to know who speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.key)
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_office_and_reception_software_know_each_other_by_certificate(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "a", "bhxh"), Authority(tmp_path / "b", "stranger")
    server, office = authority.issue("reception", server=True), authority.issue("office")
    other = stranger.issue("office")
    toy, one = ToyReception(), component(tmp_path)
    async with serving(toy, listening(server, authority)) as url:
        for tls in (replace(office, ca=other.ca), replace(other, ca=office.ca), Tls(ca=office.ca)):
            reception = HttpsReception(Outbox(kind="https", url=url, tls=tls))
            with pytest.raises(ApplianceError) as caught:
                await reception.give(one)
            assert (caught.value.code, caught.value.details["away"]) == ("A622", True)
            await reception.close()
        assert toy.asked == []
        reception = HttpsReception(Outbox(kind="https", url=url, tls=office))
        assert (await reception.give(one)).said is Said.CONFIRMED
        await reception.close()


async def test_a_renewed_certificate_is_used_at_once_and_a_broken_one_stops_nothing(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "a", "bhxh"), Authority(tmp_path / "b", "stranger")
    server, fresh, wrong = (authority.issue("reception", server=True), authority.issue("office"),
                            stranger.issue("office"))
    tls = Tls(fresh.ca, str(tmp_path / "own.crt"), str(tmp_path / "own.key"))
    toy = ToyReception()

    def install(one: Tls) -> None:
        shutil.copyfile(one.certificate, tls.certificate)
        shutil.copyfile(one.key, tls.key)

    install(wrong)
    async with serving(toy, listening(server, authority)) as url:
        reception = HttpsReception(Outbox(kind="https", url=url, tls=tls))
        with pytest.raises(ApplianceError):
            await reception.give(component(tmp_path))
        install(fresh)
        assert (await reception.give(component(tmp_path, b"%PDF 1"))).said is Said.CONFIRMED
        Path(tls.certificate).write_text("half a certif")
        assert (await reception.give(component(tmp_path, b"%PDF 2"))).said is Said.CONFIRMED
        await reception.close()
