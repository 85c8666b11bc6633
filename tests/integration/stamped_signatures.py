"""Signing against a PKI on loopback: an office's key, its witness, the daemon's own client, a file to sign."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pdf_to_sign import pdf_a, sign_job
from pki_stand import Stand

from appliance.core.config import Config, parse
from appliance.core.jobs import LiftJob, Signed, SignJob, SignPolicy
from appliance.messenger import Messenger
from appliance.signing import keys, lift, sign, validity, witness
from appliance.signing.keys import Key
from appliance.signing.witness import Witness

QUICK = (0.01,)
_open: dict[str, Key] = {}


@dataclass
class Desk:
    """Everything one test signs with."""

    folder: Path
    settings: Config
    key: Key
    witness: Witness

    def job(self, level: str = "B-T", name: str = "s.pdf", lt_seconds: float = 0.0, **policy: Any) -> SignJob:
        """Ask for the signature of a one-page file."""
        unsigned = self.folder / "u.pdf"
        if not unsigned.exists():
            pdf_a(unsigned)
        job = sign_job(unsigned, self.folder / "out" / name, development=self.key.development)
        return replace(job, policy=SignPolicy(level, lt_seconds, **policy))

    async def sign(self, job: SignJob) -> Signed:
        return await sign.async_sign(job, self.key, self.witness)

    async def lift(self, done: Signed, level: str = "B-T", lt_seconds: float = 0.0) -> Signed:
        return await lift.async_lift(LiftJob("doc-1", done.path, done.sha256, SignPolicy(level, lt_seconds)),
                                     self.witness)

    def left(self) -> list[str]:
        """Names of all files where signed ones go."""
        out = self.folder / "out"
        return sorted(path.name for path in out.iterdir()) if out.is_dir() else []


@asynccontextmanager
async def desk(stand: Stand, folder: Path, key: str = "office", **signing: Any) -> AsyncIterator[Desk]:
    """Make ready an office whose time stamps come from the stand."""
    table = {**stand.signing(key), **signing}
    settings = parse({"storage": {"state": str(folder / "state")}, "signing": table})
    messenger = Messenger(settings.signing)
    try:
        yield Desk(folder, settings, _key(settings), another_witness(settings, messenger))
    finally:
        await messenger.close()


def _key(settings: Config) -> Key:
    """Open the key; one that is open already is used again: opening it is most of what a small test costs."""
    if settings.signing.pkcs12 not in _open:
        _open[settings.signing.pkcs12] = keys.from_settings(settings)
    return _open[settings.signing.pkcs12]


def another_witness(settings: Config, messenger: Messenger) -> Witness:
    """Return the witness of a signer that was just started; it does not pause between attempts."""
    made = witness.of(settings.signing.tsa, validity.trust_of(settings, messenger))
    made.times.pauses = QUICK
    made.times.clocks.synchronised = settings.storage.state / "no-ntp"
    return made


def authorities(stand: Stand, *names: str, **changes: Any) -> dict[str, Any]:
    """Return settings of time-stamping authorities that are asked twice, and not for long."""
    limits = {"seconds": 5.0, "attempts": 2, **changes}
    return {"tsa": [{"url": stand.tsa(name), **limits} for name in names or ("tsa",)]}
