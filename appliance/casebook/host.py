"""What the host says of itself: units, clock, disks, releases, certificates; or why a fact is not to be had."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from appliance import release_facts
from appliance.core import clock
from appliance.core.config import Config

HOME = Path("/opt/appliance")
SECONDS = 30
SHOWN = ("ActiveState", "SubState", "Result", "NRestarts", "ExecMainStatus", "ExecMainStartTimestamp",
         "MemoryCurrent", "CPUUsageNSec", "TasksCurrent", "UnitFileState")
UNITS = "appliance*"
BESIDE = ("chrony.service", "prometheus.service", "prometheus-node-exporter.service", "clamav-freshclam.service",
          "saned.socket", "ipp-usb.service", "pcscd.socket")


def asked(*command: str, seconds: float = SECONDS) -> str:
    """Return what a program says; why it says nothing where it is not there, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds,
                              check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    except FileNotFoundError:
        return f"({command[0]}: not installed)"
    except OSError as problem:
        return f"({command[0]}: {type(problem).__name__})"
    except subprocess.TimeoutExpired:
        return f"({command[0]}: no answer within {seconds:g} s)"
    return done.stdout if done.returncode == 0 else f"{done.stdout}({command[0]}: exit {done.returncode})"


def units() -> dict[str, Any]:
    """Return how each unit of the appliance stands, and what systemd thinks of its hardening."""
    listed = asked("systemctl", "list-units", "--all", "--plain", "--no-legend", "--no-pager", UNITS)
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("appliance")]
    found: dict[str, Any] = {}
    for name in (*names, *BESIDE):
        said = asked("systemctl", "show", name, *(f"--property={one}" for one in SHOWN))
        found[name] = dict(line.partition("=")[::2] for line in said.splitlines() if "=" in line)
    scores = asked("systemd-analyze", "security", "--no-pager")
    for line in scores.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] in found:
            found[words[0]]["exposure"] = words[1]
    return found or {"systemctl": listed.strip()}


def clock_facts() -> dict[str, str]:
    """Return what the clock is set by, and how right it is."""
    return {"now": clock.iso(clock.now()), "timedatectl": asked("timedatectl", "show"),
            "chrony": asked("chronyc", "-n", "tracking"), "sources": asked("chronyc", "-n", "sources")}


def disks(config: Config) -> dict[str, dict[str, int]]:
    """Return room and use, in bytes, of the disks that matter."""
    found = {}
    for path in (Path("/"), config.storage.state, Path("/var/log"), HOME, Path("/boot")):
        if Path(path).is_dir():
            use = shutil.disk_usage(path)
            nodes = os.statvfs(path)
            found[str(path)] = {"bytes": use.total, "free": use.free, "inodes_free": nodes.f_favail}
    return found


def releases() -> dict[str, Any]:
    """Return which release runs and which lie on the host."""
    def names(kind: str) -> list[str]:
        return sorted(path.name for path in (HOME / kind).glob("*")) if (HOME / kind).is_dir() else []

    current = HOME / "current"
    return {**release_facts.facts(), "kernel": platform.release(), "machine": platform.machine(),
            "debian": _first(Path("/etc/debian_version")),
            "current": str(current.readlink()) if current.is_symlink() else "",
            "generations": names("generations"), "releases": names("releases"), "runtimes": names("runtimes"),
            "processors": os.cpu_count() or 0, "memory": _memory()}


def certificates(config: Config) -> dict[str, Any]:
    """Return for each certificate of the settings until when it is good; nothing of whom it names."""
    found: dict[str, Any] = {}
    for key, path in _certificates(config, ""):
        try:
            ends = [one.not_valid_after_utc for one in x509.load_pem_x509_certificates(Path(path).read_bytes())]
            found[key] = {"ends": clock.iso(min(ends)), "days": (min(ends) - clock.now()).days}
        except (OSError, ValueError) as problem:
            found[key] = {"fault": type(problem).__name__}
    return found


def _certificates(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if is_dataclass(value):
        for one in fields(value):
            yield from _certificates(getattr(value, one.name), f"{key}.{one.name}".lstrip("."))
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _certificates(one, f"{key}[{number}]")
    elif value and key.partition("[")[0].rpartition(".")[2] in ("certificate", "ca", "trust"):
        yield key, str(value)


def devices(config: Config, clean: Callable[[str], str]) -> dict[str, Any]:
    """Return the configured scanners, and those that were seen."""
    seen = config.storage.state / "scanners-seen.json"
    try:
        known = _cleaned(json.loads(seen.read_text(encoding="utf-8")), clean)
    except (OSError, ValueError):
        known = None
    named = [{"name": clean(one.name), "kind": one.kind, "profile": one.profile} for one in config.device]
    return {"configured": named, "seen": known, "usb": clean(asked("lsusb"))}


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """Return what JSON says with every text of it clean, however it was written there."""
    if isinstance(value, dict):
        return {clean(str(name)): _cleaned(one, clean) for name, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one, clean) for one in value]
    return clean(value) if isinstance(value, str) else value


def _first(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError):
        return ""


def _memory() -> str:
    said = Path("/proc/meminfo")
    lines = said.read_text(encoding="ascii").splitlines() if said.is_file() else []
    return "; ".join(line for line in lines if line.startswith(("MemTotal", "MemAvailable", "SwapFree")))
