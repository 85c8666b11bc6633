"""The whole appliance and the composition of dossiers: held, answered, completed by a later batch, delivered."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, Sheet, accepted, balanced, escl, flat, held_codes, job, page

from appliance import components
from appliance.client import Control
from appliance.core.model import Separator
from appliance.core.model import SheetKind as Kind
from appliance.demo.cover import make_separator
from appliance.documents.separator import encode

pytestmark = pytest.mark.slow

TABLE = """
version = "văn phòng 7"
[[procedure]]
code = "1.1"
name = "Thai sản"
[[procedure.component]]
code = "TP01"
name = "Giấy chứng sinh"
ordinal = 1
[[procedure.component]]
code = "TP02"
name = "Giấy ra viện"
ordinal = 2
[[procedure.component]]
code = "TP03"
name = "Đơn đề nghị"
ordinal = 3
"""


def separator(kind: Kind, number: int = 0, type_name: str = "", sheets: int = 0) -> Sheet:
    says = Separator(kind, "G22.1", number, type_name, sheets)
    return Sheet(flat(make_separator(says, encode(says))))


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    root = tmp_path_factory.mktemp("composition")
    (root / "bang.toml").write_text(TABLE, encoding="utf-8")
    found = Rig(root / "rig", {
        "device": [{**escl(), "operator": "NV001"}], "job": [job(rules="onestop-ttvpcp-2023")],
        "operator": [{"code": "NV001", "name": "Trần Văn Bình"}],
        "composition": {"table": str(root / "bang.toml")}})
    yield found
    found.stop()


def command(rig: Rig, *words: str) -> tuple[int, str]:
    """Run ``appliance component`` in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = components.main([*words, "--config", str(rig.place.settings)])
    return code, out.getvalue()


def test_a_dossier_is_held_answered_withdrawn_completed_and_delivered(rig: Rig) -> None:
    async def receive() -> Any:
        body = {"receptionCode": "G22.1", "channel": "tại quầy", "procedureCode": "1.1", "receivingOffice": "A",
                "settlingOffice": "B", "personName": "Lê Thị C"}
        async with Control(rig.place.control) as control:
            return await control.post("/register/reception", body)

    assert rig.run(receive())["code"] == "G22.1"
    rig.load([separator(Kind.DOSSIER), separator(Kind.DOCUMENT, 9, "91"), page(1),
              separator(Kind.DOCUMENT, 1), page(2), separator(Kind.DOCUMENT, 2), page(3)])
    rig.press()
    status = rig.settled()
    assert held_codes(status, "dossier") == ["T485"], status["held"]
    assert "thiếu TP03 Đơn đề nghị" in str(status["held"])
    balanced(status)
    code, said = command(rig, "list", "G22.1")
    assert code == 3 and "TP03" in said and "THIẾU" in said
    assert command(rig, "answer", "G22.1", "TP03", "--already-digitised", "đã có", "--by", "NV001")[0] == 0
    code, said = command(rig, "withdraw", "G22.1", "TP03", "--reason", "sai người", "--by", "NV001")
    assert code == 3 and "T485" in said
    rig.load([separator(Kind.DOSSIER, sheets=1), separator(Kind.DOCUMENT, 3), page(4)])
    rig.press()
    status = rig.wait(lambda found: "G22.1" in accepted(found), "G22.1 accepted")
    kept = provenance(status)
    composition = kept["composition"]
    assert (composition["table"], composition["of"], composition["missing"]) == ("văn phòng 7", "Thai sản", [])
    assert [one["documents"] for one in composition["components"]] == [[1], [2], [3]]
    balanced(rig.settled())
    answers = json.loads(command(rig, "list", "G22.1", "--json")[1])["answers"]
    assert [one["withdrawn_as"] for one in answers] == ["data_mismatch"]


def provenance(status: dict[str, Any]) -> dict[str, Any]:
    (path,) = [Path(one["path"]) for one in status["deliveries"]]
    with zipfile.ZipFile(path) as found:
        name = next(name for name in found.namelist() if name.endswith("capture-provenance.json"))
        documents = [found.read(one).decode() for one in found.namelist() if "EAD_doc" in one]
        assert any("Bìa hồ sơ" in text for text in documents)
        return dict(json.loads(found.read(name)))
