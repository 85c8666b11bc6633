"""Loops over pixels, compiled by numba: plain code, one page on one core, no threads of their own.

Every kernel is compiled for exactly one signature, on first use or by ``warm``, and kept in ``NUMBA_CACHE_DIR``.
Images are C-contiguous; "ink" images hold 0 for ink and 255 for paper. Kernels write into arrays that the caller
gives and check no bounds: shapes are the caller's duty. A kernel and those it calls stand in one module, as do
the constants it uses: numba notices changes of that file only, and would keep running the old code otherwise.
"""

from appliance.imaging.kernels.across import count_across
from appliance.imaging.kernels.bars import bar_patterns
from appliance.imaging.kernels.busy import EVERY, busy_cells, edge_direction
from appliance.imaging.kernels.columns import column_steps
from appliance.imaging.kernels.declared import LOADED, kernel
from appliance.imaging.kernels.dots import dot_chains, paint_over
from appliance.imaging.kernels.doubles import column_profile, double_lines, opposite, row_profile
from appliance.imaging.kernels.edges import edge_steps
from appliance.imaging.kernels.frames import WINDOW, paired_lines, strip_means
from appliance.imaging.kernels.free import largest_free
from appliance.imaging.kernels.fringes import fringe_sums
from appliance.imaging.kernels.inks import count_inks, part_inks
from appliance.imaging.kernels.jbig2 import generic_region
from appliance.imaging.kernels.light import count_soft, most_spread, threshold
from appliance.imaging.kernels.pieces import accent_sides
from appliance.imaging.kernels.profile import sheared_profile, strip_sums, upright_evidence
from appliance.imaging.kernels.red import red_cells, red_ink
from appliance.imaging.kernels.runs import (
    CELL,
    box_pieces,
    count_runs,
    draw_kinds,
    draw_labels,
    draw_values,
    hard_runs,
    join_runs,
    span_runs,
)
from appliance.imaging.kernels.shear import STRIP, coarse_scores, dark_strips, fine_scores

__all__ = [
    "CELL",
    "EVERY",
    "LOADED",
    "STRIP",
    "WINDOW",
    "accent_sides",
    "bar_patterns",
    "box_pieces",
    "busy_cells",
    "coarse_scores",
    "column_profile",
    "column_steps",
    "count_across",
    "count_inks",
    "count_runs",
    "count_soft",
    "dark_strips",
    "dot_chains",
    "double_lines",
    "draw_kinds",
    "draw_labels",
    "draw_values",
    "edge_direction",
    "edge_steps",
    "fine_scores",
    "fringe_sums",
    "generic_region",
    "hard_runs",
    "join_runs",
    "kernel",
    "largest_free",
    "most_spread",
    "opposite",
    "paint_over",
    "paired_lines",
    "part_inks",
    "red_cells",
    "red_ink",
    "row_profile",
    "sheared_profile",
    "span_runs",
    "strip_means",
    "strip_sums",
    "threshold",
    "upright_evidence",
]
