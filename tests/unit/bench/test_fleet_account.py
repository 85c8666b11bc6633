"""The country in a box: what is lost or doubled is found, and papers come when offices are open."""

from __future__ import annotations

from dataclasses import replace

from bench.fleet_account import Held, Sent, backlog, balance, worst
from bench.fleet_plan import CLOSES, CUT_REGION, OPENS, Plan, code, organ

ONE = Sent("u1", "a" * 64, 10, "001", 1.0, 4.0, accepted=True)
TWO = Sent("u2", "b" * 64, 20, "002", 2.0, 9.0, accepted=True)
WHOLE = Held([("u1", "a" * 64, "001"), ("u2", "b" * 64, "002")], ["a" * 64, "b" * 64], {"a" * 64: 2, "b" * 64: 2})
PLAN = Plan(offices=763, packages=1526, days=2, day_seconds=240.0)


def test_an_archive_that_holds_everything_once_has_lost_and_doubled_nothing() -> None:
    found = balance([ONE, TWO], WHOLE, 2)
    assert (found.lost, found.doubled, found.rejected, found.without_receipt, found.strange) == (0, 0, 0, 0, 0)


def test_a_package_without_row_receipt_or_second_sound_copy_is_lost() -> None:
    for held in (replace(WHOLE, packages=WHOLE.packages[:1]), replace(WHOLE, accepted=["a" * 64]),
                 replace(WHOLE, copies={"a" * 64: 2, "b" * 64: 1})):
        found = balance([ONE, TWO], held, 2)
        assert (found.lost, found.lost_bytes) == (1, 20)


def test_a_package_that_came_under_another_offices_name_is_lost() -> None:
    assert balance([ONE, replace(TWO, office="003")], WHOLE, 2).lost == 1


def test_the_same_bytes_under_two_names_and_the_same_name_twice_are_doubles() -> None:
    again = replace(WHOLE, packages=[*WHOLE.packages, ("u3", "a" * 64, "001")])
    assert balance([ONE, TWO], again, 2).doubled == 1
    assert balance([ONE, TWO], replace(WHOLE, accepted=["a" * 64, "a" * 64, "b" * 64]), 2).doubled == 1


def test_what_nobody_sent_and_what_has_no_receipt_is_told() -> None:
    found = balance([ONE], WHOLE, 2)
    assert found.strange == 1
    assert balance([ONE, replace(TWO, done=None, accepted=False)], WHOLE, 2).without_receipt == 1


def test_the_backlog_is_as_old_as_the_package_that_waits_longest() -> None:
    assert backlog([ONE, TWO], [0.5, 3.0, 5.0, 9.5]) == [(0.5, 0, 0.0), (3.0, 2, 2.0), (5.0, 1, 3.0), (9.5, 0, 0.0)]
    assert worst([ONE, TWO], 10.0) == 7.0
    assert worst([ONE, replace(TWO, done=None)], 12.0) == 10.0


def test_every_office_sends_its_share_while_it_is_open() -> None:
    arrivals = PLAN.arrivals()
    assert sorted(office for office, _ in arrivals) == sorted(list(range(763)) * 2)
    hours = [(at / PLAN.day_seconds * 24 + OPENS) % 24 for _, at in arrivals]
    assert min(hours) >= OPENS
    assert max(hours) <= CLOSES
    assert arrivals == PLAN.arrivals()


def test_a_region_is_cut_for_a_day_and_every_office_has_names_of_its_own() -> None:
    start, end = PLAN.cut
    assert end - start == PLAN.day_seconds
    cut = [one for one in range(763) if PLAN.region(one) == CUT_REGION]
    assert 90 < len(cut) < 100
    assert len({code(one) for one in range(763)}) == len({organ(one) for one in range(763)}) == 763
