"""Instants of the tests."""

from datetime import datetime

from knowledge.hours import PARIS


def at(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    """Return an instant in Paris."""
    return datetime(year, month, day, hour, minute, second, tzinfo=PARIS)
