"""Settings with which nothing could be signed are refused before they reach a daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance import readiness
from appliance.core import config
from appliance.core.errors import ApplianceError

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"
LEADER = {"code": "LD001", "name": "Lê Thị Thử", "leader": True,
          "pin": "scrypt$32768$AAAAAAAAAAAAAAAAAAAAAA==$" + "A" * 43 + "="}


@pytest.fixture
def root(tmp_path: Path, pki: Any) -> str:
    path = tmp_path / "trust.pem"
    path.write_bytes(Path(pki.root).read_bytes())
    return str(path)


def refused(tables: dict[str, Any]) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        readiness.refuse_unready(config.parse(tables))
    return caught.value


@pytest.mark.parametrize(("signing", "key"), [
    ({"token": "pkcs11:token=a"}, "signing.library"),
    ({"token": "pkcs11:token=a", "library": "/nonexistent.so"}, "signing.library"),
    ({"token": "pkcs11:token=a?module-path=/nonexistent.so", "library": LIBRARY}, "signing.library"),
    ({"token": "pkcs11:token=a;pin-value=1234", "library": LIBRARY}, "signing.token"),
    ({"token": "pkcs11:token=a", "library": LIBRARY}, "signing.trust"),
    ({"remote": {"url": "https://sign.example.invalid/csc/v1", "credential": "a"}}, "signing.trust"),
])
def test_a_key_that_could_not_sign_is_refused_by_the_name_of_its_setting(signing: dict[str, Any], key: str) -> None:
    problem = refused({"signing": signing})
    assert (problem.code, problem.details["key"]) == ("C003", key)
    assert "1234" not in str(problem)


def test_the_token_of_a_person_is_looked_at_too() -> None:
    problem = refused({"operator": [{"code": "NV1", "name": "A", "token": "pkcs11:tokn=a"}]})
    assert problem.details["key"] == "operator.NV1.token"


def test_what_would_wait_is_warned_of(root: str, capsys: pytest.CaptureFixture[str]) -> None:
    office = config.parse({
        "signing": {"token": "pkcs11:token=a", "library": LIBRARY, "trust": [root]},
        "job": [{"name": "archive"}, {"name": "counter", "rules": "onestop-ttvpcp-2023"}]})
    readiness.refuse_unready(office)
    readiness.warn(office)
    told = capsys.readouterr().err
    for code in ("K520", "K525", "K537", "K547"):
        assert code in told


def test_an_office_that_lacks_nothing_is_warned_of_nothing(root: str, capsys: pytest.CaptureFixture[str]) -> None:
    office = config.parse({
        "signing": {"token": "pkcs11:token=a", "library": LIBRARY, "trust": [root],
                    "addresses": ["http://ocsp.example.invalid"], "tsa": [{"url": "http://tsa.example.invalid"}]},
        "operator": [LEADER, {"code": "NV1", "name": "A", "token": "pkcs11:token=NV1"}],
        "job": [{"name": "archive"}, {"name": "counter", "rules": "onestop-ttvpcp-2023"}]})
    readiness.refuse_unready(office)
    readiness.warn(office)
    assert capsys.readouterr().err == ""
