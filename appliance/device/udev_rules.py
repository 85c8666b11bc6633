"""The udev rules that make the system give our scanners to the scanner group. Pure; made from the profiles.

Written for every USB id of a profile that Debian does not know by itself; for a model whose product id nobody
has told us, by vendor and product text. The name 60-... puts them before libsane's 99-..., which gives the
group its access.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appliance.device.profile import FirmwareProfile

HEAD = """\
# Scanners that Debian's hardware database does not know. Made from firmware_profiles/*.toml by
#   appliance profiles rules > systemd/60-appliance-scanners.rules
# To be installed as /etc/udev/rules.d/60-appliance-scanners.rules; then: udevadm control --reload; udevadm trigger

ACTION=="remove", GOTO="appliance_scanners_end"
SUBSYSTEM!="usb", GOTO="appliance_scanners_end"
ENV{DEVTYPE}!="usb_device", GOTO="appliance_scanners_end"
"""

TAIL = """
ENV{appliance_scanner}!="yes", GOTO="appliance_scanners_end"
ENV{libsane_matched}="yes", GROUP="scanner", MODE="0664"
# A scanner that USB puts to sleep misses the press of its button.
TEST=="power/control", ATTR{power/control}="on"

LABEL="appliance_scanners_end"
"""


def rules(profiles: Iterable[FirmwareProfile]) -> str:
    """Return the text of the rule file, in the order of the profiles' names."""
    lines = [line for one in sorted(profiles, key=lambda one: one.name) for line in _of(one)]
    return HEAD + "\n".join(lines) + "\n" + TAIL


def _of(one: FirmwareProfile) -> Iterator[str]:
    if one.match.in_hwdb or not (one.match.usb or one.match.usb_vendor):
        return
    yield f"\n# {one.model} ({one.name})"
    for usb_id in one.match.usb:
        vendor, _, product = usb_id.partition(":")
        yield f'ATTR{{idVendor}}=="{vendor}", ATTR{{idProduct}}=="{product}", ENV{{appliance_scanner}}="yes"'
    if one.match.usb_vendor:
        yield (f'ATTR{{idVendor}}=="{one.match.usb_vendor}", ATTR{{product}}=="*{one.match.usb_product}*", '
               'ENV{appliance_scanner}="yes"')
