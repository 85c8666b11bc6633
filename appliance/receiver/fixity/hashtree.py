"""The hash tree of an archive time stamp: many hashes under one root, and the way from each up to it. Pure.

RFC 4998, 4.2 and 4.3, with pairs. A node that is alone on its level stands on the next one as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

Way = tuple[tuple[bytes, ...], ...]
"""A reduced hash tree: groups of hashes from a leaf up. The first holds the leaf; empty: the leaf is the root."""


class Tree:
    """A tree over ``leaves``, hashes by ``algorithm``; twice the same leaf is one leaf."""

    def __init__(self, leaves: Iterable[bytes], algorithm: str) -> None:
        self.algorithm = algorithm
        level = sorted(set(leaves))
        if not level:
            raise ValueError("a tree has a leaf")
        self._levels = [level]
        while len(level) > 1:
            level = [_parent(level[at:at + 2], algorithm) for at in range(0, len(level), 2)]
            self._levels.append(level)
        self._places = {leaf: at for at, leaf in enumerate(self._levels[0])}

    @property
    def root(self) -> bytes:
        """The hash that is stamped."""
        return self._levels[-1][0]

    def way(self, leaf: bytes) -> Way:
        """Return the way from a leaf to the root.

        Raises:
            KeyError: it is no leaf of this tree.
        """
        at = self._places[leaf]
        groups: list[tuple[bytes, ...]] = []
        for level in self._levels[:-1]:
            sibling = level[at ^ 1:(at ^ 1) + 1]
            if sibling:
                groups.append(tuple(sibling) if groups else tuple(sorted((leaf, *sibling))))
            at //= 2
        return tuple(groups)


def root_of(leaf: bytes, way: Sequence[Sequence[bytes]], algorithm: str) -> bytes | None:
    """Return the root to which a way leads from a leaf; None when the leaf is not at its beginning."""
    if way and leaf not in way[0]:
        return None
    top = leaf
    for number, group in enumerate(way):
        top = digest(b"".join(sorted(group if number == 0 else (*group, top))), algorithm)
    return top


def digest(data: bytes, algorithm: str) -> bytes:
    """Return a hash by the name of its algorithm (sha256, sha384, sha512).

    Raises:
        ValueError: unknown here.
    """
    return hashlib.new(algorithm, data).digest()


def _parent(group: Sequence[bytes], algorithm: str) -> bytes:
    return group[0] if len(group) == 1 else digest(b"".join(sorted(group)), algorithm)
