"""What is logged is counted by level, and by nothing else."""

from __future__ import annotations

import logging
import re

from appliance.exporter.metrics import Metrics


def counts(metrics: Metrics) -> dict[str, float]:
    text = metrics.show().decode()
    found = re.findall(r'^appliance_log_messages_total\{level="(\w+)"\} (\S+)', text, flags=re.MULTILINE)
    return {level: float(n) for level, n in found}


def test_every_level_begins_at_zero() -> None:
    assert counts(Metrics()) == dict.fromkeys(("debug", "info", "warning", "error", "critical"), 0.0)


def test_a_line_counts_once_under_its_level_and_its_words_go_nowhere() -> None:
    metrics, log = Metrics(), logging.getLogger("test.counted")
    log.propagate, log.level = False, logging.DEBUG
    log.addHandler(metrics.log)
    log.debug("x")
    log.warning("Trần Thị Bí Mật")
    log.warning("again")
    log.log(logging.WARNING + 5, "between two levels")
    log.log(1, "below all")
    log.error("x")
    log.critical("x")
    assert counts(metrics) == {"debug": 1, "info": 0, "warning": 3, "error": 1, "critical": 1}
    assert "Bí Mật" not in metrics.show().decode()
