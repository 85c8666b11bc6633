"""What is asked for one captured side, and how the stages see it."""

from __future__ import annotations

import json

from appliance.core.config import Config
from appliance.core.jobs import AnalyseJob, CompareSide, ReadJob
from appliance.core.model import Master, PageAnalysis, Side
from appliance.core.plain import from_plain
from appliance.core.rules import RuleProfile
from appliance.documents import patches, ways
from appliance.documents.sheet import SidePage
from appliance.spool.ledger import Row
from appliance.spool.store import Store


def master_of(row: Row) -> Master:
    """Return the master of a page row."""
    return from_plain(Master, json.loads(row["master"]))


def analysis_of(row: Row) -> PageAnalysis:
    """Return the analysis of a page row."""
    return from_plain(PageAnalysis, json.loads(row["analysis"]))


def analyse(row: Row, store: Store, config: Config, rules: RuleProfile) -> AnalyseJob:
    """Ask for a look at a captured side."""
    master = master_of(row)
    return AnalyseJob(master, str(store.master(master.path)), rules.image.limits(), config.pool.max_pixels)


def compared(row: Row, store: Store) -> CompareSide:
    """Return a captured side as it is compared with another."""
    master = master_of(row)
    return CompareSide(master, str(store.master(master.path)))


def read(row: Row, store: Store, config: Config) -> ReadJob:
    """Ask for the text of a page."""
    master, analysis = master_of(row), analysis_of(row)
    return ReadJob(
        path=str(store.master(master.path)), format=master.format, geometry=analysis.geometry,
        dpi=master.resolution, ocr_dpi=config.ocr.dpi, languages=config.ocr.languages,
        engine=config.ocr.engine, tessdata=str(config.ocr.tessdata),
        seconds=max(5, config.pool.job_seconds // 2), out=str(store.text(row["id"])),
        treatment=analysis.treatment,
    )


def side_of(row: Row) -> SidePage:
    """Return a row of the ledger as separation sees it."""
    held = row["code"] if row["state"] == "held" else ""
    if not row["analysis"]:
        return SidePage(row["id"], row["sheet"], Side(row["side"]), bool(row["blank"]), held)
    found = analysis_of(row)
    unread = any(ways.at_head(found.geometry, box) for box in found.unread)
    return SidePage(row["id"], row["sheet"], Side(row["side"]), bool(row["blank"]), held,
                    tuple(mark.text for mark in found.marks), patches.letters(found.marks), unread)
