"""Rule profiles: what a law demands, as data (appliance/rules/*.toml). No number of a law is in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.limits import CHECKS, ImageLimits, TargetLimits
from appliance.core.model import ImageRules
from appliance.core.tables import build, setting

FOLDER = Path(__file__).parents[1] / "rules"

WARN = ("clipping", "misregistration", "staple")
"""Checks that hold no page unless a profile says so; what they find stands in the provenance. Many scanners make
paper all white, and no second scan brings its tones back. Colours that lie apart harm no reading, and only a repair
helps: every page would be held until then. A staple hides nothing. All other checks hold: together they were wrong
on 1 of 796 good pages (bench/README.md), a second scan mends what they find, and where it cannot, a person keeps
the page (``appliance keep``)."""

FOLDER_PAPERS = ("folder_cover", "table_of_contents", "closing_note")
"""Folder cover (bìa hồ sơ), table of contents (mục lục văn bản), closing note (chứng từ kết thúc)."""


@dataclass(frozen=True, slots=True)
class ImageTable:
    """Demands on the page image."""

    min_dpi: int = setting(200, doc="Lowest lawful resolution.", low=50, high=600, unit="dpi")
    colour_required: bool = setting(True, doc="Whether 24-bit colour is demanded.")
    lenient: bool = setting(False, doc="Warn instead of holding a page that breaks these demands.")
    warn: tuple[str, ...] = setting(WARN, doc="Checks that warn and never hold a page.", choices=CHECKS)
    limit: ImageLimits = field(default_factory=ImageLimits)
    target: TargetLimits = field(default_factory=TargetLimits)

    def limits(self) -> ImageRules:
        """Return the demands as the imaging stage takes them."""
        return ImageRules(self.min_dpi, self.colour_required, self.lenient, self.limit, self.warn)


@dataclass(frozen=True, slots=True)
class StampTable:
    """The visible signature."""

    corner: str = setting("top-right", doc="Corner of the first page.", choices=("top-left", "top-right"))
    role: str = setting("agency", doc="Whose name stands first.", choices=("agency", "person"))
    width_mm: float = setting(60.0, doc="Width of the stamp.", low=20, high=120, unit="mm")
    height_mm: float = setting(11.0, doc="Height of the stamp.", low=6, high=40, unit="mm")
    margin_mm: float = setting(3.0, doc="Distance from the page's edges.", low=1, high=20, unit="mm")
    font_size: float = setting(10.0, doc="Size of the text.", low=5, high=20, unit="pt")
    conversion_mark: bool = setting(False, doc="Whether the stamp also says the mark of conversion.")


@dataclass(frozen=True, slots=True)
class SignatureTable:
    """How much a signature proves by itself (PAdES, ETSI EN 319 142-1)."""

    level: str = setting("B-T", doc="Level that a signature must reach: B-B, the signer; B-T, a time stamp too; "
                         "B-LT, revocation data too; B-LTA, a time stamp over all of it.",
                         choices=("B-B", "B-T", "B-LT", "B-LTA"))
    lt_seconds: float = setting(10.0, doc="How long revocation data may take to make a B-T signature a B-LT one; "
                                "0: not tried.", low=0, high=600, unit="seconds")
    without_timestamp: str = setting(
        "wait", doc="What becomes of a document while no time stamp can be had: wait, it waits unsigned; "
        "sign_bb_then_lift, it is signed as B-B and gets its time stamp later, before it is packed.",
        choices=("wait", "sign_bb_then_lift"))


@dataclass(frozen=True, slots=True)
class PdfTable:
    """The file that is filed."""

    conformance: str = setting("2b", doc="PDF/A-2 at this level of conformance.", choices=("2b", "2u"))


@dataclass(frozen=True, slots=True)
class SecretTable:
    """State secrets."""

    confirm: str = setting(
        "batch", doc="Who confirms that there is no state secret. batch: somebody, by name, for every batch, or "
        "it waits (docs/secrets.md); start: before the first sheet, or Start is refused; off: nobody.",
        choices=("batch", "start", "off"))


@dataclass(frozen=True, slots=True)
class CompositionTable:
    """Papers of the folder (docs/composition.md)."""

    keep: tuple[str, ...] = setting(
        FOLDER_PAPERS, doc="Papers of the folder that are filed as documents of their own; pages of others are "
        "taken out and recorded.", choices=FOLDER_PAPERS)
    covers_count: bool = setting(False, doc="Whether the sheets that registers and closing notes say include them.")


FIELDS = ("codeNumber", "codeNotation", "issuedDate", "organName", "typeName", "subject", "signer", "position",
          "urgency", "form")
"""Catalogue fields that can be read of a page; numbers of persons only where a job asks for them."""


@dataclass(frozen=True, slots=True)
class CatalogueTable:
    """Catalogue fields that are read from the pages (docs/catalogue.md)."""

    when: str = setting("before_signature", doc="When they are read and released: before the document is signed, "
                        "so that the file can carry them; or only after its signature has verified.",
                        choices=("before_signature", "after_signature"))
    low: str = setting("empty", doc="What becomes of a field that is not sure: it is left empty, or the dossier is "
                       "held until a person says.", choices=("empty", "hold"))
    least: float = setting(0.6, doc="Certainty from which a field is sure.", low=0.0, high=1.0, unit="")
    fields: tuple[str, ...] = setting(FIELDS, doc="Fields that are read; none: no page is looked at.",
                                      choices=FIELDS)


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """One law's demands."""

    name: str = setting(doc="Name of the profile; equals the file name.", pattern=r"[a-z0-9][a-z0-9\-]{0,63}")
    version: str = setting(doc="Version of these data; stands in every package.")
    law: str = setting(doc="The instrument the numbers come from.")
    stream: str = setting("archive", doc="Which stream.", choices=("archive", "onestop"))
    conversion_mark: str = setting("Bản số hóa từ văn bản giấy", doc="Mark of conversion (Law 20/2023 art. 12).")
    image: ImageTable = field(default_factory=ImageTable)
    stamp: StampTable = field(default_factory=StampTable)
    signature: SignatureTable = field(default_factory=SignatureTable)
    catalogue: CatalogueTable = field(default_factory=CatalogueTable)
    secrets: SecretTable = field(default_factory=SecretTable)
    pdf: PdfTable = field(default_factory=PdfTable)
    composition: CompositionTable = field(default_factory=CompositionTable)


def known(folder: Path = FOLDER) -> list[str]:
    """Return the names of the shipped profiles."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load(name: str, folder: Path = FOLDER) -> RuleProfile:
    """Read a rule profile.

    Raises:
        ApplianceError: PROFILE_UNKNOWN, or a settings error naming the key.
    """
    names = known(folder)
    if name not in names:
        raise errors.PROFILE_UNKNOWN.error(name=name, reason="no such file", known=", ".join(names))
    return build(RuleProfile, tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")), name)
