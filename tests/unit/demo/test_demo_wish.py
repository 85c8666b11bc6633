"""The command line of a demo and the settings that follow from it."""

import tomllib
from pathlib import Path

from appliance.core import config
from appliance.demo.feed import natural
from appliance.demo.launch import facts_of
from appliance.demo.place import Place, settings_text
from appliance.demo.wish import DEVICE, Wish, parse, settings

PLACE = Place(Path("/srv/thử nghiệm"), Path("/tmp/a"))
ARCHIVE = "http://127.0.0.1:5000"


def read(wish: Wish, scanner: str) -> config.Config:
    return config.parse(tomllib.loads(settings(wish, PLACE, ARCHIVE, scanner)))


def test_the_settings_of_a_specimen_run_are_accepted_by_the_daemon() -> None:
    found = read(Wish(Path("out")), "http://127.0.0.1:6000/eSCL")
    job = found.job_named(DEVICE)
    assert (found.device[0].kind, found.device[0].start_kind) == ("escl", "press")
    assert (job.rules, job.separation, job.duplex) == ("archive-tt05-2025", "separators", True)
    assert found.storage.state == Path("/srv/thử nghiệm/state")


def test_a_persons_own_files_go_through_a_folder_under_the_lenient_rules() -> None:
    found = read(Wish(Path("out"), pages=(Path("a.pdf"),)), "")
    job = found.job_named(DEVICE)
    assert (found.device[0].kind, job.rules, job.separation) == ("folder", "demo", "one_dossier")


def test_the_quick_stack_has_one_printed_face() -> None:
    assert not read(Wish(Path("out"), sides="quick"), "http://127.0.0.1:1/eSCL").job_named(DEVICE).duplex


def test_odd_names_survive_the_settings_file() -> None:
    odd = 'thư mục "lạ" \\ tab\t'
    assert tomllib.loads(settings_text({"a": {"b": odd}}, {}))["a"]["b"] == odd


def test_several_paths_follow_one_option() -> None:
    wish = parse(["--pages", "a.pdf", "folder", "--out", "x", "--keep"])
    assert wish.pages == (Path("a.pdf"), Path("folder")) and wish.keep and wish.out == Path("x")


def test_a_ready_line_may_name_things_or_give_a_bare_address() -> None:
    assert facts_of(["http://127.0.0.1:81/eSCL"]) == {"url": "http://127.0.0.1:81/eSCL"}
    assert facts_of(["control=/tmp/c.sock", "page=http://h:1"]) == {"control": "/tmp/c.sock", "page": "http://h:1"}


def test_page_two_comes_before_page_ten() -> None:
    names = [Path("p10.png"), Path("p2.png"), Path("P1.png")]
    assert sorted(names, key=natural) == [Path("P1.png"), Path("p2.png"), Path("p10.png")]
