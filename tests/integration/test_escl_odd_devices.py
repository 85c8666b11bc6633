"""Devices that answer as no standard says: our eSCL client against a server that follows a script."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.model import Side
from appliance.device import escl_http, profile
from appliance.device.escl import EsclScanner
from appliance.device.escl_xml import PWG, SCAN
from appliance.device.protocol import Feeder
from appliance.device.scanner import RawSide, ScanSettings
from appliance.device.virtual_xml import Identity, capabilities

JPEG = b"\xff\xd8 a side \xff\xd9"
SIMPLEX, DUPLEX = ScanSettings(300, duplex=False), ScanSettings(300, duplex=True)
Act = int | bytes | str


@dataclass
class Device:
    """What it does, in order: ``posts`` and ``sides`` (a status, a body, or a misbehaviour by name)."""

    posts: list[int] = field(default_factory=lambda: [201])
    sides: Sequence[Act] = ()
    states: list[str] = field(default_factory=lambda: ["ScannerAdfLoaded", "ScannerAdfEmpty"])
    job_state: str = ""
    job_more: str = ""
    content_type: str = "image/jpeg"
    location: str = "/eSCL/ScanJobs/1"
    status_code: int = 200
    seen: list[str] = field(default_factory=list)
    capabilities: Callable[[], str] = lambda: capabilities(Identity("Odd", "O-1"))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(f"{request.method} {request.host} {request.path}")
        if request.path.endswith("/ScannerCapabilities"):
            return web.Response(text=self.capabilities(), content_type="text/xml")
        if request.path.endswith("/ScannerStatus"):
            return web.Response(status=self.status_code, text=self._status(), content_type="text/xml")
        if request.method == "POST":
            await request.read()
            status = self.posts.pop(0) if len(self.posts) > 1 else self.posts[0]
            return web.Response(status=status, headers={"Location": self.location} if status == 201 else {})
        if request.method == "DELETE":
            return web.Response()
        act, self.sides = (self.sides[0], self.sides[1:]) if self.sides else (404, ())
        return await self._side(request, act)

    def _status(self) -> str:
        adf = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        job = (f"<scan:JobInfo><pwg:JobUri>{self.location}</pwg:JobUri>"
               f"<pwg:JobState>{self.job_state}</pwg:JobState>"
               f"{self.job_more}</scan:JobInfo>") if self.job_state else ""
        return (f'<scan:ScannerStatus xmlns:scan="{SCAN}" xmlns:pwg="{PWG}">'
                f"<scan:AdfState>{adf}</scan:AdfState>{job}</scan:ScannerStatus>")

    async def _side(self, request: web.Request, act: Act) -> web.StreamResponse:
        assert request.transport is not None
        if isinstance(act, bytes):
            return web.Response(body=act, content_type=self.content_type)
        if isinstance(act, int):
            return web.Response(status=act, headers={"Location": "http://127.0.0.1:9/elsewhere"})
        if act == "hang up":
            request.transport.close()
            return web.Response()
        response = web.StreamResponse(headers={"Content-Length": str(1 << 40)} if act == "huge" else {})
        response.enable_chunked_encoding() if act != "huge" else None
        await response.prepare(request)
        await response.write(JPEG)
        if act == "endless":
            while not request.transport.is_closing():
                await response.write(bytes(1 << 20))
        request.transport.close()
        return response

    @property
    def asked_for_sides(self) -> int:
        return sum(line.endswith("/NextDocument") for line in self.seen)


@asynccontextmanager
async def speaking_to(device: Device, stall: float = 20.0, **quirks: Any) -> AsyncIterator[EsclScanner]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", device.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    known = profile.load("virtual")
    patience = replace(known.transport, retry_seconds=0.3, retry_pause_seconds=0.02, end_doubt_seconds=0.2,
                       stall_seconds=stall, **quirks)
    try:
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/eSCL"
            yield EsclScanner(url, session, replace(known, transport=patience))
    finally:
        await runner.cleanup()


async def scan(
    device: Device, settings: ScanSettings = SIMPLEX, **quirks: Any
) -> tuple[list[RawSide], Kind | None]:
    sides: list[RawSide] = []
    async with speaking_to(device, **quirks) as scanner:
        try:
            async for side in scanner.scan(settings):
                sides.append(side)  # noqa: PERF401 - what came before the error counts
        except ApplianceError as problem:
            return sides, problem.kind
    return sides, None


async def test_a_dropped_question_for_a_side_is_never_put_twice() -> None:
    device = Device(sides=[JPEG, "hang up", b"the sheet after"], states=["ScannerAdfLoaded"])
    sides, kind = await scan(device)
    assert len(sides) == 1
    assert kind is errors.DEVICE_LOST
    assert device.asked_for_sides == 2


async def test_a_chunked_image_that_breaks_off_is_no_side() -> None:
    sides, kind = await scan(Device(sides=["break off"]))
    assert (sides, kind) == ([], errors.DEVICE_LOST)


async def test_an_empty_body_is_a_side_for_capture_to_judge() -> None:
    sides, kind = await scan(Device(sides=[b"", JPEG]))
    assert ([side.data for side in sides], kind) == ([b"", JPEG], None)


@pytest.mark.parametrize("act", ["huge", "endless"])
async def test_an_image_beyond_all_bounds_is_a_damaged_side_and_the_feed_goes_on(
    act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.device.escl.MOST_IMAGE", 8 << 20)
    sides, kind = await scan(Device(sides=[act, JPEG]))
    assert [(side.data, side.code) for side in sides] == [(b"", errors.IMAGE_TOO_LARGE.code), (JPEG, "")]
    assert kind is None
    assert escl_http.MOST_IMAGE == 256 << 20


async def test_not_yet_is_waited_for() -> None:
    device = Device(posts=[503, 503, 201], sides=[503, JPEG, 503, 503, JPEG])
    sides, kind = await scan(device)
    assert (len(sides), kind) == (2, None)


async def test_not_yet_without_end_is_stalled() -> None:
    async with speaking_to(Device(sides=[503] * 1000, states=["ScannerAdfLoaded"]), stall=0.3) as scanner:
        with pytest.raises(ApplianceError) as caught:
            await anext(scanner.scan(SIMPLEX))
    assert caught.value.kind is errors.DEVICE_STALLED


async def test_not_yet_with_a_jammed_feeder_is_a_jam() -> None:
    sides, kind = await scan(Device(sides=[JPEG, 503], states=["ScannerAdfLoaded"] * 3 + ["ScannerAdfJam"]))
    assert (len(sides), kind) == (1, errors.PAPER_JAM)


async def test_no_more_sides_said_too_early_is_not_believed() -> None:
    device = Device(sides=[404, JPEG, 404, JPEG], states=["ScannerAdfLoaded"] * 3 + ["ScannerAdfEmpty"],
                    job_state="Processing")
    sides, kind = await scan(device)
    assert (len(sides), kind) == (2, None)


async def test_a_device_that_knows_its_feeder_only_after_the_job_gives_no_paper() -> None:
    device = Device(sides=[], states=["ScannerAdfLoaded", "ScannerAdfEmpty"])
    assert await scan(device) == ([], errors.NO_PAPER)
    assert device.asked_for_sides >= 2


async def test_paper_left_when_no_side_comes_is_a_jam() -> None:
    sides, kind = await scan(Device(sides=[JPEG], states=["ScannerAdfLoaded"]))
    assert (len(sides), kind) == (1, errors.PAPER_JAM)


async def test_a_jam_in_mid_page_asks_for_the_sheet_of_the_cut_image() -> None:
    device = Device(sides=[JPEG, JPEG[:-2]], states=["ScannerAdfLoaded"], job_state="Aborted")
    async with speaking_to(device) as scanner:
        with pytest.raises(ApplianceError) as caught:
            _ = [side async for side in scanner.scan(SIMPLEX)]
    assert (caught.value.kind, caught.value.details["sheet"]) == (errors.PAPER_JAM, 2)


async def test_a_duplex_feed_that_ends_on_a_front_is_a_fault() -> None:
    sides, kind = await scan(Device(sides=[JPEG, JPEG, JPEG]), DUPLEX)
    assert [side.side for side in sides] == [Side.FRONT, Side.BACK, Side.FRONT]
    assert kind is errors.DEVICE_FAULT


@pytest.mark.parametrize("location", ["http://evil.example:1/eSCL/ScanJobs/1", "//evil.example/eSCL/ScanJobs/1",
                                      "/eSCL/ScanJobs/1", "/eSCL/ScanJobs/1/", "ScanJobs/1"])
async def test_the_job_stays_on_the_configured_host_whatever_the_device_says(location: str) -> None:
    device = Device(sides=[JPEG], location=location)
    sides, kind = await scan(device)
    assert (len(sides), kind) == (1, None)
    assert {line.split()[2] for line in device.seen if "ScanJobs/" in line} == {
        "/eSCL/ScanJobs/1/NextDocument", "/eSCL/ScanJobs/1"}
    assert len({line.split()[1] for line in device.seen}) == 1


async def test_a_redirect_is_not_followed() -> None:
    device = Device(sides=[302])
    assert await scan(device) == ([], errors.DEVICE_UNUSABLE)
    assert device.asked_for_sides == 1


async def test_a_job_without_an_address_is_a_refusal() -> None:
    assert (await scan(Device(location="")))[1] is errors.DEVICE_REFUSED


@pytest.mark.parametrize(("post", "kind"), [(400, errors.DEVICE_REFUSED), (415, errors.DEVICE_REFUSED),
                                            (500, errors.DEVICE_FAULT), (503, errors.DEVICE_BUSY)])
async def test_a_job_that_is_refused_says_why(post: int, kind: Kind) -> None:
    assert await scan(Device(posts=[post], states=["ScannerAdfLoaded"])) == ([], kind)


async def test_a_conflict_with_an_empty_feeder_is_no_paper() -> None:
    assert await scan(Device(posts=[409])) == ([], errors.NO_PAPER)


async def test_duplex_is_never_asked_of_a_simplex_device() -> None:
    device = Device(capabilities=lambda: capabilities(Identity("O", "1")).replace("AdfDuplexInputCaps", "Other")
                    .replace("<scan:AdfOption>Duplex</scan:AdfOption>", ""))
    assert await scan(device, DUPLEX) == ([], errors.DEVICE_REFUSED)
    assert not [line for line in device.seen if line.startswith("POST")]


async def test_a_resolution_the_device_lacks_is_refused() -> None:
    assert await scan(Device(), ScanSettings(333, duplex=False)) == ([], errors.DEVICE_REFUSED)


async def test_closing_the_iterator_deletes_the_job_once() -> None:
    device = Device(sides=[JPEG, JPEG])
    async with speaking_to(device) as scanner:
        feed = scanner.scan(SIMPLEX)
        await anext(feed)
        await feed.aclose()
        await scanner.close()
        await scanner.close()
    assert [line.split()[2] for line in device.seen if line.startswith("DELETE")] == ["/eSCL/ScanJobs/1"]


async def test_closing_the_scanner_deletes_the_job_that_is_open() -> None:
    device = Device(sides=[JPEG, JPEG])
    async with speaking_to(device) as scanner:
        feed = scanner.scan(SIMPLEX)
        await anext(feed)
        await scanner.close()
        assert sum(line.startswith("DELETE") for line in device.seen) == 1
        await feed.aclose()


async def test_a_side_is_asked_for_only_when_it_is_wanted() -> None:
    device = Device(sides=[JPEG, JPEG])
    async with speaking_to(device) as scanner:
        feed = scanner.scan(SIMPLEX)
        assert device.seen == []
        await anext(feed)
        assert device.asked_for_sides == 1
        await feed.aclose()


@pytest.mark.parametrize(("code", "feeder"), [(503, Feeder.PROCESSING), (500, Feeder.HARDWARE),
                                              (404, Feeder.HARDWARE)])
async def test_a_status_that_is_not_given_is_no_exception(code: int, feeder: Feeder) -> None:
    async with speaking_to(Device(status_code=code)) as scanner:
        assert (await scanner.status()).feeder is feeder


async def test_the_feeder_is_asked_before_each_side() -> None:
    device = Device(sides=[JPEG, JPEG], states=["ScannerAdfLoaded"] * 3 + ["ScannerAdfEmpty"])
    assert (await scan(device))[1] is None
    words = [line.rpartition("/")[2] for line in device.seen]
    assert [before for before, after in itertools.pairwise(words) if after == "NextDocument"] == [
        "ScannerStatus"] * 3


async def test_a_fault_seen_before_a_side_ends_the_feed_without_asking_for_it() -> None:
    device = Device(sides=[JPEG, JPEG], states=["ScannerAdfLoaded"] * 2 + ["ScannerAdfHatchOpen"])
    sides, kind = await scan(device)
    assert (len(sides), kind, device.asked_for_sides) == (1, errors.COVER_OPEN, 1)
    assert sum(line.startswith("DELETE") for line in device.seen) == 1


async def test_images_that_are_ready_are_fetched_before_a_jam_ends_the_feed() -> None:
    ready = "<scan:ImagesToTransfer>1</scan:ImagesToTransfer>"
    device = Device(sides=[JPEG, JPEG, 409], states=["ScannerAdfLoaded"] * 2 + ["ScannerAdfJam"],
                    job_state="Processing", job_more=ready)
    sides, kind = await scan(device)
    assert (len(sides), kind) == (2, errors.PAPER_JAM)


async def test_a_feeder_that_is_unsure_while_loading_is_not_asked_before_a_side() -> None:
    device = Device(sides=[JPEG, JPEG], states=["ScannerAdfLoaded", "ScannerAdfEmpty"])
    assert (await scan(device, status_before_side=False))[1] is None
    assert sum(line.endswith("/ScannerStatus") for line in device.seen) == 2  # before the job, and at its end


@pytest.mark.parametrize("status", [404, 410])
async def test_a_model_that_says_not_yet_with_other_numbers_is_waited_for(status: int) -> None:
    device = Device(sides=[status, JPEG, status, status, JPEG, *[409] * 99], job_state="Processing")
    sides, kind = await scan(device, retry_statuses=(503, 404, 410), end_statuses=(409,))
    assert (len(sides), kind) == (2, None)


async def test_not_yet_for_ever_after_a_job_that_is_done_is_the_end() -> None:
    device = Device(sides=[JPEG] + [503] * 500, states=["ScannerAdfLoaded"] * 3 + ["ScannerAdfEmpty"],
                    job_state="Completed")
    sides, kind = await scan(device)
    assert (len(sides), kind) == (1, None)


async def test_not_yet_from_a_job_that_was_given_up_is_a_jam() -> None:
    device = Device(sides=[JPEG] + [503] * 500, states=["ScannerAdfLoaded"], job_state="Aborted")
    sides, kind = await scan(device)
    assert (len(sides), kind) == (1, errors.PAPER_JAM)


async def test_an_end_in_doubt_with_more_images_counted_than_sent_is_no_end() -> None:
    device = Device(sides=[JPEG], states=["ScannerAdfLoaded"] * 2 + ["ScannerAdfEmpty"], job_state="Processing",
                    job_more="<pwg:ImagesCompleted>2</pwg:ImagesCompleted>")
    sides, kind = await scan(device)
    assert (len(sides), kind) == (1, errors.DEVICE_FAULT)


async def test_a_web_page_in_place_of_a_side_makes_the_device_unusable_and_ends_the_job() -> None:
    device = Device(sides=[b"<html>Log in</html>"] * 3, content_type="text/html")
    assert await scan(device) == ([], errors.DEVICE_UNUSABLE)
    assert sum(line.startswith("DELETE") for line in device.seen) == 1


async def test_a_jpeg_with_a_wrong_name_is_a_side() -> None:
    sides, kind = await scan(Device(sides=[JPEG], content_type="text/plain"))
    assert ([side.data for side in sides], kind) == ([JPEG], None)


async def test_empty_images_without_end_are_broken_off() -> None:
    sides, kind = await scan(Device(sides=[JPEG] + [b""] * 50))
    assert (len(sides), kind) == (2, errors.DEVICE_UNUSABLE)


@pytest.mark.parametrize("act", [302, 500, "hang up", b"<html/>"])
async def test_every_fault_deletes_the_job(act: Act) -> None:
    device = Device(sides=[JPEG, act], content_type="text/html", states=["ScannerAdfLoaded"])
    assert (await scan(device))[1] is not None
    assert [line.split()[2] for line in device.seen if line.startswith("DELETE")] == ["/eSCL/ScanJobs/1"]
