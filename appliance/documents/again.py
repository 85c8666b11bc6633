"""Paper that is scanned again to take the place of pages, while a batch is walked through. Pure.

Which pages it stands for is settled later (spool/rescans.py): here only what lies behind which separator.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.errors import Kind
from appliance.core.model import Separator
from appliance.documents.plan import RescanPlan


class Again:
    """The rescans of a batch; ``open`` is the one whose paper is being taken."""

    def __init__(self) -> None:
        self.plans: list[RescanPlan] = []
        self.open: RescanPlan | None = None

    def begin(self, separator: Separator) -> None:
        """Begin what a rescan separator of a document asks for."""
        self.open = RescanPlan(separator.file_code, separator.ordinal, separator.page, separator.sheets)
        self.plans.append(self.open)

    def file(self, sheet: int, pages: Sequence[int]) -> None:
        """Take the pages of a sheet."""
        assert self.open is not None
        self.open.pages += pages
        self.open.sheets.add(sheet)

    def close(self) -> None:
        """End the open rescan: another separator comes."""
        self.open = None

    def distrust(self, kind: Kind, reason: str) -> None:
        """Hold the open rescan: what lies within it cannot be trusted."""
        if self.open is not None:
            self.open.fault, self.open.reason = kind.code, reason
        self.open = None
