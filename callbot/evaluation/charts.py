"""Plots of an evaluation as SVG, in French: calibration curves and bars. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from callbot.evaluation.calibration import Bin

_WIDTH, _HEIGHT = 400, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 14, 46
_LARGEST_DOT, _SMALLEST_DOT = 11.0, 3.0
_INK, _GRID, _LINE, _FILL = "#1d2733", "#d5dbe1", "#5b6875", "#1f5fa8"
_FONT = 'font-family="system-ui, sans-serif" font-size="12"'

_BAR_WIDTH, _BAR_HEIGHT, _BAR_GAP, _LABEL_WIDTH = 280, 14, 12, 130
_BAR_COLOURS = ("#1f5fa8", "#e08a1e")


def reliability(bins: Sequence[Bin], measured: str) -> str:
    """Return the calibration curve: confidence to the right, share that was right upwards.

    The larger a dot, the more sentences it stands for; on the dashed line a confidence means what
    it says. ``measured`` names what is right (French).
    """
    largest = max((b.n for b in bins), default=1)
    dots = [(_x(b.said), _y(b.right), _radius(b.n, largest), b) for b in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in dots)
    parts = [_opening(_WIDTH, _HEIGHT, f"Courbe de calibration : {measured}"), *_axes(measured)]
    parts.append(
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="{_LINE}" '
        'stroke-dasharray="5 4"/>'
    )
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_FILL}" stroke-width="1.5"/>')
    parts += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_FILL}" fill-opacity="0.75">'
        f"<title>{b.n} phrases : annoncé {_percent(b.said)}, juste {_percent(b.right)}</title>"
        "</circle>"
        for x, y, radius, b in dots
    ]
    return "\n".join([*parts, "</svg>"])


def bars(groups: Mapping[str, Sequence[float | None]], names: Sequence[str]) -> str:
    """Return horizontal bars from 0 to 100 %: for each group one bar for each of ``names``."""
    step = len(names) * _BAR_HEIGHT + _BAR_GAP
    height = len(groups) * step + 40
    width = _LABEL_WIDTH + _BAR_WIDTH + 60
    parts = [_opening(width, height, ", ".join(names))]
    for index, name in enumerate(names):
        x = _LABEL_WIDTH + index * 150
        parts.append(f'<rect x="{x}" y="4" width="10" height="10" fill="{_BAR_COLOURS[index]}"/>')
        parts.append(f'<text x="{x + 15}" y="13" {_FONT} fill="{_INK}">{escape(name)}</text>')
    for row, (group, values) in enumerate(groups.items()):
        top = 28 + row * step
        parts.append(
            f'<text x="{_LABEL_WIDTH - 8}" y="{top + step / 2 - 2:.0f}" {_FONT} fill="{_INK}" '
            f'text-anchor="end">{escape(group)}</text>'
        )
        for index, value in enumerate(values):
            parts += _bar(value, top + index * _BAR_HEIGHT, _BAR_COLOURS[index])
    return "\n".join([*parts, "</svg>"])


def _bar(value: float | None, top: float, colour: str) -> list[str]:
    if value is None:
        return []
    length = value * _BAR_WIDTH
    return [
        f'<rect x="{_LABEL_WIDTH}" y="{top}" width="{length:.1f}" height="{_BAR_HEIGHT - 2}" '
        f'fill="{colour}"/>',
        f'<text x="{_LABEL_WIDTH + length + 5:.1f}" y="{top + 10}" {_FONT} fill="{_INK}">'
        f"{_percent(value)}</text>",
    ]


def _opening(width: int, height: int, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(label)}">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    )


def _axes(measured: str) -> list[str]:
    parts = []
    for step in range(0, 11, 2):
        share = step / 10
        parts.append(
            f'<line x1="{_x(0)}" y1="{_y(share):.1f}" x2="{_x(1)}" y2="{_y(share):.1f}" '
            f'stroke="{_GRID}"/>'
            f'<text x="{_x(0) - 6}" y="{_y(share) + 4:.1f}" {_FONT} fill="{_INK}" '
            f'text-anchor="end">{_percent(share)}</text>'
            f'<text x="{_x(share):.1f}" y="{_y(0) + 17}" {_FONT} fill="{_INK}" '
            f'text-anchor="middle">{_percent(share)}</text>'
        )
    middle = (_y(0) + _y(1)) / 2
    parts.append(
        f'<text x="{(_x(0) + _x(1)) / 2}" y="{_HEIGHT - 8}" {_FONT} fill="{_INK}" '
        'text-anchor="middle">confiance annoncée</text>'
        f'<text transform="rotate(-90 13 {middle})" x="13" y="{middle}" {_FONT} fill="{_INK}" '
        f'text-anchor="middle">{escape(measured)}</text>'
    )
    return parts


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _radius(n: int, largest: int) -> float:
    """Area in proportion to the number."""
    return max(_SMALLEST_DOT, _LARGEST_DOT * math.sqrt(n / largest))


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", "\u202f%")
