"""A setting or metric of the archive that is missing from docs/receiver.md fails here."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
from manual_stand import page, settings

from appliance.core.errors import ApplianceError
from appliance.receiver import settings as choosing
from appliance.receiver.archive import open_archive
from appliance.receiver.front import Front
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.metrics import Scrape, scrape
from appliance.receiver.serving import assembled
from appliance.receiver.settings import Settings, load

PAGE = "receiver.md"


@pytest.mark.parametrize(("key", "doc", "permitted"), settings(Settings))
def test_every_setting_of_the_archive_stands_in_its_manual(key: str, doc: str, permitted: str) -> None:
    row = next((line for line in page(PAGE).splitlines() if line.startswith(f"| `{key}` |")), "")
    assert doc in row
    assert permitted.replace("|", "\\|") in row


def metrics_of(folder: Path) -> str:
    """Return what an archive with nothing in it shows to Prometheus."""
    with open_archive(Settings(folder)) as archive:
        receiver = assembled(archive, ThreadJudges(lambda _: "", archive.work), Front(archive))
        gauges = Scrape(archive, receiver.line, receiver.parts, lambda: 0)
        return scrape(receiver.deciding.figures, gauges).decode()


def test_every_metric_of_the_archive_stands_in_its_manual_and_no_other(tmp_path: Path) -> None:
    shown = set(re.findall(r"^# TYPE (\S+)", metrics_of(tmp_path), re.MULTILINE))
    assert set(re.findall(r"^\| `(archive_\w+)` \|", page(PAGE), re.MULTILINE)) == shown


def test_the_example_in_the_manual_is_a_file_the_archive_reads(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", page(PAGE), re.DOTALL)
    path = tmp_path / "receiver.toml"
    path.write_text(text, encoding="utf-8")
    found = load(path)
    assert not found.alone
    assert len(found.store) == 2


def chosen(*words: str) -> Settings:
    parser = argparse.ArgumentParser()
    choosing.arguments(parser)
    choosing.serving(parser)
    return choosing.chosen(parser.parse_args(words))


def test_flags_are_enough_for_a_small_archive_and_go_before_the_file(tmp_path: Path) -> None:
    small = chosen("--root", str(tmp_path), "--port", "0", "--trust", "a.pem", "--trust", "b.pem",
                   "--keep-days", "2")
    assert (small.root, small.port, small.trust, small.uploads.keep_days) == (tmp_path, 0, ("a.pem", "b.pem"), 2.0)
    assert small.alone
    path = tmp_path / "receiver.toml"
    path.write_text('root = "/srv/a"\nport = 9\nissuer = "x"\n[index]\nurl = "postgresql+psycopg://a@/b"\n')
    both = chosen("--settings", str(path), "--port", "10")
    assert (str(both.root), both.port, both.issuer, both.alone) == ("/srv/a", 10, "x", False)


@pytest.mark.parametrize(("text", "code"), [
    ("port = 1", "C003"), ('root = "a"\nroots = "b"', "C002"), ('root = "a"\nport = 70000', "C003"), ("[", "C001"),
    ('root = "a"\n[index]\nurl = "mysql://x"', "C003"), ('root = "a"\n[[store]]\nname = "../x"', "C003"),
])
def test_a_mistake_in_the_file_is_refused_with_its_key(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "receiver.toml"
    path.write_text(text)
    with pytest.raises(ApplianceError) as problem:
        load(path)
    assert problem.value.code == code


def test_neither_file_nor_root_is_refused() -> None:
    with pytest.raises(ApplianceError):
        chosen("--port", "0")
