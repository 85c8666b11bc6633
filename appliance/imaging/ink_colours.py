"""The few colours of a page's inks: what its pixels are painted with in an access copy. Pure."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Colour = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.intp]

MOST, APART = 12, 12.0
"""How many inks are told apart at most, and how far in Lab (CIE 1976) a colour is from all inks to be a new one."""

LIGHTNESS = 0.4
"""What lightness counts for: of one ink, thin strokes are lighter than thick ones."""

CALM = 3
"""Coarse pixels across a window that has one ink, most often."""

SAMPLE = 4000
"""Coarse pixels among which inks are looked for."""

ROUNDS, LEAST = 3, 4
"""How often means are taken; and coarse pixels of the sample an ink has: fewer are an edge between two others."""


def inks_of(cells: Colour, known: Flags) -> tuple[Colour, Colour]:
    """Name the ink of each coarse pixel (height, width, 3); where none is ``known``, that of the nearest.

    Returns:
        Which ink (height, width) uint8, and the inks' colours (inks, 3) uint8.
    """
    there = cells[known]
    if not there.size:
        return np.zeros(known.shape, np.uint8), np.zeros((1, 3), np.uint8)
    lab = _lab(there)
    which = _named(lab, _centres(lab[::max(1, len(lab) // SAMPLE)]))
    colours = np.stack([there[which == one].mean(axis=0) for one in range(int(which.max()) + 1)])
    order = np.argsort(colours.sum(axis=1), kind="stable")  # neighbours in the list are alike: see the median below
    names = np.zeros(known.shape, np.uint8)
    names[known] = np.argsort(order, kind="stable")[which]
    # the median of names is one of them, mostly the usual one: strokes get one colour, and the layer is a third
    calm = cv2.medianBlur(_spread(names, known), CALM)
    return np.asarray(calm, np.uint8), np.asarray(colours[order] + 0.5, np.uint8)


def _lab(colours: Colour) -> Floats:
    lab = cv2.cvtColor(colours[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    return np.asarray(lab * np.array([LIGHTNESS, 1, 1], np.float32), np.float32)


def _centres(lab: Floats) -> Floats:
    """Find the inks: the usual colour first, then always the colour farthest from all; then their means."""
    centres = [np.median(lab, axis=0)]
    away = np.linalg.norm(lab - centres[0], axis=1)
    while len(centres) < MOST and away.max() > APART:
        centres.append(lab[away.argmax()])
        away = np.minimum(away, np.linalg.norm(lab - centres[-1], axis=1))
    found = np.stack(centres)
    for _ in range(ROUNDS):
        which = _nearest(lab, found)
        many = np.bincount(which, minlength=len(found))
        kept = np.flatnonzero(many >= min(LEAST, many.max()))
        found = np.stack([lab[which == one].mean(axis=0) for one in kept])
    return _apart(np.asarray(found, np.float32), np.bincount(_nearest(lab, found), minlength=len(found)))


def _apart(found: Floats, many: Names) -> Floats:
    """Leave out each ink that is like a more usual one."""
    kept: list[int] = []
    for one in np.argsort(-many, kind="stable"):
        if all(np.linalg.norm(found[one] - found[other]) > APART for other in kept):
            kept.append(int(one))
    return found[kept]


def _named(lab: Floats, centres: Floats) -> Names:
    """Name each colour by its centre; numbers of centres that nobody has are not left out between."""
    which = _nearest(lab, centres)
    return np.searchsorted(np.unique(which), which)


def _nearest(lab: Floats, centres: Floats) -> Names:
    return np.asarray((lab @ centres.T - (centres * centres).sum(axis=1) / 2).argmax(axis=1))


def _spread(names: Colour, known: Flags) -> Colour:
    """Give each place the name of the nearest known one, so that a reader that blends pixels finds no other ink."""
    _, labels = cv2.distanceTransformWithLabels((~known).astype(np.uint8), cv2.DIST_L2, 3,
                                                labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(labels.max()) + 1, np.uint8)
    table[labels[known]] = names[known]
    return np.asarray(table[labels], np.uint8)
