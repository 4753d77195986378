"""Charts as inline SVG. They are as wide as a phone, and grow with their column."""

from __future__ import annotations

import html
import typing as t
from dataclasses import dataclass

from report.numbers import number

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

WIDTH = 360
LINE_HEIGHT = 34
LETTER = 7.2
"""How wide a letter is, at most as a rule."""
COLOURS = 5
"""So many classes ``c0`` … has the style sheet."""


@dataclass(frozen=True)
class Bar:
    """A horizontal bar.

    Attributes:
        label: What it stands for.
        value: Its length.
        shown: Its value for people.
        colour: Number of its colour.
    """

    label: str
    value: float
    shown: str
    colour: int = 0


@dataclass(frozen=True)
class Series:
    """A line over time.

    Attributes:
        label: What it stands for.
        points: Days and values, in the order of the days.
        shown: Its last value for people.
    """

    label: str
    points: Sequence[tuple[date, float]]
    shown: str


def bars(title: str, values: Sequence[Bar]) -> str:
    """Return a chart of horizontal bars, each below its label and value."""
    longest = max((abs(bar.value) for bar in values), default=0) or 1
    parts = []
    for place, bar in enumerate(values):
        top = place * LINE_HEIGHT
        length = max(abs(bar.value) / longest * WIDTH, 1)
        below = " below" if bar.value < 0 else ""
        parts.append(
            f'<text x="0" y="{top + 12}">{html.escape(_cut(bar.label, bar.shown))}</text>'
            f'<text x="{WIDTH}" y="{top + 12}" class="end">{html.escape(bar.shown)}</text>'
            f'<rect x="0" y="{top + 17}" width="{WIDTH}" height="8" rx="2" class="track"/>'
            f'<rect x="0" y="{top + 17}" width="{length:.1f}" height="8" rx="2" '
            f'class="c{bar.colour % COLOURS}{below}"/>'
        )
    return _svg(title, len(values) * LINE_HEIGHT, parts)


def lines(title: str, series: Sequence[Series], height: int = 60) -> str:
    """Return a chart of lines over the same days, one below the other, each to its own scale."""
    days = sorted({day for each in series for day, _ in each.points})
    if not days:
        return ""
    first, span = days[0].toordinal(), max((days[-1] - days[0]).days, 1)
    tall = height + 30
    parts = []
    for place, each in enumerate(series):
        top = place * tall + 20
        highest = max(*(value for _, value in each.points), 1)
        spots = [
            (
                (day.toordinal() - first) / span * WIDTH,
                top + (1 - max(value, 0) / highest) * height,
            )
            for day, value in each.points
        ]
        # Until today it stays what it was last.
        spots.append((WIDTH, spots[-1][1]))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        colour = place % COLOURS
        parts.append(
            f'<text x="0" y="{top - 8}">{html.escape(_cut(each.label, each.shown))}</text>'
            f'<text x="{WIDTH}" y="{top - 8}" class="end">{html.escape(each.shown)}</text>'
            f'<line x1="0" x2="{WIDTH}" y1="{top + height}" y2="{top + height}" class="grid"/>'
            f'<polyline points="{path}" class="l{colour}"/>'
            f'<circle cx="{spots[0][0]:.1f}" cy="{spots[0][1]:.1f}" r="3" class="c{colour}"/>'
        )
    bottom = len(series) * tall + 6
    parts.append(
        f'<text x="0" y="{bottom}" class="axis">{days[0]}</text>'
        f'<text x="{WIDTH}" y="{bottom}" class="axis end">{days[-1]}</text>'
    )
    return _svg(title, bottom + 4, parts)


def columns(
    title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]
) -> str:
    """Return a chart of vertical columns in groups, with a legend above."""
    height, top = 150, 24
    highest = max((value for _, values in series for value in values), default=0) or 1
    group = WIDTH / max(len(labels), 1)
    wide = max(group / (len(series) + 0.6), 1)
    parts = [
        f'<rect x="{place * 110}" y="3" width="10" height="10" rx="2" class="c{place}"/>'
        f'<text x="{place * 110 + 16}" y="12">{html.escape(label)}</text>'
        for place, (label, _) in enumerate(series)
    ]
    parts.append(f'<text x="{WIDTH}" y="12" class="axis end">max {number(highest)}</text>')
    for at, label in enumerate(labels):
        for place, (_, values) in enumerate(series):
            tall = max(values[at], 0) / highest * height
            parts.append(
                f'<rect x="{at * group + place * wide:.1f}" y="{top + height - tall:.1f}" '
                f'width="{wide * 0.9:.1f}" height="{tall:.1f}" class="c{place}"/>'
            )
        if at % 3 == len(labels) % 3 or len(labels) < 4:  # noqa: PLR2004 - every third has room
            parts.append(
                f'<text x="{at * group:.1f}" y="{top + height + 14}" class="axis">'
                f"{html.escape(label)}</text>"
            )
    return _svg(title, top + height + 20, parts)


def _cut(label: str, shown: str) -> str:
    """Return as much of a label as there is room for beside a value."""
    room = int((WIDTH - LETTER * len(shown)) / LETTER) - 1
    return label if len(label) <= room else label[: room - 1].rstrip() + "…"


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {max(height, 1):.0f}" role="img" '
        f'aria-label="{html.escape(title, quote=True)}">'
        f"<title>{html.escape(title)}</title>{''.join(parts)}</svg>"
    )
