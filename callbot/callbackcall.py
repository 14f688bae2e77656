"""One call-back on the telephones: the agent who holds the line, then the resident."""

from __future__ import annotations

from typing import Protocol

from callbot.callbackevents import CallEvent, Happened
from callbot.handover import Approach, Party
from callbot.placedlines import PlacedLine
from dialogue.config import Phrases
from dialogue.ports import Speaker
from telephony.reception import TransferMode

RESIDENT_RING_S = 25.0
"""Most voice mails take over later: an agent had better not talk to one."""


OK = 200


class Follower(Protocol):
    """Who decides what happens next."""

    def happened(self, call: CallbackCall, event: CallEvent) -> None: ...


class CallbackCall:
    """Both legs of one call-back; :class:`callbot.handover.Watcher` of each."""

    def __init__(
        self,
        callback: str,
        agent: str,
        staff: Approach,
        line: PlacedLine,
        speaker: Speaker,
        phrases: Phrases,
        follower: Follower,
    ) -> None:
        """``staff`` has been picked up, and is this call's from now on."""
        self.callback = callback
        self.agent = agent
        self.joined = False
        """Whether the two have heard each other."""
        self._staff = staff
        self._line = line
        self._speaker = speaker
        self._phrases = phrases
        self._follower = follower
        self._resident: Approach | None = None
        line.take(staff.leg)
        staff.watch(self)

    @property
    def room(self) -> bool:
        """Whether there is a line for the resident."""
        return self._line.room

    @property
    def staff_gone(self) -> bool:
        """Whether the agent has hung up."""
        return self._staff.over

    def dial(self, target: str, shown: str) -> None:
        """Tell the agent, and ring the resident; ``shown`` is the number that they see."""
        if self._staff.over:
            return
        self._staff.say(self._phrases.say("rappel_compose"))
        greeting = self._phrases.say("rappel_bonjour")
        party = Party(self._staff.caller.call, self._line, greeting, shown)
        self._resident = Approach(f"{self._staff.leg}/habitant", party, self._speaker, self)
        self._resident.ring(target, RESIDENT_RING_S)

    def join(self) -> None:
        """Tell the resident who calls, and let the two talk."""
        if self._resident is not None and self._resident.answered and not self._staff.over:
            self._resident.connect(TransferMode.BRIDGE, whisper=True)

    def drop_resident(self) -> None:
        """Stop ringing the resident; one who picked up hears why nobody is there."""
        if self._resident is not None:
            self._resident.dismiss(self._phrases.say("rappel_excuse"))

    def release_staff(self, text: str) -> None:
        """Tell the agent why it is over, and hang up."""
        self._staff.dismiss(text)

    def give_up(self) -> None:
        """Hang up on both."""
        for approach in (self._staff, self._resident):
            if approach is not None:
                approach.cancel()

    def close(self) -> None:
        """Stop what still runs here; the legs are left alone."""
        for approach in (self._staff, self._resident):
            if approach is not None:
                approach.close()

    # What the telephones do (handover.Watcher)

    def picked_up(self, leg: str) -> None:
        """The resident picked up."""
        self._tell(Happened.RESIDENT_ANSWERED, OK)

    def accepted(self, leg: str) -> None:
        """Key 1 again: the agent has the call-back already."""

    def connected(self, leg: str) -> None:
        """The two hear each other."""
        self.joined = True

    def ended(self, leg: str, code: int, was_connected: bool) -> None:
        """One of the two is gone."""
        staff = leg == self._staff.leg
        self._tell(Happened.STAFF_GONE if staff else Happened.RESIDENT_GONE, code)

    def _tell(self, what: Happened, code: int) -> None:
        self._follower.happened(self, CallEvent(what, code, self.joined))
