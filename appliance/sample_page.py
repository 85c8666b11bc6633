"""The synthetic page as a worker draws it: black letters on the paper's own colour, no fonts but the stamp's."""

from __future__ import annotations

import io
import textwrap
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from appliance.core import files
from appliance.core.jobs import Job, SampleDone, SampleJob
from appliance.core.plain import from_plain
from appliance.signing.typeface import FILE

DPI = 300
A4 = (2480, 3508)
PAPER, INK = (247, 244, 236), (34, 31, 33)
LEFT, TOP, PITCH = 300, 620, 76
HEAD, TEXT = 74, 54
COLUMN = 66
"""Letters in a line of running text."""

QUALITY = 70


def draw_sample(job: Job) -> SampleDone:
    """Draw the page of a ``SampleJob``; the top fifth stays free for the stamp."""
    order, began = from_plain(SampleJob, job.body), time.perf_counter()
    data = _drawn(order)
    files.write_durably(Path(order.out), data)
    return SampleDone(len(data), round(time.perf_counter() - began, 3))


def _drawn(order: SampleJob) -> bytes:
    page = Image.new("RGB", A4, PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((LEFT, TOP), order.head, INK, ImageFont.truetype(str(FILE), HEAD))
    top, face = TOP + 2 * PITCH, ImageFont.truetype(str(FILE), TEXT)
    for line in (part for text in order.lines for part in (*textwrap.wrap(text, COLUMN), "")):
        pen.text((LEFT, top), line, INK, face)
        top += PITCH
    pen.text((LEFT, top), f"Số kiểm tra: {order.number}.", INK, face)
    stream = io.BytesIO()
    page.save(stream, "JPEG", quality=QUALITY, dpi=(DPI, DPI), optimize=True)
    return stream.getvalue()
