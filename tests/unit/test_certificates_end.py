"""People are told sixty days before a certificate ends, and nobody is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance import expiry
from appliance.core import clock
from appliance.core.jobs import AGENCY
from appliance.exporter.certificates import CertificatesReading
from appliance.exporter.metrics import Metrics
from appliance.signing.desk import SignerDesk
from appliance.signing.protocol import KeyFacts

NOW = clock.parse("2026-11-22T09:00:00+07:00")
PERSON = "Nguyễn Văn Đức"


def desk(tmp_path: Path, **ends: timedelta) -> SignerDesk:
    """A desk whose keys end so long from now; ``timestamp`` is the authority's."""
    made = SignerDesk(tmp_path / "s")
    for name, left in ends.items():
        end = clock.iso(NOW + left)
        if name == "timestamp":
            made.stamper_until = end
        else:
            made._keys[name] = KeyFacts(PERSON, "CA", clock.iso(NOW), end, False, "x", name=name)
    return made


def lines(tmp_path: Path, **ends: Any) -> list[dict[str, str]]:
    return expiry.told(expiry.ends(desk(tmp_path, **ends)), NOW)


@pytest.mark.parametrize(("days", "told"), [(61, 0), (60, 1), (1, 1), (-3, 1)])
def test_sixty_days_before_its_end_a_line_says_so(tmp_path: Path, days: int, told: int) -> None:
    assert len(lines(tmp_path, agency=timedelta(days=days))) == told


def test_the_line_says_the_day_and_what_to_do(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, agency=timedelta(days=30))
    assert "22/12/2026" in line["vi"]
    assert "còn 30 ngày" in line["vi"]
    assert "Hãy xin gia hạn" in line["vi"]
    assert "30 days left" in line["en"]


def test_of_several_persons_the_first_to_end_counts_and_none_is_named(tmp_path: Path) -> None:
    found = lines(tmp_path, nv1=timedelta(days=40), nv2=timedelta(days=20), timestamp=timedelta(days=10))
    assert [line["kind"] for line in found] == ["person", "timestamp"]
    assert "còn 20 ngày" in found[0]["vi"]
    assert not any(word in str(found) for word in (PERSON, "nv1", "nv2"))


def test_the_metric_has_the_end_by_purpose_and_none_where_there_is_no_certificate() -> None:
    text = Metrics().show(certificates=CertificatesReading({AGENCY: 1.7e9, "archive": 1.8e9})).decode()
    ends = [line for line in text.splitlines() if line.startswith("appliance_certificate_")]
    assert ends == ['appliance_certificate_not_after_timestamp_seconds{purpose="agency"} 1.7e+09',
                    'appliance_certificate_not_after_timestamp_seconds{purpose="archive"} 1.8e+09']
