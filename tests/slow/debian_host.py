"""A bare Debian 12 with a real systemd, booted in a container for one test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("systemd,systemd-sysv,dbus,python3,openssh-server,ca-certificates,iproute2,procps,gpgv")
CONTROLLERS = ("systemd", "unified", "memory", "pids", "cpu", "cpuacct", "devices", "freezer", "blkio")
NEEDED = ("mmdebstrap", "systemd-nspawn", "nsenter", "tar")


def why_not() -> str:
    """Return why no Debian can be booted here, or an empty text."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    return "" if Path("/sys/fs/cgroup").is_dir() else "needs cgroups"


def image(cache: Path) -> Path:
    """Return a tar of a bare Debian 12, made once."""
    made = cache / "debian12.tar"
    if not made.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = made.with_suffix(".part")
        subprocess.run(["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", f"--include={PACKAGES}",
                        "bookworm", str(part)], check=True, timeout=900)
        part.rename(made)
    return made


@dataclass
class DebianHost:
    """One booted container; its network is the machine's own."""

    tree: Path
    name: str
    leader: int = 0
    launcher: subprocess.Popen[bytes] | None = None
    groups: list[Path] = field(default_factory=list)

    def unpack(self, source: Path) -> None:
        """Lay the tree; nothing of it listens by itself."""
        self.tree.mkdir(parents=True)
        subprocess.run(["tar", "-xf", str(source), "-C", str(self.tree), "--exclude=./dev/*"], check=True)
        for unit in ("multi-user.target.wants/ssh.service", "sshd.service", "sockets.target.wants/ssh.socket"):
            (self.tree / "etc/systemd/system" / unit).unlink(missing_ok=True)
        shutil.copy("/etc/resolv.conf", self.tree / "etc/resolv.conf")

    def boot(self) -> None:
        """Boot and wait until systemd says that it runs."""
        self._make_groups()
        command = ["systemd-nspawn", "-D", str(self.tree), "-b", "--register=no", "--keep-unit",
                   f"--machine={self.name}", "--console=pipe", "--resolv-conf=off"]
        log = (self.tree.parent / f"{self.name}.log").open("wb")
        self.launcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         start_new_session=True, preexec_fn=self._enter_groups)
        self.leader = self._find_leader()
        deadline = time.monotonic() + 120
        while self.run("systemctl is-system-running --wait", check=False).stdout.strip() not in ("running", "degraded"):
            assert time.monotonic() < deadline, "the container did not boot"
            time.sleep(0.2)

    def run(self, command: str, *, check: bool = True, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a shell command inside."""
        return subprocess.run(["nsenter", "-t", str(self.leader), "-a", "sh", "-c", command], check=check,
                              capture_output=True, text=True, timeout=timeout)

    def power_off(self) -> None:
        """End the container and take its groups away."""
        if self.leader:
            self.run("systemctl poweroff", check=False)
        if self.launcher is not None:
            try:
                self.launcher.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.launcher.pid, signal.SIGKILL)
                self.launcher.wait()
        for group in reversed(self.groups):
            for inner in sorted(group.rglob("*"), reverse=True):
                if inner.is_dir():
                    _remove(inner)
            _remove(group)

    def _make_groups(self) -> None:
        for controller in CONTROLLERS:
            base = Path("/sys/fs/cgroup") / controller
            if base.is_dir() and (base / "cgroup.procs").exists():
                group = base / self.name
                group.mkdir(exist_ok=True)
                self.groups.append(group)

    def _enter_groups(self) -> None:
        for group in self.groups:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    def _find_leader(self) -> int:
        assert self.launcher is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            children = Path(f"/proc/{self.launcher.pid}/task/{self.launcher.pid}/children")
            for pid in children.read_text().split() if children.exists() else []:
                if Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return int(pid)
            time.sleep(0.05)
        raise AssertionError("systemd did not start in the container")


def _remove(group: Path) -> None:
    try:
        group.rmdir()
    except OSError:
        return
