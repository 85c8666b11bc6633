"""A day of a whole appliance, told upward: plan, report and lot beside its daemon say what its status says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rig import Rig, accepted, balanced, dossier, escl, job, page

from appliance.core import clock
from appliance.planning import command, lot, report

pytestmark = pytest.mark.slow
PLAN = "Giai đoạn,Số hồ sơ,Số tờ,Hạn hoàn thành\n1,3,30,31/12/2099\n"


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("reports") / "rig", {"device": [escl()], "job": [job()]})
    yield found
    found.stop()


def test_plan_report_and_lot_of_a_day_agree_with_what_the_daemon_did(
        rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    def run(main: Callable[[list[str]], int], *words: str) -> str:
        assert main([*words, "--config", str(rig.place.settings)]) == 0
        return capsys.readouterr().out

    def told(*words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(run(report.main, *words, "--json"))
        return found

    file = rig.place.settings.with_name("plan.csv")
    file.write_text(PLAN, encoding="utf-8")
    rig.load([dossier("H1.2001.1"), page(1), page(2), dossier("H1.2001.2"), page(3)])
    rig.press()
    status = rig.wait(lambda found: {"H1.2001.1", "H1.2001.2"} <= accepted(found), "both accepted")
    balanced(status)
    run(command.main, "import", str(file))
    counts, day = status["counts"], str(clock.now().date())
    values = {one["key"]: one["values"][2] for one in told("--month", day[:7])["lines"]}
    assert values["pages"] == values["filed"] == counts["pages_filed"]
    seen = (values["sides"], values["sheets"], values["blank"])
    assert seen == (counts["sides"], counts["sheets"], counts["blank"])
    assert (values["dossiers"], values["difference"], values["pages_larger"]) == (2, 0, 0)
    assert values["seconds_median"] is not None
    text = rig.metrics()
    assert 'appliance_plan_digitised_dossiers{phase="1"} 2.0' in text
    sheets = re.search(r'appliance_plan_digitised_sheets\{phase="1"\} (\S+)', text)
    assert sheets is not None and float(sheets[1]) == 3.0
    assert "2 hồ sơ" in run(lot.main, "make", "--since", day, "--until", day)
    rig.kill("daemon")
    again = {one["key"]: one["values"][2] for one in told("--month", day[:7])["lines"]}
    assert again == values, "the ledger of a daemon that is dead says the same"
    assert "3 / 30" in run(command.main, "show") and "1: 2 hồ sơ" in run(lot.main, "list")
