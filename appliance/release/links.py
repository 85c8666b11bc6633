"""What systemd, udev and others read of a release: links into the current generation, which the switch moves."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from appliance.release.generation import Generation
from appliance.release.host import Host, switch

UNITS = (".service", ".socket", ".slice", ".timer", ".target", ".path")
NAMED = {
    "sysusers.conf": "etc/sysusers.d/appliance.conf", "tmpfiles.conf": "etc/tmpfiles.d/appliance.conf",
    "journald.conf": "etc/systemd/journald.conf.d/40-appliance.conf",
    "60-appliance-scanners.rules": "etc/udev/rules.d/60-appliance-scanners.rules",
    "60-appliance-pcscd.rules": "etc/polkit-1/rules.d/60-appliance-pcscd.rules",
    "appliance.catalog": "usr/local/lib/systemd/catalog/appliance.catalog",
    "appliance.vi.catalog": "usr/local/lib/systemd/catalog/appliance.vi.catalog",
}
"""Files of a release's ``systemd/`` and where they are looked for; units go to ``/etc/systemd/system``."""

DAEMON = "appliance.service"
WANTS = f"{DAEMON}.wants"
INSTANCE = re.compile(r"@.+(?=\.service$)")

ELSEWHERE = ("appliance-receiver.service", "sysusers-receiver.conf")
"""The archive's own: not for hosts of offices."""


def lay(host: Host, generation: Generation) -> None:
    """Lay the links that a generation needs; those that lie there rightly stay."""
    wanted = dict(_wanted(host, generation))
    host.settings.parent.mkdir(parents=True, exist_ok=True)
    wanted[host.settings] = host.current / "appliance.toml"
    wanted[host.root / "usr/local/bin/appliance"] = host.current / "bin/appliance"
    for link, target in wanted.items():
        said = f"/{target.relative_to(host.root)}"
        if not link.is_symlink() or str(link.readlink()) != said:
            link.parent.mkdir(parents=True, exist_ok=True)
            if link == host.settings and link.is_file() and not link.is_symlink():
                os.link(link, _free(link))  # settings that people wrote before the first release
            switch(link, said)


def _free(path: Path) -> Path:
    """Return a name beside a file that nothing has."""
    number = 1
    while (free := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return free


def clear(host: Host, generation: Generation) -> None:
    """Remove links to what the current generation does not have, or does not want."""
    kept = {link for link, _ in _wanted(host, generation)}
    for path in (*host.units.glob("appliance*"), *(host.units / WANTS).glob("appliance-*.service")):
        if path.is_symlink() and path not in kept:
            path.unlink()


def enabled(host: Host) -> list[str]:
    """Return the units that are started with the daemon."""
    return [path.name for path in (host.units / WANTS).glob("appliance-*.service")]


def differ(host: Host, generation: Generation) -> list[Path]:
    """Return links that are not as they shall be: what somebody has put in their place."""
    return [link for link, target in _wanted(host, generation)
            if not link.is_symlink() or str(link.readlink()) != f"/{target.relative_to(host.root)}"]


def _wanted(host: Host, generation: Generation) -> Iterator[tuple[Path, Path]]:
    """Yield each link and where it leads."""
    for path in sorted((host.releases / generation.version / "systemd").iterdir()):
        if path.name in ELSEWHERE:
            continue
        if path.suffix in UNITS:
            yield host.units / path.name, host.current / "systemd" / path.name
        elif path.name in NAMED:
            yield host.root / NAMED[path.name], host.current / "systemd" / path.name
    # systemctl enable follows links and would lead past the switch: these stay with it.
    yield host.units / "multi-user.target.wants" / DAEMON, host.units / DAEMON
    for unit in generation.units:
        yield host.units / WANTS / unit, host.units / INSTANCE.sub("@", unit)
