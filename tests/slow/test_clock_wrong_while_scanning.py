"""A whole appliance whose chronyd says that the clock is 90 s off: paper is scanned and read, nothing is signed."""

from __future__ import annotations

import socket
import ssl
import time
import urllib.request
from pathlib import Path

import pytest
from certificate_stand import Host, authority
from chrony_stand import chrony
from rig import DEADLINE, Rig, accepted, dossier, held_codes, page

pytestmark = pytest.mark.slow

CODE = "0001.2021.HN.000041"


def free_tcp() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def shown_over_https_once_there_is_a_certificate(rig: Rig, host: Host, port: int) -> None:
    """The port waits for its files and opens by itself; nothing else had to wait for it."""
    assert "H953" in rig.logs()
    root = authority(host.folder / "ca", "national")
    host.provision("page", root)
    browser = ssl.create_default_context(cafile=str(root.certificate))
    end = time.monotonic() + DEADLINE
    while True:
        try:
            with urllib.request.urlopen(f"https://localhost:{port}/", context=browser) as answer:
                assert "đồng hồ" in answer.read().decode().lower()
            break
        except OSError:
            assert time.monotonic() < end, rig.logs()[-2000:]
            time.sleep(0.2)
    assert 'appliance_certificate_not_after_timestamp_seconds{purpose="page"}' in rig.metrics()


def test_paper_is_scanned_while_the_clock_is_off_and_signed_once_it_is_right(tmp_path: Path) -> None:
    with chrony() as clocks:
        clocks.serve()
        clocks.follow(90.0)
        host = Host(tmp_path)
        port, folder = free_tcp(), host.root / "page" / "current"
        rig = Rig(tmp_path / "office", {
            "clock": {"watch": "chrony", "chrony_port": clocks.port},
            "console": {"tls": {"host": "127.0.0.1", "port": port, "certificate": str(folder / "certificate.pem"),
                                "key": str(folder / "key.pem")}},
            "storage": {"certificates": str(host.root)}})
        try:
            rig.wait(lambda found: found["clock"]["code"] == "K559", "the clock is found wrong")
            shown_over_https_once_there_is_a_certificate(rig, host, port)
            rig.load([dossier(CODE), page(1), page(2)])
            rig.press()
            found = rig.wait(lambda found: any(one["code"] == "K559" and one["what"] == "signature"
                                               for one in found["held"]), "a document waits for the clock")
            assert held_codes(found, "page") == []
            assert len(rig.masters()) == found["counts"]["sides"] > 2, "every side was captured"
            metrics = rig.metrics()
            assert 'appliance_signing_waiting_documents{code="K559"} 1.0' in metrics
            assert 'appliance_signer_trouble{code="K559"} 1.0' in metrics
            assert rig.rows("SELECT count(*) FROM audit WHERE what = 'key.intent'") == [(0,)]
            clocks.follow()
            rig.wait(lambda found: not found["clock"]["code"] and accepted(found) == {CODE},
                     "signed and sent once the clock is right")
        finally:
            rig.stop()
