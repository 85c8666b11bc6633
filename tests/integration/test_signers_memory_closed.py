"""Keys and PINs in the signer's memory are out of reach of other processes of its own user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, ctypes, sys
from appliance import signer
seen = []
signer._run = lambda *_: seen.append(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)) or asyncio.sleep(0, 0)
signer.main(["--config", sys.argv[1]])
print(seen)
"""
"""Starts a signer, and asks at its first step whether its memory is open (PR_GET_DUMPABLE)."""


def test_a_worker_that_was_taken_over_cannot_read_the_signers_memory(tmp_path: Path) -> None:
    settings = tmp_path / "appliance.toml"
    settings.write_text(f'[storage]\nstate = "{tmp_path}"\nruntime = "{tmp_path}"\n')
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(settings)], check=True, capture_output=True,
                          text=True)
    assert done.stdout.strip() == "[0]", done.stderr
