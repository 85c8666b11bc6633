"""What is stamped or printed at the top of a paper beside its head: how urgent it is, which form it is."""

from __future__ import annotations

import re

from appliance.core.jobs import Found
from appliance.documents.catalogue.head import alone
from appliance.documents.catalogue.letters import DASHES, alike, capital, digits, plain, words
from appliance.documents.catalogue.sheet import Sheet


def urgency(sheet: Sheet) -> Found | None:
    """Return ``urgency``: one of the words of the decree, alone in capitals in the upper part of the page."""
    found = []
    for piece in sheet.pieces:
        if piece.box.y1 > 0.5 * sheet.height or capital(piece.text) < 0.9 or len(piece.words) > 5:
            continue
        for known in words()["urgency"]["words"]:
            fit = alike(piece.text, known, 0.15)
            if fit:
                found.append(sheet.found("urgency", known, piece, piece.mean() * fit))
                break
    return alone("urgency", found)


FORM = re.compile(r"[A-Z]{0,2}[0-9]{1,3}[A-Za-z]?-[A-Z]{2,4}")


def form(sheet: Sheet) -> Found | None:
    """Return ``form``: the code of an insurance form, alone at the top of the page, with or without "Mẫu số"."""
    found = []
    for piece in sheet.pieces:
        if piece.box.y1 > 0.25 * sheet.height:
            break
        label = re.match(r"\W{0,2}m[a-z]u(\s+s[o0])?\s*[:.]?\s*", piece.plain)
        text = re.sub(r"\s*-\s*", "-", piece.text[label.end() if label else 0:].translate(DASHES)).strip(" .,;:()")
        code, _, tail = text.partition(" ")
        if tail and label is None:
            continue
        if (one := _form(code.strip(" .,;:()"), labelled=label is not None)) is not None:
            found.append(sheet.found("form", one[0], piece, piece.least() * one[1]))
    return alone("form", found)


def _form(code: str, *, labelled: bool) -> tuple[str, float] | None:
    """Return the code that is meant and how well it fits; one that is not in the list only behind its label."""
    known = words()["form"]["codes"]
    if code in known:
        return code, 1.0
    meant = [one for one in known if _blurred(one) == _blurred(code)]
    if len(meant) == 1:
        return meant[0], 0.9
    return (code, 0.75) if labelled and FORM.fullmatch(code) else None


def _blurred(code: str) -> str:
    """Return a code as it is where letters and digits that look alike are one."""
    return digits(plain(code))[0]
