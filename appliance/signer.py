"""The signer process: holds the key and all of pyHanko, decodes no image, speaks over one AF_UNIX socket.

It opens the key, says hello, signs what the daemon sends, one document at a time, and ends when the socket
closes. Who started it starts it again; a document it finished just before is adopted, not signed twice.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.core import config, errors, wire
from appliance.core.errors import ApplianceError, Exit
from appliance.core.jobs import SignJob, VerifyJob
from appliance.core.plain import from_plain
from appliance.signing.protocol import Done, Failed, Looked, Refused, details_of

if TYPE_CHECKING:
    from appliance.signing.keys import Key

log = logging.getLogger(__name__)

SOCKET = "signer.sock"


def main(arguments: Sequence[str]) -> int:
    """Run the signer until the daemon closes the line; return an exit code."""
    parser = argparse.ArgumentParser(prog="appliance signer", description="Hold the key and sign documents.")
    parser.add_argument("--config", type=Path, required=True, help="the settings file of the daemon")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for the daemon (default 0)")
    options = parser.parse_args(arguments)
    try:
        settings = config.load(options.config)
        return asyncio.run(_run(settings, options.wait))
    except ApplianceError as problem:
        sys.stderr.write(f"{problem}\n")
        return Exit.FAILED


async def _run(settings: config.Config, wait: float) -> int:
    """Serve the daemon; SIGTERM and SIGINT end it after the document in hand."""
    line = await wire.reach(settings.storage.runtime / SOCKET, wait)
    serving = asyncio.ensure_future(_serve(line, settings))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, serving.cancel)
    try:
        return await serving
    except asyncio.CancelledError:
        return Exit.DONE
    finally:
        await line.close()


async def _serve(line: wire.Line, settings: config.Config) -> int:
    from appliance.signing import keys, typeface, verify  # pyHanko belongs to this process and no other

    verify.quiet()
    try:
        key = keys.from_settings(settings)
        typeface.load()
    except ApplianceError as problem:
        await line.send("refused", Refused(problem.code, _reason(problem), details_of(problem)))
        raise
    try:
        await line.send("hello", key.facts())
        while (message := await line.receive()) is not None:
            await _answer(line, message, key)
    except ConnectionError:
        log.info("the daemon is gone")
    return Exit.DONE


async def _answer(line: wire.Line, message: tuple[str, dict[str, Any]], key: Key) -> None:
    """Sign one document, or look at its signature; a signal that comes meanwhile waits for it."""
    kind, body = message
    document = str(body.get("document", ""))
    work = asyncio.ensure_future(asyncio.to_thread(_sign, kind, body, key))
    try:
        outcome = await asyncio.shield(work)
    except asyncio.CancelledError:
        await work
        raise
    if isinstance(outcome, ApplianceError):
        log.warning("document %s is not signed: %s", document, outcome.code)
        await line.send("failed", Failed(document, outcome.code, _reason(outcome), details_of(outcome)))
    else:
        await line.send("signed" if isinstance(outcome, Done) else "verified", outcome)


def _sign(kind: str, body: dict[str, Any], key: Key) -> Done | Looked | ApplianceError:
    """Do what is asked; whatever goes wrong with one document must not take the key away from the next."""
    from appliance.signing import sign, verify

    try:
        if kind == "verify":
            asked = from_plain(VerifyJob, body)
            return Looked(asked.document, verify.filed(asked, key.facts().trust_root))
        if kind != "sign":
            return errors.SIGNING_FAILED.error(reason=f"unknown request {kind!r}")
        job = from_plain(SignJob, body)
        return Done(job.document, sign.sign(job, key))
    except ApplianceError as problem:
        return problem
    except Exception as problem:  # the boundary of a job: a document may be broken in any way
        log.exception("signing failed")
        return errors.SIGNING_FAILED.error(reason=type(problem).__name__)


def _reason(problem: ApplianceError) -> str:
    return str(problem.details.get("reason", problem.en))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
