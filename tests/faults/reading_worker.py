"""A real worker process that reads pages with the product's reader, and engines that end or fail on demand.

How an engine behaves is the width of the picture: 101 ends the worker in process only, 102 in every engine, 103
fails in every engine, 104 hangs in process; any other is read.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

import numpy as np

from appliance import worker
from appliance.core import errors
from appliance.core.config import Config
from appliance.core.model import PageText
from appliance.documents.ocr import IN_PROCESS, Reader
from appliance.page_reader import PageReader
from appliance.pool_wire import Handlers


class Deadly(Reader):
    """A reader that misbehaves."""

    def read(self, image: np.ndarray, dpi: int, scale: float, seconds: float) -> PageText:
        width, inside = image.shape[1], self.reading.engine == IN_PROCESS
        if width == 102 or (width == 101 and inside):
            os.kill(os.getpid(), signal.SIGKILL)
        if width == 103:
            raise errors.OCR_FAILED.error(reason=f"{self.reading.engine} gave up")
        if width == 104 and inside:
            ctypes.PyDLL(None).sleep(600)
        return PageText(self.reading.engine, self.reading.languages, 1.0, ())


def handlers(_config: Config) -> Handlers:
    return {"read": PageReader(Deadly).read}


if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:], handlers))
