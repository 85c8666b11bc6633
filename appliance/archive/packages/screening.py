"""The look for harmful code that every package must pass before it is sent (Circular 05/2025: checked at intake).

Whatever keeps it from happening (no program, no definitions, old ones, a time-out) holds the package: a look that
did not take place is never taken for one that found nothing.
"""

from __future__ import annotations

import shutil
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from appliance.archive.packages import clamav
from appliance.archive.packages.clamav import Looked, UnableError
from appliance.core import clock
from appliance.core.delivery import Screen
from appliance.core.jobs import Screened, ScreenJob

NOTHING, OWN_PROGRAM = "none", "program"


def screen(job: ScreenJob) -> Screened:
    """Look at one package; what keeps that from happening is an answer too.

    Raises:
        OSError: the package cannot be read.
    """
    package = Path(job.package)
    try:
        if not package.is_file():
            raise UnableError("không thấy gói tin", "the package is not there", package=True)
        looked = _look(package, job.screen)
    except zipfile.BadZipFile:
        return Screened(unfit="gói tin hỏng // the package is damaged")
    except UnableError as problem:
        return Screened(unfit=problem.reason) if problem.package else Screened(unable=problem.reason)
    return Screened(found=looked.found, by=looked.by)


def refusal(settings: Screen) -> str:
    """Say why packages could not be looked at on this host as it stands, or nothing; nothing is started."""
    try:
        if settings.kind == OWN_PROGRAM and not (settings.program and shutil.which(settings.program[0])):
            raise UnableError("không có chương trình archive.screen.program", "archive.screen.program is not there")
        if settings.kind == "clamav":
            _refuse_old(clamav.made(Path(settings.definitions)), settings)
            if not Path(settings.socket).is_socket() and not shutil.which(clamav.CLAMSCAN):
                raise UnableError("không có ClamAV", "ClamAV is not there")
    except UnableError as problem:
        return problem.reason
    return ""


def definitions_made(settings: Screen) -> datetime | None:
    """Return when the definitions on this host were made; None where there are none, or none are used."""
    return clamav.made(Path(settings.definitions)) if settings.kind == "clamav" else None


def definitions_changed(settings: Screen) -> datetime | None:
    """Return when anything in the folder of definitions changed last; None where there is nothing."""
    return clamav.changed(Path(settings.definitions)) if settings.kind == "clamav" else None


def _look(package: Path, settings: Screen) -> Looked:
    if settings.kind == NOTHING:
        return Looked("", NOTHING)
    if settings.kind == OWN_PROGRAM:
        return _own(package, settings)
    folder = Path(settings.definitions)
    if settings.socket and Path(settings.socket).is_socket():
        looked, made = clamav.ask_daemon(package, settings.socket, settings.seconds)
        _refuse_old(made or clamav.made(folder), settings)
        return looked
    made = clamav.made(folder)
    _refuse_old(made, settings)
    looked = clamav.ask_program(package, folder, settings.seconds)
    return Looked(looked.found, f"{looked.by}, definitions of {clock.iso(made)[:10] if made else '-'}")


def _own(package: Path, settings: Screen) -> Looked:
    """Have the office's own program look; nothing of what it says is kept, for it may name papers."""
    if not settings.program:
        raise UnableError("chưa đặt archive.screen.program", "archive.screen.program is empty")
    done = clamav.run([*settings.program, str(package)], settings.seconds)
    if done.returncode not in {0, 1}:
        raise UnableError(f"chương trình lỗi {done.returncode}", f"the program ended with {done.returncode}")
    return Looked("?" if done.returncode else "", Path(settings.program[0]).name)


def _refuse_old(made: datetime | None, settings: Screen) -> None:
    if made is None:
        raise UnableError("không có cơ sở dữ liệu mã độc", "there are no definitions")
    age = clock.now() - made
    if age > timedelta(days=settings.max_age_days):
        raise UnableError(f"cơ sở dữ liệu mã độc đã cũ {age.days} ngày", f"the definitions are {age.days} days old")
