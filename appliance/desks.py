"""What people decide over the control socket: every desk there is, with what it works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from aiohttp import web

from appliance import register_desk
from appliance.authorise_desk import AuthoriseDesk
from appliance.catalogue_desk import CatalogueDesk
from appliance.component_desk import ComponentDesk
from appliance.decisions import Decisions
from appliance.delivery_desk import DeliveryDesk
from appliance.dossier_desk import DossierDesk
from appliance.leaders import Leaders
from appliance.lock_desk import LockDesk
from appliance.paper_desk import PaperDesk
from appliance.planning.desk import PlanDesk
from appliance.reception_desk import ReceptionDesk
from appliance.registry import Registry
from appliance.session_desk import SessionDesk
from appliance.stamp_desk import StampDesk
from appliance.steps.steps import Steps

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]


@dataclass(frozen=True)
class Desks:
    """Offers every desk; ``confirm`` confirms a batch by name, ``wake`` lets the work go on.

    ``sessions`` is the desk of signing sessions, which the page has too.
    """

    steps: Steps
    decisions: Decisions
    leaders: Leaders
    registry: Registry
    confirm: Callable[[str, str, str], Awaitable[None]]
    sessions: SessionDesk

    def routes(self, asked: Asked) -> Iterator[web.RouteDef]:
        """Yield what the control socket offers; ``asked`` reads the words of a request."""
        means, wake = self.steps.means, self.decisions.wake
        config, book = means.config, means.book
        yield from self.decisions.routes(asked)
        yield from register_desk.routes(self.registry)
        yield from LockDesk(config, book, self.leaders, means.bus, self.confirm, wake).routes(asked)
        yield from PaperDesk(config, book, self.leaders, wake).routes(asked)
        yield from StampDesk(book, self.leaders, wake).routes(asked)
        yield from DossierDesk(means, wake).routes(asked)
        yield from DeliveryDesk(means, wake).routes(asked)
        yield from ComponentDesk(config, book, self.steps.composition.office, wake).routes(asked)
        yield from CatalogueDesk(book, wake).routes(asked)
        yield from ReceptionDesk(config, book, wake).routes(asked)
        yield from AuthoriseDesk(config, book, self.leaders, means.signer, self.sessions.look).routes(asked)
        yield from PlanDesk(config, book).routes()
        yield from self.sessions.routes(asked)
