"""What call-backs need of the other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from callbot.desk import Desk
from callbot.lines import LineServer
from callbot.waiting import Waiting
from dialogue.config import Phrases
from dialogue.ports import Speaker
from telephony.callbacksteps import SendText
from telephony.callbacktimes import ServiceHours
from telephony.reception import Reception

TextSender: TypeAlias = Callable[[SendText], Awaitable[bool]]


@dataclass(frozen=True)
class CallbackParts:
    """Of all call-backs; a version that is taken over replaces some."""

    waiting: Waiting
    desk: Desk
    lines: LineServer
    speaker: Speaker
    phrases: Phrases
    reception: Reception
    hours: ServiceHours
    zone: ZoneInfo
    clock: Callable[[], datetime]
    """Aware."""
    service_name: Callable[[str], str]
    """As it is spoken: « l'état civil »."""
    own_numbers: Collection[str] = ()
    """The town's, as E.164: calling them back would lead to the bot."""
    pbx: bool = True
    """The box is registered at one, where numbers can be dialled."""
    send_text: TextSender | None = None
    """Keeps the text that gives a call-back up, under its ``key``; True once it is on disk."""
