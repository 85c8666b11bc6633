"""The archive's OpenAPI document, fuzzed by schemathesis: no server error, no answer that it does not have.

Requests that fit and requests that do not; afterwards the archive is up and has what it had.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from archive_stand import ReceiverProcess, small
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from appliance.receiver import openapi

EXAMPLES = 15
CHECKS = [schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance,
          response_schema_conformance, negative_data_rejection]
REFUSALS = schemathesis.Config.from_dict({"checks": {
    "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 409, 412, 413, 415, "5xx"]},
    "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 507]}}})
"""How a wrong request may be refused; 412 and 413 are the words of tus, 507 is for more than the disk has room."""

CALLS = [(path, method, mode)
         for path, calls in openapi.document()["paths"].items() for method, call in calls.items()
         for mode in schemathesis.GenerationMode
         if mode is schemathesis.GenerationMode.POSITIVE or call["parameters"] or "requestBody" in call]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReceiverProcess]:
    process = ReceiverProcess(tmp_path_factory.mktemp("archive"))
    process.start()
    try:
        yield process
    finally:
        process.kill()


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@pytest.mark.parametrize("call", CALLS, ids="-".join)
def test_whatever_is_asked_the_answer_is_one_of_the_documents(
        archive: ReceiverProcess, call: tuple[str, str, schemathesis.GenerationMode]) -> None:
    schema = schemathesis.openapi.from_url(f"{archive.url}/openapi.json", config=REFUSALS)
    path, method, mode = call

    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
              suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def asked(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS)

    asked()


def test_the_archive_is_well_after_all_that(archive: ReceiverProcess, tmp_path: Path) -> None:
    with urllib.request.urlopen(f"{archive.url}/healthz") as answer:
        assert json.load(answer)["receipts"] == 0
    complaints = (archive.root / "stderr.txt").read_text(encoding="utf-8")
    assert "Traceback" not in complaints
    assert small(tmp_path).size
