"""A document of hundreds of pages and hundreds of megabytes is proved whole, in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MOST_MB = 250.0
"""Resident memory of the process that writes and proves it: far less than the file."""

PAGES, LEAST_MB = 500, 200

SCRIPT = """
import json, sys
sys.path[:0] = {path!r}
from pathlib import Path
from resident import most_resident
import numpy as np
from PIL import Image
from drawn_pages import document, jpeg
from worded_pages import keep, words_in_lines
from appliance.core.jobs import Job
from appliance.core.plain import to_plain
from appliance.handlers import assemble_document
folder = Path({folder!r})
grain = np.random.default_rng(1).integers(120, 255, (1414, 1000, 3), np.uint8)
page = jpeg(folder, Image.fromarray(grain)).page(text=keep(folder, words_in_lines(400)))
before = most_resident()
done = assemble_document(Job("1", "assemble", to_plain(document(folder / "out.pdf", *[page] * {pages}))))
after = most_resident()
print(json.dumps([done.size / 2**20, done.pages, before, after]))
"""


def test_500_pages_and_hundreds_of_megabytes(tmp_path: Path) -> None:
    script = SCRIPT.format(path=sys.path, folder=str(tmp_path), pages=PAGES)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=600)
    size, pages, before, after = (float(one) for one in done.stdout.strip("[]\n").split(","))
    assert pages == PAGES
    assert size > LEAST_MB
    assert after - before < MOST_MB
