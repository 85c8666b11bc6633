"""Every leaf finds its way to the root; nothing else does (RFC 4998)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.receiver.fixity.hashtree import Tree, root_of

LEAVES = st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


@given(LEAVES)
def test_every_leaf_finds_its_way_to_the_root(leaves: set[bytes]) -> None:
    tree = Tree(leaves, "sha256")
    assert all(root_of(leaf, tree.way(leaf), "sha256") == tree.root for leaf in leaves)


@given(LEAVES, st.binary(min_size=32, max_size=32))
def test_a_leaf_that_was_never_in_it_does_not(leaves: set[bytes], stranger: bytes) -> None:
    tree = Tree(leaves - {stranger} or {b"\0" * 32}, "sha256")
    found = {root_of(stranger, tree.way(leaf), "sha256") for leaf in leaves - {stranger}}
    assert tree.root not in found or tree.root == stranger


def test_the_order_of_the_leaves_changes_nothing() -> None:
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(7)]
    assert Tree(leaves, "sha256").root == Tree(reversed(leaves), "sha256").root


def test_two_leaves_are_hashed_in_their_binary_order() -> None:
    low, high = b"\1" * 32, b"\2" * 32
    assert Tree([high, low], "sha256").root == hashlib.sha256(low + high).digest()


def test_one_leaf_is_its_own_root_and_needs_no_way() -> None:
    tree = Tree([b"\1" * 32], "sha256")
    assert (tree.root, tree.way(b"\1" * 32)) == (b"\1" * 32, ())


def test_a_tree_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="leaf"):
        Tree([], "sha256")


def test_a_longer_hash_makes_longer_nodes() -> None:
    leaves = [hashlib.sha384(bytes([number])).digest() for number in range(3)]
    assert len(Tree(leaves, "sha384").root) == 48
