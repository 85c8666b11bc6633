"""What may be asked of a network scanner: read from its capabilities, one part for each way of feeding."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import escl_abilities
from appliance.device.escl_abilities import Abilities, request
from appliance.device.escl_xml import PWG, SCAN, Request
from appliance.device.profile_tables import LongPaper, PaperArea
from appliance.device.scanner import ScanSettings

A4 = PaperArea()


def profiles(colour: str = "RGB24", formats: str = "image/jpeg", dpi: str = "300", more: str = "") -> str:
    steps = "".join(f"<scan:DiscreteResolution><scan:XResolution>{one}</scan:XResolution><scan:YResolution>{one}"
                    "</scan:YResolution></scan:DiscreteResolution>" for one in dpi.split())
    kinds = "".join(f"<pwg:DocumentFormat>{one}</pwg:DocumentFormat>" for one in formats.split())
    modes = "".join(f"<scan:ColorMode>{one}</scan:ColorMode>" for one in colour.split())
    return (f"<scan:SettingProfile><scan:ColorModes>{modes}</scan:ColorModes><scan:DocumentFormats>{kinds}{more}"
            f"</scan:DocumentFormats><scan:SupportedResolutions>{steps}</scan:SupportedResolutions></scan:SettingProfile>")


def caps(name: str, inside: str, width: int = 2550, height: int = 4200) -> str:
    return (f"<scan:{name}><scan:MinWidth>300</scan:MinWidth><scan:MaxWidth>{width}</scan:MaxWidth>"
            f"<scan:MinHeight>300</scan:MinHeight><scan:MaxHeight>{height}</scan:MaxHeight>"
            f"<scan:SettingProfiles>{inside}</scan:SettingProfiles></scan:{name}>")


def device(*parts: str, top: str = "") -> Abilities:
    return escl_abilities.decode((
        f'<scan:ScannerCapabilities xmlns:scan="{SCAN}" xmlns:pwg="{PWG}"><pwg:Version>2.63</pwg:Version>{top}'
        f"<scan:Adf>{''.join(parts)}</scan:Adf></scan:ScannerCapabilities>").encode())


ONE = caps("AdfSimplexInputCaps", profiles())


def ask(abilities: Abilities, dpi: int = 300, *, duplex: bool = False, area: PaperArea = A4) -> Request:
    return request(ScanSettings(dpi, duplex), abilities, area)


def refused(abilities: Abilities, **how: Any) -> str:
    with pytest.raises(ApplianceError) as caught:
        ask(abilities, **how)
    assert caught.value.kind is errors.DEVICE_REFUSED
    return str(caught.value.details["text"])


def test_a_page_is_asked_for_in_three_hundredths_of_an_inch() -> None:
    asked = ask(device(ONE))
    assert (asked.width, asked.height, asked.offset, asked.version) == (2480, 3508, 0, "2.63")


def test_duplex_is_known_by_its_own_part_or_by_its_option() -> None:
    option = "<scan:AdfOptions><scan:AdfOption>Duplex</scan:AdfOption></scan:AdfOptions>"
    assert refused(device(ONE), duplex=True) == "duplex"
    assert ask(device(ONE, option), duplex=True).duplex
    assert ask(device(ONE, caps("AdfDuplexInputCaps", profiles())), duplex=True).duplex


def test_each_way_of_feeding_has_its_own_resolutions_and_sizes() -> None:
    both = device(caps("AdfSimplexInputCaps", profiles(dpi="300 600"), height=10_000),
                  caps("AdfDuplexInputCaps", profiles(dpi="200 300")))
    assert ask(both, 600).dpi == 600
    assert refused(both, dpi=600, duplex=True) == "600 dpi"
    long = PaperArea(page_height_mm=800)
    assert ask(both, area=long).height == 9449
    assert "mm" in refused(both, duplex=True, area=long)


def test_a_feeder_without_colour_or_jpeg_is_not_asked() -> None:
    glass = f"<scan:Platen>{caps('PlatenInputCaps', profiles())}</scan:Platen>"
    assert refused(device(caps("AdfSimplexInputCaps", profiles("Grayscale8")), top=glass)) == "RGB24"
    assert refused(device(caps("AdfSimplexInputCaps", profiles(formats="application/pdf")))) == "image/jpeg"


def test_resolutions_of_grey_do_not_count_for_colour() -> None:
    mixed = profiles("Grayscale8", dpi="600") + profiles("RGB24", dpi="300")
    assert refused(device(caps("AdfSimplexInputCaps", mixed)), dpi=600) == "600 dpi"


def test_a_profile_that_stands_elsewhere_is_found_by_its_name() -> None:
    shared = profiles(dpi="240").replace("<scan:SettingProfile>", '<scan:SettingProfile name="p1">')
    abilities = device(caps("AdfSimplexInputCaps", '<scan:SettingProfile ref="p1"/>'),
                       top=f"<scan:SettingProfiles>{shared}</scan:SettingProfiles>")
    assert abilities.capabilities.resolutions == (240,)
    assert ask(abilities, 240).dpi == 240


def test_the_format_is_named_the_newer_way_only_to_a_device_that_does_so() -> None:
    newer = profiles(more="<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>")
    assert ask(device(caps("AdfSimplexInputCaps", newer))).extended
    assert not ask(device(ONE)).extended


def test_a_range_of_resolutions_goes_in_its_steps() -> None:
    span = ("<scan:SettingProfile><scan:ColorMode>RGB24</scan:ColorMode>"
            "<scan:ResolutionRange><scan:XResolutionRange><scan:Min>100</scan:Min><scan:Max>600</scan:Max><scan:Step>100</scan:Step></scan:XResolutionRange>"
            "</scan:ResolutionRange></scan:SettingProfile>")
    abilities = device(caps("AdfSimplexInputCaps", span))
    assert abilities.capabilities.resolutions == (100, 200, 300, 400, 600)
    assert refused(abilities, dpi=150) == "150 dpi"


def test_a_resolution_that_differs_across_and_along_is_none() -> None:
    uneven = profiles(dpi="300").replace("<scan:YResolution>300", "<scan:YResolution>600")
    assert device(caps("AdfSimplexInputCaps", uneven)).capabilities.resolutions == ()


def test_the_area_is_kept_within_what_the_device_and_the_profile_take() -> None:
    narrow = device(caps("AdfSimplexInputCaps", profiles(), width=2460, height=3500))
    assert (ask(narrow).width, ask(narrow).height) == (2460, 3500)
    wide = PaperArea(overscan_mm=20, max_height_mm=300)
    asked = ask(device(ONE), area=wide)
    assert (asked.width, asked.height) == (2550, 3543)
    tall = device(ONE.replace(">300</scan:MinHeight>", ">4000</scan:MinHeight>"))
    assert ask(tall).height == 4000


def test_paper_that_would_lose_its_ink_is_refused() -> None:
    letter = device(caps("AdfSimplexInputCaps", profiles(), height=3300))
    assert refused(letter) == "297 mm > 279 mm"


def test_the_longest_paper_depends_on_the_resolution() -> None:
    rows = (LongPaper(200, 3000.0), LongPaper(300, 860.0), LongPaper(600, 350.0))
    area = PaperArea(page_height_mm=3000, long_paper=rows)
    free = device(caps("AdfSimplexInputCaps", profiles(dpi="200 300 600"), height=0))
    assert [round(ask(free, dpi, area=area).height * 25.4 / 300) for dpi in (200, 300, 600)] == [3000, 860, 350]


@pytest.mark.parametrize(("position", "offset"), [("Center", 35), ("Right", 70), ("Left", 0), ("<x/>", 0)])
def test_narrow_paper_is_looked_for_where_the_feeder_guides_it(position: str, offset: int) -> None:
    said = f"<scan:Justification><pwg:XImagePosition>{position}</pwg:XImagePosition></scan:Justification>"
    assert ask(device(ONE, said)).offset == offset


def test_what_a_device_does_not_say_is_not_held_against_it() -> None:
    silent = device("<scan:AdfSimplexInputCaps><scan:ColorMode>RGB24</scan:ColorMode></scan:AdfSimplexInputCaps>")
    asked = ask(silent, 275)
    assert (asked.width, asked.height, asked.dpi) == (2480, 3508, 275)


@pytest.mark.parametrize("version", ["", "9" * 90, "<x/>", "2.0; DROP"])
def test_a_version_that_is_none_becomes_the_oldest(version: str) -> None:
    text = f"<ScannerCapabilities><Version>{version}</Version></ScannerCapabilities>"
    assert escl_abilities.decode(text.encode()).version == "2.0"
