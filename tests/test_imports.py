"""What a static rule cannot see: which libraries a process really loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

NATIVE = ("numba", "llvmlite", "numpy", "cv2", "pikepdf", "pyhanko", "pytesseract", "tesserocr", "PIL",
          "zxingcpp", "simplejpeg", "pypdfium2", "appliance.device.sane")


@pytest.mark.parametrize("module", ["appliance.daemon", "appliance.operate", "appliance.cli"])
def test_the_daemon_and_its_commands_load_no_image_pdf_or_signing_code(module: str) -> None:
    code = f"import sys, {module}; print(*[n for n in {NATIVE!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
