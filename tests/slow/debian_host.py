"""A bare Debian 12 with a real systemd, booted in a container for one test."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = "systemd,systemd-sysv,dbus,udev,kmod,python3,openssh-server"
"""What a host has when Ansible comes for the first time."""

CGROUPS = Path("/sys/fs/cgroup")
CONTROLLERS = ("systemd", "unified", "memory", "pids", "cpu", "cpuacct", "devices", "freezer", "blkio")
NEEDED = ("mmdebstrap", "systemd-nspawn", "nsenter", "setpriv", "unshare", "tar", "ssh", "ssh-keygen")

START = 'for group in $GROUPS; do echo $$ > "$group/cgroup.procs"; done; exec setpriv --pdeathsig TERM "$@"'
"""Enters the container's groups, and switches it off when whoever started it dies."""


def why_not() -> str:
    """Return why no Debian can be booted here, or an empty text."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    trial = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"], check=False,
                           capture_output=True)
    return "needs the right to make namespaces" if trial.returncode else ""


def image(cache: Path) -> Path:
    """Return a tar of a bare Debian 12, made once."""
    made = cache / f"debian12-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:8]}.tar"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "debian12.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side, and two files of them want it
        if not made.exists():
            _make(made)
    return made


def _make(made: Path) -> None:
    for old in made.parent.glob("debian12*.tar"):
        old.unlink()
    part = made.with_suffix(".part")
    subprocess.run(["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", f"--include={PACKAGES}",
                    "bookworm", str(part)], check=True, timeout=900)
    part.rename(made)


@dataclass
class DebianHost:
    """One booted container.

    Attributes:
        tree: its root.
        name: of the container and its groups.
        alone: it has a network of its own with nothing but loopback: no route to anything.
        leader: its first process, as this machine sees it.
        below: a tree that lies under this one and stays as it is, for `lay_over`.
    """

    tree: Path
    name: str
    alone: bool = False
    below: Path | None = None
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

    def lay_over(self, below: Path) -> None:
        """Take another tree as this one's beginning; what is changed here does not reach it."""
        self.below = below
        upper, work = self.tree.parent / f"{self.name}.upper", self.tree.parent / f"{self.name}.work"
        for folder in (self.tree, upper, work):
            folder.mkdir(parents=True)
        options = f"lowerdir={below},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(self.tree)], check=True)

    def remove(self) -> None:
        """Power off, and take away all that lies of it here."""
        self.power_off()
        if self.below:
            subprocess.run(["umount", "--lazy", str(self.tree)], check=False)
        for folder in (self.tree, *self.tree.parent.glob(f"{self.name}.*")):
            shutil.rmtree(folder, ignore_errors=True)

    def boot(self) -> None:
        """Boot and wait until systemd says that it runs."""
        self._make_groups()
        command = ["systemd-nspawn", "-D", str(self.tree), "-b", "--register=no", "--keep-unit",
                   f"--machine={self.name}", "--console=pipe", "--resolv-conf=off", "--timezone=off",
                   *(["--private-network"] if self.alone else [])]
        groups = " ".join(map(str, self.groups))
        with (self.tree.parent / f"{self.name}.log").open("wb") as log:
            self.launcher = subprocess.Popen(["sh", "-c", START, "sh", *command], stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, start_new_session=True,
                                             env=os.environ | {"GROUPS": groups})
        self.leader = self._find_leader()
        self.until("systemctl is-system-running | grep -qxE 'running|degraded'", 120)

    def run(self, command: str, *, check: bool = True, timeout: float = 120) -> str:
        """Run a shell command inside; return what it said."""
        inside = ["nsenter", "-t", str(self.leader), "-a", "env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin",
                  "LANG=C.UTF-8", "sh", "-c", command]
        done = subprocess.run(inside, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout)
        assert done.returncode == 0 or not check, f"{command}: {done.returncode}\n{done.stdout}"
        return done.stdout.strip()

    def until(self, command: str, seconds: float) -> None:
        """Wait until a shell command inside succeeds."""
        deadline = time.monotonic() + seconds
        while not self.run(f"({command}) >/dev/null 2>&1 && echo yes", check=False).endswith("yes"):
            assert time.monotonic() < deadline, f"never: {command}\n{self.run(command, check=False)}"
            time.sleep(0.3)

    def power_off(self) -> None:
        """End the container and take its groups away."""
        if self.leader:
            self.run("systemctl poweroff", check=False)
        if self.launcher is not None:
            try:
                self.launcher.wait(30)
            except subprocess.TimeoutExpired:
                os.kill(self.leader or self.launcher.pid, signal.SIGKILL)  # it takes all others along
                self.launcher.wait(30)
        for group in self.groups:
            for inner in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
                _remove(inner)
            _remove(group)

    def _make_groups(self) -> None:
        """Give the container a group of its own: cgroup v1 and hybrid by controller, v2 in one tree."""
        bases = [CGROUPS / name for name in CONTROLLERS if (CGROUPS / name / "cgroup.procs").exists()]
        for base in bases or [CGROUPS]:
            group = base / self.name
            group.mkdir(exist_ok=True)
            self.groups.append(group)

    def _find_leader(self) -> int:
        assert self.launcher is not None
        children = Path(f"/proc/{self.launcher.pid}/task/{self.launcher.pid}/children")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.launcher.poll() is None:
            for pid in children.read_text().split():
                if Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return int(pid)
            time.sleep(0.05)
        log = (self.tree.parent / f"{self.name}.log").read_text(errors="replace")
        raise AssertionError(f"systemd did not start in the container: {log[-2000:]}")


def _remove(group: Path) -> None:
    deadline = time.monotonic() + 10
    while group.is_dir() and time.monotonic() < deadline:
        try:
            group.rmdir()
        except OSError:  # its last process is being taken away
            time.sleep(0.1)
