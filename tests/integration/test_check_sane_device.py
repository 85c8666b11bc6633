"""``appliance check`` looks at how the settings name a scanner on a cable."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance import inspection
from appliance.core.errors import Exit


@pytest.mark.parametrize(("name", "warned"), [
    ("canon_dr:libusb:001:004", True), ("canon_dr:libusb", False), ("fujitsu:fi-7160:12345", False), ("", False),
])
def test_a_name_that_changes_with_every_plug_is_warned_of(
    name: str, warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "a.toml"
    given = f'sane_device = "{name}"\n' if name else ""
    settings.write_text('[office]\noperator = "An"\n[[device]]\nname = "quay1"\nkind = "sane"\n'
                        f'profile = "canon_dr-m160ii"\n{given}')
    assert inspection.check([str(settings)]) == Exit.DONE
    told = capsys.readouterr().err
    assert (f'sane_device = "{name}" of quay1 changes with every plug' in told) is warned
