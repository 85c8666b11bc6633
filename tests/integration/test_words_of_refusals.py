"""What a person reads when something is refused or done: words, in their own language, and the right exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pyhanko_certvalidator.errors import PathBuildingError

from appliance import cli, inspection, operate
from appliance.core import config, errors
from appliance.core.errors import ApplianceError, Exit
from appliance.signing import validity
from appliance.signing.keys.library import told
from appliance.signing.keys.sources import TokenSource


def test_settings_whose_root_cannot_be_read_are_the_settings_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "appliance.toml"
    path.write_text(f'[signing]\ntrust = ["{tmp_path}/none.pem"]\n', encoding="utf-8")
    assert cli.main(["check", str(path)]) == Exit.USAGE
    assert capsys.readouterr().err.startswith("K548")


def test_a_library_that_is_not_named_sends_nobody_to_the_token() -> None:
    with pytest.raises(ApplianceError) as caught:
        TokenSource(config.parse({}), "pkcs11:token=agency").there()
    assert caught.value.code == "K501"
    assert "chưa nêu thư viện PKCS#11" in caught.value.vi and "no PKCS#11" not in caught.value.vi
    assert "cắm" not in caught.value.vi and "nsert" not in caught.value.en


@pytest.mark.parametrize(("problem", "code"), [
    (pkcs11.TokenNotPresent(), "K510"), (pkcs11.DeviceMemory(), "K515"), (pkcs11.PinLocked(), "K514"),
    (pkcs11.GeneralError(), "K516")])
def test_what_a_token_says_has_words_in_both_languages(problem: pkcs11.PKCS11Error, code: str) -> None:
    found = told(problem)
    assert found.code == code and " // " not in found.vi + found.en
    vi, en = (str(errors.half(found.details["reason"], lang)) for lang in (0, errors.EN))
    assert vi in found.vi and en in found.en and vi != en and not vi.isascii()


def test_a_path_that_leads_to_no_root_is_told_without_the_name_of_a_class() -> None:
    found = validity.told(PathBuildingError("Nguyễn Văn A"))
    assert found.code == "K544" and "thiếu chứng thư gốc" in found.vi and "its root is missing" in found.en
    assert "PathBuilding" not in str(found) and "Nguyễn" not in str(found)


def test_a_root_that_is_a_key_is_named_and_not_the_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    key, file = tmp_path / "key.pem", tmp_path / "a.pdf"
    key.write_text("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n", encoding="ascii")
    file.write_bytes(b"%PDF-1.7\n")
    assert inspection.verify([str(file), "--trust", str(key)]) == Exit.FAILED
    assert f"{key}: không phải chứng thư PEM" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["press", "resume", "finish", "cancel"])
def test_an_order_to_a_device_is_answered_in_words(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    async def answered(*_: Any) -> dict[str, str]:
        return {"done": verb, "device": "desk"}

    monkeypatch.setattr(operate, "ask", answered)
    assert getattr(operate, verb)(["desk"]) == Exit.DONE
    said = capsys.readouterr().out
    assert said.startswith("desk: đã " if verb != "resume" else "desk: quét tiếp") and " / " in said
