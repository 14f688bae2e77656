"""A number that is keyed on the telephone; instants are seconds of the event loop's clock."""

from __future__ import annotations

from typing import Final

RESTART: Final = "*"
END: Final = "#"
AGENT_KEY: Final = "0"

LONE_ZERO_S: Final = 3.0
"""A zero that nothing follows was meant for a person, not as the beginning of a number."""
PAUSE_S: Final = 6.0
"""Whoever stops keying for so long has no more digits."""

_LENGTHS: Final = (("0033", 13), ("00", 0), ("0", 10), ("33", 11))
"""Digits of a complete number by its beginning, the first that fits; 0: the caller says when."""


class KeyPad:
    """Collects the keys of one number."""

    def __init__(self) -> None:
        self._digits = ""
        self._pressed_at = 0.0
        self._began_at = 0.0

    @property
    def began_at(self) -> float | None:
        """When the first of the digits was keyed; None when there are none."""
        return self._began_at if self._digits else None

    @property
    def deadline(self) -> float | None:
        """When :meth:`paused` has something to say; None when nothing was keyed."""
        if not self._digits:
            return None
        wait = LONE_ZERO_S if self._digits == AGENT_KEY else PAUSE_S
        return self._pressed_at + wait

    def press(self, key: str, at: float, before: str = "") -> str | None:
        """Take one key and return the digits once the number is complete, else None.

        ``before`` holds the digits that were said or keyed earlier and are still missing these.
        ``#`` ends the number, complete or not; ``*`` returns :data:`RESTART`.
        """
        if key == RESTART:
            self._digits = ""
            return RESTART
        if key == END:
            return self.take() or None
        if not self._digits:
            self._began_at = at
        self._digits += key
        self._pressed_at = at
        return self.take() if is_complete(before + self._digits) else None

    def paused(self, now: float) -> str | None:
        """Return the digits when the caller has stopped keying, :data:`AGENT_KEY` for a person."""
        deadline = self.deadline
        return self.take() if deadline is not None and now >= deadline else None

    def take(self) -> str:
        """Return what was keyed so far and forget it."""
        digits, self._digits = self._digits, ""
        return digits


def is_complete(digits: str) -> bool:
    """Tell whether no further digit can belong to this number."""
    for beginning, length in _LENGTHS:
        if digits.startswith(beginning):
            return 0 < length <= len(digits)
    return False
