"""Who signed: position and name of the block at the right of the foot; never the recipients at its left."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from appliance.core.jobs import Found
from appliance.documents.catalogue.letters import alike, bare, begins, capital, plain, words
from appliance.documents.catalogue.sheet import Piece, Sheet, below, joined

NAME = re.compile(r"[A-ZÀ-ỸĐ][a-zà-ỹđ]{0,7}")
LOUD = re.compile(r"[A-ZÀ-ỸĐ]{1,8}")
LOST = 0.55
"""What a name keeps of its certainty in which a syllable can only be there because OCR has lost its accents."""

SEAL_MM = 62.0
"""How far below the position the name stands at most: seal and signature are between them."""


def signature(sheet: Sheet) -> list[Found]:
    """Return ``position`` and ``signer`` of one page; nothing where no such block is."""
    right = [piece for piece in sheet.pieces
             if piece.middle > 0.52 * sheet.width and piece.box.x0 > 0.42 * sheet.width]
    for piece in right:
        if piece.box.y0 < 0.12 * sheet.height or not _opens(piece):
            continue
        block = _block(right, piece)
        name = _name(sheet, right, block[-1])
        if name is not None:
            return [*_position(sheet, block), name]
    return []


def _opens(piece: Piece) -> bool:
    """Say whether a block of a signer begins with this line."""
    if capital(piece.text) < 0.8:
        return False
    return _instead(piece) or _is_position(piece.text)


def _instead(piece: Piece) -> bool:
    marks = "|".join(words()["signer"]["instead"]).lower()
    return re.match(rf"\W?({marks})\s?[.,:]", piece.plain) is not None


def _is_position(text: str) -> bool:
    return any(begins(text, known) or alike(text, known, 0.12) for known in words()["signer"]["position"])


def _block(right: Sequence[Piece], first: Piece) -> list[Piece]:
    """Return the lines in capitals that follow each other."""
    block = [first]
    aside = 4 * first.height + (first.box.x1 - first.box.x0) / 2
    while (after := below(right, block[-1], max(block[-1].height, first.height))) is not None:
        if capital(after.text) < 0.8 or len(bare(after.text)) < 3 or abs(after.middle - first.middle) > aside:
            break
        if len(block) > 4 or _loud_name(after.text):
            break
        block.append(after)
    return block


def _position(sheet: Sheet, block: Sequence[Piece]) -> list[Found]:
    """Return the signer's own position: the one under "KT." or "TL.", which say for whom."""
    start = max((at for at, piece in enumerate(block) if _instead(piece)), default=-1) + 1
    own = [at for at in range(start, len(block)) if _is_position(block[at].text)]
    if not own:
        return []
    lines = block[own[0]:]
    stands = joined(lines)
    value = " ".join(piece.text.strip(" .,:;-_'*|") for piece in lines)
    known = max((one for one in words()["signer"]["position"] if alike(value[:len(one)], one, 0.12)),
                key=len, default="")
    value = known + value[len(known):]
    return [sheet.found("position", value, stands, stands.mean())]


def _name(sheet: Sheet, right: Sequence[Piece], last: Piece) -> Found | None:
    """Return ``signer``: the first line under the block that is a person's name."""
    guesses = []
    for piece in right:
        if not last.box.y1 - 0.3 * last.height < piece.box.y0 < last.box.y1 + SEAL_MM * sheet.mm:
            continue
        if abs(piece.middle - last.middle) > 40 * sheet.mm:
            continue
        if (found := _person(piece)) is None:
            continue
        value, fit = found
        guesses.append((fit, sheet.found("signer", value, piece, piece.least() * fit)))
    return max(guesses, key=lambda one: one[0], default=(0.0, None))[1]


def _person(piece: Piece) -> tuple[str, float] | None:
    """Return a name without its titles and how well it fits; None where the line is none."""
    parts = piece.text.strip(" .,:;-_'*|/\\").split()
    titles = {plain(one) for one in words()["signer"]["titles"]}
    while parts and "." in parts[0]:  # ThS. Nguyễn, or PGS.TS.Nguyễn
        title, _, rest = parts[0].partition(".")
        if plain(title) not in titles:
            return None
        parts = [rest, *parts[1:]] if rest else parts[1:]
    if len(parts) > 2 and plain(parts[0]) in titles:
        parts = parts[1:]
    if not 2 <= len(parts) <= 5:
        return None
    if bare(parts[0]) in {bare(one) for one in words()["signer"]["middle"]}:
        return None  # the family name is lost
    family = _families().get(bare(parts[0]), "")
    known = family != ""
    fit = 1.0 if parts[0] == family else 0.85 if known else 0.55
    if any(_lost(part) for part in parts[1:]):
        fit *= LOST
    if all(NAME.fullmatch(part) for part in parts) and sum(len(part) > 1 for part in parts) >= 2:
        return " ".join([family or parts[0], *parts[1:]]), fit
    return (" ".join(parts), 0.9) if known and _loud_name(" ".join(parts)) else None


def _lost(syllable: str) -> bool:
    """Say whether a syllable is none of Vietnamese: one that ends in a stop has an accent, and Văn and Thị have."""
    small = syllable.lower()
    if unicodedata.normalize("NFD", small) != small:
        return False
    return small.endswith(("c", "ch", "p", "t")) or small in {bare(one) for one in words()["signer"]["middle"]}


def _loud_name(text: str) -> bool:
    """Say whether a line is a name in capitals."""
    parts = text.split()
    return (2 <= len(parts) <= 4 and bare(parts[0]) in _families() and all(LOUD.fullmatch(part) for part in parts)
            and not _is_position(text))


def _families() -> dict[str, str]:
    return {bare(one): one for one in words()["signer"]["family"]}
