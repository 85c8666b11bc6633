"""Named streams of pages: each with its own chance, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from bench.corpus import chance, faults
from bench.corpus.chance import PER_VARIANT
from bench.corpus.make import page
from bench.corpus.spec import Code, Hand, Lie, Spec, Stamp
from bench.corpus.truth import Sample

Draw = Callable[[Random, int, int], Spec]
"""From chance, the page's number and dpi to a page."""

PATCHES = ("1", "2", "3", "4", "6", "T")
CODES = ("QRCode", "QRCode", "DataMatrix", "PDF417", "Code128", "Code39")
DIVIDERS = ((244, 196, 202), (196, 222, 244), (198, 234, 200), (250, 236, 160), (238, 206, 160))


def specs(name: str, count: int, seed: int = 1, dpi: int = 300) -> Iterator[Spec]:
    """Return the pages of a set without drawing them.

    Raises:
        KeyError: no such set.
    """
    return (spec_of(name, at, seed, dpi) for at in range(count))


def spec_of(name: str, at: int, seed: int = 1, dpi: int = 300) -> Spec:
    """Return one page of a set, counted from 0, without drawing it.

    Raises:
        KeyError: no such set.
    """
    return SETS[name](Random(f"{name}/{seed}/{at}"), seed * 1000 + at, dpi)


def samples(name: str, count: int, seed: int = 1, dpi: int = 300) -> Iterator[Sample]:
    """Yield the pages of a set, one at a time.

    Raises:
        KeyError: no such set.
        ApplianceError: FONT_MISSING.
    """
    for spec in specs(name, count, seed, dpi):
        yield page(spec)


def _mixed(number: int, kinds: tuple[str, ...]) -> tuple[str, int]:
    """Return the kind and the variant of a page: kinds take turns, ``PER_VARIANT`` pages share their prints."""
    return kinds[number % len(kinds)], number // PER_VARIANT


def _ordinary(rng: Random, number: int, dpi: int) -> Spec:
    return chance.page_of(rng, *_mixed(number, chance.ORDINARY), dpi)


def _sizes(rng: Random, number: int, dpi: int) -> Spec:
    """Everything that is not A4; small papers lie in a larger frame."""
    kind, variant = _mixed(number, chance.SMALL + chance.LARGE)
    spec = chance.page_of(rng, kind, variant, dpi)
    over = rng.choice((0.0, 4.0, 15.0)) if kind in chance.SMALL else rng.choice((0.0, 4.0))
    lid = rng.choice(("grey", "white", "black")) if over else "paper"
    return replace(spec, lie=replace(spec.lie, lid=lid, overscan=over))


def _skewed(rng: Random, number: int, dpi: int) -> Spec:
    spec = _ordinary(rng, number, dpi)
    return replace(spec, lie=chance.lie_of(rng, 5.0))


def _wide(rng: Random, number: int, dpi: int) -> Spec:
    """To 15 degrees, in a frame that holds the whole sheet."""
    spec = _ordinary(rng, number, dpi)
    lie = Lie(rng.uniform(-15, 15), 0, rng.choice(("grey", "white", "black")), 38.0)
    return replace(spec, lie=lie)


def _turned(rng: Random, number: int, dpi: int) -> Spec:
    """Fed any way round, small papers and notes among them."""
    kinds = (*chance.ORDINARY, "note", "voucher", "receipt")
    return chance.turned(chance.page_of(rng, *_mixed(number, kinds), dpi), number % 4)


def _blanks(rng: Random, number: int, dpi: int) -> Spec:
    """Half of them blank, with all that makes a side look written; half nearly blank, with all that hides it."""
    if number % 2:
        return _nearly_blank(rng, number, dpi)
    spec = chance.page_of(rng, rng.choice(("blank", "blank", "blank", "blank_a5", "blank_card")),
                          number // PER_VARIANT, dpi)
    bleed = rng.choice((0.0, rng.uniform(0.05, 0.15), rng.uniform(0.15, 0.35)))
    small = spec.kind == "blank_card"
    tone = rng.choice(DIVIDERS) if rng.random() < 0.25 else spec.sheet.tone
    sheet = replace(spec.sheet, tone=tone, bleed=0.0 if small else bleed, mirrored=True,
                    behind=(rng.choice(chance.ORDINARY), number // PER_VARIANT), staple=rng.random() < 0.1,
                    specks=rng.choice((0, rng.randint(2, 30))))
    return replace(spec, sheet=sheet)


def _nearly_blank(rng: Random, number: int, dpi: int) -> Spec:
    kind = rng.choice(("note", "number", "line", "divider", "blank", "blank", "receipt", "card"))
    spec = chance.page_of(rng, kind, number // PER_VARIANT, dpi)
    sheet = replace(spec.sheet, ink=rng.uniform(0.5, 1), bleed=rng.choice((0.0, 0.08)))
    if kind != "blank":
        return replace(spec, sheet=sheet)
    at = (rng.uniform(40, 170), rng.uniform(40, 250))
    only = rng.choice((chance.sheet_number(rng), chance.near_stamp(rng),
                       Hand("", "pen", at, strength=rng.uniform(0.6, 1)),
                       Stamp("", "seal", at, ink=rng.uniform(0.5, 1)), Hand("", "red", at, strength=0.8)))
    return replace(spec, sheet=sheet, laid=(only,))


def _stamps(rng: Random, number: int, dpi: int) -> Spec:
    """One state-secret stamp each, anywhere in the upper half, worn, over text, the page fed any way round."""
    spec = _ordinary(rng, number, dpi)
    laid = (*spec.laid, chance.secret_stamp(rng, rng.choice(("cell", "free"))))
    return chance.turned(replace(spec, laid=laid), rng.choice((0, 0, 1, 2, 3)))


def _batches(rng: Random, number: int, dpi: int) -> Spec:
    """The one stamped page of a batch: where clerks put the stamp, inked as they ink it."""
    spec = _ordinary(rng, number, dpi)
    stamp = chance.secret_stamp(rng)
    stamp = replace(stamp, ink=rng.uniform(0.6, 1), patchy=rng.uniform(0, 0.4))
    return chance.turned(replace(spec, laid=(*spec.laid, stamp)), rng.choice((0, 0, 0, 0, 0, 2)))


def _near_misses(rng: Random, number: int, dpi: int) -> Spec:
    """All that is like a state-secret stamp and is none."""
    kind, variant = _mixed(number, (*chance.ORDINARY, "certificate", "red_boxes", "secret_words", "secret_words"))
    spec = chance.page_of(rng, kind, variant, dpi)
    laid = tuple(chance.near_stamp(rng) for _ in range(rng.choice((1, 1, 2, 3))))
    return chance.turned(replace(spec, laid=(*spec.laid, *laid)), rng.choice((0, 0, 1, 2, 3)))


def _double_struck(rng: Random, number: int, dpi: int) -> Spec:
    """An urgent stamp struck twice, a little apart: red double lines, and still no secret. Rare in offices."""
    spec = _ordinary(rng, number, dpi)
    first = replace(chance.near_stamp(rng), kind="urgent", text=rng.choice(("HỎA TỐC", "THƯỢNG KHẨN", "KHẨN")))
    again = replace(first, at=(first.at[0] + rng.uniform(-2, 2), first.at[1] + rng.uniform(-2, 2)))
    return chance.turned(replace(spec, laid=(*spec.laid, first, again)), rng.choice((0, 0, 1, 2, 3)))


def _codes(rng: Random, number: int, dpi: int) -> Spec:
    """One code each at any angle, a seal beside many of them."""
    spec = _ordinary(rng, number, dpi)
    spec = replace(spec, kind=rng.choice(("note", "line", "blank")), variant=0)
    code = chance.code_of(rng, CODES[number % len(CODES)])
    laid: tuple[Code | Stamp, ...] = (code,)
    if rng.random() < 0.4:
        off = code.size * 0.6 + rng.uniform(19, 24)
        laid += (Stamp("", "seal", (code.at[0] + off * rng.choice((-1, 1)), code.at[1] + rng.uniform(-10, 10))),)
    return replace(spec, laid=laid)


def _small_qr(rng: Random, number: int, dpi: int) -> Spec:
    """QR codes of 15 mm on full pages, as portals print them top left, at any angle; a seal close by."""
    spec = _ordinary(rng, number, dpi)
    code = replace(chance.code_of(rng, "QRCode"), size=15.0, at=(rng.uniform(14, 24), rng.uniform(14, 17)),
                   angle=rng.choice((0.0, rng.uniform(-180, 180))))
    seal = (Stamp("", "seal", (code.at[0] + rng.uniform(28, 32), code.at[1] + 6)),) if rng.random() < 0.3 else ()
    return replace(spec, laid=(*spec.laid, code, *seal))


def _patches(rng: Random, number: int, dpi: int) -> Spec:
    """A patch code along the leading edge, or down the side."""
    spec = replace(_ordinary(rng, number, dpi), kind=rng.choice(("divider", "blank")), variant=0)
    upright = rng.random() < 0.7
    at = (105.0, rng.uniform(25, 60)) if upright else (rng.uniform(150, 185), 148.0)
    code = Code("Patch", PATCHES[number % len(PATCHES)], at, rng.uniform(60, 150), 0.0 if upright else 90.0)
    return replace(spec, laid=(code,))


def _band(rng: Random, number: int, dpi: int) -> Spec:
    """What stands in the top 20 mm: a pencilled number, a QR, a note, or nothing."""
    spec = _ordinary(rng, number, dpi)
    laid: tuple[Code | Stamp | Hand, ...] = ()
    if rng.random() < 0.5:
        laid += (chance.sheet_number(rng),)
    if rng.random() < 0.4:
        laid += (replace(chance.code_of(rng, "QRCode"), size=15.0, at=(rng.uniform(14, 60), 13.0), angle=0.0),)
    if rng.random() < 0.3:
        laid += (replace(chance.near_stamp(rng), kind="arrival", at=(rng.uniform(40, 150), 18.0), angle=0.0),)
    return replace(spec, laid=laid)


def _edges(rng: Random, number: int, dpi: int) -> Spec:
    """A mark 2 mm from an edge: the content's bounds must not cut it."""
    spec = _ordinary(rng, number, dpi)
    at = rng.choice(((5.0, rng.uniform(40, 250)), (205.0, rng.uniform(40, 250)), (rng.uniform(30, 180), 5.0),
                     (rng.uniform(30, 180), 292.0)))
    lie = Lie(rng.uniform(-1, 1), 0, rng.choice(("grey", "white", "black")), rng.choice((4.0, 8.0)))
    return replace(spec, laid=(Hand(str(rng.randint(1, 9)), "pencil", at, 4.0, 0.9),), lie=lie,
                   sheet=replace(spec.sheet, holes=False))


def _sides(rng: Random, number: int, dpi: int) -> Spec:
    """Sheets by both sides, front then back: the back lies askew the other way and shows the front."""
    sheet_rng = Random(f"{number // 2}")
    front = chance.page_of(sheet_rng, *_mixed(number // 2, chance.ORDINARY), dpi)
    lie = replace(front.lie, skew=sheet_rng.uniform(-3, 3), lid="grey", overscan=4.0)
    if number % 2 == 0:
        return replace(front, lie=lie)
    shift = (-lie.shift[0], lie.shift[1])
    sheet = replace(front.sheet, mirrored=True, bleed=max(0.05, front.sheet.bleed),
                    behind=(front.kind, front.variant))
    return replace(front, kind=rng.choice(("blank", "table")), laid=(), sheet=sheet,
                   lie=replace(lie, skew=-lie.skew, shift=shift), seed=front.seed + 1)


SETS: dict[str, Draw] = {
    "ordinary": _ordinary, "sizes": _sizes, "skewed": _skewed, "skewed_wide": _wide, "turned": _turned,
    "blanks": _blanks, "stamps": _stamps, "batches": _batches, "near_misses": _near_misses,
    "double_struck": _double_struck, "codes": _codes,
    "small_qr": _small_qr, "patches": _patches, "band": _band, "edges": _edges, "sides": _sides,
    **{f"fault_{name}": draw for name, draw in faults.FAULTS.items()},
}
