"""Curves and stacked bars as SVG, for a report that needs nothing else. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 170, 20, 45
_COLOURS = (
    "#1b6ca8", "#d1603d", "#3d8361", "#8a5a9e", "#b58a2b", "#5b6770", "#a83254", "#2a9d8f",
)  # fmt: skip
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_TICKS = 5


@dataclass(frozen=True)
class Chart:
    """One drawing. Every series has a value, or None, for each of ``places``."""

    title: str
    places: Sequence[str]
    """What stands under the horizontal axis."""
    across: str
    unit: str
    series: Mapping[str, Sequence[float | None]]
    marks: Mapping[str, float] = field(default_factory=dict)
    """Horizontal lines, such as targets."""


def curves(chart: Chart) -> str:
    """Return the series as lines over the places, evenly spaced."""
    top = _top(
        [v for values in chart.series.values() for v in values if v is not None]
        + list(chart.marks.values())
    )
    body = []
    for number, (name, values) in enumerate(chart.series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [
            (_x(at, len(chart.places)), _y(value, top))
            for at, value in enumerate(values)
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        body.append(_legend(number, name, colour))
    return _drawing(chart, top, body)


def stacks(chart: Chart) -> str:
    """Return the series as parts of one bar for each place."""
    sums = [sum(v or 0.0 for v in column) for column in zip(*chart.series.values(), strict=True)]
    top = _top([*sums, *chart.marks.values()])
    width = min(60.0, (WIDTH - _LEFT - _RIGHT) / max(1, len(chart.places)) * 0.6)
    heights = [0.0] * len(chart.places)
    body = []
    for number, (name, values) in enumerate(chart.series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        for at, value in enumerate(values):
            low, heights[at] = heights[at], heights[at] + (value or 0.0)
            x, y = _x(at, len(chart.places)) - width / 2, _y(heights[at], top)
            body.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{_y(low, top) - y:.1f}" fill="{colour}"/>'
            )
        body.append(_legend(number, name, colour))
    return _drawing(chart, top, body)


def _drawing(chart: Chart, top: float, body: Sequence[str]) -> str:
    inner = WIDTH - _RIGHT
    lines = []
    for step in range(_TICKS + 1):
        value = top * step / _TICKS
        y = _y(value, top)
        lines.append(f'<line class="grille" x1="{_LEFT}" y1="{y:.1f}" x2="{inner}" y2="{y:.1f}"/>')
        lines.append(_text(_LEFT - 8, y + 4, _number(value), "end"))
    for name, value in chart.marks.items():
        y = _y(value, top)
        lines.append(f'<line class="seuil" x1="{_LEFT}" y1="{y:.1f}" x2="{inner}" y2="{y:.1f}"/>')
        lines.append(_text(inner - 4, y - 4, name, "end"))
    for at, place in enumerate(chart.places):
        lines.append(_text(_x(at, len(chart.places)), HEIGHT - _BOTTOM + 18, place, "middle"))
    lines.append(_text((_LEFT + inner) / 2, HEIGHT - 6, chart.across, "middle"))
    lines.append(_text(_LEFT, _TOP - 6, chart.unit, "middle"))
    title = escape(chart.title)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
        f"<title>{title}</title>{''.join(lines)}{''.join(body)}</svg>"
    )


def _legend(number: int, name: str, colour: str) -> str:
    x, y = WIDTH - _RIGHT + 16, _TOP + 10 + number * 20
    square = f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>'
    return square + _text(x + 16, y, name, "start")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _x(at: int, places: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (at + 0.5) / max(1, places)


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top


def _top(values: Sequence[float]) -> float:
    """Return a round number that is at least the greatest value."""
    greatest = max(values, default=0.0)
    if greatest <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= greatest:
        power *= 10
    while power > greatest:
        power /= 10
    return next(power * nice for nice in _NICE if power * nice >= greatest)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")
