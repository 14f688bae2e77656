"""How long a caller who says nothing is waited for. Instants: seconds of the event loop's clock."""

from __future__ import annotations

from dialogue.config import Waits


class Patience:
    """Counts from when we began to listen and from when the caller was last heard."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._quiet_since = 0.0
        self._listening_since = 0.0
        self.held = False
        """The caller has put us on hold: nothing is expected of them."""

    def begin(self, now: float) -> None:
        """We listen from now on."""
        self._quiet_since = self._listening_since = now

    def heard(self, at: float) -> None:
        """The caller spoke, or pressed a key, until then."""
        self._quiet_since = at

    def deadline(self, *, busy: bool) -> float | None:
        """Return when patience ends: later when something is being said; None on hold."""
        if self.held:
            return None
        limit = self._listening_since + self._waits.ecoute_max
        return limit if busy else min(self._quiet_since + self._waits.silence, limit)

    def over(self, now: float, *, busy: bool) -> bool:
        """Tell whether the silence has lasted too long."""
        deadline = self.deadline(busy=busy)
        return deadline is not None and now >= deadline
