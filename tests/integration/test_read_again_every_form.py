"""Filed pages are read again out of a package of whichever form; one without a document never counts as read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from filed_packages import filed_package

import appliance
from appliance import second_reading
from appliance.archive.packages.package import FORMS
from appliance.core import errors, files
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Job, Recipe, Reread, RereadJob
from appliance.core.plain import to_plain
from appliance.pool_wire import Handlers

OCR = Config().ocr


@pytest.fixture(scope="module")
def handlers() -> Handlers:
    from appliance.handlers import product_handlers

    return product_handlers(Config())


def reread(handlers: Handlers, package: Path, out: Path, seconds: float = 60.0) -> Reread:
    models = second_reading.models_of("vie", OCR.tessdata)
    recipe = Recipe("vie", OCR.engine, OCR.dpi, models, appliance.__version__)
    sha256 = files.sha256_of(package)
    order = RereadJob(str(package), sha256, str(out), recipe, str(OCR.tessdata), 200_000_000, seconds)
    found: Reread = second_reading.SecondReading(handlers).reread(Job("r", "reread", to_plain(order), seconds=600))
    return found


def test_the_pages_of_one_dossier_are_the_same_in_every_form_and_are_read_once(
        handlers: Handlers, tmp_path: Path) -> None:
    told = []
    for layout in sorted(FORMS):
        package = filed_package(tmp_path / layout, 7, 1, layout)
        found = reread(handlers, package, tmp_path / "out")
        assert (found.pages, found.left, found.unread) == (1, 0, ())
        record = second_reading.record_of(tmp_path / "out", files.sha256_of(package))
        told.append((found.fresh, json.loads(record.read_bytes())["pages"]))
    assert [fresh for fresh, _ in told] == [1, 0, 0]
    assert told[0][1] == told[1][1] == told[2][1]
    assert told[0][1][0]["document"] == "H49.64.33.2001.7.1"


def test_a_package_without_a_document_is_told_and_leaves_no_record(tmp_path: Path) -> None:
    package = tmp_path / "other.zip"
    with zipfile.ZipFile(package, "w") as other:
        other.writestr("bag/data/one.pdf", b"%PDF-")
    with pytest.raises(ApplianceError) as caught:
        reread({}, package, tmp_path / "out")
    assert caught.value.code == "P708"
    assert not (tmp_path / "out").exists()


def test_pages_without_a_text_that_outlast_a_slice_are_tried_once_and_the_package_ends(tmp_path: Path) -> None:
    tried: list[str] = []

    def unreadable(job: Job) -> None:
        tried.append(job.id)
        raise errors.IMAGE_UNDECODABLE.error(reason="toy")

    package = filed_package(tmp_path / "package", 7, 3)
    left = [reread({"analyse": unreadable}, package, tmp_path / "out", 0.0).left for _ in range(3)]
    assert left == [2, 1, 0]
    assert len(tried) == len(set(tried)) == 3
    pages = json.loads(second_reading.record_of(tmp_path / "out", files.sha256_of(package)).read_bytes())["pages"]
    assert [page["code"] for page in pages] == [errors.IMAGE_UNDECODABLE.code] * 3
    assert not second_reading.part_of(tmp_path / "out", files.sha256_of(package)).exists()
