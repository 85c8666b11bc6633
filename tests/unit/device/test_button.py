"""Start on the device, told as its sensors show it pass by pass, and the job that a press selects."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.core.config import Button as Binding
from appliance.core.config import Config, Device, Job
from appliance.core.errors import ApplianceError
from appliance.device import catalogue, profile
from appliance.device.action import OnPress
from appliance.device.button import Button, Senses
from appliance.device.duty import Duty, duties
from appliance.device.profile_tables import Start
from appliance.device.protocol import Hello, Pressed
from appliance.device.session import PRESS, SETTLED

FI = Start(button_sensor="scan", function_sensor="function", debounce_ms=1000)
DR = Start(button_sensor="start", more_buttons=("button-3",))
AVISION = Start(button_sensor="message")


def presses(start: Start, *passes: Senses, every: float = 0.4) -> list[Pressed | None]:
    button = Button(start)
    return [button.look(senses, at * every) for at, senses in enumerate(passes)]


def fi(on: bool, function: int = 1) -> Senses:
    return {"scan": on, "function": function, "page-loaded": True}


def test_a_button_seen_on_in_one_pass_is_one_press_with_its_number() -> None:
    assert presses(FI, fi(False), fi(True, 3), fi(False, 3)) == [None, Pressed("scan", 3), None]


def test_a_button_held_down_is_one_press() -> None:
    assert presses(FI, fi(False), *[fi(True)] * 20, fi(False)).count(Pressed("scan", 1)) == 1


def test_a_button_that_is_on_at_the_first_look_is_no_press_until_it_was_seen_off() -> None:
    stuck = presses(FI, *[fi(True)] * 20)
    assert stuck == [None] * 20
    assert presses(FI, fi(True), fi(False), fi(True)) == [None, None, Pressed("scan", 1)]


def test_two_edges_closer_than_the_debounce_are_one_press() -> None:
    bounce = [fi(False), fi(True), fi(False), fi(True), fi(False)]
    assert [found is not None for found in presses(FI, *bounce, every=0.4)] == [False, True, False, False, False]
    assert [found is not None for found in presses(FI, *bounce, every=0.5)] == [False, True, False, True, False]


def test_a_chatter_that_goes_on_is_still_one_press() -> None:
    chatter = [fi(at % 2 == 1) for at in range(40)]
    assert sum(found is not None for found in presses(FI, *chatter)) == 1


def test_after_a_scan_the_first_look_counts_for_nothing_again() -> None:
    button = Button(FI)
    assert button.look(fi(False), 0.0) is None
    assert button.look(fi(True), 5.0) == Pressed("scan", 1)
    button.forget()  # a press while it scanned was latched
    assert button.look(fi(True), 50.0) is None
    assert button.look(fi(False), 50.4) is None
    assert button.look(fi(True), 50.8) == Pressed("scan", 1)


def test_a_device_that_did_not_answer_is_looked_at_for_the_first_time_again() -> None:
    assert presses(FI, fi(False), {}, fi(True), fi(False), fi(True))[2:] == [None, None, Pressed("scan", 1)]


@pytest.mark.parametrize("start", [Start(), Start(function_sensor="function"), Start(button_sensor="none-such")])
def test_a_device_without_a_button_never_presses(start: Start) -> None:
    assert presses(start, fi(False), fi(True), fi(False), fi(True)) == [None] * 4


def test_each_of_several_buttons_is_told_by_its_name() -> None:
    off, first, third = ({"start": a, "button-3": b} for a, b in ((0, 0), (1, 0), (0, 1)))
    assert presses(DR, off, first, off, third) == [None, Pressed("start"), None, Pressed("button-3")]
    assert presses(DR, off, {"start": 1, "button-3": 1}) == [None, Pressed("start")]


@pytest.mark.parametrize(("text", "number"), [("1:duplex", 1), ("12", 12), ("scan", 0), ("\u0661:x", 0)])
def test_a_button_that_is_a_text_is_pressed_while_there_is_one(text: str, number: int) -> None:
    assert presses(AVISION, {"message": ""}, {"message": text}, {"message": ""}) == [
        None, Pressed("message", number), None]


def test_a_function_sensor_that_is_missing_shows_no_number() -> None:
    assert presses(FI, {"scan": False}, {"scan": True}) == [None, Pressed("scan", 0)]


# ---- what a press asks for ----

JOBS = {job.name: job for job in (Job("usual"), Job("two"), Job("copies", press_while_open="ignore"))}


def duty(*bindings: Binding, start_kind: str = "auto") -> Duty:
    return Duty(Device("quay1", "sane", start_kind=start_kind, job="usual", button=bindings), JOBS, ("scan",))


@pytest.mark.parametrize(("pressed", "job"), [
    (Pressed("scan", 2), "two"), (Pressed("button-3", 1), "copies"), (Pressed("button-3", 2), "two"),
    (Pressed("scan", 1), "usual"), (Pressed("scan", 0), "usual"), (Pressed("2", 0), "two"),
])
def test_the_number_selects_the_job_then_the_button_then_the_device(pressed: Pressed, job: str) -> None:
    assert duty(Binding("2", "two"), Binding("button-3", "copies")).job_for(pressed) == job


def test_a_job_that_is_asked_for_by_name_must_exist() -> None:
    assert duty().job_named("two") == "two" and duty().job_named("") == ""
    with pytest.raises(ApplianceError) as caught:
        duty().job_named("tow")
    assert caught.value.kind is errors.JOB_UNKNOWN
    assert "two" in caught.value.en and "tow" in caught.value.vi


@pytest.mark.parametrize(("job", "rule"), [
    ("copies", OnPress.IGNORE), ("two", OnPress.GO_ON), ("", OnPress.GO_ON), ("no longer there", OnPress.GO_ON)])
def test_the_job_of_the_open_batch_says_what_a_press_means(job: str, rule: OnPress) -> None:
    assert duty().on_press(job) is rule


def test_start_kind_auto_is_a_press_where_a_button_can_be_read_and_settled_paper_where_none_can() -> None:
    known = catalogue.read()
    config = Config(device=(
        Device("fi", "sane", profile="fujitsu_fi-8170"), Device("ds", "sane", profile="epson_ds-530ii"),
        Device("net", "escl", profile="fujitsu_fi-8170"), Device("files", "folder"),
        Device("gone", "sane", profile="none_such"), Device("set", "sane", profile="fujitsu_fi-8170",
                                                            start_kind="settled")))
    assert [(one.name, one.start_kind()) for one in duties(config, known)] == [
        ("fi", PRESS), ("ds", SETTLED), ("net", SETTLED), ("files", SETTLED), ("gone", SETTLED), ("set", SETTLED)]


def test_a_driver_that_lacks_the_button_leaves_the_paper_to_start() -> None:
    lacking = Hello("quay1", "fi-8170", "A1", "", "p", 7, lacking=("scan", "overscan"))
    assert duty().start_kind() == duty().start_kind(Hello("quay1", "", "", "", "p", 7)) == PRESS
    assert duty().start_kind(lacking) == SETTLED
    assert duty(start_kind="press").start_kind(lacking) == PRESS


def test_every_shipped_profile_that_can_be_started_by_a_button_names_its_sensor() -> None:
    for name in profile.known():
        start = profile.load(name).start
        assert ("button" in start.kinds) == bool(start.buttons), name
