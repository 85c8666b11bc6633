"""Ordinary chance: how papers, scanners and stamps differ from page to page in an office."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from bench.corpus import stamps
from bench.corpus.spec import Code, Hand, Laid, Lie, Point, Sensor, Sheet, Spec, Stamp, Tint

TONES: tuple[Tint, ...] = ((247, 244, 236), (249, 248, 244), (243, 238, 222), (246, 242, 229), (252, 252, 252),
                           (236, 230, 212), (228, 216, 188))
REDS: tuple[Tint, ...] = ((208, 34, 44), (224, 48, 60), (190, 30, 62), (214, 60, 40), (170, 34, 48))
ORDINARY = ("letter", "decision", "form", "table", "statement", "overleaf")
SMALL = ("a5_letter", "voucher", "card", "receipt", "receipt_narrow", "receipt_long")
LARGE = ("a3_form", "a3_spread")
PER_VARIANT = 48
"""Pages in a row that share one drawing of each kind: drawing costs as much as all the rest."""


def sheet_of(rng: Random, kind: str, variant: int = 0) -> Sheet:
    """Return an ordinary sheet: any paper, often punched, folded, seen through."""
    thermal = kind.startswith("receipt") and rng.random() < 0.5
    behind = (rng.choice(("letter", "table")), variant)
    folds = (rng.choice((0.5, 0.33, -0.5)),) if rng.random() < 0.25 else ()
    small = kind in SMALL or kind.startswith("blank_c")
    return Sheet(
        tone=(226, 226, 231) if thermal else rng.choice(TONES), ink=rng.uniform(0.85, 1),
        bleed=rng.choice((0.0, 0.0, rng.uniform(0.02, 0.1))) if not small else 0.0, behind=behind,
        holes=not small and rng.random() < 0.4, folds=folds, specks=rng.choice((0, 0, rng.randint(1, 12))),
        thermal=thermal)


def lie_of(rng: Random, reach: float = 1.5) -> Lie:
    """Return how a feeder lays a sheet: askew within ``reach`` degrees, beside it what the scanner shows."""
    lid = rng.choice(("paper", "paper", "grey", "white", "black"))
    over = 0.0 if lid == "paper" else rng.choice((0.0, 3.0, 8.0))
    shift = (rng.uniform(-1, 1), rng.uniform(-1, 1))
    return Lie(skew=rng.uniform(-reach, reach), lid=lid, overscan=over, shift=shift)


def sensor_of(rng: Random) -> Sensor:
    """Return a scanner in good order."""
    return Sensor(blur=rng.choice((0.0, rng.uniform(0.3, 0.9))), apart=(0.0, rng.uniform(-0.22, 0.22)),
                  gain=rng.uniform(0.94, 1.02), gamma=rng.uniform(0.9, 1.15), shade=rng.uniform(0, 0.08),
                  noise=rng.uniform(1, 4), quality=rng.choice((60, 75, 82, 90)))


def page_of(rng: Random, kind: str, variant: int, dpi: int) -> Spec:
    """Return an ordinary page: its paper, how it lay, a good scanner, now and then a number or a seal on it."""
    laid: list[Laid] = []
    if kind in ORDINARY:
        if rng.random() < 0.5:
            laid.append(sheet_number(rng))
        if rng.random() < 0.25:
            laid.append(near_stamp(rng))
    return Spec(kind, variant, dpi, rng.getrandbits(31), tuple(laid), sheet_of(rng, kind, variant),
                lie_of(rng), sensor_of(rng))


def sheet_number(rng: Random) -> Hand:
    """Return the pencilled sheet number, top right."""
    at = (rng.uniform(190, 200), rng.uniform(7, 13))
    return Hand(str(rng.randint(1, 180)), "pencil", at, rng.uniform(4.5, 7), rng.uniform(0.45, 0.9))


def secret_stamp(rng: Random, place: str = "cell") -> Stamp:
    """Return a state-secret stamp: under the number (``cell``) or anywhere in the upper half (``free``)."""
    text = rng.choice(tuple(stamps.SECRET))
    half = stamps.SECRET[text] / 2
    at: Point = (rng.uniform(44, 76), rng.uniform(44, 62))
    angle = rng.uniform(-5, 5)
    if place == "free":
        angle += rng.choice((0, 0, 0, 90, 180, 270))
        at = (rng.uniform(half + 6, 204 - half), rng.uniform(half + 5, 142 - half))
    return Stamp(text, "secret", at, angle, rng.uniform(0.4, 1), rng.uniform(0, 0.6), rng.choice(REDS))


def near_stamp(rng: Random) -> Stamp:
    """Return a stamp that is no secret one."""
    kind = rng.choice(("urgent", "urgent", "circulation", "arrival", "seal", "name"))
    text = {"urgent": rng.choice(tuple(stamps.URGENT)), "circulation": rng.choice(stamps.CIRCULATION),
            "name": rng.choice(("KT. GIÁM ĐỐC", "SAO Y BẢN CHÍNH", "Nguyễn Văn Hải"))}.get(kind, "")
    at = (rng.uniform(44, 150), rng.uniform(25, 135) if kind != "seal" else rng.uniform(40, 250))
    if kind in ("urgent", "circulation") and rng.random() < 0.7:
        at = (rng.uniform(44, 76), rng.uniform(44, 62))
    angle = rng.uniform(-6, 6) + rng.choice((0, 0, 0, 90, 180))
    return Stamp(text, kind, at, angle, rng.uniform(0.4, 1), rng.uniform(0, 0.6), rng.choice(REDS))


def code_of(rng: Random, kind: str) -> Code:
    """Return a code of a kind, at an angle, of a size that papers have."""
    digits = f"H00.00.00.{rng.randint(1995, 2021)}.{rng.randint(1, 999)}"
    number = f"HS-{rng.randint(1995, 2021)}-{rng.randint(1, 99999):05}"
    longer = f"{digits}/{rng.randint(10**9, 10**10)}"
    text = {"QRCode": longer, "Code128": number, "Code39": number}.get(kind, digits)
    size = {"QRCode": (15, 30), "DataMatrix": (12, 20), "PDF417": (48, 70), "Code128": (55, 75), "Code39": (75, 95)}
    low, high = size[kind]
    angle = rng.choice((0.0, 90.0, 180.0, 270.0)) + rng.choice((0.0, rng.uniform(-45, 45)))
    return Code(kind, text, (rng.uniform(60, 150), rng.uniform(100, 235)), rng.uniform(low, high), angle)


def turned(spec: Spec, turn: int) -> Spec:
    """Return a page that was fed turned by quarter turns."""
    return replace(spec, lie=replace(spec.lie, turn=turn))
