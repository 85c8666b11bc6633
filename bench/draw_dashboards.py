"""Pictures of the dashboards, from the committed files and a real Prometheus, where there is no Grafana to look at.

    nice -n 10 .venv/bin/python bench/draw_dashboards.py --out build/dashboards

Without ``--url`` a Prometheus of its own is fed with some hours of a country of offices that never were
(``tests/fleet_feed.py``), one of which shows every metric: the page of ``tests/golden/metrics.txt``, moved a little
from scrape to scrape. The shipped rules record it all. Each board becomes an HTML page and, with chromium, a PNG.
The files' own joins, orders, units and colours are what is drawn. With ``--url`` a server that is there is asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from board_stand import Prometheus, fed, prometheus
from fleet_feed import Moved
from fleet_office import Feed

from bench.board_page import Asked, page

ROOT = Path(__file__).parents[1]
FILES = ROOT / "appliance" / "monitoring" / "shipped" / "dashboards"
GOLDEN = ROOT / "tests" / "golden" / "metrics.txt"
CHOSEN = {"province": "06", "office": "0208", "ring": ".*", "device": "tray", "instance": "archive"}
EVERYWHERE = {"appliance-plan", "appliance-pipeline", "appliance-rollout"}


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "dashboards", help="folder for the pictures")
    parser.add_argument("--url", default="", help="a Prometheus that is there")
    parser.add_argument("--hours", type=float, default=12.0, help="how far back the boards show")
    parser.add_argument("--offices", type=int, default=204, help="offices of the country that is made up")
    parser.add_argument("--board", action="append", default=[], metavar="UID", help="only these boards")
    parser.add_argument("--chosen", action="append", default=[], metavar="NAME=VALUE",
                        help="choices at their heads")
    parser.add_argument("--archive-page", type=Path, help="metrics page of an archive, to be shown as well")
    return parser.parse_args()


@contextmanager
def country(given: argparse.Namespace, end: int) -> Iterator[Prometheus]:
    """Run a Prometheus with a country's metrics and everything that the rules record of them."""
    start = end - round(given.hours * 3600)
    moved = [Moved(GOLDEN, 107)] + ([Moved(given.archive_page, None)] if given.archive_page else [])
    with tempfile.TemporaryDirectory() as folder:
        centre = Path(folder)
        print(fed(centre, Feed(given.offices, 34, start, end, 600), moved), "samples")
        look = ["--query.lookback-delta=15m"]
        for _ in range(2):  # some recordings are made of others, which the server must have read by then
            with prometheus(centre, more=look, every="1h") as server:
                record(centre, server, start, end)
        with prometheus(centre, more=look, every="5s") as server:
            time.sleep(12)  # the rules of now are worked out once or twice
            yield server


def record(centre: Path, server: Prometheus, start: int, end: int) -> None:
    """Work the recordings out for the past as well."""
    for path in (centre / "rules").glob("recording.yml"):
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "rules", f"--start={start}", f"--end={end}",
                        f"--url={server.url}", "--eval-interval=600s", f"--output-dir={centre / 'data'}",
                        str(path)],
                       check=True, capture_output=True, timeout=600)


def draw(server: Prometheus, given: argparse.Namespace, end: int) -> None:
    """Write a page and a picture of each board."""
    start = end - given.hours * 3600
    given.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(FILES.glob("*.json")):
        board = json.loads(path.read_text("utf-8"))
        if given.board and board["uid"] not in given.board:
            continue
        everywhere = {"province": ".*", "office": ".*"} if board["uid"] in EVERYWHERE else {}
        chosen = CHOSEN | everywhere | dict(one.split("=", 1) for one in given.chosen)
        asked = Asked(server.ask, lambda expr: server.over(expr, start, end, 600), start, end, chosen)
        html = given.out / f"{board['uid']}.html"
        html.write_text(page(board, asked), "utf-8")
        rows = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in board["panels"])
        picture(html, rows * 38 + 80)


def picture(html: Path, high: int) -> None:
    """Make a PNG of a page by chromium, where there is one."""
    try:
        subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                        f"--window-size=1620,{high}", f"--screenshot={html.with_suffix('.png')}", html.as_uri()],
                       check=True, capture_output=True, timeout=120)
    except FileNotFoundError:
        print("chromium is not installed: only HTML is written")


def main() -> None:
    """Draw what is asked for."""
    given = parse()
    given.out = given.out.resolve()
    end = int(time.time()) // 60 * 60
    if given.url:
        draw(Prometheus(given.url), given, end)
        return
    with country(given, end) as server:
        draw(server, given, end)


if __name__ == "__main__":
    main()
