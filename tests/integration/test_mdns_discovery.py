"""Network scanners that announce themselves: real mDNS, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from zeroconf import IPVersion, ServiceInfo, const
from zeroconf._dns import DNSAddress, DNSPointer, DNSService, DNSText
from zeroconf._protocol.outgoing import DNSOutgoing
from zeroconf.asyncio import AsyncZeroconf

from appliance.core.config import Config, Device, Discovery
from appliance.core.tables import build
from appliance.device import catalogue
from appliance.device.discover import Discoverer

SECONDS = 20.0
LOOPBACK = "127.0.0.1"
UUID = "4509a320-00a0-008f-00b6-00250751aaaa"


def info(name: str, port: int, *, secure: bool = False, **texts: str) -> ServiceInfo:
    kind = "_uscans._tcp.local." if secure else "_uscan._tcp.local."
    return ServiceInfo(kind, f"{name}.{kind}", addresses=[socket.inet_aton(LOOPBACK)], port=port,
                       properties={"txtvers": "1", "rs": "eSCL", "uuid": UUID, **texts},
                       server=f"{name.replace(' ', '-').lower()}.local.")


@asynccontextmanager
async def announcer(*infos: ServiceInfo) -> AsyncIterator[AsyncZeroconf]:
    responder = AsyncZeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only)
    try:
        for one in infos:
            await responder.async_register_service(one)
        yield responder
    finally:
        await responder.async_unregister_all_services()
        await responder.async_close()


@asynccontextmanager
async def looking(*devices: Device) -> AsyncIterator[Discoverer]:
    found = Discoverer(Discovery(usb=False, mdns_interfaces=(LOOPBACK,)), devices, catalogue.read())
    await found.start()
    try:
        yield found
    finally:
        await found.stop()
        await found.stop()


async def until(good: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + SECONDS
    while not good():
        assert asyncio.get_running_loop().time() < end, "nothing was heard"
        await asyncio.sleep(0.02)


async def test_a_scanner_that_announces_itself_is_seen_with_the_settings_to_use_it() -> None:
    async with looking() as found, announcer(info("Quay 1", 18090, ty="Acme Scan 9\x1b[2J", note="Quầy 1")):
        await until(lambda: len(found.seen()) == 1)
        [one] = found.seen()
    assert one["model"].isprintable()
    assert (one["bus"], one["profile"], one["serial"]) == ("network", "escl_generic", UUID)
    assert 'url = "http://127.0.0.1:18090/eSCL"' in one["settings"]
    assert 'kind = "escl"' in one["settings"]
    assert one["note"] == "Quầy 1"


async def test_the_model_it_announces_chooses_the_profile() -> None:
    async with looking() as found, announcer(info("V", 18091, ty="Appliance virtual scanner")):
        await until(lambda: len(found.seen()) == 1)
        assert found.seen()[0]["profile"] == "virtual"


async def test_a_configured_scanner_is_recognised_by_its_address_until_it_says_good_bye() -> None:
    device = Device("desk", url=f"http://{LOOPBACK}:18092/eSCL")
    async with looking(device) as found:
        assert found.presence("desk") == ""
        async with announcer(info("Desk", 18092, ty="X")):
            await until(lambda: found.presence("desk") == "present")
            assert [one["device"] for one in found.seen()] == ["desk"]
            assert found.seen()[0]["settings"] == ""
        await until(lambda: found.seen() == [])
        assert found.presence("desk") == ""


async def test_the_secure_address_is_offered_where_there_are_both() -> None:
    both = info("Both", 18093, ty="X"), info("Both", 18094, secure=True, ty="X")
    device = Device("desk", url=f"http://{LOOPBACK}:18093/eSCL")
    async with looking(device) as found, announcer(*both):
        await until(lambda: bool(found.seen()) and found.seen()[0]["url"] == "https://127.0.0.1:18094/eSCL")
        await until(lambda: found.presence("desk") == "present")
        assert len(found.seen()) == 1


async def test_an_announcement_that_makes_no_sense_is_left_and_the_others_go_on() -> None:
    bad = info("Bad", 18095, ty="Bad", rs="../../etc?x=" + "y" * 90)
    async with looking() as found, announcer(bad, info("Good", 18096, ty="Good")):
        await until(lambda: len(found.seen()) == 1)
        assert found.seen()[0]["model"] == "Good"


async def test_an_interface_that_is_not_there_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    found = Discoverer(Discovery(usb=False, mdns_interfaces=("203.0.113.7",)), (), catalogue.read())
    await found.start()
    await found.stop()
    assert "mDNS" in caplog.text
    assert found.seen() == []


def test_a_daemon_that_does_not_listen_does_not_load_the_library() -> None:
    code = "import sys, appliance.daemon; sys.exit('zeroconf' in sys.modules or 'pyudev' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


async def test_a_secure_scanner_comes_with_the_line_for_its_fingerprint() -> None:
    async with looking() as found, announcer(info("Safe", 18097, secure=True, ty="X")):
        await until(lambda: len(found.seen()) == 1)
        lines = found.seen()[0]["settings"]
    assert 'url = "https://127.0.0.1:18097/eSCL"' in lines
    device = build(Config, tomllib.loads(lines)).device[0]
    assert (device.url, device.fingerprint) == ("https://127.0.0.1:18097/eSCL", "")
    assert "fingerprint" in lines


async def test_who_announces_the_address_of_another_changes_nothing_for_the_configured_one() -> None:
    device = Device("desk", url=f"http://{LOOPBACK}:18098/eSCL")
    async with looking(device) as found, announcer(info("Desk", 18098, ty="X", uuid="one")):
        await until(lambda: found.presence("desk") == "present")
        async with announcer(info("Thief", 18098, ty="X\x1b[2J", uuid="two", note="\x07" * 200)):
            await until(lambda: len(found.seen()) == 2)
            owners = {one["device"]: one for one in found.seen()}
            assert owners["desk"]["serial"] == "one"
            assert all(one["model"].isprintable() and one["note"].isprintable() for one in found.seen())
        await until(lambda: len(found.seen()) == 1)
        assert found.presence("desk") == "present"


def records(name: str, port: int, text: bytes = b"\x07rs=eSCL") -> DNSOutgoing:
    """What a responder would send that keeps to no rule of names."""
    kind, host = "_uscan._tcp.local.", "hostile.local."
    full = f"{name}.{kind}"
    out = DNSOutgoing(const._FLAGS_QR_RESPONSE | const._FLAGS_AA)
    for record in (DNSPointer(kind, const._TYPE_PTR, const._CLASS_IN, 120, full),
                   DNSService(full, const._TYPE_SRV, const._CLASS_IN, 120, 0, 0, port, host),
                   DNSText(full, const._TYPE_TXT, const._CLASS_IN, 120, text),
                   DNSAddress(host, const._TYPE_A, const._CLASS_IN, 120, socket.inet_aton(LOOPBACK))):
        out.add_answer_at_time(record, 0)
    return out


@pytest.mark.parametrize(("name", "text"), [
    ("Evil\x1b[2J\r\n", b"\x07rs=eSCL"), ("Name", b"\xff" * 400), ("Name", b"\x04\xff\xfe=a\x01=\x00"),
])
async def test_packets_that_keep_to_no_rule_harm_nobody(
    name: str, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with looking() as found, announcer(info("Good", 18099, ty="Good")) as responder:
        for _ in range(3):
            responder.zeroconf.async_send(records(name, 18100, text))
            await asyncio.sleep(0.1)
        await until(lambda: any(one["model"] == "Good" for one in found.seen()))
        for one in found.seen():
            assert all(str(value).isprintable() for key, value in one.items() if key != "settings")
    assert "never retrieved" not in caplog.text
