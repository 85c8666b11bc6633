"""Whether anything could be signed with these settings: refused where nothing could, warned of what would wait."""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.core import errors, rules
from appliance.core.config import Config
from appliance.core.errors import ApplianceError

LEADERLESS = (
    "cảnh báo: không có lãnh đạo nào (leader = true, kèm mã PIN) để ủy quyền ký số cơ quan; mọi tài liệu sẽ chờ "
    "(K520). Hãy thêm một [[operator]] là lãnh đạo.\n"
    "  warning: there is no leader (leader = true, with a PIN) to authorise the agency's key; every document will "
    "wait (K520). Add an [[operator]] who is one.\n")

TIMELESS = (
    "cảnh báo: công việc {job} đòi dấu thời gian nhưng không có [[signing.tsa]]; tài liệu sẽ chờ (K537). Hãy bổ "
    "sung.\n"
    "  warning: job {job} wants a time stamp, but there is no [[signing.tsa]]; documents wait (K537). Add one.\n")

KEYLESS = (
    "cảnh báo: công việc {job} ký bằng khóa cá nhân, nhưng không ai trong [[operator]] có token; tài liệu sẽ chờ "
    "(K525). Hãy thêm token.\n"
    "  warning: job {job} is signed by persons, but nobody in [[operator]] has a token; documents wait (K525). Add "
    "one.\n")

UNASKED = (
    "cảnh báo: signing.addresses trống; chứng thư có ghi OCSP hoặc danh sách thu hồi sẽ không dùng được (K547). "
    "Hãy ghi các địa chỉ đó.\n"
    "  warning: signing.addresses is empty; a certificate that names OCSP or a list cannot be used (K547). Name "
    "their addresses.\n")


def refuse_unready(settings: Config) -> None:
    """Refuse settings of a key with which nothing can be signed.

    Raises:
        ApplianceError: CONFIG_BAD_VALUE, SEAL_MISSING, SEAL_UNFIT, ROOTS_UNREADABLE.
    """
    _refuse_tokens(settings)
    _refuse_seal(settings)
    _refuse_roots(settings)


def warn(settings: Config) -> None:
    """Write to standard error what would wait with settings that are right in themselves."""
    _warn_of_people(settings)
    _warn_of_outside(settings)


def _refuse_tokens(settings: Config) -> None:
    """Refuse a token that cannot be found, and a key that leads to nothing that is trusted."""
    signing = settings.signing
    tokens = {"signing.token": signing.token} if signing.token else {}
    tokens |= {f"operator.{person.code}.token": person.token for person in settings.operator if person.token}
    for key, uri in tokens.items():
        module = _module_of(key, uri) or signing.library
        if not module or not Path(module).is_file():
            raise _bad("signing.library", module, "an existing PKCS#11 library (opensc-pkcs11.so, or the maker's)")
    if (tokens or signing.remote.url) and not signing.trust:
        raise _bad("signing.trust", "", "a PEM file with the roots that the certificates lead to")


def _module_of(key: str, uri: str) -> str:
    """Return the library that a PKCS#11 URI names itself."""
    from appliance.signing.keys import uri as names  # the signing library: only where a token is named

    try:
        return names.parse(uri).module
    except ValueError as problem:
        raise _bad(key, "pkcs11:...", f"a PKCS#11 URI ({problem})") from None


def _bad(key: str, value: str, allowed: str) -> ApplianceError:
    return errors.CONFIG_BAD_VALUE.error(key=key, value=repr(value), allowed=allowed)


def _refuse_seal(settings: Config) -> None:
    """Refuse the image of the office's seal where a job prints it and it is missing or of no red seal."""
    from appliance.imaging import stencil  # OpenCV: only where a seal is configured

    tables = [rules.load(job.rules).stamp for job in rules.jobs_of(settings)]
    for diameter in {table.image_mm for table in tables if table.image == "seal"}:
        try:
            data = Path(settings.office.seal).read_bytes()
        except OSError as problem:
            reason = f"office.seal = {settings.office.seal!r}: {problem.strerror}"
            raise errors.SEAL_MISSING.error(reason=reason) from None
        stencil.cut(data, diameter)


def _refuse_roots(settings: Config) -> None:
    """Refuse roots that the signer could not read."""
    if settings.signing.trust:
        from appliance.signing import validity  # pyHanko: only where roots are named

        for path in settings.signing.trust:
            validity.certificates(Path(path))


def _warn_of_people(settings: Config) -> None:
    """Warn where nobody could let the agency's key sign, and of personal jobs for which nobody has a key."""
    signing = settings.signing
    roles = {job.name: rules.load(job.rules).stamp.role for job in rules.jobs_of(settings)}
    if "agency" in roles.values() and not any(person.leader for person in settings.operator):
        sys.stderr.write(LEADERLESS)
    real = bool(signing.token or signing.remote.url)
    for job, role in roles.items():
        if real and role == "person" and not any(person.token for person in settings.operator):
            sys.stderr.write(KEYLESS.format(job=job))


def _warn_of_outside(settings: Config) -> None:
    """Warn of jobs that want a time stamp that nobody could give, and of certificates nobody could ask about."""
    signing = settings.signing
    for job in rules.jobs_of(settings) if not signing.tsa else ():
        if rules.load(job.rules).signature.level != "B-B":
            sys.stderr.write(TIMELESS.format(job=job.name))
    if (signing.token or signing.remote.url) and signing.revocation == "require" and not signing.addresses:
        sys.stderr.write(UNASKED)
