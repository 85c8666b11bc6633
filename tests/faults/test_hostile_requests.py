"""Requests that no honest office makes, at every route: refused with a reason, no error of the archive's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from reading_stand import ASKER, OWN, REVIEWER, Town, town

UUID = "0198f3c0-1111-7000-8000-0000000000f0"


async def raw(place: Town, seat: str, request: bytes) -> bytes:
    """Send bytes as they are over an office's connection; return all that comes back until it is closed."""
    context = place.authority.client(place.authority.folder / f"{seat}.pem")
    port = int(place.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(request)
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


CLOSE = b"Host: a\r\nConnection: close\r\n"
TUS = b"Tus-Resumable: 1.0.0\r\n"
SHA = b"Upload-Metadata: sha256 " + b"YWFh" * 21 + b"YQ==\r\n"


@pytest.mark.parametrize("request_", [
    b"POST /files HTTP/1.1\r\n" + CLOSE + TUS + b"Upload-Length: 5\r\nUpload-Metadata: sha256 \xff\xfe\r\n\r\n",
    b"POST /files HTTP/1.1\r\n" + CLOSE + TUS + b"Upload-Length: 5\r\n" + SHA.rstrip() + b",x\xff YQ==\r\n\r\n",
    b"POST /files HTTP/1.1\r\n" + CLOSE + TUS + b"Upload-Length: \xff\r\n" + SHA + b"\r\n",
    b"HEAD /files/%00 HTTP/1.1\r\n" + CLOSE + TUS + b"\r\n",
    b"HEAD /files/%ff HTTP/1.1\r\n" + CLOSE + TUS + b"\r\n",
    b"HEAD /files/%ed%a0%80 HTTP/1.1\r\n" + CLOSE + TUS + b"\r\n",
    b"HEAD /files/\xff HTTP/1.1\r\n" + CLOSE + TUS + b"\r\n",
    b"GET /receipts/%ff HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"GET /receipts/..%2f..%2fkeys%2freceipt.pem HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"GET /page/..%2fsearch_page.py HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"GET /page/%2e%2e/search_page.py HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"GET /readings/%00%00 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"DELETE /rescans/%ff HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"POST /search HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    b"POST /search HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"POST /search HTTP/1.1\r\n" + CLOSE + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\n{}\n",
    b"POST /search HTTP/1.1\r\n" + CLOSE + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n{}\n",
    b"POST /search HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"GET /policy HTTP/1.1\r\n" + CLOSE + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /policy HTTP/1.1\r\n" + CLOSE + b"".join(b"X%d: a\r\n" % n for n in range(5000)) + b"\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"GET /policy HTTP/9.9\r\n" + CLOSE + b"\r\n",
    b"\x16\x03\x01\x00\xff\r\n\r\n",
    b"TRACE /metrics HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"POST /healthz HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"POST /metrics HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"CONNECT other:443 HTTP/1.1\r\n" + CLOSE + b"\r\n",
])
async def test_words_that_are_no_request(request_: bytes, tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        answer = await raw(place, OWN, request_)
        assert answer == b"" or 400 <= status(answer) < 500, answer
        assert (await place.ask(OWN, "GET", "/policy"))[0] == 200


@pytest.mark.parametrize("body", [b"zz\r\nabc\r\n0\r\n\r\n",
                                  b"-5\r\nabcde\r\n0\r\n\r\n", b"ffffffffffffffffff\r\nabc\r\n0\r\n\r\n"])
@pytest.mark.parametrize("checked", [b"", b"Upload-Checksum: sha256 YWFh\r\n"])
async def test_an_upload_in_broken_chunks(body: bytes, checked: bytes, tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        at = (await place.announce(OWN, 100, "a" * 64)).headers["Location"].encode()
        head = (b"PATCH " + at + b" HTTP/1.1\r\n" + CLOSE + TUS + b"Upload-Offset: 0\r\n" + checked
                + b"Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = await raw(place, OWN, head + body)
        assert answer == b"" or 400 <= status(answer) < 500, answer
        assert (await place.patch(OWN, at.decode(), 0, b"y" * 100)).status in {204, 409}


@pytest.mark.parametrize(("path", "body"), [
    ("/search", {"asker": ASKER | {"person": "x\ud800y"}, "find": {"text": "a"}}),
    ("/search", {"asker": ASKER | {"reason": "\udfff" * 9}, "find": {"text": "a"}}),
    ("/search", {"asker": ASKER, "find": {"text": "\ud800"}}),
    ("/search", {"asker": ASKER, "find": {"\ud800": "a"}}),
    ("/readings", {"asker": ASKER | {"person": "x\ud800y"}, "package": UUID}),
    ("/requests", {"asker": ASKER | {"person": "x\ud800y"}, "package": UUID}),
    ("/rescans", {"package": UUID, "doc_code": "a", "page": 1, "reason": "x\ud800y", "person": "ab"}),
    ("/search", {"asker": ASKER, "find": {"text": "a", "limit": 10**400}}),
])
async def test_letters_that_are_none(path: str, body: dict[str, object], tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        answer = await place.ask(REVIEWER, "POST", path, body)
        assert answer[0] == 400
