"""Our libsane client against SANE's own `test` backend: a device nobody here wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import sane_rig
import simplejpeg
from sane_backend import virtual_fi

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.device import profile
from appliance.device.protocol import Feeder
from appliance.device.sane import SaneScanner
from appliance.device.scanner import RawSide, ScanSettings

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")

SIMPLEX = ScanSettings(75, duplex=False)
ADF_SHEETS = 10
Make = Callable[..., SaneScanner]


@pytest.fixture
async def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """Makes a client whose profile sets the options that are given; they are closed afterwards."""
    sane_rig.plug_in(monkeypatch, virtual_fi.make(tmp_path))
    made: list[SaneScanner] = []

    def scanner(**options: str) -> SaneScanner:
        lines = ['name = "t"', 'model = "test"', sane_rig.QUICK, '[match]\nmodel = "frontend-tester"']
        lines += [f'[[options.set]]\nintent = "trial"\nname = "{name.replace("_", "-")}"\nvalue = "{value}"'
                  for name, value in options.items()]
        made.append(SaneScanner("test:0", profile.parse("t", "\n".join(lines))))
        return made[-1]

    yield scanner
    for one in made:
        await one.close()


async def scan(scanner: SaneScanner) -> list[RawSide]:
    return [side.developed() async for side in scanner.scan(SIMPLEX)]


async def test_ten_colour_sheets_come_whole(make: Make) -> None:
    sides = await scan(make(test_picture="Solid white"))
    assert [side.sheet for side in sides] == list(range(1, ADF_SHEETS + 1))
    pixels = simplejpeg.decode_jpeg(sides[0].data)
    assert (round(pixels.shape[1] / 75 * 25.4), round(pixels.shape[0] / 75 * 25.4)) == (210, 297)
    assert np.all(pixels == 255)


async def test_a_device_without_a_paper_sensor_counts_as_loaded(make: Make) -> None:
    assert (await make().status()).feeder is Feeder.LOADED


@pytest.mark.parametrize(("word", "kind"), [
    ("CANCELLED", errors.CAPTURE_STOPPED), ("JAMMED", errors.PAPER_JAM), ("COVER_OPEN", errors.COVER_OPEN),
    ("IO_ERROR", errors.DEVICE_FAULT), ("NO_MEM", errors.DEVICE_FAULT), ("INVAL", errors.DEVICE_FAULT),
    ("UNSUPPORTED", errors.DEVICE_FAULT), ("ACCESS_DENIED", errors.DEVICE_FAULT), ("NO_DOCS", errors.NO_PAPER),
])
async def test_every_status_that_a_read_can_give_ends_the_feed_with_its_error(
    make: Make, word: str, kind: Kind
) -> None:
    with pytest.raises(ApplianceError) as caught:
        await scan(make(read_return_value=f"SANE_STATUS_{word}"))
    assert caught.value.kind is kind


async def test_a_side_that_ends_before_its_first_byte_is_truncated_not_good(make: Make) -> None:
    sides: list[RawSide] = []
    with pytest.raises(ApplianceError):  # this backend cannot go on afterwards
        async for side in make(read_return_value="SANE_STATUS_EOF").scan(SIMPLEX):
            sides += [side.developed()]
    assert [(side.code, side.data) for side in sides] == [(errors.IMAGE_TRUNCATED.code, b"")]


async def test_a_height_that_nobody_knows_and_lines_longer_than_their_pixels(make: Make) -> None:
    scanner = make(hand_scanner="yes")
    unknown = await scan(scanner)
    assert {side.code for side in unknown} == {""} and unknown[0].data
    await scanner.close()
    for side in await scan(make(ppl_loss="7", test_picture="Solid white")):
        assert side.code == "" and np.all(simplejpeg.decode_jpeg(side.data) == 255)


async def test_small_pieces_and_parameters_that_are_wrong_before_the_start_change_nothing(make: Make) -> None:
    scanner = make(test_picture="Color pattern")
    plain = await scan(scanner)
    await scanner.close()
    odd = await scan(make(test_picture="Color pattern", read_limit="yes", read_limit_size="1000",
                          fuzzy_parameters="yes"))
    assert [side.data for side in odd] == [side.data for side in plain]


@pytest.mark.parametrize("options", [{"mode": "Gray"}, {"mode": "Color", "three_pass": "yes"}, {"depth": "16"}])
async def test_what_is_not_24_bit_colour_in_one_frame_is_refused(make: Make, options: dict[str, str]) -> None:
    with pytest.raises(ApplianceError) as caught:
        await scan(make(**options))
    assert caught.value.kind is errors.DEVICE_REFUSED


async def test_options_it_lacks_are_named_and_harm_nobody(make: Make) -> None:
    scanner = make(df_action="Stop", page_width="210")
    assert len(await scan(scanner)) == ADF_SHEETS
    assert scanner.lacking == ("df-action", "page-width")


async def test_a_value_out_of_range_is_refused_by_name(make: Make) -> None:
    with pytest.raises(ApplianceError) as caught:
        await scan(make(test_picture="Mona Lisa"))
    assert caught.value.details["text"] == (
        "test-picture=Mona Lisa, allowed: Solid black | Solid white | Color pattern | Grid")


async def test_a_device_that_sends_nothing_more_is_stalled_and_can_be_cancelled(make: Make) -> None:
    scanner = make(read_delay="yes", read_delay_duration="200000", read_limit="yes", read_limit_size="1000")
    whole = asyncio.create_task(scan(scanner))
    await asyncio.sleep(0.5)
    whole.cancel()
    with pytest.raises(asyncio.CancelledError):
        await whole
    assert (await scanner.status()).feeder is Feeder.LOADED


async def test_a_second_client_in_the_same_process_is_refused_not_crashed(make: Make) -> None:
    await make().status()
    with pytest.raises(ApplianceError) as caught:
        await make().describe()
    assert caught.value.kind is errors.DEVICE_BUSY
