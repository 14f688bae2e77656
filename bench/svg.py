"""Bar charts as SVG, without a plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_COLOURS = ("#1f5fa8", "#c98a2b", "#5a8f5a", "#8a5a8f")
_BAR, _GAP, _ROW_GAP = 14, 2, 12
_LABELS, _PLOT, _VALUES = 190, 420, 70
_TOP = 58


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars: one group a row, one bar a series."""

    title: str
    unit: str
    series: tuple[str, ...]
    rows: Mapping[str, Sequence[float]]
    """For each label, one value for each series; a bar is left out where the value is nan."""
    decimals: int = 1

    def svg(self) -> str:
        """Return the chart as a document of its own."""
        row = len(self.series) * (_BAR + _GAP) + _ROW_GAP
        height = _TOP + row * len(self.rows) + 8
        width = _LABELS + _PLOT + _VALUES
        values = [v for row_values in self.rows.values() for v in row_values]
        highest = max((v for v in values if not math.isnan(v)), default=1.0)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            f'<text x="8" y="20" font-size="14" font-weight="bold">{escape(self.title)}</text>',
            *self._legend(),
        ]
        for index, (label, bars) in enumerate(self.rows.items()):
            top = _TOP + index * row
            middle = top + (row - _ROW_GAP) / 2 + 4
            parts.append(
                f'<text x="{_LABELS - 8}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>'
            )
            parts += self._bars(bars, top, highest or 1.0)
        return "\n".join([*parts, "</svg>", ""])

    def _legend(self) -> list[str]:
        parts = []
        at = _LABELS
        for name, colour in zip(self.series, _COLOURS, strict=False):
            parts.append(f'<rect x="{at}" y="32" width="12" height="12" fill="{colour}"/>')
            parts.append(f'<text x="{at + 17}" y="42">{escape(name)}</text>')
            at += 40 + 7 * len(name)
        return parts

    def _bars(self, values: Sequence[float], top: float, highest: float) -> list[str]:
        parts = []
        for number, (value, colour) in enumerate(zip(values, _COLOURS, strict=False)):
            if math.isnan(value):
                continue
            y = top + number * (_BAR + _GAP)
            length = _PLOT * value / highest
            parts.append(
                f'<rect x="{_LABELS}" y="{y:.0f}" width="{length:.1f}" height="{_BAR}" '
                f'fill="{colour}"/>'
            )
            parts.append(
                f'<text x="{_LABELS + length + 5:.1f}" y="{y + 11:.0f}">'
                f"{value:.{self.decimals}f} {escape(self.unit)}</text>"
            )
        return parts
