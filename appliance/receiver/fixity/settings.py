"""Keeping as settings: the table [fixity] of receiver.toml."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.signature import Tsa
from appliance.core.tables import setting


@dataclass(frozen=True, slots=True)
class Fixity:
    """How what is kept is looked after."""

    start: bool = setting(True, doc="Whether this receiver does the daily share; of several, one at a time.")
    cycle_days: float = setting(1095.0, doc="Days in which everything is read and judged again, a share every day.",
                                low=1, high=3660, unit="days")
    hour: int = setting(1, doc="Hour of the day (Vietnamese time) from which the day's share is done.",
                        low=0, high=23, unit="")
    signatures: bool = setting(True, doc="Whether content and signatures of packages are judged again too.")
    renew_days: float = setting(180.0, doc="Days before its end that an archive time stamp is renewed.",
                                low=1, high=3660, unit="days")
    tsa: tuple[Tsa, ...] = setting((), doc="Time-stamping authorities; without one nothing is stamped.")
    trust: tuple[str, ...] = setting((), doc="PEM files of the roots of time-stamping authorities; none: "
                                     "those that signatures are trusted by.")
    algorithms: str = setting("", doc="TOML file that says how long algorithms hold; empty: the shipped one.")
