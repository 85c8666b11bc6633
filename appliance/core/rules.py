"""Rule profiles: what a law demands, as data (appliance/rules/*.toml). No number of a law is in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

from appliance.core import errors, files
from appliance.core.config import Config
from appliance.core.limits import CHECKS, ImageLimits, TargetLimits
from appliance.core.model import ImageRules
from appliance.core.press import NAME, Job
from appliance.core.stamping import StampLook
from appliance.core.tables import build, setting

FOLDER = Path(__file__).parents[1] / "rules"

WARN = ("clipping", "misregistration", "staple")
"""Checks that hold no page unless a profile says so; what they find stands in the provenance. Many scanners make
paper all white, and no second scan brings its tones back. Colours that lie apart harm no reading, and only a repair
helps: every page would be held until then. A staple hides nothing. All other checks hold: together they were wrong
on 1 of 796 good pages (bench/README.md), a second scan mends what they find, and where it cannot, a person keeps
the page (``appliance keep``)."""

PLACES = frozenset({"agency", "person", "time", "form"})
"""Places that the lines of a stamp may have."""

COLOUR = r"#[0-9a-f]{6}"

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
    role: str = setting("agency", doc="Who signs: the office by its key, or the person who scanned.",
                        choices=("agency", "person"))
    lines: tuple[str, ...] = setting(
        ("{agency}", "{time}"), doc="What it says, line by line; in the places {agency}, {person}, {time} and "
        "{form} stand the office's name, that of who scanned, the time of signing, and the form of the copy.",
        pattern=NAME)
    forms: tuple[str, ...] = setting((), doc="Forms of copies that a job may ask for.", pattern=NAME)
    width_mm: float = setting(60.0, doc="Width of the stamp where its text fits; else it takes what that needs.",
                              low=20, high=120, unit="mm")
    height_mm: float = setting(11.0, doc="Height of the stamp, likewise.", low=6, high=60, unit="mm")
    margin_mm: float = setting(3.0, doc="Distance from the page's edges.", low=1, high=20, unit="mm")
    font: str = setting("Tinos", doc="Typeface; its letters are as wide as those of Times New Roman.",
                        choices=("Tinos",))
    font_size: float = setting(10.0, doc="Size of the text.", low=5, high=20, unit="pt")
    shrink: bool = setting(False, doc="Whether the text may be smaller where there is no room, not below half; "
                           "else lines are only broken, and the stamp is as high as they need.")
    colour: str = setting("#000000", doc="Colour of the text.", pattern=COLOUR)
    image: str = setting("none", doc="Image: none, or the office's seal (office.seal).", choices=("none", "seal"))
    image_mm: float = setting(36.0, doc="Diameter of the seal; it is never smaller.", low=20, high=60, unit="mm")
    image_colour: str = setting("#cc0000", doc="Colour that the seal is painted in.", pattern=COLOUR)
    strip: str = setting("never", doc="What happens where the stamp finds no room on page 1. never: the document "
                         "is held, and a leader may allow a strip; when_needed: page 1 gets an empty strip at its "
                         "top, as high as the stamp needs; its scale stays.", choices=("never", "when_needed"))
    conversion_mark: bool = setting(False, doc="Whether the stamp also says the mark of conversion.")

    def look(self) -> StampLook:
        """Return how the stamp is drawn."""
        seal = self.image_mm if self.image == "seal" else 0.0
        return StampLook(self.font_size, self.shrink, self.colour, seal, self.image_colour)


LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
"""Levels of a signature, each proves more than the one before."""


@dataclass(frozen=True, slots=True)
class SignatureTable:
    """How much a signature proves by itself (PAdES, ETSI EN 319 142-1)."""

    level: str = setting("B-T", doc="Level that a signature must reach: B-B, the signer; B-T, a time stamp too; "
                         "B-LT, revocation data too; B-LTA, a time stamp over all of it.",
                         choices=LEVELS)
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
    try:
        data = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise errors.PROFILE_UNKNOWN.error(name=name, reason=problem, known=", ".join(names)) from None
    profile = build(RuleProfile, data, name)
    if profile.name != name:
        raise errors.CONFIG_BAD_VALUE.error(key=f"{name}.name", value=profile.name, allowed=name)
    _check_stamp(profile)
    return profile


def told(name: str, folder: Path = FOLDER) -> dict[str, str]:
    """Return which profile this is, as a package says it: name, version, and SHA-256 of its file.

    Raises:
        ApplianceError: as ``load``.
    """
    profile = load(name, folder)
    return {"name": name, "version": profile.version, "sha256": files.sha256_of(folder / f"{name}.toml")}


def check_jobs(config: Config, folder: Path = FOLDER) -> None:
    """Load the rule profile of every job; refuse a job whose form of copy is not one of its profile's.

    Raises:
        ApplianceError: as ``load``, or CONFIG_BAD_VALUE.
    """
    for job in jobs_of(config):
        _check_form(job, load(job.rules, folder))


def jobs_of(config: Config) -> list[Job]:
    """Return the jobs of the settings, and the default one where a device or nobody names another."""
    named = {job.name: job for job in config.job}
    for name in [device.job for device in config.device] or ([] if named else ["default"]):
        named.setdefault(name, config.job_named(name))
    return list(named.values())


def _check_form(job: Job, profile: RuleProfile) -> None:
    forms = profile.stamp.forms
    if job.copy_form not in (forms or ("",)):
        allowed = ", ".join(forms) or f"nothing: {profile.name} stamps no form of copy"
        raise errors.CONFIG_BAD_VALUE.error(key=f"job.{job.name}.copy_form", value=repr(job.copy_form),
                                            allowed=allowed)


def _check_stamp(profile: RuleProfile) -> None:
    """Refuse lines of a stamp with places that nothing stands for, or without those that the law asks for."""
    table, found = profile.stamp, set[str]()
    for line in table.lines:
        found |= _places(line, f"{profile.name}.stamp.lines")
    needed = {table.role, "time"} | ({"form"} if table.forms else set())
    if not needed <= found or ("form" in found and not table.forms):
        said = " ".join(sorted(f"{{{place}}}" for place in needed))
        raise errors.CONFIG_BAD_VALUE.error(key=f"{profile.name}.stamp.lines", value=repr(list(table.lines)),
                                            allowed=f"lines with {said}; {{form}} only with stamp.forms")


def _places(line: str, key: str) -> set[str]:
    """Return the places of a line; it may have nothing else in braces."""
    try:
        parts = [part[1:] for part in Formatter().parse(line) if part[1] is not None]
    except ValueError:
        parts = [(line, "", "")]
    for place, form, conversion in parts:
        if place not in PLACES or form or conversion:
            allowed = " ".join(sorted(f"{{{name}}}" for name in PLACES))
            raise errors.CONFIG_BAD_VALUE.error(key=key, value=repr(line), allowed=allowed)
    return {str(place) for place, _, _ in parts}
