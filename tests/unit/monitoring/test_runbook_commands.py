"""What a runbook tells a person to type exists: command, sub-command, options, number of words; names of boards."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from appliance import cli
from appliance.monitoring.dashboards.shelf import BOARDS

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
TYPED = re.compile(r"`(?:sudo )?appliance ([a-z][^`…]*)`")


def typed() -> list[str]:
    """Return every command that a runbook gives, each once."""
    found = {command for path in RUNBOOKS.glob("*.md")
             for command in TYPED.findall(" ".join(path.read_text("utf-8").split()))}
    assert len(found) > 40
    return sorted(found)


def helped(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what ``--help`` says of a command."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--help"])
    said = capsys.readouterr()
    assert not ended.value.code, said.err
    return " ".join(said.out.split())


@pytest.mark.parametrize("command", typed())
def test_a_command_of_a_runbook_is_understood_as_it_is_written(
        command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)
    names = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
    said = helped(names, capsys)
    usage = said.partition("options:")[0]
    assert usage.startswith(f"usage: appliance {' '.join(names)}") or names == ["audit"]
    assert {word for word in words if word.startswith("--")} <= set(re.findall(r"--[a-z-]+", said))


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_dashboard_that_a_runbook_names_is_called_so(path: Path) -> None:
    vietnamese, english = zip(*(board.vi.split(" · ") for board in BOARDS), strict=True)
    text = " ".join(path.read_text("utf-8").split()).replace("*", "")
    for name in re.findall(r"[Bb]ảng ([A-ZĐ]\w+ \w+)", text):
        assert any(title.startswith(name) for title in vietnamese) or name.split()[0] in vietnamese
    assert set(re.findall(r"[Dd]ashboard ([A-Z]\w+)", text)) <= set(english)
