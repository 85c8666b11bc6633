"""Counts what is logged, by level; of what a line says nothing is kept."""

from __future__ import annotations

import logging

from prometheus_client import Counter

NAMES = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error",
         logging.CRITICAL: "critical"}


class LogCount(logging.Handler):
    """A handler of the daemon's log that writes nothing."""

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line; a level between two counts as the lower one."""
        known = max((level for level in NAMES if level <= record.levelno), default=logging.DEBUG)
        self._counter.labels(NAMES[known]).inc()
