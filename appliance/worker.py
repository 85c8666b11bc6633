"""A worker process: takes one job at a time from the pool and answers with its outcome.

The main thread works; a second one owns the socket and gives signs of life even while the first is deep in
C code. The second thread also ends the process, at once, when it is told to, when SIGTERM comes, or when the pool
is silent: every write is durable or nothing, and a job cut short goes to another worker.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import zmq

import appliance
from appliance import kernel_cache
from appliance.children import follow_parent, parent_gone
from appliance.core import config as settings
from appliance.core import journal, notify
from appliance.core.config import Config
from appliance.core.errors import Exit
from appliance.core.jobs import Job
from appliance.core.plain import from_plain
from appliance.pool_wire import LIMIT, Handlers, Timing, decode, encode, encode_outcome, perform

log = logging.getLogger(__name__)

SOCKET = "pool.ipc"
"""Name of the pool's socket in the runtime folder."""

GRACE = 30.0
"""Seconds after the end of its time in which a job may still be ended by the pool."""

MakeHandlers = Callable[[Config], Handlers]
"""Loads everything the jobs need, so that the first job is as fast as the rest, and returns the handlers."""


def main(argv: Sequence[str], make_handlers: MakeHandlers | None = None) -> int:
    """Run a worker until it is told to stop.

    Args:
        argv: arguments after ``appliance worker``.
        make_handlers: the jobs it can do; those of the product when left out.

    Raises:
        ApplianceError: the settings cannot be used, or something the jobs need is missing.
    """
    follow_parent()
    faulthandler.enable()
    journal.begin("appliance-worker")
    options = _parser().parse_args(argv)
    config = settings.load(options.config)
    folder = kernel_cache.prepare(config)
    notify.notify("STATUS=loading kernels")
    handlers = make_handlers(config) if make_handlers else _product_handlers(config, folder)
    if config.pool.cluster.scheduler:
        from appliance import cluster_worker

        return cluster_worker.serve(config.pool.cluster, options.name, handlers)
    Worker(options.socket or config.storage.runtime / SOCKET, options.name).serve(handlers)
    return Exit.DONE


def warm_cache(argv: Sequence[str]) -> int:
    """Load everything a worker loads, so that the kernels lie compiled in the cache; for installation."""
    parser = argparse.ArgumentParser(prog="appliance warm", description="Compile the image kernels into the cache.")
    parser.add_argument("--config", type=Path, help="settings file; without one the defaults and NUMBA_CACHE_DIR")
    path: Path | None = parser.parse_args(argv).config
    config = settings.load(path) if path is not None else settings.Config()
    _product_handlers(config, kernel_cache.prepare(config))
    return Exit.DONE


class Worker:
    """One worker: a line to the pool, and the thread that keeps it."""

    def __init__(self, address: Path, name: str) -> None:
        self._name = f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
        self._context = zmq.Context()
        self._desk = self._context.socket(zmq.PAIR)
        self._desk.bind("inproc://desk")
        self._line = Line(self._context, address, self._name)

    def serve(self, handlers: Handlers) -> None:
        """Work for ever; the line ends the process."""
        with _signals() as woken:
            threading.Thread(target=self._line.keep, args=(woken,), name="line", daemon=True).start()
            while True:
                job = from_plain(Job, decode(self._desk.recv())[1]["job"])
                with _stacks_shown_when_late(job.seconds):
                    outcome = perform(handlers, job)
                self._desk.send(encode_outcome(outcome))


class Line:
    """The thread that owns the socket to the pool. Only it ends the process."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: Path, name: str) -> None:
        self._context = context
        self._address = address
        self._name = name
        self._timing = Timing()
        self._working = False
        self._late = float("inf")
        self._met = False
        self._heard = self._beaten = 0.0

    def keep(self, woken: socket.socket) -> None:
        """Carry messages until the process has to end.

        Args:
            woken: readable when a signal has come.
        """
        self._pool = self._connect()
        self._desk = self._context.socket(zmq.PAIR)
        self._desk.connect("inproc://desk")
        poller = zmq.Poller()
        for source in (self._pool, self._desk, woken):
            poller.register(source, zmq.POLLIN)
        self._heard = time.monotonic()
        notify.notify(f"{notify.READY}\nSTATUS=kernels are loaded")
        self._say_ready()
        while True:
            ready = dict(poller.poll(int(self._timing.beat * 1000)))
            if woken.fileno() in ready:
                self._leave()
            if self._pool in ready:
                self._hear()
            if self._desk in ready:
                self._answer(self._desk.recv())
            self._beat()

    def _connect(self) -> zmq.Socket[bytes]:
        line = self._context.socket(zmq.DEALER)
        for option, value in ((zmq.LINGER, 0), (zmq.IMMEDIATE, 1), (zmq.SNDHWM, 16), (zmq.RCVHWM, 16),
                              (zmq.MAXMSGSIZE, LIMIT), (zmq.RECONNECT_IVL_MAX, 1000)):
            line.set(option, value)
        line.set(zmq.IDENTITY, self._name.encode())
        line.connect(f"ipc://{self._address}")
        return line

    def _hear(self) -> None:
        """Take in everything the pool has said."""
        while self._pool.poll(0, zmq.POLLIN):
            self._heard, self._met = time.monotonic(), True
            kind, body = decode(b"".join(self._pool.recv_multipart()))
            if kind == "stop":
                _end(Exit.DONE)
            elif kind == "job":
                self._working, self._late = True, time.monotonic() + float(body["job"].get("seconds", 0)) + GRACE
                self._desk.send(encode("job", **body))
            elif kind == "welcome":
                self._timing = Timing(float(body["beat"]), float(body["liveness"]))
            elif kind == "who" and not self._working:
                self._say_ready()

    def _answer(self, outcome: bytes) -> None:
        """Send an outcome; a pool that is away meanwhile offers the job again when it is back."""
        self._working = False
        if self._pool.poll(int(self._timing.liveness * 1000), zmq.POLLOUT):
            self._pool.send(outcome, zmq.NOBLOCK)

    def _beat(self) -> None:
        """Give a sign of life when it is time; end when the pool has given none for too long.

        systemd hears none of a page that should long be over: the pool would have ended us, had it reached us.
        """
        now = time.monotonic()
        if now - self._beaten < self._timing.beat:
            return
        if self._beaten and now - self._beaten > 3 * self._timing.beat:
            self._heard += now - self._beaten  # we ourselves stood still: that time says nothing about the pool
        self._beaten = now
        if parent_gone() or (self._met and now - self._heard > self._timing.liveness):
            log.warning("the pool is gone; worker %s ends", self._name)
            _end(Exit.FAILED)
        if not self._working or now < self._late:
            notify.notify(notify.WATCHDOG)
        self._say(encode("beat"))

    def _leave(self) -> None:
        """Give the job back and end."""
        if self._pool.poll(200, zmq.POLLOUT):
            self._say(encode("bye"))
            self._pool.close(linger=500)
            self._desk.close(linger=0)
            time.sleep(0.1)
        _end(Exit.DONE)

    def _say_ready(self) -> None:
        versions = {"appliance": appliance.__version__, "python": sys.version.split()[0]}
        self._say(encode("ready", pid=os.getpid(), versions=versions))

    def _say(self, message: bytes) -> None:
        """Send if the pool is there; if not, it will ask who we are when it is back."""
        with contextlib.suppress(zmq.Again):
            self._pool.send(message, zmq.NOBLOCK)


def _product_handlers(config: Config, folder: Path) -> Handlers:
    from appliance.handlers import product_handlers  # loads every native library: only a worker may

    with kernel_cache.filled(folder):
        return product_handlers(config)


@contextlib.contextmanager
def _signals() -> Iterator[socket.socket]:
    """Yield a socket that becomes readable when a signal asks us to end, even while C code runs."""
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    with reading, writing:
        yield reading


@contextlib.contextmanager
def _stacks_shown_when_late(seconds: int) -> Iterator[None]:
    """Print where every thread stands shortly before the pool ends us for being late."""
    faulthandler.dump_traceback_later(seconds * 0.95)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _end(status: int) -> None:
    """End the process here and now: the main thread may be in C code and would not listen."""
    os._exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="appliance worker", description="Run one worker of the pool.")
    parser.add_argument("--config", type=Path, required=True, help="settings file")
    parser.add_argument("--name", default="worker", help="name in logs")
    parser.add_argument("--socket", type=Path, help="socket of the pool, when not in the runtime folder")
    return parser
