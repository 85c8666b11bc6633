"""What eSCL devices say, in our words; hostile and odd answers included."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import escl_abilities, escl_xml, virtual_xml
from appliance.device.protocol import Feeder

SPACES = f'xmlns:scan="{escl_xml.SCAN}" xmlns:pwg="{escl_xml.PWG}"'


def status(adf: str, jobs: str = "") -> bytes:
    return (f'<?xml version="1.0"?><scan:ScannerStatus {SPACES}><pwg:State>Idle</pwg:State>'
            f"<scan:AdfState>{adf}</scan:AdfState><scan:Jobs>{jobs}</scan:Jobs></scan:ScannerStatus>").encode()


@pytest.mark.parametrize(("adf", "feeder"), [
    ("ScannerAdfProcessing", Feeder.PROCESSING),
    ("ScannerAdfEmpty", Feeder.EMPTY),
    ("ScannerAdfJam", Feeder.JAM),
    ("ScannerAdfLoaded", Feeder.LOADED),
    ("ScannerAdfMispick", Feeder.JAM),
    ("ScannerAdfHatchOpen", Feeder.COVER),
    ("ScannerAdfDuplexPageTooShort", Feeder.WRONG_PAPER),
    ("ScannerAdfDuplexPageTooLong", Feeder.WRONG_PAPER),
    ("ScannerAdfMultipickDetected", Feeder.MULTIFEED),
    ("ScannerAdfInputTrayFailed", Feeder.HARDWARE),
    ("ScannerAdfInputTrayOverloaded", Feeder.WRONG_PAPER),
    ("ScannerAdfDoorOpen", Feeder.COVER),
])
def test_every_adf_state_of_escl_has_its_meaning(adf: str, feeder: Feeder) -> None:
    assert escl_xml.decode_status(status(adf)).feeder.feeder is feeder


def test_no_adf_state_is_known_that_the_table_above_does_not_test() -> None:
    assert len(escl_xml.FEEDER_STATES) == 12


def test_an_unknown_adf_state_is_a_hardware_fault_with_its_text() -> None:
    found = escl_xml.decode_status(status("ScannerAdfOnFire")).feeder
    assert (found.feeder, found.text) == (Feeder.HARDWARE, "ScannerAdfOnFire")


def test_an_unknown_adf_state_cannot_smuggle_lines_into_a_message() -> None:
    text = escl_xml.feeder_of("Burning\n\x1b[31m" + "x" * 500).text
    assert len(text) <= 80
    assert text.startswith("Burning [31mx")


def test_a_device_without_a_paper_sensor_counts_as_empty() -> None:
    answer = f"<scan:ScannerStatus {SPACES}><pwg:State>Idle</pwg:State></scan:ScannerStatus>".encode()
    assert escl_xml.decode_status(answer).feeder.feeder is Feeder.EMPTY


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_entities_expand(encoding: str) -> None:
    bomb = (f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
            "<ScannerStatus><AdfState>&b;</AdfState></ScannerStatus>")
    with pytest.raises(ApplianceError) as caught:
        escl_xml.decode_status(bomb.encode(encoding))
    assert caught.value.kind is errors.DEVICE_UNUSABLE


@pytest.mark.parametrize("answer", [b"", b"<html></html>", b"<ScannerStatus>", b"\xff\xfe\x00", b"not xml",
                                    b'<?xml version="1.0" encoding="x-none"?><ScannerStatus/>'])
def test_what_is_no_scanner_status_makes_the_device_unusable(answer: bytes) -> None:
    with pytest.raises(ApplianceError) as caught:
        escl_xml.decode_status(answer)
    assert caught.value.kind is errors.DEVICE_UNUSABLE


def test_a_job_is_found_by_address_or_uuid_whatever_host_the_device_believes_in() -> None:
    jobs = ("<scan:JobInfo><pwg:JobUri>http://printer.local/eSCL/ScanJobs/7</pwg:JobUri>"
            "<pwg:JobUuid>urn:uuid:abc</pwg:JobUuid><pwg:JobState>Aborted</pwg:JobState>"
            "<pwg:ImagesCompleted>3</pwg:ImagesCompleted><pwg:JobStateReasons>"
            "<pwg:JobStateReason>ErrorsDetected</pwg:JobStateReason></pwg:JobStateReasons></scan:JobInfo>")
    report = escl_xml.decode_status(status("ScannerAdfLoaded", jobs))
    by_address = report.job("http://10.0.0.7:80/eSCL/ScanJobs/7")
    assert by_address is not None
    assert (by_address.state, by_address.images, by_address.reasons) == ("Aborted", 3, ("ErrorsDetected",))
    assert report.job("http://10.0.0.7/eSCL/ScanJobs/abc") == by_address
    assert report.job("http://10.0.0.7/eSCL/ScanJobs/8") is None


def test_capabilities_of_the_feeder_not_of_the_flatbed() -> None:
    answer = f"""<scan:ScannerCapabilities {SPACES}><pwg:Version>2.6</pwg:Version>
      <pwg:MakeAndModel>Maker X1</pwg:MakeAndModel><scan:UUID>u-1</scan:UUID>
      <scan:Platen><scan:PlatenInputCaps><scan:DiscreteResolution><scan:XResolution>1200</scan:XResolution>
        </scan:DiscreteResolution></scan:PlatenInputCaps></scan:Platen>
      <scan:Adf><scan:AdfSimplexInputCaps><scan:MaxWidth>2550</scan:MaxWidth><scan:MaxHeight>4200</scan:MaxHeight>
        <scan:ColorMode>RGB24</scan:ColorMode>
        <scan:DiscreteResolution><scan:XResolution>300</scan:XResolution></scan:DiscreteResolution>
        <scan:DiscreteResolution><scan:XResolution>200</scan:XResolution></scan:DiscreteResolution>
      </scan:AdfSimplexInputCaps></scan:Adf></scan:ScannerCapabilities>"""
    found = escl_abilities.decode(answer.encode())
    assert found.capabilities.resolutions == (200, 300)
    assert found.capabilities.serial == "u-1"
    assert (found.capabilities.duplex, found.capabilities.colour) == (False, True)
    assert (found.simplex.width, found.simplex.height, found.version) == ((0, 2550), (0, 4200), "2.6")


def test_a_range_of_resolutions_becomes_the_common_ones_within_it() -> None:
    answer = f"""<scan:ScannerCapabilities {SPACES}><scan:Adf><scan:AdfSimplexInputCaps>
      <scan:ResolutionRange><scan:XResolutionRange><scan:Min>150</scan:Min><scan:Max>400</scan:Max>
      </scan:XResolutionRange></scan:ResolutionRange></scan:AdfSimplexInputCaps></scan:Adf>
      </scan:ScannerCapabilities>"""
    found = escl_abilities.decode(answer.encode()).capabilities
    assert found.resolutions == (150, 200, 240, 300, 400)


def test_scan_settings_ask_for_colour_from_the_feeder() -> None:
    text = escl_xml.scan_settings(escl_xml.Request(300, duplex=True, width=2480, height=3508, version="2.63"))
    tree = ET.fromstring(text)
    said = {item.tag.rpartition("}")[2]: item.text for item in tree.iter()}
    assert said["InputSource"] == "Feeder"
    assert said["ColorMode"] == "RGB24"
    assert (said["XResolution"], said["YResolution"]) == ("300", "300")
    assert said["Duplex"] == "true"
    assert (said["Width"], said["Height"], said["Version"]) == ("2480", "3508", "2.63")


def test_a_version_with_markup_in_it_stays_text() -> None:
    text = escl_xml.scan_settings(escl_xml.Request(300, duplex=False, width=1, height=1, version="<a/>&"))
    assert "<a/>&" in [item.text for item in ET.fromstring(text).iter()]


def test_the_virtual_scanner_understands_our_settings_and_refuses_what_it_cannot_do() -> None:
    text = escl_xml.scan_settings(escl_xml.Request(200, duplex=False, width=1, height=1)).decode()
    assert virtual_xml.read_settings(text.encode()) == virtual_xml.Asked(200, grey=False, duplex=False)
    for good, bad in (("Feeder", "Platen"), ("RGB24", "RGB48"), ("jpeg", "pdf"), (">200<", ">201<")):
        with pytest.raises(ValueError, match=r"InputSource|ColorMode|DocumentFormat|XResolution"):
            virtual_xml.read_settings(text.replace(good, bad).encode())
