"""A Debian 12 whose real systemd runs the units of this source tree: linked as on a host, with the tests' Python.

Nothing is installed: interpreter, libraries and source are bound into the container read-only, so that it stands in
seconds. What a release lays down, and what Ansible does, is proved elsewhere (test_provisioning.py).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from debian_host import CGROUPS, DebianHost, image, why_not

from appliance import __version__

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "slow"
PRODUCT, PYTHON = Path("/srv/product"), Path("/srv/python")
HIDDEN = ("/home", "/root", "/tmp", "/run/user")
"""Folders that units do not see (ProtectHome=, PrivateTmp=); what lies there is bound to ``PRODUCT``."""

UNITS = ("appliance.service", "appliance-signer.service", "appliance-worker@1.service",
         "appliance-scanner@counter.service", "appliance-receiver.service")
LIMITED = ("memory", "pids", "cpu", "cpuacct", "blkio")
TESSDATA = Path("/usr/share/tesseract-ocr")


class UnitHost(DebianHost):
    """The container, with our units and nothing else of ours."""

    def lay(self, settings: Mapping[str, str]) -> None:
        """Unpack it, lay product, links and settings as a release does, and say what is bound into it.

        Args:
            settings: text of each file in ``/etc/appliance``.
        """
        self.unpack(image(BUILD))
        self._bind()
        opt = self.tree / "opt/appliance"
        venv = opt / f"releases/{__version__}/venv"
        self._lay_python(venv)
        shutil.copytree(ROOT / "systemd", opt / f"releases/{__version__}/systemd")
        one = opt / "generations/1"
        one.mkdir(parents=True)
        for link, target in (("release", f"../../releases/{__version__}"), ("bin", "release/venv/bin"),
                             ("systemd", "release/systemd")):
            (one / link).symlink_to(target)
        (opt / "current").symlink_to("generations/1")
        self._bring("tesseract")
        self._link(self.tree / "etc/systemd/system", ("*.service", "*.slice", "*.socket"))
        kernels = ROOT / "build/numba" / __version__
        if kernels.is_dir():
            shutil.copytree(kernels, self.tree / "var/cache/appliance/numba" / __version__)
        (self.tree / "etc/appliance").mkdir()
        for name, text in settings.items():
            (self.tree / "etc/appliance" / name).write_text(text, encoding="utf-8")

    def prepare(self) -> None:
        """Make users and folders as an installation does; let memory limits count where that can be."""
        here = "/opt/appliance/current/systemd"
        self.run(f"systemd-sysusers {here}/sysusers.conf {here}/sysusers-receiver.conf")
        self.run(f"systemd-tmpfiles --create {here}/tmpfiles.conf; chown -R appliance: /var/cache/appliance")
        self.run(f"echo {PYTHON}/lib > /etc/ld.so.conf.d/python.conf; ldconfig")  # where its library is shared
        self.run("chgrp appliance /etc/appliance; chmod 755 /etc/appliance")
        for controller in LIMITED:
            if (CGROUPS / controller).is_dir():
                subprocess.run(["nsenter", "-t", str(self.leader), "-m", "-C", "mount", "-o", "remount,rw,bind",
                                f"/sys/fs/cgroup/{controller}"], check=False, capture_output=True)
        self.run("systemctl daemon-reexec")

    def shown(self, unit: str, name: str) -> str:
        """Return a property of a unit."""
        return self.run(f"systemctl show -p {name} --value {unit}")

    def pids(self) -> dict[str, str]:
        """Return the main process of each unit; 0 where there is none."""
        return {unit: self.shown(unit, "MainPID") for unit in UNITS}

    def drop_in(self, text: str) -> None:
        """Give every unit a drop-in of this text; an empty one takes it away."""
        for unit in UNITS:
            path = self.tree / "etc/systemd/system" / f"{unit}.d/trial.conf"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"[Service]\n{text}\n")
        self.run("systemctl daemon-reload")

    def picture(self) -> dict[str, Any]:
        """Return what the daemon says of itself; empty while it is away."""
        said = self.run("appliance status --json", check=False)
        return json.loads(said) if said.startswith("{") else {}

    def memory_counts(self) -> bool:
        """Say whether a memory limit of a unit ends what goes beyond it here."""
        def eater(limit: str) -> str:
            return f"systemd-run --wait -q -p MemoryMax={limit} python3 -c 'x = b\"1\" * 200_000_000'"

        return self.run(f"{eater('1G')} && ! {eater('50M')} && echo ended", check=False).endswith("ended")

    def remove(self) -> None:
        """Power off and take everything away."""
        super().remove()
        self._told.unlink(missing_ok=True)

    @property
    def _told(self) -> Path:
        return Path("/run/systemd/nspawn", f"{self.name}.nspawn")

    def _bind(self) -> None:
        self.source = PRODUCT if str(ROOT).startswith(HIDDEN) else ROOT
        lines = ["[Files]", f"BindReadOnly={ROOT}:{self.source}", f"BindReadOnly={TESSDATA}"]
        if sys.base_prefix != "/usr":
            lines.append(f"BindReadOnly={sys.base_prefix}:{PYTHON}")
        self._told.parent.mkdir(parents=True, exist_ok=True)
        self._told.write_text("\n".join(lines) + "\n")

    def _lay_python(self, venv: Path) -> None:
        """Lay an environment whose interpreter and packages are those of the tests."""
        home = Path("/usr/bin") if sys.base_prefix == "/usr" else PYTHON / "bin"
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        site = venv / "lib" / version / "site-packages"
        for folder in (venv / "bin", site):
            folder.mkdir(parents=True)
        (venv / "bin/python3").symlink_to(home / version)
        (venv / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
        packages = Path(sysconfig.get_path("purelib"))
        (site / "runtime.pth").write_text(f"{self.source / packages.relative_to(ROOT)}\n{self.source}\n")
        program = venv / "bin/appliance"
        program.write_text(f"#!/{venv.relative_to(self.tree)}/bin/python3\n"
                           "import sys\nfrom appliance.cli import main\n"
                           "if __name__ == \"__main__\":\n    sys.exit(main())\n")
        program.chmod(0o755)
        (self.tree / "usr/local/bin/appliance").symlink_to("/opt/appliance/current/bin/appliance")

    def _bring(self, name: str) -> None:
        """Copy a program of this machine with the libraries that the container lacks."""
        program = shutil.which(name)
        assert program
        said = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
        for path in (program, *re.findall(r"=> (/\S+)", said)):
            target = self.tree / path.lstrip("/")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)

    def _link(self, units: Path, patterns: tuple[str, ...]) -> None:
        for path in (found for pattern in patterns for found in (ROOT / "systemd").glob(pattern)):
            (units / path.name).symlink_to(f"/opt/appliance/current/systemd/{path.name}")


def why_not_here() -> str:
    """Return why this cannot run here, or an empty text."""
    if reason := why_not():
        return reason
    if not Path(sys.prefix).is_relative_to(ROOT):
        return "needs its packages in an environment within the source tree"
    return "" if TESSDATA.is_dir() and shutil.which("tesseract") else "needs tesseract with its languages"


def wait_until(true: Callable[[], bool], seconds: float, what: Callable[[], object]) -> None:
    """Wait for a condition; fail with ``what``."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.3)
