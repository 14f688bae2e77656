"""Two people who talk: through this worker, or by themselves after a REFER with Replaces."""

from __future__ import annotations

from typing import Literal

from telephony.dialog import Dialog, News
from telephony.protocol import Connected
from telephony.transfer import Outcome

GOODBYE_S = 3.0
"""How long one end is kept when the other left with our REFER under way: whoever follows a REFER
may hang up on us before the new call stands, and that new call replaces the end we keep."""

OK = 200
NO_DEADLINE = float("inf")


class Bridge:
    """Joins a call and a leg, watches both, and ends the one when the other has ended.

    With ``keep_caller`` a call whose leg ends is parted from it and stays, as long as a core
    knows it.
    """

    def __init__(self, call: Dialog, leg: Dialog, *, keep_caller: bool = False) -> None:
        self.call = call
        self.leg = leg
        self.settled = False
        """Whether Connected has been told."""
        self._keep_caller = keep_caller
        self._parted = False
        self._replaced = False
        self._wait_until = NO_DEADLINE
        self._now = 0.0

    @property
    def over(self) -> bool:
        """Whether there is nobody left, or nothing more, to watch."""
        return self.settled and (self._parted or (self.call.over and self.leg.over))

    def start(self, now: float, replaces_within_s: float | None) -> None:
        """Join the two; with a time given, try to leave them to themselves."""
        self._now = now
        self.call.join(self.leg)
        if replaces_within_s is None:
            self._settle("bridge")
        else:
            self.call.refer_to_leg(self.leg, now + replaces_within_s, self._refer_news)

    def abandon(self) -> None:
        """Take the call back: nothing is joined any more, and no REFER counts."""
        self.settled = True
        self.call.forget_refer()
        self.call.part()

    def tick(self, now: float) -> None:
        """Follow both ends."""
        self._now = now
        if not self.settled:
            self._watch_refer()
        if not self.settled or self._caller_is_kept() or not (self.call.over or self.leg.over):
            return
        if self._replaced and self.call.over and not self.leg.over and now < self._wait():
            return
        for dialog in (self.call, self.leg):
            dialog.end("us", OK, "transferred" if self._replaced else "the other end left")

    def _caller_is_kept(self) -> bool:
        """Part the two when only the caller is left, and is to stay."""
        stays = self._keep_caller and not self._replaced and not self.call.handed_over
        if stays and self.call.talking and not self.leg.talking:
            self._parted = True
            self.call.part()
        return self._parted

    def _watch_refer(self) -> None:
        """One end may leave before our REFER is answered for good."""
        leg_lost = self.leg.over and (not self.call.refer_accepted or self._now >= self._wait())
        if self.call.over or leg_lost:
            self._give_up()

    def _wait(self) -> float:
        if self._wait_until == NO_DEADLINE:
            self._wait_until = self._now + GOODBYE_S
        return self._wait_until

    def _give_up(self) -> None:
        self.call.forget_refer()
        self._settle("bridge")

    def _refer_news(self, news: News) -> None:
        if not isinstance(news, Outcome) or self.settled:
            return
        if not news.ok:
            self._settle("bridge")
            return
        self._replaced = True
        self._settle("replaces")
        if not self.call.over:
            self.call.end("us", OK, "transferred")
            self.leg.end("us", OK, "transferred")

    def _settle(self, mode: Literal["bridge", "replaces"]) -> None:
        self.settled = True
        self.call.tell(Connected(call=self.call.name, leg=self.leg.name, mode=mode, at=self._now))
