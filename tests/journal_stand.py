"""A real systemd-journald for one test, alone in a mount namespace of its own, with our catalog in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DAEMON = Path("/usr/lib/systemd/systemd-journald")
NEEDED = ("unshare", "journalctl", "systemd-cat", "mount")

SCRIPT = r"""
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/journal /run/log "$ROOM/usr/local/lib/systemd/catalog" "$ROOM/var/lib/systemd/catalog"
cp "$CATALOGS"/*.catalog "$ROOM/usr/local/lib/systemd/catalog/"
journalctl --root="$ROOM" --update-catalog
mkdir -p /var/lib/systemd/catalog
mount --bind "$ROOM/var/lib/systemd/catalog" /var/lib/systemd/catalog
"$JOURNALD" & journald=$!
trap 'kill $journald' EXIT
while [ ! -S /run/systemd/journal/socket ]; do sleep 0.05; done
# a service manager tells its services so that their stderr is the journal's
systemd-cat --identifier=stderr sh -c \
  'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$PYTHON" -c "$PROGRAM"' \
  || { journalctl -q -o cat; exit 1; }
while ! journalctl -q -o cat | grep -qF "$LAST"; do sleep 0.05; done
exec 3>&1
LC_ALL=$LOCALE journalctl -q $LOOK >&3
"""


@dataclass(frozen=True)
class Look:
    """What is asked of the journal afterwards: words for journalctl, and the locale of who asks."""

    words: str = "-o json"
    locale: str = "C.UTF-8"


def why_not() -> str:
    """Return why no journald can be run here, or an empty text."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing or not DAEMON.exists():
        return f"needs {', '.join(missing) or DAEMON}"
    trial = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
    return "needs the right to make namespaces" if trial.returncode else ""


def journal_of(program: str, room: Path, last: str, look: Look = Look()) -> str:
    """Run Python text under a real journal; return what journalctl says once ``last`` has arrived."""
    about = os.environ | {"ROOM": str(room), "CATALOGS": str(ROOT / "systemd"), "JOURNALD": str(DAEMON),
                          "LAST": last, "PYTHON": sys.executable, "PROGRAM": program, "LOOK": look.words,
                          "LOCALE": look.locale}
    done = subprocess.run(["unshare", "--mount", "sh", "-c", SCRIPT], env=about, cwd=ROOT, capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def entries(said: str) -> list[dict[str, Any]]:
    """Return what ``-o json`` said, an entry a line."""
    return [json.loads(line) for line in said.splitlines()]
