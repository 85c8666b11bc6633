"""The doors of the daemon: the control socket and the page, with everything that is offered through them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appliance import register_desk
from appliance.audit_desk import AuditDesk
from appliance.audit_keeper import AuditKeeper
from appliance.console.counter import Counter
from appliance.console.reception import Reception
from appliance.console.signatures import Signatures
from appliance.console.site import Site
from appliance.control import ControlSite, asked
from appliance.core.config import Config
from appliance.decisions import Decisions
from appliance.desks import Desks
from appliance.device.station import Stations
from appliance.drain_desk import Drain
from appliance.hands import Hands
from appliance.heartbeat.desk import HeartbeatDesk
from appliance.heartbeat.heart import Heart
from appliance.intake import Intake
from appliance.leaders import Leaders
from appliance.logins import Logins
from appliance.outlook import Outlook
from appliance.registry import Registry
from appliance.session_desk import SessionDesk
from appliance.steps.steps import Steps
from appliance.upkeep import Upkeep


@dataclass(frozen=True)
class House:
    """What the doors lead to; ``wake`` lets the work go on."""

    config: Config
    steps: Steps
    stations: Stations
    intake: Intake
    logins: Logins
    outlook: Outlook
    upkeep: Upkeep
    registry: Registry
    keeper: AuditKeeper
    wake: Callable[[], None]
    sessions: SessionDesk
    heart: Heart
    drain: Drain


def control(house: House) -> ControlSite:
    """Return the control socket: for whoever may be the daemon's user."""
    config, steps = house.config, house.steps
    leaders = Leaders(house.logins)
    decisions = Decisions(steps.means.book, config.office.operator, house.wake)
    desks = Desks(steps, decisions, leaders, house.registry, house.intake.confirm, house.sessions)
    return ControlSite(
        config.storage.runtime / "control.sock", Hands(house.stations), house.outlook.picture, decisions.remove,
        house.intake.name,
        more=(*house.upkeep.routes(asked), *desks.routes(asked), *house.outlook.routes(),
              *AuditDesk(house.keeper, leaders, asked).routes(), *HeartbeatDesk(house.heart).routes(asked),
              *house.drain.routes(asked)),
        pledges=house.intake.pledges)


def page(house: House, scrape: Callable[[], Awaitable[bytes]], healthy: Callable[[], bool]) -> Site:
    """Return the page, the metrics and the reception: for the office's network."""
    config, sessions = house.config, house.sessions
    counter = Counter(config, house.logins, Hands(house.stations), house.outlook.picture, house.intake.name,
                      house.intake.confirm_on_page)
    reception = Reception(house.logins, house.registry.receive, register_desk.body)
    more = (*reception.routes(), *Signatures(counter, sessions.open, sessions.sessions).routes())
    return Site(config.console, counter, house.outlook.picture, scrape, healthy, more)
