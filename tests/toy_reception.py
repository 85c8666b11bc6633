"""A toy reception software: takes components by its folder or by HTTP and answers; misfortunes on demand."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

FORMAT = "onestop-answer/1"


@dataclass
class ToyReception:
    """What it has filed, by id, and how it misbehaves.

    Attributes:
        late: it answers 202 and decides when ``decide`` is called.
        refuse: reasons by reception code for which it refuses.
        broken: statuses by reception code that it answers instead.
        down: status that it answers to everything; 0: none.
        retry_after: what it says with ``down``.
        deaf: it takes what comes and its answer is lost, so often.
    """

    filed: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    recalled: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    late: bool = False
    down: int = 0
    retry_after: str = ""
    deaf: int = 0

    def take(self, sidecar: dict[str, Any], data: bytes) -> dict[str, str]:
        """File a component that is what its sidecar says; return the answer."""
        key = sidecar["id"]
        if hashlib.sha256(data).hexdigest() != sidecar["sha256"] or len(data) != sidecar["size"]:
            self.refused[key] = "SHA-256"
        elif sidecar["reception_code"] in self.refuse:
            self.refused[key] = self.refuse[sidecar["reception_code"]]
        else:
            self.refused.pop(key, None)
            self.filed[key], self.files[key] = sidecar, data
        return self.answer(key, sidecar["sha256"])

    def recall(self, note: dict[str, Any]) -> dict[str, str]:
        """Take a component out again."""
        self.filed.pop(note["id"], None)
        self.recalled[note["id"]] = note["reason"]
        return self.answer(note["id"], note["sha256"])

    def answer(self, key: str, sha256: str) -> dict[str, str]:
        """Return what it says of a component."""
        status = "recalled" if key in self.recalled else "refused" if key in self.refused else "confirmed"
        return {"format": FORMAT, "id": key, "sha256": sha256, "status": status,
                "reason": self.refused.get(key, "")}

    def decide(self) -> None:
        """Look at what came and was not decided."""
        for sidecar, data in self.waiting.values():
            self.take(sidecar, data)
        self.waiting.clear()

    def look(self, folder: Path) -> None:
        """Go through the folder once, as reception software does every few seconds."""
        for path in sorted((folder / "out").glob("*.json")):
            said = json.loads(path.read_bytes())
            answer = (self.recall(said) if said["format"] == "onestop-recall/1"
                      else self.take(said, (folder / "out" / said["file"]).read_bytes()))
            (folder / "in" / f"{said['id']}.json").write_text(json.dumps(answer))

    def app(self) -> web.Application:
        """Return it as a web service."""
        app = web.Application(middlewares=[self._misfortunes], client_max_size=1 << 30)
        app.add_routes([web.put("/api/components/{id}", self._put), web.get("/api/components/{id}", self._get),
                        web.delete("/api/components/{id}", self._delete)])
        return app

    @web.middleware
    async def _misfortunes(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.method)
        self.tokens.append(request.headers.get("Authorization", ""))
        if self.down:
            headers = {"Retry-After": self.retry_after} if self.retry_after else {}
            return web.Response(status=self.down, headers=headers)
        answer: web.StreamResponse = await handler(request)
        if self.deaf and request.method == "PUT":
            self.deaf -= 1
            assert request.transport is not None
            request.transport.abort()
        return answer

    async def _put(self, request: web.Request) -> web.Response:
        reader = await request.multipart()
        sidecar, file = await reader.next(), None
        assert sidecar is not None and getattr(sidecar, "name", "") == "sidecar"
        said = json.loads(await sidecar.read())  # type: ignore[union-attr]
        file = await reader.next()
        assert file is not None and getattr(file, "name", "") == "file"
        data = bytes(await file.read())  # type: ignore[union-attr]
        assert said["id"] == request.match_info["id"]
        if status := self.broken.get(said["reception_code"]):
            return web.Response(status=status)
        if self.late:
            self.waiting[said["id"]] = (said, data)
            return web.Response(status=202, headers={"Retry-After": "0"})
        answer = self.take(said, data)
        return web.json_response(answer, status=422 if answer["status"] == "refused" else 201)

    async def _get(self, request: web.Request) -> web.Response:
        key = request.match_info["id"]
        if key in self.waiting:
            return web.Response(status=202)
        if key not in self.filed and key not in self.refused:
            return web.Response(status=404)
        sha256 = self.filed[key]["sha256"] if key in self.filed else ""
        return web.json_response(self.answer(key, sha256))

    async def _delete(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.filed:
            return web.Response(status=404)
        return web.json_response(self.recall(await request.json()))


@asynccontextmanager
async def serving(toy: ToyReception, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve it on this host; give its address."""
    runner = web.AppRunner(toy.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}/api"
    finally:
        await runner.cleanup()
