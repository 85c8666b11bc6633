"""A push scanner's share, a driver on it with hardly any patience, and the consumer that the ledger would be."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from PIL import Image

from appliance.core.rules import ImageTable
from appliance.device import image_header
from appliance.device.profile_tables import Push
from appliance.device.protocol import Feeder, Status
from appliance.device.push import PushScanner
from appliance.device.push_form import Demands
from appliance.device.push_inbox import Inbox
from appliance.device.push_share import Share
from appliance.device.push_watch import Patience
from appliance.device.scanner import RawSide, ScanSettings

LIMIT = 50_000_000
STRICT = Demands(ImageTable(min_dpi=200), Push())
NONE = Patience(settle=0.0, polled=0.0, broken=300.0, recheck=0.0)
LENIENT = Demands(ImageTable(min_dpi=200, lenient=True), Push())


def page(number: int, mode: str = "RGB", dpi: int = 300, size: tuple[int, int] = (248, 351)) -> bytes:
    """A small page whose shade tells its number."""
    stream = io.BytesIO()
    Image.new("RGB", size, (40 + number % 200, 200, 90)).convert(mode).save(stream, "JPEG", dpi=(dpi, dpi))
    return stream.getvalue()


def pdf(*pages: bytes) -> bytes:
    """A PDF of scanned pages, each a sole JPEG, as push scanners write it."""
    document = pikepdf.new()
    for jpeg in pages:
        head = image_header.parse(jpeg)
        size = (head.width * 72 / head.dpi, head.height * 72 / head.dpi)
        colours = pikepdf.Name.DeviceRGB if head.components == 3 else pikepdf.Name.DeviceGray
        image = pikepdf.Stream(document, jpeg, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
                               Width=head.width, Height=head.height, ColorSpace=colours, BitsPerComponent=8,
                               Filter=pikepdf.Name.DCTDecode)
        document.add_blank_page(page_size=size)
        made = document.pages[-1].obj
        made.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        made.Contents = pikepdf.Stream(document, f"q {size[0]} 0 0 {size[1]} 0 0 cm /Im0 Do Q".encode())
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class PushRig:
    """One device: its share, its state folder, and the driver; ``again`` is a new scanner process."""

    folder: Path
    demands: Demands = STRICT
    patience: Patience = NONE
    clock: Clock = field(default_factory=Clock)
    batch: int = 0

    def __post_init__(self) -> None:
        self.share = self.folder / "share"
        self.state = self.folder / "state" / "pushed" / "quay1"
        self.share.mkdir(exist_ok=True)
        self._start()

    def again(self) -> None:
        """Start afresh from what is on disk, as after a crash."""
        self.inbox.close()
        self._start()

    def _start(self) -> None:
        self.inbox = Inbox(Share(self.share), self.state, self.patience, self.clock)
        self.scanner = PushScanner(self.inbox, self.share, self.demands, LIMIT)

    def put(self, name: str, data: bytes) -> Path:
        path = self.share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    async def status(self) -> Status:
        """The state of the feeder, behind the moment in which it is said to be empty after a start or a break."""
        self.scanner._rest_until = 0.0
        self.scanner._empty_once, self.scanner._next_look = False, 0.0
        return await self.scanner.status()

    async def loaded(self) -> bool:
        looks = [await self.status() for _ in range(3)]  # one look reads one file
        return looks[-1].feeder is Feeder.LOADED

    async def scan(self, *, first_sheet: int = 1, batch: str = "", most: int = 10**6) -> list[RawSide]:
        """Scan as capture does, acknowledging every side but the last of ``most``."""
        if not batch:
            self.batch += 1
            batch = f"batch-{self.batch}"
        sides: list[RawSide] = []
        feed = self.scanner.scan(ScanSettings(300, duplex=False, first_sheet=first_sheet, batch=batch))
        async with contextlib.aclosing(feed):
            async for side in feed:
                sides.append(side)
                if len(sides) == most:
                    break
                assert side.recorded is not None
                side.recorded()
        return sides

    async def all(self) -> list[list[RawSide]]:
        """Scan until nothing waits any more."""
        batches = []
        while await self.loaded():
            batches.append(await self.scan())
            assert len(batches) < 100, "taken again and again"
        return batches

    def lying(self) -> set[str]:
        """Every file on the share."""
        return {path.relative_to(self.share).as_posix() for path in self.share.rglob("*") if not path.is_dir()}


@contextlib.contextmanager
def push_rig(folder: Path, demands: Demands = STRICT) -> Iterator[PushRig]:
    """Give a rig and let its ear go."""
    rig = PushRig(folder, demands)
    try:
        yield rig
    finally:
        rig.inbox.close()
