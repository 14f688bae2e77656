"""Transfer by REFER, as a state machine without a clock and without SIP."""

from __future__ import annotations

import re
from dataclasses import dataclass

_USER = r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_PARAMS = r"(?:;[A-Za-z0-9\-_.!~*'+%]+(?:=[A-Za-z0-9\-_.!~*'+%]+)?)*"
_SIP = re.compile(rf"sips?:(?:{_USER}@)?{_HOST}(?::[0-9]{{1,5}})?{_PARAMS}", re.IGNORECASE)
_TEL = re.compile(rf"tel:\+?[0-9.\-()*#]+{_PARAMS}", re.IGNORECASE)

REQUEST_TIMEOUT = 408
TEMPORARILY_UNAVAILABLE = 480
NOT_IMPLEMENTED = 501


def is_target(uri: str) -> bool:
    """Tell whether ``uri`` is a plain SIP or telephone address that a REFER may carry.

    Header fields in the URI (``?Replaces=…``), angle brackets, spaces and line ends are refused.
    """
    return len(uri) <= 256 and bool(_SIP.fullmatch(uri) or _TEL.fullmatch(uri))


@dataclass(frozen=True)
class Progress:
    """A provisional answer of the target."""

    code: int


@dataclass(frozen=True)
class Outcome:
    """The transfer is over; failed ones leave the call with us."""

    ok: bool
    code: int
    reason: str


class TransferState:
    """One transfer. Each method returns what it made known; nothing after the outcome."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self.accepted = False
        """The peer said that it follows the REFER."""
        self._last_code = 0
        self.over = False

    def answered(self, code: int, reason: str) -> Outcome | None:
        """The final answer to the REFER itself."""
        if self.over or code < 200:
            return None
        if code < 300:
            self.accepted = True
            return None
        if code == REQUEST_TIMEOUT:
            return self._end(ok=False, code=code, reason=reason)
        return self._end(ok=False, code=NOT_IMPLEMENTED, reason=f"REFER: {code} {reason}")

    def notified(self, code: int, reason: str, *, final: bool) -> Progress | Outcome | None:
        """A NOTIFY with the state of the new call."""
        if self.over:
            return None
        if code >= 200:
            return self._end(ok=code < 300, code=code, reason=reason)
        if final:
            return self._end(ok=False, code=TEMPORARILY_UNAVAILABLE, reason="no final answer")
        news = code != self._last_code
        self.accepted = True
        self._last_code = code
        return Progress(code) if news else None

    def leg_ended(self) -> Outcome | None:
        """The peer ended the call: after accepting, many do so instead of the last NOTIFY."""
        if self.over:
            return None
        if self.accepted:
            return self._end(ok=True, code=self._last_code or 202, reason="leg ended by the peer")
        return self._end(ok=False, code=487, reason="leg ended by the peer")

    def tick(self, now: float) -> Outcome | None:
        """Our own time-out."""
        if self.over or now < self._deadline:
            return None
        return self._end(ok=False, code=REQUEST_TIMEOUT, reason="time-out")

    def _end(self, *, ok: bool, code: int, reason: str) -> Outcome:
        self.over = True
        return Outcome(ok, code, reason)
