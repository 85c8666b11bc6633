"""A host that was provisioned by the real playbook, to begin scenarios from: made once, then booted in seconds.

The tree lies under ``build/slow`` and is made again when something that it depends on has changed. A scenario gets
an overlay of it, so nothing a test does reaches the next one:

    with converged(tmp_path) as scene:
        scene.wait_ready()
        assert scene.play("vss.appliance.provision").recap["changed"] == 0

The host has a network of its own with nothing but loopback: no route, no mirror (its apt sources are empty), no
names. Ansible comes in by real ssh through ``nsenter``. What stands outside an office otherwise runs inside, from
the same release, as units of their own: ``trial-archive`` (127.0.0.1:8470, folder /srv/trial/archive),
``trial-tsa`` (:8471), ``trial-scanner`` (an eSCL scanner, :8472, hopper /srv/trial/scanner/hopper).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import granted
from debian_host import DebianHost, image, why_not

from appliance import __version__
from appliance.building import release as building
from appliance.building import seal

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "slow"
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
NAME = "Bảo hiểm xã hội huyện Thử Nghiệm"
LISTS = "/srv/danh sách 100%"
HOST = "scan0101.bhxh.example"
ARCHIVE, TIMES, SCANNER = 8470, 8471, 8472
UNITS = ("appliance.service", "appliance-signer.service", "appliance-worker@1.service",
         "appliance-scanner@counter.service")
OUTSIDE = {
    "archive": f"receive --root /srv/trial/archive --port {ARCHIVE} --trust /srv/trial/tsa/development-tsa-root.pem"
               " --trust /var/lib/appliance/keys/development-root.pem",
    "tsa": f"development-tsa --root /srv/trial/tsa --port {TIMES}",
    "scanner": f"virtual-scanner --hopper /srv/trial/scanner/hopper --port {SCANNER}",
}
UNIT = """[Unit]
ConditionPathExists=/opt/appliance/current
[Service]
ExecStart=/opt/appliance/current/release/venv/bin/python3 -m appliance {words}
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
"""
DEPENDS = ("appliance", "firmware_profiles", "systemd", "ansible", "pyproject.toml", "hatch_build.py")


def why_not_here() -> str:
    """Return why no host can be provisioned here, or an empty text."""
    if sys.version_info[:2] != (3, 11):
        return "needs Python 3.11, as Debian 12 has, to make the release"
    return why_not() or ("" if PLAYBOOK.exists() else "needs ansible-core beside Python")


@dataclass(frozen=True)
class Play:
    """What one run of a playbook said: the recap of the host, all of its words, and how long it took."""

    recap: dict[str, int]
    said: str
    seconds: float


@dataclass
class Scene:
    """One booted host and the controller that reaches it.

    Attributes:
        host: the container.
        folder: of the controller: inventory, key, reports.
        keys: of the controller; ``id`` opens the host's ssh.
    """

    host: DebianHost
    folder: Path
    release: Path
    plays: dict[str, Play] = field(default_factory=dict)

    @property
    def inventory(self) -> Path:
        """The inventory; a file of JSON with one host."""
        return self.folder / "inventory.json"

    @property
    def variables(self) -> dict[str, Any]:
        """What the inventory says of the host."""
        told: dict[str, Any] = json.loads(self.inventory.read_text())
        return dict(told["appliances"]["hosts"][HOST])

    def play(self, playbook: str, *more: str, extra: Mapping[str, object] | None = None) -> Play:
        """Run a playbook of the collection against the host; it may fail.

        Args:
            playbook: such as ``vss.appliance.provision``, or a file.
            more: words for ansible-playbook, such as ``--check``.
            extra: variables that win over the inventory.
        """
        words = [str(PLAYBOOK), "-i", str(self.inventory), playbook, *more, *self._line()]
        began = time.monotonic()
        done = subprocess.run([*words, *(["-e", json.dumps(extra)] if extra else [])], cwd=ROOT / "ansible",
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900,
                              env=self._environment())
        seconds = time.monotonic() - began
        line = re.search(rf"^{re.escape(HOST)} +:.*$", done.stdout, re.MULTILINE)
        figures = (word.partition("=") for word in (line.group() if line else "").split() if "=" in word)
        recap = {name: int(number) for name, _, number in figures}
        print(f"{playbook} {' '.join(more)}: {' '.join(f'{name}={one}' for name, one in recap.items() if one)} "
              f"({seconds:.0f} s)")
        return Play({"rc": done.returncode, **recap}, done.stdout, seconds)

    def converge(self, *more: str, extra: Mapping[str, object] | None = None) -> Play:
        """Run the provisioning; it must not fail."""
        play = self.play("vss.appliance.provision", *more, extra=extra)
        assert play.recap["rc"] == 0, play.said
        return play

    def reports(self) -> Path:
        """Return the folder that drift is reported in."""
        return self.folder / "drift"

    def shown(self, unit: str, name: str) -> str:
        """Return a property of a unit."""
        return self.host.run(f"systemctl show -p {name} --value {unit}")

    def picture(self) -> dict[str, Any]:
        """Return what the daemon says of itself; empty while it is away."""
        said = self.host.run("appliance status --json", check=False)
        return dict(json.loads(said)) if said.startswith("{") else {}

    def ready(self) -> bool:
        """Say whether the daemon answers, its scanner is ready and systemd has nothing more to start."""
        devices = self.picture().get("devices", [])
        ready = any(one["state"] == "ready" for one in devices)
        return ready and not self.host.run("systemctl list-jobs --no-legend")

    def wait_ready(self) -> None:
        """Wait until paper could be scanned."""
        self.wait(self.ready, 180)

    def wait(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until something is true, and else show how the host is."""
        deadline = time.monotonic() + seconds
        while not true():
            journal = "journalctl --no-pager -n 60 -u 'appliance*' -u 'trial-*'"
            assert time.monotonic() < deadline, (self.picture(), self.host.run(journal, check=False))
            time.sleep(0.3)

    def authorise(self) -> None:
        """Let the agency's key sign, as a leader does it on the host."""
        self.host.run(f"echo {granted.PIN} | appliance authorise --leader {granted.LEADER} --keeper 'Văn thư' "
                      "--job counter --until $(date -d '+30 days' +%d/%m/%Y)")

    def close(self) -> None:
        """Let go of the host's ssh: a line from outside would keep its first process from ending."""
        subprocess.run(["ssh", "-o", f"ControlPath={self.folder}/line", "-O", "exit", HOST], check=False,
                       capture_output=True)

    def _line(self) -> list[str]:
        enter = (f"nsenter -t {self.host.leader} -a sh -c 'mkdir -p /run/sshd; exec /usr/sbin/sshd -i -e "
                 "-o LogLevel=ERROR'")
        common = ("-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
                  f'-o ProxyCommand="{enter}"')
        (self.folder / "ssh.json").write_text(json.dumps({
            "ansible_ssh_common_args": common,
            "ansible_ssh_args": f"-o ControlMaster=auto -o ControlPersist=60 -o ControlPath={self.folder}/line"}))
        return ["-e", f"@{self.folder}/ssh.json"]

    def _environment(self) -> dict[str, str]:
        own = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(self.folder / "home"),
               "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.folder / "facts"),
               "APPLIANCE_DRIFT": str(self.reports())}
        return os.environ | own


@contextmanager
def converged(folder: Path) -> Iterator[Scene]:
    """Boot a host that was provisioned before; it goes with the block.

    Args:
        folder: for the overlay and the controller's files; a test's ``tmp_path``.
    """
    below = tree()
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    host = DebianHost(folder / "tree", f"appliance-{name}-{os.getpid()}", alone=True)
    scene = _scene(host, folder, below)
    try:
        host.lay_over(below / "tree")
        host.boot()
        yield scene
    finally:
        scene.close()
        host.remove()


def _scene(host: DebianHost, folder: Path, below: Path) -> Scene:
    """Return the controller of a host that lies over a made one."""
    shutil.copytree(below / "controller", folder / "controller")
    made = json.loads((below / "plays.json").read_text())
    return Scene(host, folder / "controller", signed_release(), {name: Play(**one) for name, one in made.items()})


def tree() -> Path:
    """Return the folder of a converged host, made once: ``tree``, ``controller`` and ``plays.json``."""
    made = BUILD / f"converged-{fingerprint()}"
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "converged.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side, and several files of them want it
        if not (made / "plays.json").exists():
            for old in BUILD.glob("converged-*"):
                shutil.rmtree(old)
            _make(made)
    return made


def signed_release() -> Path:
    """Return a signed release of this source tree, made once for its content; ``release-keys`` lies beside it."""
    made = BUILD / f"release-{_digest(one for one in DEPENDS if one != 'ansible')}" / __version__
    with (BUILD / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "MANIFEST.json.sig").exists():
            for old in BUILD.glob("release-*"):
                shutil.rmtree(old)
            made.parent.mkdir()
            key = made.parent / "key"
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
            (made.parent / "release-keys").write_text(seal.believed(key.with_suffix(".pub").read_text()))
            building.make(building.Workshop(ROOT, ROOT / "build/release", made), key, trial=True)
    return made


def fingerprint() -> str:
    """Return a digest of everything a converged host depends on."""
    return _digest((*DEPENDS, "tests/slow/debian_host.py", "tests/slow/converged_host.py"))


def _digest(names: Iterator[str] | tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        one = ROOT / name
        for path in sorted(one.rglob("*")) if one.is_dir() else [one]:
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md":
                told = f"{path.relative_to(ROOT)}\0{path.stat().st_mode & 0o777}\0"
                digest.update(told.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _make(made: Path) -> None:
    """Provision a bare Debian 12: once dry on the virgin host, then in earnest."""
    release = signed_release()
    (made / "controller").mkdir(parents=True)
    host = DebianHost(made / "tree", f"appliance-converged-{os.getpid()}", alone=True)
    scene = Scene(host, made / "controller", release)
    try:
        host.unpack(image(BUILD))
        _bare(scene)
        host.boot()
        dry = scene.converge("--check", "--diff")
        untouched = host.run("ls -d /opt/appliance /etc/appliance /var/lib/appliance 2>/dev/null | wc -l")
        wet = scene.converge()
        host.run("systemctl daemon-reload; systemctl enable --now " + " ".join(f"trial-{one}" for one in OUTSIDE))
        scene.wait_ready()
        again = scene.converge()
        plays = {"dry": dry, "wet": wet, "again": again}
        told = {name: vars(one) for name, one in plays.items()}
        told["dry"]["recap"]["left"] = int(untouched)
    finally:
        scene.close()
        host.power_off()
    (made / "plays.json").write_text(json.dumps(told))


def _bare(scene: Scene) -> None:
    """Give a bare tree what an office has before Ansible comes: a key for ssh, and what stands outside."""
    inside = scene.host.tree
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(scene.folder / "id")], check=True)
    (inside / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    (inside / "root/.ssh/authorized_keys").write_text((scene.folder / "id.pub").read_text())
    for source in ("etc/apt/sources.list", "etc/resolv.conf"):
        (inside / source).write_text("")
    for name, words in OUTSIDE.items():
        (inside / f"etc/systemd/system/trial-{name}.service").write_text(UNIT.format(words=words))
    (inside / "srv/trial/scanner/hopper").mkdir(parents=True)
    _keys_of(inside / "srv/trial")
    scene.inventory.write_text(json.dumps({"appliances": {"hosts": {HOST: _variables(scene)}}}, indent=1))


def _keys_of(folder: Path) -> None:
    """Have archive and authority make their keys: the inventory names them before anything runs on the host."""
    for words in (["receive", "--root", str(folder / "archive"), "--port", "0"],
                  ["development-tsa", "--root", str(folder / "tsa"), "--port", "0"]):
        process = subprocess.Popen([sys.executable, "-m", "appliance", *words], cwd=ROOT, stdout=subprocess.PIPE,
                                   text=True)
        assert process.stdout is not None and "://" in process.stdout.readline(), words
        process.terminate()
        process.communicate(timeout=60)


def _variables(scene: Scene) -> dict[str, Any]:
    trial = scene.host.tree / "srv/trial"
    return {
        "ansible_host": HOST, "ansible_user": "root", "ansible_ssh_private_key_file": "{{ inventory_dir }}/id",
        "appliance_office_code": "0101", "appliance_office_name": NAME, "appliance_office_province": "01",
        "appliance_office_level": "district", "appliance_ring": "canary", "appliance_wan": "poor",
        "appliance_predecessors": [], "appliance_version": __version__,
        "appliance_release": str(scene.release),
        "appliance_release_keys": str(scene.release.parent / "release-keys"),
        "appliance_plain_http": True, "appliance_archive_url": f"http://127.0.0.1:{ARCHIVE}",
        "appliance_archive_receipt_pem": (trial / "archive/keys/receipt-public.pem").read_text(),
        "appliance_trust_pem": (trial / "tsa/development-tsa-root.pem").read_text(),
        "appliance_signing": {"tsa": [{"url": f"http://127.0.0.1:{TIMES}/tsa", "seconds": 60.0}]},
        "appliance_ntp_none": True,
        # There are no definitions of harmful code here.
        "appliance_settings": {"archive": {"road": {"jitter_seconds": 0}, "screen": {"kind": "none"}}},
        "appliance_workers": 1, "appliance_min_free_mb": 16,
        "appliance_jobs": [{"name": "counter", "duplex": False}],
        "appliance_devices": [{"name": "counter", "url": f"http://127.0.0.1:{SCANNER}/eSCL", "start_kind": "press",
                               "job": "counter", "operator": "NV001"}],
        "appliance_operators": [{"code": "NV001", "name": "Nguyễn Văn Thử"}, granted.leader()],
        "appliance_register": {"folder": LISTS, "settle_seconds": 0.5, "columns": {"channel": "Đến bằng"}},
    }
