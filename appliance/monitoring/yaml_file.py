"""How a file for Prometheus or Alertmanager is written: the same bytes for the same content."""

from __future__ import annotations

from typing import Any

import yaml

MADE = "Made by: appliance monitoring write. Change the tables or the settings of the place, not this file."


def text(about: str, content: Any) -> str:
    """Return a YAML file with a line on what it is for."""
    body = yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000)
    return f"# {about}\n# {MADE}\n{body}"


class _Plain(yaml.SafeDumper):
    """Writes what stands in two places twice: anchors are hard to read, and amtool knows none."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - yaml asks of each
        return True
