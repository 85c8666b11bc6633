"""The search page for people with a browser: three files of ``page/``, which ask the archive's own API."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent / "page"
_KINDS = {"index.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
}


def routes() -> list[web.RouteDef]:
    """Return the routes: ``/`` and what it loads."""
    return [web.get("/", _page, allow_head=False), web.get("/page/{name}", _page, allow_head=False)]


async def _page(request: web.Request) -> web.Response:
    name = request.match_info.get("name", "index.html")
    if name not in _KINDS:
        raise web.HTTPNotFound
    data = (_FOLDER / name).read_bytes()  # a few KB of the program's own
    return web.Response(body=data, headers={**_HEADERS, "Content-Type": f"{_KINDS[name]}; charset=utf-8"})
