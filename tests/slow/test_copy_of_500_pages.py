"""A copy of a document of 500 pages takes no more memory than one of a few, and has every page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from drawn_pages import document, draw, jpeg

from appliance.documents.assemble import assemble

PROGRAM = """
import json, sys
sys.path.append(sys.argv[3])
from pathlib import Path
from resident import most_resident
from appliance import copying
from appliance.core import clock
copying.ready()
tally = copying.make([Path(sys.argv[1])], Path(sys.argv[2]), copying.Wish("mixed", "Hồ sơ", clock.now()))
print(json.dumps([tally.pages, most_resident()]))
"""


def copied(folder: Path, pages: int) -> tuple[int, float]:
    """Return pages and most resident memory, MB."""
    master = jpeg(folder, draw().crop((0, 250, 1654, 850)))
    source = Path(assemble(document(folder / f"{pages}.pdf", *[master.page()] * pages)).path)
    words = [sys.executable, "-c", PROGRAM, str(source), str(folder / f"copy-{pages}.pdf"),
             str(Path(__file__).parent)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    count, most = json.loads(done.stdout)
    return count, most


@pytest.mark.slow
def test_500_pages_take_the_memory_of_ten(tmp_path: Path) -> None:
    few, many = copied(tmp_path, 10), copied(tmp_path, 500)
    assert (few[0], many[0]) == (10, 500)
    assert many[1] < few[1] + 60
    with pikepdf.open(tmp_path / "copy-500.pdf") as pdf:
        assert len(pdf.pages) == 500
