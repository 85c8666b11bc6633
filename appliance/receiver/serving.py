"""``appliance receive`` without another word: run the archive until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import logging
import os
import resource
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web

from appliance.core import errors, files, journal, notify
from appliance.receiver import settings as choosing
from appliance.receiver import trust
from appliance.receiver.archive import Archive, check_user, open_archive
from appliance.receiver.fixity.keeping import Keeping
from appliance.receiver.front import Front
from appliance.receiver.index import IndexDownError
from appliance.receiver.inlet_part import InletPart
from appliance.receiver.judges import JudgePool, Judges, SignatureCheck
from appliance.receiver.service import Receiver
from appliance.receiver.settings import Settings
from appliance.receiver.takeover import take_over

log = logging.getLogger(__name__)
_THREADS = 48
"""Durable writes and questions to the index that may wait at the same time."""

_FILES = 16384
"""Files and connections open at the same time; several times ``patience.MOST_WAITING``."""

_LAST_SECONDS = 5.0
_WORDS = """\
Không có từ nào khác: chạy kho lưu trữ. Các lệnh cho người ở kho (mỗi lệnh có --help):
Without another word: run the archive. Commands for its people (each has --help):
  office    xem và kiểm tra danh sách đơn vị / look at and check the list of offices
  search    tìm và đọc tài liệu / find and read
  readings  nhật ký sử dụng tài liệu / the log of readings
  request   trả lời yêu cầu đọc tài liệu có điều kiện / answer requests to read what is conditional
  rescan    yêu cầu đơn vị quét lại trang / have an office scan a page again
  fixity    kiểm tra và phục hồi các bản lưu / check and mend the copies
  prove     chứng minh gói tin có từ khi nào / prove since when a package is here
"""
_BUFFER = 1 << 20
"""Bytes of one request that wait in memory before its sender is slowed down."""


def main(argv: list[str], signature_check: SignatureCheck) -> int:
    """Run the receiver; prints ``ready http://host:port`` when it listens."""
    journal.begin("appliance-receiver")
    _open_more_files()
    try:
        settings = _settings(argv)
        with alone(settings), open_archive(settings) as archive:
            _warn(settings)
            take_over(archive)
            asyncio.run(_serve(archive, signature_check))
    except IndexDownError as problem:  # at the start; later everything waits for it
        sys.stderr.write(f"{errors.RECEIVER_INDEX_REFUSED.error(reason=problem)}\n")
        return errors.Exit.FAILED
    except errors.ApplianceError as problem:
        sys.stderr.write(f"{problem}\n")
        return errors.Exit.FAILED
    return errors.Exit.DONE


def _open_more_files() -> None:
    """Take leave for more files than a shell gives: connections that wait may not use up all of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _settings(argv: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="appliance receive", description="The embedded archive.", epilog=_WORDS,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    choosing.arguments(parser)
    choosing.serving(parser)
    given = parser.parse_args(argv)
    found = choosing.chosen(given)
    if not given.trust:  # by flag, a file may come later: the development root of an office's daemon
        trust.require(found.trust)
    return found


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the lock of the root, where the index is one that only one receiver may use.

    It falls by itself when the process ends, however it ends.

    Raises:
        ApplianceError: RECEIVER_RUNNING when another receiver runs there; RECEIVER_OTHER_USER.
    """
    check_user(settings.root)
    root = files.make_folder(settings.root)
    with os.fdopen(os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o640), "wb") as lock:
        try:
            if settings.alone:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.RECEIVER_RUNNING.error(path=root) from None
        yield


def _warn(settings: Settings) -> None:
    copies = len(settings.store) or 1
    if copies < 2:
        log.warning("only one copy of each package is kept: name a second [[store]] on another disk")


async def _serve(archive: Archive, signature_check: SignatureCheck) -> None:
    settings, loop = archive.settings, asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "archive"))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    front = Front(archive)
    judges = JudgePool(signature_check, [Path(one) for one in settings.trust], archive.work, settings.judging)
    receiver = assembled(archive, judges, front)
    if settings.alone:
        receiver.line.free_all()
    runner = web.AppRunner(receiver.app(front.layers), access_log=None, shutdown_timeout=_LAST_SECONDS,
                           read_bufsize=_BUFFER)
    try:
        await runner.setup()
        server, address = await _listening(front, runner, settings)
        sys.stdout.write(f"ready {address}\n")
        sys.stdout.flush()
        notify.notify(f"{notify.READY}\nSTATUS=listens at {address}")
        beating = asyncio.create_task(notify.keep_watchdog(server.is_serving))
        await stop.wait()
        notify.notify(notify.STOPPING)
        beating.cancel()
        server.close()
    finally:
        await runner.cleanup()
        judges.close()


async def _listening(front: Front, runner: web.AppRunner, settings: Settings) -> tuple[asyncio.Server, str]:
    try:
        return await front.listen(runner)
    except (OSError, OverflowError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise errors.RECEIVER_CANNOT_LISTEN.error(host=settings.host, port=settings.port, reason=reason) from None


def assembled(archive: Archive, judges: Judges, front: Front) -> Receiver:
    """Return the service with all its parts."""
    receiver = Receiver(archive, judges, front.demands)
    receiver.parts += [front, InletPart(archive.settings.inlet, receiver, archive),
                       Keeping(archive, judges)]
    return receiver
