"""``appliance reprocess``: filed pages read once more by all hosts of a cluster; may be cut short at any moment.

The new texts lie beside the archive, named after image and recipe; nothing in a package is changed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import appliance
from appliance import client, second_reading, workforce
from appliance.core import config as settings
from appliance.core import errors, files
from appliance.core.config import Cluster, Config
from appliance.core.errors import ApplianceError, Exit
from appliance.core.events import Bus
from appliance.core.jobs import Job, Priority, Recipe, Reread, RereadJob
from appliance.core.plain import from_plain, to_plain
from appliance.executor import Executor

SLICE = 60.0
"""Seconds of reading after which a worker says what is left, so that no job lasts long."""

LONGEST = 600
"""Seconds after which a job is hung."""

TELL = 5.0
"""Seconds between two lines about how far it is."""

NOBODY = ("cụm chưa có tiến trình xử lý nào dùng được: hãy chạy 'dask scheduler' và 'appliance worker', và xem "
          "địa chỉ --scheduler, chứng thư, thư mục --out / no worker of the cluster can be used: start 'dask "
          "scheduler' and 'appliance worker', look at --scheduler, the certificates and that workers reach --out\n")

_SHA256 = re.compile(r"[0-9a-f]{64}")


def main(argv: list[str]) -> int:
    """Read every package below a folder again; exit 3 when a page has no text, or a package cannot be read."""
    options = _parser().parse_args(argv)
    config = settings.load(options.config) if options.config else Config()
    named = {name: getattr(options, name) for name in ("scheduler", "ca", "certificate", "key")}
    cluster = replace(config.pool.cluster, **{name: value for name, value in named.items() if value})
    cluster = settings.parse({"pool": {"cluster": to_plain(cluster)}}).pool.cluster  # as strict as the file
    if not cluster.scheduler:
        raise errors.CONFIG_BAD_VALUE.error(key="--scheduler (pool.cluster.scheduler)", value="",
                                            allowed="tls://HOST:PORT")
    return asyncio.run(_run(config, cluster, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("appliance reprocess", description="Read filed pages again, on a cluster.")
    parser.add_argument("--from", dest="source", type=Path, required=True, metavar="FOLDER",
                        help="folder with packages (.zip), at any depth; every worker reaches it by this name")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER",
                        help="folder for the texts; every worker reaches it by this name")
    parser.add_argument("--scheduler", default="", metavar="ADDRESS",
                        help="tls://HOST:PORT; default: the settings'")
    for name in ("ca", "certificate", "key"):
        parser.add_argument(f"--{name}", default="", metavar="PEM", help="of the cluster; default: the settings'")
    parser.add_argument("--config", type=Path, default=client.SETTINGS if client.SETTINGS.exists() else None,
                        help="settings file: [ocr] says how pages are read")
    return parser


@dataclass
class Tally:
    """How far it is."""

    packages: int = 0
    known: int = 0
    pages: int = 0
    fresh: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        minutes = max(1e-3, (time.monotonic() - self.began) / 60)
        codes = ", ".join(f"{code} {number}" for code, number in (self.unread + self.failed).items())
        return (f"gói / packages {self.packages} (đã có / known {self.known}), trang / pages {self.pages}, "
                f"đọc mới / read now {self.fresh}, {self.fresh / minutes:.1f} trang/phút"
                + (f"; {codes}" if codes else ""))


async def _run(config: Config, cluster: Cluster, options: argparse.Namespace) -> int:
    tessdata = config.ocr.tessdata
    models = await asyncio.to_thread(second_reading.models_of, config.ocr.languages, tessdata)
    recipe = Recipe(config.ocr.languages, config.ocr.engine, config.ocr.dpi, models, appliance.__version__)
    out = second_reading.folder_of(options.out.absolute(), recipe)
    files.make_folder(out)
    pool = workforce.of_cluster(cluster, out, Bus())
    await pool.start()
    work = Run(pool, recipe, out, config, Tally())
    telling = asyncio.create_task(work.tell())
    task = asyncio.ensure_future(work.all(options.source.absolute()))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        sys.stderr.write("dừng giữa chừng, chạy lại để tiếp tục / cut short, run it again to go on\n")
    finally:
        telling.cancel()
        await pool.close()
    sys.stdout.write(f"{work.tally}\n{out}\n")
    if task.cancelled():
        return Exit.FAILED
    return Exit.HELD if work.tally.unread or work.tally.failed else Exit.DONE


@dataclass
class Run:
    """One run over a folder of packages."""

    executor: Executor
    recipe: Recipe
    out: Path
    config: Config
    tally: Tally

    async def all(self, source: Path) -> None:
        """Have every package read; some more are under way than there are workers, so that none of them waits."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            for path in _packages(source):
                under_way.add(asyncio.create_task(self._one(path)))
                if len(under_way) >= 2 * max(2, self.executor.capacity()):
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
            await asyncio.gather(*under_way)
        finally:  # cut short: nobody asks any more what becomes of them
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def tell(self) -> None:
        """Say how far it is, every few seconds; and for what it waits where nobody of the cluster is there."""
        while True:
            await asyncio.sleep(TELL)
            if not self.executor.capacity():
                sys.stderr.write(NOBODY)
            sys.stderr.write(f"{self.tally}\n")

    async def _one(self, path: Path) -> None:
        """Have one package read, slice by slice."""
        known = path.stem if _SHA256.fullmatch(path.stem) else ""
        sha256 = known or await asyncio.to_thread(files.sha256_of, path)
        self.tally.packages += 1
        if await asyncio.to_thread(self._known, sha256):
            return
        order = RereadJob(str(path), sha256, str(self.out), self.recipe, str(self.config.ocr.tessdata),
                          self.config.pool.max_pixels, SLICE)
        while True:
            job = Job(f"reread-{sha256}", "reread", to_plain(order), Priority.BULK, LONGEST)
            outcome = await self.executor.run(job)
            if not outcome.ok:
                self.tally.failed[outcome.code] += 1
                sys.stderr.write(f"{outcome.code} {path.name}: {outcome.reason}\n")
                return
            done = from_plain(Reread, outcome.body)
            self.tally.fresh += done.fresh
            if not done.left:
                self.tally.pages += done.pages
                self.tally.unread.update(done.unread)
                return

    def _known(self, sha256: str) -> bool:
        """Say whether a package was read before; what has no text in it counts now as then."""
        try:
            record = json.loads(second_reading.record_of(self.out, sha256).read_bytes())
        except FileNotFoundError:
            return False
        self.tally.known += 1
        self.tally.pages += len(record["pages"])
        self.tally.unread.update(second_reading.unread_in(record))
        return True


def _packages(source: Path) -> Iterator[Path]:
    """Yield the packages below a folder, folder by folder, in order of their names.

    An archive keeps its own time stamps among its objects: what bears a SHA-256 as its name and is no ZIP.

    Raises:
        ApplianceError: REQUEST_REFUSED when there is no such folder.
    """
    if not source.is_dir():
        raise errors.REQUEST_REFUSED.error(reason=f"{source}: không phải thư mục / no folder")
    for folder, below, names in os.walk(source):  # never all names of a nation at once
        below.sort()
        for path in (Path(folder) / name for name in sorted(names) if name.endswith(".zip")):
            if not _SHA256.fullmatch(path.stem) or zipfile.is_zipfile(path):
                yield path


__all__ = ["ApplianceError", "Run", "Tally", "main"]
