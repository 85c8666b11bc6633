"""Signed files for judges: of every rule profile, level and kind of key by the product, and pyHanko's own."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import plain_pyhanko
from drawn_pages import document, draw, jpeg
from drawn_seal import drawn, png
from pki_stand import OFFICE, OFFICER, Stand
from pki_token import Token
from plain_pyhanko import Recipe

from appliance.core import clock, rules, stamping
from appliance.core.config import parse
from appliance.core.jobs import LiftJob, SignJob, SignPolicy, Stencil
from appliance.core.model import Box
from appliance.core.rules import RuleProfile
from appliance.core.stamping import POINTS_PER_MM, StampForm
from appliance.documents.assemble import assemble
from appliance.imaging import stencil
from appliance.messenger import Messenger
from appliance.signing import keys, lift, sign, stamp, validity, witness
from appliance.signing.keys import Key
from appliance.signing.stamp import Names
from appliance.signing.witness import Witness

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
ONE = "archive-tt05-2025"


@dataclass(frozen=True)
class Made:
    """A file that shall be good: what it is, and the level that the product says it has."""

    name: str
    path: Path
    level: str


@dataclass
class Kitchen:
    """Everything that files are made with."""

    stand: Stand
    folder: Path
    seen_by: Witness
    stencil: Stencil

    def job(self, profile: RuleProfile, level: str, key: Key, name: str) -> SignJob:
        """Return the job for a page with this profile's stamp in its corner."""
        unsigned = self.folder / f"{profile.name}.pdf"
        if not unsigned.exists():
            page = jpeg(self.folder, draw().resize((827, 1169)), name=f"{profile.name}.jpg").page(dpi=100)
            assemble(replace(document(unsigned, page), conformance=profile.pdf.conformance))
        moment, sha256 = clock.now(), hashlib.sha256(unsigned.read_bytes()).hexdigest()
        form = (profile.stamp.forms or ("",))[0]
        lines = stamp.lines(profile, Names(OFFICE, OFFICER, form, key.development), moment)
        look = profile.stamp.look()
        wished = StampForm(profile.stamp.width_mm, profile.stamp.height_mm)
        return SignJob(
            name, str(unsigned), sha256, str(self.folder / f"{name}.pdf"),
            _corner(profile.stamp.corner, stamping.forms(lines, look, wished)[0]), lines, look, clock.iso(moment),
            key=key.name, policy=SignPolicy(level), seal=self.stencil if look.seal_mm else None)

    async def signed(self, profile: str, level: str, key: Key, kind: str) -> Made:
        """Sign one file."""
        name = f"{profile} {level} {kind}"
        done = await sign.async_sign(self.job(rules.load(profile), level, key, name), key, self.seen_by)
        return Made(name, Path(done.path), done.level)

    async def lifted(self, level: str, key: Key) -> Made:
        """Sign a file while no time stamp can be had, and lift it later."""
        name = f"{ONE} lifted to {level}"
        policy = SignPolicy(level, without_timestamp="sign_bb_then_lift")
        self.stand.trouble("tsa", "error")
        first = await sign.async_sign(replace(self.job(rules.load(ONE), level, key, name), policy=policy), key,
                                      self.seen_by)
        self.stand.clear()
        assert first.level == "B-B"
        done = await lift.async_lift(LiftJob("d", first.path, first.sha256, policy), self.seen_by)
        return Made(name, Path(done.path), done.level)


def _corner(corner: str, form: StampForm) -> Box:
    wide, high, margin = (mm * POINTS_PER_MM for mm in (form.width_mm, form.height_mm, 3.0))
    left = margin if corner == "top-left" else 595.28 - margin - wide
    return Box(left, 841.89 - margin - high, left + wide, 841.89 - margin)


@asynccontextmanager
async def kitchen(stand: Stand, folder: Path) -> AsyncIterator[Kitchen]:
    """Offer what a signer process has, for this stand."""
    once = {"url": stand.tsa(), "seconds": 10.0, "attempts": 1}
    config = parse({"signing": stand.signing() | {"tsa": [once]}, "storage": {"state": str(folder / "state")}})
    cut = stencil.cut(png(drawn()), 36.0)
    path = folder / "seal.g4"
    path.write_bytes(cut.data)
    async with AsyncExitStack() as stack:
        messenger = Messenger(config.signing)
        stack.push_async_callback(messenger.close)
        seen_by = witness.of(config.signing.tsa, validity.trust_of(config, messenger))
        yield Kitchen(stand, folder, seen_by, Stencil(str(path), hashlib.sha256(cut.data).hexdigest(), cut.width,
                                                      cut.height))


async def by_product(stand: Stand, folder: Path, token: Token | None) -> list[Made]:
    """Return files of every profile and level by one key, of every level by every kind of key, and lifted ones.

    ``token``: with the keys ``office`` and ``office_ec``; the process must see it already.
    """
    office = keys.load(stand.p12("office"), None)
    others = {"PKCS#1 v1.5": keys.load(stand.p12("office"), None, "pkcs1v15"),
              "EC P-256": keys.load(stand.p12("office_ec"), None), "officer": keys.load(stand.p12("officer"), None)}
    async with kitchen(stand, folder) as cook:
        made = [await cook.signed(profile, level, office, "RSA-PSS")
                for profile in rules.known() for level in LEVELS]
        made += [await cook.signed(ONE, level, key, kind) for kind, key in others.items() for level in LEVELS]
        made += [await cook.lifted(level, office) for level in LEVELS[1:]]
        for name in ("office", "office_ec") if token else ():
            assert token is not None
            config = parse({"signing": {"token": token.uri(name), "library": token.library},
                            "storage": {"state": str(folder / "state")}})
            source = keys.of_office(config)
            key = await source.open(token.pin)
            made += [await cook.signed(ONE, level, key, f"token {name}") for level in LEVELS]
            await source.close(key)
    return made


async def by_pyhanko(stand: Stand, folder: Path, unsigned: bytes) -> list[Made]:
    """Return files of every level by pyHanko's plain recipes: the judges must find them good, too."""
    made = []
    for level in LEVELS:
        path = folder / f"plain {level}.pdf"
        recipe = Recipe(stand.p12("office"), level, stand.tsa(), (stand.root,))
        path.write_bytes(await plain_pyhanko.sign(unsigned, recipe))
        made.append(Made(path.stem, path, level))
    return made
