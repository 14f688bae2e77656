"""What became of the callers who wanted a human: the counts of the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from console.metrics import Metrics
from console.ports import DayCounts

Result: TypeAlias = Literal["reached", "refused", "abandoned"]

ASKED = "transfert"
RESULTS: dict[str, Result] = {
    "transfert_abouti": "reached",
    "transfert_echoue": "refused",
    "attente_abandonnee": "abandoned",
}
KINDS = frozenset({ASKED, *RESULTS})
"""The points of a call's timeline that are counted here."""


@dataclass
class _Wish:
    asked_at: datetime
    result: Result | None = None
    waited_s: float | None = None


class DayTally:
    """Counts each call once: a caller who was refused, asked again and reached somebody was
    reached."""

    def __init__(
        self, zone: ZoneInfo, metrics: Metrics, changed: Callable[[DayCounts], None]
    ) -> None:
        self._zone = zone
        self._metrics = metrics
        self._changed = changed
        self._day: date | None = None
        self._wishes: dict[str, _Wish] = {}

    def event(self, call: str, kind: str, at: datetime) -> None:
        """Take in one point of a call's timeline; others than KINDS are ignored."""
        if kind in KINDS:
            if kind == ASKED and call not in self._wishes:
                self._metrics.transfer("asked")
            self._take(call, kind, at)
            self._changed(self.counts(at))

    def ended(self, call: str) -> None:
        """The call is over: what it came to is final."""
        wish = self._wishes.get(call)
        if wish is not None and wish.result is not None:
            self._metrics.transfer(wish.result)

    def restore(self, call: str, kind: str, at: datetime) -> None:
        """Take in what the history holds of today, without counting it for the metrics again."""
        if kind in KINDS:
            self._take(call, kind, at)

    def counts(self, now: datetime) -> DayCounts:
        """Return the counts of the day of ``now``."""
        self._turn_to(now)
        wishes = self._wishes.values()
        waits = [wish.waited_s for wish in wishes if wish.waited_s is not None]
        return DayCounts(
            day=now.astimezone(self._zone).date(),
            transfers_asked=len(wishes),
            transfers_reached=sum(wish.result == "reached" for wish in wishes),
            transfers_refused=sum(wish.result == "refused" for wish in wishes),
            transfers_abandoned=sum(wish.result == "abandoned" for wish in wishes),
            mean_wait_s=sum(waits) / len(waits) if waits else None,
        )

    def _take(self, call: str, kind: str, at: datetime) -> None:
        self._turn_to(at)
        wish = self._wishes.get(call)
        if kind == ASKED:
            if wish is None:
                self._wishes[call] = _Wish(at)
            elif wish.result != "reached":
                wish.asked_at, wish.result = at, None
            return
        if wish is None or wish.result == "reached":
            return
        wish.result = RESULTS[kind]
        if wish.result == "reached":
            wish.waited_s = (at - wish.asked_at).total_seconds()

    def _turn_to(self, now: datetime) -> None:
        day = now.astimezone(self._zone).date()
        if day != self._day:
            self._day = day
            self._wishes.clear()
