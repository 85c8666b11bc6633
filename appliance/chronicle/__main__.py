"""``python -m appliance.chronicle FOLDER``: write the journal's catalog anew."""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.chronicle import catalog

if __name__ == "__main__":
    for path in catalog.write(Path(sys.argv[1] if len(sys.argv) > 1 else "systemd")):
        sys.stdout.write(f"{path}\n")
