"""A SANE scanner under the whole appliance: its backend crashes or hangs, and the archive still gets the paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import sane_rig
import simplejpeg
from rig import Rig, Sheet, accepted, balanced, dossier, flat, job, letter
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi

from appliance.demo.wish import DEVICE

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")

WHOLE = [(1, 2, "front"), (2, 2, "back"), (3, 3, "front"), (4, 3, "back")]
"""Number, sheet and side of every page: a separator, two letters, the last one with a white back."""


@dataclass
class Office:
    """The appliance, and the scanner on its cable."""

    rig: Rig
    device: VirtualFi


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    device = virtual_fi.make(folder / "device")
    (folder / "profiles").mkdir()
    (folder / "profiles" / f"{sane_rig.PROFILE}.toml").write_text(sane_rig.profile_text(), encoding="utf-8")
    settings = {"name": DEVICE, "job": DEVICE, "start_kind": "press", "kind": "sane", "profile": sane_rig.PROFILE,
                "sane_device": virtual_fi.DEVICE}
    tables = {"device": [settings], "job": [job(duplex=True)], "storage": {"profiles": str(folder / "profiles")}}
    with pytest.MonkeyPatch.context() as patch:
        sane_rig.plug_in(patch, device)
        rig = Rig(folder / "rig", tables)
        try:
            yield Office(rig, device)
        finally:
            rig.stop()


def raster(jpeg: bytes) -> bytes:
    pixels = simplejpeg.decode_jpeg(jpeg)
    return virtual_fi.ppm(pixels.shape[1], pixels.shape[0], pixels.tobytes())


def load(device: VirtualFi, sheets: list[Sheet]) -> None:
    for number, sheet in enumerate(sheets, 1):
        front = raster(sheet.front)
        white = virtual_fi.ppm(2480, 3508, bytes(np.full(2480 * 3508 * 3, 250, np.uint8)))
        device.load(number, front, raster(sheet.back) if sheet.back else white)


@pytest.mark.parametrize(("fault", "side", "code"), [
    ("", "", ""), ("jam_at", "0002b", "D102"), ("segv_at", "0002b", "D108"), ("hang_at", "0003a", "D110"),
], ids=["all goes well", "jam on a back", "backend crashes", "backend hangs"])
def test_the_archive_gets_every_side_of_the_paper_once(office: Office, fault: str, side: str, code: str) -> None:
    rig, device = office.rig, office.device
    name = f"SANE.{fault.partition('_')[0].upper() or 'GOOD'}"
    load(device, [dossier(name, 2), Sheet(flat(letter(1)), flat(letter(2))), Sheet(flat(letter(3)))])
    if fault:
        device.control(**{fault: side})
    daemon = rig.pid
    rig.press()
    if fault:
        rig.wait(lambda found: found["devices"][0]["sheet"] > 0, "a sheet is named")
        told = rig.in_state("reload")
        assert (told["code"], told["sheet"]) == (code, int(side[:4]))
        device.control()
        device.put_back(told["sheet"])
        rig.resume()
    status = rig.settled()
    assert name in accepted(status), status["held"]
    balanced(status)
    filed = rig.rows(f"SELECT number, sheet, side FROM page WHERE state = 'filed' AND dossier = '{name}.r1' "
                     "ORDER BY document, number")
    assert filed == WHOLE
    assert rig.pid == daemon
    for path in device.out.iterdir():
        path.unlink()
