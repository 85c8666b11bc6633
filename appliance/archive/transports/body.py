"""The body of a request that a thread sends: at the office's pace, and no longer than it is wanted."""

from __future__ import annotations

import base64
import hashlib
import io
import time

from appliance.archive.bandwidth import CHUNK, Bandwidth
from appliance.archive.transports.contract import Piece


class Body(io.BytesIO):
    """A body that keeps to the office's bandwidth, and that can be broken off while a thread sends it.

    The SHA-256 of a ``Piece`` is not reckoned again.
    """

    def __init__(self, data: bytes, bandwidth: Bandwidth | None = None) -> None:
        super().__init__(data)
        self.data = data
        self.broken = False
        self.checksum = base64.b64encode(
            data.sha256 if isinstance(data, Piece) else hashlib.sha256(data).digest()).decode()
        self._bandwidth = bandwidth or Bandwidth(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on. The connection takes small bites, which wait their time; to sign, all is read in large ones.

        Raises:
            OSError: broken off.
        """
        bite = super().read(size)
        if size and 0 < size <= CHUNK and (seconds := self._bandwidth.reserve(len(bite))):
            time.sleep(seconds)
        if self.broken:
            raise OSError("broken off")
        return bite
