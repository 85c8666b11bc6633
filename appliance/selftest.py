"""What must hold before the first sheet: profiles, disk, fonts, schemas, key, kernels, OCR, the golden pages.

Run as ``ExecStartPre`` or by hand, so that its heavy libraries leave memory when it ends.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance import kernel_cache
from appliance.core import config, errors, files
from appliance.core.config import Config
from appliance.core.errors import ApplianceError, Exit

Check = Callable[[Config], str]


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found."""

    name: str
    good: bool
    text: str
    seconds: float


def main(argv: list[str]) -> int:
    """``appliance selftest``: print each check; exit 1 when one fails."""
    parser = argparse.ArgumentParser("appliance selftest", description=main.__doc__)
    parser.add_argument("--config", type=Path, default=Path("/etc/appliance/appliance.toml"), help="settings file")
    options = parser.parse_args(argv)
    settings = config.load(options.config)
    results = [run(name, check, settings) for name, check in CHECKS.items()]
    for result in results:
        mark = "ĐẠT " if result.good else "HỎNG"
        sys.stdout.write(f"{mark} {result.name:9} {result.seconds:6.2f} s  {result.text}\n")
    return Exit.DONE if all(result.good for result in results) else Exit.FAILED


def run(name: str, check: Check, settings: Config) -> Result:
    """Run one check; whatever goes wrong in it is its result."""
    started = time.monotonic()
    try:
        text, good = check(settings), True
    except ApplianceError as problem:
        text, good = f"{problem.code} {problem.vi} / {problem.en}", False
    except Exception as problem:  # noqa: BLE001 - boundary: a check that breaks has failed, the others still run
        reason = f"{type(problem).__name__}: {problem}"
        text, good = errors.SELFTEST_FAILED.error(check=name, reason=reason).vi, False
    return Result(name, good, text, time.monotonic() - started)


def kernels(settings: Config) -> str:
    """Load every kernel as a worker does."""
    folder = kernel_cache.prepare(settings)
    started = time.process_time()
    from appliance.imaging import warm

    with kernel_cache.filled(folder):
        warm.warm()
    return f"{time.process_time() - started:.1f} s CPU, {folder}"


def golden(settings: Config) -> str:
    """Look at the golden pages and read one, as every worker does first."""
    from appliance.golden.pages import EVERY
    from appliance.golden.proof import prove
    from appliance.handlers import product_handlers

    kernel_cache.prepare(settings)
    proved = prove(product_handlers(settings), settings.ocr)
    if proved.trouble:
        raise errors.GOLDEN_PAGE_UNSEEN.error(reason=proved.trouble)
    if proved.faults:
        raise errors.GOLDEN_PAGE_WRONG.error(reason=", ".join(proved.faults))
    return f"{len(EVERY)} pages in {proved.seconds:.2f} s"


def languages(settings: Config) -> str:
    """Check that what OCR needs is installed."""
    from appliance.documents import languages as models

    return models.refuse_missing(settings.ocr.languages, settings.ocr.tessdata)


def fonts(_settings: Config) -> str:
    """Check that the stamp's font has every Vietnamese letter."""
    from appliance.core import lettering
    from appliance.signing import typeface

    alphabet = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxyẮẰẲẴẶắằẳẵặỄễỘộỢợỰựỸỹ0123456789:+-.,"
    lettering.refuse_missing([alphabet], typeface.load().metrics)
    return f"{len(alphabet)} letters"


def key(settings: Config) -> str:
    """Load the key from its file; one on a token or at a service is the signer's alone: no PIN is tried here."""
    from appliance.signing import keys

    if settings.signing.token:
        return f"token {keys.token_there(settings)}; the signer has its PIN"
    if settings.signing.remote.url:
        return f"at {settings.signing.remote.url}; the signer asks it"
    held = keys.from_settings(settings)
    trial = ", DEVELOPMENT KEY" if held.development else ""
    return f"{held.subject}, until {held.facts().not_after}{trial}"


def disk(settings: Config) -> str:
    """Write, read back and remove a file; look at the room."""
    state = files.make_folder(settings.storage.state)
    probe, data = state / f"selftest-{secrets.token_hex(4)}", secrets.token_bytes(1 << 20)
    started = time.monotonic()
    files.write_durably(probe, data)
    seconds = time.monotonic() - started
    same = probe.read_bytes() == data
    files.remove_durably(probe)
    if not same:
        raise errors.SELFTEST_FAILED.error(check="disk", reason="what was read is not what was written")
    from appliance.spool.store import Store

    free = Store(state).free_mb()
    if free < settings.storage.min_free_mb:
        raise errors.DISK_FULL.error(free_mb=free)
    return f"1 MB durable in {seconds * 1000:.0f} ms, {free} MB free"


def schemas(settings: Config) -> str:
    """Check that the schemas of the package are there."""
    from appliance.archive.packages import package

    for name in package.FOREIGN_SCHEMAS:
        package.schema(name, settings.archive.schemas)
    return f"{len(package.FOREIGN_SCHEMAS)} schemas"


def screen(settings: Config) -> str:
    """Say whether packages can be looked at for harmful code; until then they wait, and nothing else does."""
    from appliance.archive.packages import screening

    if settings.archive.screen.kind == screening.NOTHING:
        return "packages are not looked at for harmful code (archive.screen.kind)"
    if reason := screening.refusal(settings.archive.screen):
        return f"{errors.SCAN_HOOK_FAILED.code}: gói tin sẽ chờ / packages will wait: {reason}"
    return settings.archive.screen.kind


def profiles(settings: Config) -> str:
    """Load every rule profile and firmware profile that the settings name."""
    from appliance.device import profile
    from appliance.orders import documents

    names = {job.rules for job in settings.job} | {"archive-tt05-2025"}
    documents.refuse_unsayable(settings)
    for device in settings.device:
        profile.load(device.profile, overrides=settings.storage.profiles)
    return ", ".join(sorted(names | {device.profile for device in settings.device}))


CHECKS: dict[str, Check] = {
    "profiles": profiles, "disk": disk, "fonts": fonts, "schemas": schemas, "screen": screen, "key": key,
    "kernels": kernels, "ocr": languages, "golden": golden,
}
