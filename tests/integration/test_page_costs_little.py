"""What a page may cost beside the look itself: one decode, memory used again, and no pixels between processes."""

from __future__ import annotations

import hashlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import simplejpeg

from appliance.core.config import Config
from appliance.core.jobs import AnalyseJob, Job
from appliance.core.limits import ImageLimits
from appliance.core.model import ImageFormat, ImageRules, Master
from appliance.core.plain import to_plain
from appliance.demo.defects import Look, scan
from appliance.demo.letters import make_letter
from appliance.pool_wire import Handlers, encode, encode_outcome, perform

RULES = ImageRules(200, True, limits=ImageLimits())
WIDTH, HEIGHT = 2480, 3508


@pytest.fixture(scope="module")
def handlers() -> Handlers:
    from appliance.handlers import product_handlers

    return product_handlers(Config())


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A look at an ordinary A4 letter, 300 dpi, colour."""
    path: Path = tmp_path_factory.mktemp("page") / "letter.jpg"
    data = scan(make_letter(Random(5), 300)[0], Look(skew=0.7), 5)
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    master = Master("letter.jpg", digest, len(data), ImageFormat.JPEG, WIDTH, HEIGHT, 3, 300)
    return Job("analyse-1", "analyse", to_plain(AnalyseJob(master, str(path), RULES, 200_000_000)))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The pixels of each decode."""
    sizes: list[int] = []
    real = simplejpeg.decode_jpeg

    def counted(*args: object, **kwargs: object) -> object:
        image = real(*args, **kwargs)
        sizes.append(image.shape[0] * image.shape[1])
        return image

    monkeypatch.setattr(simplejpeg, "decode_jpeg", counted)
    yield sizes


def test_an_ordinary_page_is_decoded_once_and_at_half_its_size(handlers: Handlers, job: Job,
                                                               decoded: list[int]) -> None:
    assert perform(handlers, job).ok
    assert decoded == [(WIDTH // 2) * (HEIGHT // 2)]


def test_names_travel_between_processes_and_never_pixels(handlers: Handlers, job: Job) -> None:
    outcome = perform(handlers, job)
    assert len(encode("job", job=job)) < 4096
    assert len(encode_outcome(outcome)) < 16_384


@pytest.mark.skipif(sys.platform != "linux", reason="not run: only glibc keeps freed memory")
def test_memory_of_one_page_is_used_again_for_the_next(handlers: Handlers, job: Job) -> None:
    for _ in range(4):
        perform(handlers, job)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        perform(handlers, job)
    fresh = (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 5 * 4096
    print(f"{fresh / 1e6:.2f} MB fresh memory a page")
    assert fresh < 3 * (WIDTH // 2) * (HEIGHT // 2) / 2, "less than half of one colour picture is fresh memory"
