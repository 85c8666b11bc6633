"""Draws what benches printed as one picture (SVG): every figure beside what was asked of it.

    python bench/bench_imaging.py | tee imaging.txt
    python bench/plot.py imaging.txt quality.txt --out docs/figures.svg

Of each file the last line that is a JSON object counts. A bar that crosses the line is better than asked for; the
scale is logarithmic. What was not measured stays empty.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from html import escape
from pathlib import Path

Value = float | int | None
LEAST = 1e-9
"""Stands for nought on a logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a figure: its name, the limit if there is one, whether less is better, the unit.

    Of a ``share`` that should be near one, what is missing to one is compared.
    """

    label: str
    limit: float | None = None
    less: bool = False
    unit: str = ""
    share: bool = False

    def margin(self, value: float) -> float:
        """Return how many times better than asked for a value is; below 1 it falls short."""
        limit = self.limit or 0.0
        if self.share:
            return max(1 - limit, LEAST) / max(1 - value, LEAST)
        asked, found = max(limit, LEAST), max(value, LEAST)
        return asked / found if self.less else found / asked


ASKED = {
    "analysis_cpu_ms": Asked("whole analysis of an A4 page, 300 dpi colour", 90, less=True, unit="ms CPU"),
    "vs_unpaper": Asked("whole analysis, against unpaper 7", 50, unit="times faster"),
    "skew_vs_leptonica": Asked("skew, against leptonica", 1, unit="times faster"),
    "skew_vs_jdeskew": Asked("skew, against jdeskew", 60, unit="times faster"),
    "sauvola_vs_doxapy": Asked("Sauvola, against doxapy", 4, unit="times faster"),
    "sauvola_vs_leptonica": Asked("Sauvola, against leptonica", 15, unit="times faster"),
    "sides_per_minute_per_core": Asked("sides a minute, one core", 600),
    "skew_p95_deg": Asked("error of skew, 95 of 100 pages", 0.05, less=True, unit="degrees"),
    "skew_max_deg": Asked("error of skew, worst page", 0.1, less=True, unit="degrees"),
    "skew_wide_max_deg": Asked("error of skew to 15 degrees, worst page", 0.2, less=True, unit="degrees"),
    "orientation_accuracy": Asked("pages laid the right way up"),
    "blank_f1": Asked("blank pages, F1", 0.99, share=True),
    "secret_stamp_recall": Asked("state-secret stamps found", 0.97, share=True),
    "secret_batch_recall": Asked("batches with one of them stopped", 0.99, share=True),
    "secret_false_stop_rate": Asked("false stops among near misses", 0.01, less=True),
    "qr_read_rate": Asked("QR codes read"),
    "vs_ocrmypdf": Asked("paper to receipt, against OCRmyPDF", 5, unit="times faster"),
    "vs_scanimage": Asked("capture, against scanimage", 1, unit="times faster"),
    "daemon_rss_mb": Asked("memory of the daemon", 120, less=True, unit="MB"),
    "worker_rss_mb": Asked("memory of a worker", 400, less=True, unit="MB"),
}
"""Figures that are drawn, in this order; others that a bench prints are not."""

ROW, LEFT, WIDE, RIGHT, HEAD = 26, 310, 360, 250, 58
REACH = 1.0
"""Powers of ten to either side of what was asked for."""

FONT = 'font-family="Arimo, Arial, sans-serif" font-size="13"'
SMALL = 'text-anchor="middle" font-size="10" fill="#666666"'
GOOD, SHORT, NONE = "#2a7a4b", "#b3412e", "#9a9a9a"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+", help="what benches printed")
    parser.add_argument("--out", type=Path, default=Path("figures.svg"), help="the picture (figures.svg)")
    parser.add_argument("--title", default="Measured against what was asked for")
    options = parser.parse_args()
    found: dict[str, Value] = {}
    for path in options.files:
        found |= last_figures(path.read_text(encoding="utf-8"))
    options.out.write_text(picture(found, options.title), encoding="utf-8")


def last_figures(printed: str) -> dict[str, Value]:
    """Return the figures of the last line that is a JSON object; none when there is no such line."""
    for line in reversed(printed.splitlines()):
        if line.startswith("{"):
            try:
                told = json.loads(line)
            except ValueError:
                continue
            return {key: value for key, value in told.items() if value is None or isinstance(value, int | float)}
    return {}


def picture(found: dict[str, Value], title: str) -> str:
    """Return the figures as SVG, one row each."""
    rows = [(asked, found[key]) for key, asked in ASKED.items() if key in found]
    width, height = LEFT + WIDE + RIGHT, HEAD + ROW * len(rows) + 16
    middle = LEFT + WIDE / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {FONT}>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold" fill="#222222">{escape(title)}</text>',
        *_scale(middle, height),
    ]
    for at, (asked, value) in enumerate(rows):
        parts += _row(asked, value, HEAD + at * ROW, middle)
    return "\n".join([*parts, "</svg>", ""])


def _scale(middle: float, height: int) -> list[str]:
    """Return the line of what was asked for and those of twice, five and ten times better and worse."""
    parts = []
    for times in (0.1, 0.2, 0.5, 1, 2, 5, 10):
        x = middle + math.log10(times) / REACH * WIDE / 2
        shade, name = ("#222222", "asked for") if times == 1 else ("#e4e4e4", f"{times:g}×")
        parts.append(f'<line x1="{x:.1f}" y1="{HEAD - 8}" x2="{x:.1f}" y2="{height - 12}" stroke="{shade}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEAD - 13}" {SMALL}>{name}</text>')
    return parts


def _row(asked: Asked, value: Value, top: int, middle: float) -> list[str]:
    """Return the label, the bar and the value of one figure."""
    base = top + ROW - 10
    label = f'<text x="{LEFT - 12}" y="{base}" text-anchor="end" fill="#222222">{escape(asked.label)}</text>'
    if value is None:
        return [label, f'<text x="{LEFT + WIDE + 12}" y="{base}" fill="{NONE}">not measured</text>']
    told = f"{_short(float(value))} {asked.unit}".strip()
    if asked.limit is None:
        return [label, f'<text x="{LEFT + WIDE + 12}" y="{base}" fill="#222222">{escape(told)}</text>']
    margin = asked.margin(float(value))
    reach = max(-REACH, min(REACH, math.log10(margin))) / REACH * WIDE / 2
    colour = GOOD if margin >= 1 else SHORT
    bar = (f'<rect x="{min(middle, middle + reach):.1f}" y="{top + 5}" width="{max(2.0, abs(reach)):.1f}" '
           f'height="{ROW - 12}" fill="{colour}"/>')
    sense = "at most" if asked.less else "at least"
    text = (f'<text x="{LEFT + WIDE + 12}" y="{base}" fill="#222222">{escape(told)} '
            f'<tspan fill="#777777">({sense} {asked.limit:g})</tspan></text>')
    return [label, bar, text]


def _short(value: float) -> str:
    """Return a number with three digits that count; shares near one keep four."""
    return f"{value:.4g}" if 0.9 < value < 1 else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


if __name__ == "__main__":
    main()
