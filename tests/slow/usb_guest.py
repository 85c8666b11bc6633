"""A Debian 12 in QEMU with a USB controller of its own, into which fake scanners are really plugged.

Kernel and udev are Debian's; the product is read over 9p from where it lies. Nothing is installed on this machine
but QEMU: the kernel is taken out of its package.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import debian_host

from appliance.core.config import Ocr

ROOT = Path(__file__).parents[2]
QEMU = "qemu-system-x86_64"
PARTS = "linux-image-amd64,libsane1,acl"
"""Taken out of their packages: the kernel, what Debian knows of scanners, and the setfacl that its rules call."""

MODULES = ("virtio_pci", "9pnet_virtio", "9p", "dummy_hcd", "libcomposite", "usb_f_ss_lb")
UNUSED = ("./dev/*", "./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*", "./usr/share/zoneinfo/*",
          "./var/cache/*", "./var/lib/apt/*", "./boot/*")
SHARES = {"product": ROOT, "libraries": Path(sysconfig.get_path("platlib")), "models": Ocr().tessdata}
"""What the guest reads, under /srv."""

READER = "/usr/bin/tesseract"
"""The daemon asks that it is there; without a page nobody calls it."""

INIT = f"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=/srv/product:/srv/libraries
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs r /run; mount -t tmpfs t /tmp
mkdir -p {" ".join(f"/srv/{share}" for share in (*SHARES, "out"))}
for module in {" ".join(MODULES[:3])}; do modprobe $module; done
for share in {" ".join(SHARES)}; do
    mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 $share /srv/$share
done
mount -t 9p -o trans=virtio,version=9p2000.L out /srv/out
ip link set lo up 2>/dev/null
python3 /srv/product/tests/slow/usb_stage.py > /srv/out/stage.log 2>&1
sync; echo o > /proc/sysrq-trigger; sleep 60
"""

PATIENCE = 420.0


def why_not() -> str:
    """Return why no such machine can run here, or an empty text."""
    needed = (QEMU, "cpio", "depmod", "modprobe", "systemd-hwdb", READER)
    missing = [tool for tool in needed if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    if os.uname().machine != "x86_64":
        return "needs x86_64"
    return debian_host.why_not()


def machine(cache: Path) -> tuple[Path, Path]:
    """Return kernel and file system of the guest, made once for what they are made of."""
    base = debian_host.image(cache)
    recipe = f"{base.name} {PARTS} {MODULES} {UNUSED} {INIT} {READER} {list(SHARES)}"
    made = cache / f"guest-{hashlib.sha256(recipe.encode()).hexdigest()[:8]}"
    if not made.exists():
        for old in cache.glob("guest-*"):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            _make(base, Path(scratch))
            (Path(scratch) / "made").rename(made)
    return made / "vmlinuz", made / "root.cpio"


def run(cache: Path, out: Path) -> None:
    """Run usb_stage.py in the guest; what it writes is in ``out``."""
    kernel, root = machine(cache)
    command = [QEMU, "-machine", "q35,accel=tcg", "-cpu", "qemu64", "-smp", "2", "-m", "1024", "-display", "none",
               "-serial", f"file:{out / 'serial.log'}", "-monitor", "none", "-no-reboot", "-nic", "none",
               "-kernel", str(kernel), "-initrd", str(root),
               "-append", "console=ttyS0 quiet mitigations=off panic=-1 rdinit=/init"]
    for share, folder in SHARES.items():
        command += ["-virtfs", f"local,path={folder},mount_tag={share},security_model=none,readonly=on"]
    command += ["-virtfs", f"local,path={out},mount_tag=out,security_model=none"]
    subprocess.run(["setpriv", "--pdeathsig", "KILL", *command], check=True, timeout=PATIENCE)


def _make(base: Path, scratch: Path) -> None:
    parts, tree, made = scratch / "parts", scratch / "tree", scratch / "made"
    for folder in (parts, tree, made):
        folder.mkdir()
    packed = scratch / "parts.tar"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=extract", f"--include={PARTS}", "--format=tar", "bookworm",
                    str(packed)], check=True, timeout=900)
    subprocess.run(["tar", "-xf", str(packed), "-C", str(parts), "--wildcards", "./boot/vmlinuz-*",
                    "./lib/modules/*", "./lib/udev/*.d/*-*sane*", "./bin/setfacl"], check=True)
    left_out = [f"--exclude={path}" for path in UNUSED]
    subprocess.run(["tar", "-xf", str(base), "-C", str(tree), *left_out], check=True)
    [kernel] = parts.glob("boot/vmlinuz-*")
    shutil.copy(kernel, made / "vmlinuz")
    _take_modules(parts, tree, kernel.name.removeprefix("vmlinuz-"))
    shutil.copytree(parts / "lib/udev", tree / "usr/lib/udev", dirs_exist_ok=True)
    shutil.copy(parts / "bin/setfacl", tree / "usr/bin/setfacl")
    shutil.copy(READER, tree / READER.lstrip("/"))
    subprocess.run(["systemd-hwdb", "update", f"--root={tree}"], check=True)
    (tree / "init").write_text(INIT)
    (tree / "init").chmod(0o755)
    with (made / "root.cpio").open("wb") as file:
        subprocess.run("find . -print0 | cpio --null --create --format=newc --quiet", shell=True, cwd=tree,
                       check=True, stdout=file)


def _take_modules(parts: Path, tree: Path, version: str) -> None:
    """Copy the modules that the guest loads, with what they need."""
    subprocess.run(["depmod", "-b", str(parts), version], check=True)
    for module in MODULES:
        said = subprocess.run(["modprobe", "-d", str(parts), "-S", version, "--show-depends", module], check=True,
                              capture_output=True, text=True).stdout
        for line in said.splitlines():
            if line.startswith("insmod "):
                inside = Path(line.split()[1]).relative_to(parts)
                (tree / "usr" / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(parts / inside, tree / "usr" / inside)
    for listing in parts.glob(f"lib/modules/{version}/modules.*"):
        shutil.copy(listing, tree / "usr/lib/modules" / version)
    subprocess.run(["depmod", "-b", str(tree), version], check=True)
