"""Connected pieces of ink on an image: found by their runs, boxed, weighed, drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of ink, joined over edges and corners; a piece's number is its place in ``boxes``, 0 is the paper.

    Attributes:
        runs: (n, 4) y, x0, x1 behind the end, and the piece: of each run of ink in a row.
        boxes: (pieces + 1, 5) x0, y0, width, height, area in pixels; the first is all noughts.
        shape: of the image.
    """

    runs: Ints
    boxes: Ints
    shape: tuple[int, ...]

    def labels(self) -> Ints:
        """Draw the number of its piece on every pixel: (height, width) int32, 0 for paper."""
        out = np.empty(self.shape, np.int32)
        kernels.draw_labels(self.runs, out)
        return out

    def valued(self, values: Grey) -> Grey:
        """Draw the value of its piece, (pieces + 1) uint8, on every pixel: (height, width), 0 for paper."""
        out = np.empty(self.shape, np.uint8)
        kernels.draw_values(self.runs, values, out)
        return out

    def drawn(self, kinds: Grey, least: int) -> Grey:
        """Draw the pieces whose kind, (pieces + 1) uint8, is ``least`` or above: ink 0, the rest 255."""
        out = np.empty(self.shape, np.uint8)
        kernels.draw_kinds(self.runs, kinds, least, out)
        return out

    def hard(self, grey: Grey, paper: Grey, share: float) -> Ints:
        """Count pixels darker than ``share`` of the paper (``tone.paper_grid``): (pieces + 1)."""
        counts = np.empty(len(self.boxes), np.int32)
        kernels.hard_runs(self.runs, grey, paper, share, counts)
        return counts

    def spans(self, kept: Grey) -> Ints:
        """Return the rows of the pieces that are ``kept`` as thin boxes: (n, 4) x0, y0, x1, y1."""
        ends = np.empty((self.shape[0], 2), np.int32)
        kernels.span_runs(self.runs, kept, ends)
        rows = np.flatnonzero(ends[:, 0] >= 0).astype(np.int32)
        return np.column_stack((ends[rows, 0], rows, ends[rows, 1] + 1, rows + 1))


def find(image: Grey) -> Pieces:
    """Find the pieces of an image of ink (0) on paper (255); 1.6 ms CPU for A4 at 150 dpi, with labels 2.4."""
    runs = np.empty((kernels.count_runs(image), 4), np.int32)
    boxes = np.empty((kernels.join_runs(image, runs) + 1, 5), np.int32)
    kernels.box_pieces(runs, boxes)
    return Pieces(runs, boxes, image.shape)
