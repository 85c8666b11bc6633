"""``python -m appliance.building``: makes a release, or renews the lock of libraries. Run by ``make release``."""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

from appliance import __version__
from appliance.building import lock, release, seal, tool
from appliance.core import errors
from appliance.core.errors import ApplianceError, Exit

ROOT = Path(__file__).parents[2]
TRIAL = "build/release-key"
DEBIAN = "debian 12"


def main(argv: list[str]) -> int:
    """Make a release; return the exit code."""
    parser = argparse.ArgumentParser("python -m appliance.building", description=main.__doc__)
    parser.add_argument("what", choices=("release", "lock"))
    parser.add_argument("--key", type=Path, help="SSH key that signs (Ed25519); else a key for trials is made")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of releases")
    parser.add_argument("--cache", type=Path, default=ROOT / "build/release", help="what was brought before")
    parser.add_argument("--packages", type=Path, help="Debian packages as in this lock, from the cache alone")
    options = parser.parse_args(argv)
    try:
        if options.what == "lock":
            sys.stdout.write(f"{lock.FILE}: {len(lock.renew(ROOT))} libraries\n")
            return Exit.DONE
        refuse_other_machine()
        shop = release.Workshop(ROOT, options.cache, options.out / __version__, options.packages)
        made = release.make(shop, key_of(options.key), trial=options.key is None)
    except ApplianceError as problem:
        sys.stderr.write(f"{problem.code}: {problem.vi}\n      {problem.en}" + "\n")
        return Exit.FAILED
    _tell_hosts(made, options.key)
    size = sum(path.stat().st_size for path in made.iterdir())
    sys.stdout.write(f"{made}: {size / 1e6:.0f} MB\n")
    return Exit.DONE


def _tell_hosts(made: Path, key: Path | None) -> None:
    """Write beside a release the line by which hosts believe its key."""
    public = key and (key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub"))
    if public and public.exists():
        believed = made.with_name(f"{made.name}.release-keys")
        believed.write_text(seal.believed(public.read_text("ascii")), "ascii")
        sys.stdout.write(f"máy tin khóa này / what hosts believe: {believed}\n")


def refuse_other_machine() -> None:
    """Raise WRONG_MACHINE where wheels or packages would be for others than the hosts."""
    here = platform.freedesktop_os_release()
    python = ".".join(platform.python_version_tuple()[:2])
    found = (f"{here.get('ID')} {here.get('VERSION_ID')}", python, platform.machine())
    if found != (DEBIAN, release.PYTHON, release.MACHINE):
        raise errors.WRONG_MACHINE.error(wanted=release.PYTHON, machine=release.MACHINE, found=", ".join(found))


def key_of(given: Path | None) -> Path:
    """Return the key that signs; for trials one is made, and it is said that it is one."""
    if given is not None:
        return given
    key = ROOT / TRIAL
    if not key.exists():
        key.parent.mkdir(parents=True, exist_ok=True)
        tool.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "trial", "-f", key])
    public = key.with_suffix(".pub").read_text("ascii")
    key.with_name("release-keys").write_text(seal.believed(public), "ascii")
    sys.stderr.write(f"KHÓA THỬ NGHIỆM / A KEY FOR TRIALS: {key}; KEY=... for offices. What hosts believe: "
                     f"{key.with_name('release-keys')}\n")
    return key
