"""What the bot does for a caller besides answering: texts, call-backs, voice messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from callbot.callbackactions import CallCallbacks
from callbot.callbackdesk import CallbackDesk
from callbot.texting import CallTexts, TextOffice
from callbot.voicemail import Voicemail
from common.frenchnumbers import FrenchNumber, french_number
from dialogue.ports import Errands
from knowledge.town import Town


@dataclass(frozen=True)
class ErrandDesk:
    """Makes the errands of each call."""

    texts: TextOffice
    callbacks: CallbackDesk
    voicemail: Voicemail | None
    """None where the town takes no voice messages."""
    clock: Callable[[], datetime]
    own_numbers: frozenset[str]

    def of_call(self, call: str, caller: str) -> Errands:
        """Return what can be done in one call; ``caller`` is the number as the network shows it."""
        messages = None
        if self.voicemail is not None:
            messages = CallMessages(self.voicemail, call, caller, self.clock)
        return Errands(
            texts=CallTexts(self.texts, call),
            callbacks=CallCallbacks(self.callbacks, call) if self.callbacks.enabled else None,
            messages=messages,
            own_numbers=self.own_numbers,
        )


class CallMessages:
    """See :class:`dialogue.ports.Messages`: the voice messages of one call."""

    def __init__(
        self, voicemail: Voicemail, call: str, caller: str, clock: Callable[[], datetime]
    ) -> None:
        self._voicemail = voicemail
        self._call = call
        self._caller = caller
        self._clock = clock

    def possible(self, service: str, now: datetime) -> bool:
        """Messages are taken for every service, at any time."""
        return bool(service) and now.tzinfo is not None

    async def keep(self, pcm: bytes, transcript: str, service: str) -> bool:
        """Keep one message; False when the disk does not take it."""
        return await self._voicemail.keep(
            self._call, self._caller, pcm, transcript, service, self._clock()
        )


def own_numbers(town: Town) -> frozenset[str]:
    """Return the numbers of the town's services, as E.164."""
    found = (french_number(service.phone) for service in town.services.values())
    return frozenset(number.e164 for number in found if isinstance(number, FrenchNumber))
