"""Values survive a process border, and what is no such value is refused by name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from appliance.core.jobs import AnalyseJob, Job, Outcome
from appliance.core.model import (
    Box,
    EmptyBand,
    Geometry,
    ImageFormat,
    ImageRules,
    Mark,
    Master,
    PageAnalysis,
    PageText,
    TextLine,
    Verdict,
    Word,
)
from appliance.core.plain import from_plain, to_plain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    n: int
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    inner: Inner
    many: tuple[Inner, ...] = ()
    pair: tuple[int, str] = (0, "")
    table: dict[str, Inner] = field(default_factory=dict)
    maybe: Inner | None = None
    colour: Colour = Colour.RED
    sure: bool = False
    anything: Any = None


MASTER = Master("ab/cd.jpg", "cd" * 32, 123, ImageFormat.JPEG, 2480, 3508, 3, 300)
ANALYSIS = PageAnalysis(Geometry(2480, 3508, 2, -1.25, 2480.0, 3508.0), False, (Mark("QR", "x", Box(0, 1, 2, 3)),),
                        (Verdict("dpi", 150.0, 200.0, False, "I306"),), EmptyBand(left=Box(1.0, 2.0, 3.0, 4.0)),
                        False, {"decode": 0.01})
TEXT = PageText("tesserocr", "vie+eng", 0.93,
                (TextLine(Box(0, 0, 9, 9), 8.0, 0.01, (Word("Hồ", Box(0, 0, 4, 9), 0.9),)),), 0.7)


@pytest.mark.parametrize("value", [
    Outer("a", Inner(1)),
    Outer("Đ", Inner(1, 2.0), (Inner(2), Inner(3)), (7, "x"), {"k": Inner(4)}, Inner(5), Colour.RED, True,
          [1, {"z": None}]),
    MASTER, ANALYSIS, TEXT,
    AnalyseJob(MASTER, "/m/ab/cd.jpg", ImageRules(200, True), 10),
    Job("j", "read", {"a": [1]}), Outcome("j", ok=True, body={"x": None}),
], ids=lambda value: type(value).__name__)
def test_a_value_through_json_and_back_is_the_same_value(value: Any) -> None:
    assert from_plain(type(value), json.loads(json.dumps(to_plain(value)))) == value


def test_a_whole_number_may_stand_for_a_float_and_becomes_one() -> None:
    built = from_plain(Inner, {"n": 1, "share": 2})
    assert built == Inner(1, 2.0)
    assert type(built.share) is float


@pytest.mark.parametrize(("data", "named"), [
    ({"name": "a"}, "inner"),
    ({"name": "a", "inner": {"n": 1}, "extra": 1}, "extra"),
    ({"name": "a", "inner": {"n": "1"}}, "Outer.inner.n"),
    ({"name": "a", "inner": {"n": True}}, "Outer.inner.n"),
    ({"name": "a", "inner": {"n": 1.0}}, "Outer.inner.n"),
    ({"name": None, "inner": {"n": 1}}, "Outer.name"),
    ({"name": "a", "inner": [1]}, "Outer.inner"),
    ({"name": "a", "inner": {"n": 1}, "many": {}}, "Outer.many"),
    ({"name": "a", "inner": {"n": 1}, "pair": [1]}, "Outer.pair"),
    ({"name": "a", "inner": {"n": 1}, "table": []}, "Outer.table"),
    ({"name": "a", "inner": {"n": 1}, "colour": "blue"}, "blue"),
    ({"name": "a", "inner": {"n": 1}, "sure": 1}, "Outer.sure"),
    ([], "Outer"),
])
def test_what_is_no_such_value_is_refused_by_the_field(data: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named.replace(".", r"\.")):
        from_plain(Outer, data)
