"""What the dialogue needs from the other rooms; ``callbot`` fills these protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

Behaviour = Literal[
    "repondre",
    "transferer",
    "refuser",
    "rediriger",
    "urgence",
    "social",
    "hors_sujet",
    "sms",
    "rappel",
]

FIRST, OPEN, YES_NO, NUMBER = "premier", "libre", "oui_non", "numero"
STREET, DAY = "rue", "jour"
"""What a question of ours asks for. FIRST: the caller has not said anything yet; that may not be
French. OPEN: nothing certain."""


@dataclass(frozen=True)
class Heard:
    """What the caller said, as recognised. ``confidence`` is 0 to 1; empty text: nothing."""

    text: str
    confidence: float
    reason: str = ""
    queued_s: float = 0.0
    compute_s: float = 0.0
    language: str = ""
    """ISO 639-1 code, where it was recognised for sure."""


class Recogniser(Protocol):
    """Turns one utterance into text. Cancelling the call withdraws the request."""

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        """``expects`` is the kind of answer that our open question asks for.

        Raises ServiceUnavailableError when recognition is down.
        """
        ...


class Speaker(Protocol):
    """Turns one sentence into PCM at the box's sample rate."""

    def pieces(self, text: str, pace: float = 1.0, *, keep: bool = True) -> AsyncIterator[bytes]:
        """Yield audio to be played one piece after the other, the first one soon.

        ``keep`` False: the sentence holds personal data, and its audio is not kept for later.

        Raises:
            ServiceUnavailableError: speech is down.
        """
        ...


class Line(Protocol):
    """The caller's leg. Calls return at once; effects come back as events."""

    def answer(self) -> None: ...
    def play(self, playback: str, pcm: bytes) -> None: ...
    def stop_playback(self) -> None: ...
    def close_utterance(self, utterance: int) -> None: ...
    def hang_up(self) -> None: ...


class Handover(Protocol):
    """Finds a person for this caller; what comes of it arrives as Queued and TransferFinished."""

    def start(self, service: str, whisper: str, *, urgent: bool, struggling: bool) -> None:
        """``whisper`` is said to whoever picks up."""
        ...

    def leave(self) -> None:
        """The caller no longer wants to wait."""
        ...


class Engine(Protocol):
    """The dialogue engine (Rasa)."""

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        """Return intents with probabilities, best first; raises ServiceUnavailableError."""
        ...

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Tell the engine what was understood, get what to do; raises ServiceUnavailableError."""
        ...

    async def forget(self, conversation: str) -> None:
        """Drop what the engine knows of a finished conversation."""
        ...


class Intents(Protocol):
    """What the town's YAML says of each intent."""

    def behaviour(self, intent: str) -> Behaviour: ...
    def service_of(self, intent: str) -> str | None: ...
    def threshold(self, intent: str) -> float | None: ...
    def subject(self, intent: str) -> str | None: ...
    def examples(self, intent: str) -> tuple[str, ...]: ...


class Day(Protocol):
    """A day that the caller named."""

    @property
    def surface(self) -> str: ...


class Reply(Protocol):
    """An answer made of knowledge entries, each named in ``sources``."""

    @property
    def text(self) -> str: ...
    @property
    def sources(self) -> tuple[str, ...]: ...
    @property
    def service(self) -> str | None: ...
    @property
    def decision(self) -> str: ...
    @property
    def intents(self) -> tuple[str, ...]:
        """The intents that it answers; () for what only the search finds."""
        ...

    @property
    def simple(self) -> str | None:
        """The same in few plain words, where the town has written that."""
        ...

    @property
    def sms(self) -> str | None:
        """The same facts to be read, where a text message helps."""
        ...

    @property
    def sms_offered(self) -> bool:
        """True when it is worth offering the text; else it is sent only when asked for."""
        ...

    @property
    def sms_source(self) -> str:
        """Names what the text says, the same one whenever it is said."""
        ...


@dataclass(frozen=True)
class Closed:
    """A service that is closed at the moment of the call."""

    reply: Reply
    """Says so, and when it opens."""
    rings: bool
    """Its telephone rings all the same."""


class Facts(Protocol):
    """The town's knowledge."""

    @property
    def main_service(self) -> str: ...
    @property
    def default_place(self) -> str: ...
    def place(self, text: str, intent: str) -> str | None: ...
    def places(self, text: str, intent: str) -> tuple[str, ...]:
        """Return the places that a question names in a row; () for one or none."""
        ...

    def service(self, text: str) -> str | None: ...
    def day(self, text: str, now: datetime) -> Day | None: ...
    def answer(
        self, intent: str, text: str, lieu: str | None, day: Day | None, now: datetime
    ) -> Reply | None: ...
    def personal(self, text: str, intent: str) -> bool:
        """Tell whether only a person may answer: it is about somebody's own file."""
        ...

    def detail(self, text: str) -> bool:
        """Tell whether a detail is asked for: the price, the papers, the delay, where to go."""
        ...

    def place_phrase(self, place: str) -> str:
        """Return the place after "à": "à la piscine", "au musée"."""
        ...

    def service_of_place(self, place: str) -> str | None: ...
    def place_of_service(self, service: str) -> str | None: ...
    def service_name(self, service: str) -> str: ...
    def street(self, text: str) -> str | None:
        """Return the street of the town that the caller names."""
        ...

    def near_streets(self, text: str, intent: str, *, answers: bool) -> tuple[str, ...]:
        """Return the streets that may be meant where none is sure, the likeliest first.

        ``answers``: the text answers our question for a street.
        """
        ...

    def search(self, text: str, now: datetime) -> Reply | None:
        """Return what the town knows about a request that no intent covers; None when unsure."""
        ...

    def chance(self, text: str, intent: str) -> float:
        """Return how probable the town's entries for an intent, found by their meaning, are what
        is asked for; 1 where there are none."""
        ...

    def when_closed(self, service: str, now: datetime) -> Closed | None: ...
    def when_unreachable(self, service: str, now: datetime) -> Reply: ...


TextOutcome = Literal[
    "queued", "waiting", "already", "limited", "stopped", "refused", "unavailable"
]
"""``queued``: on disk, and on its way. ``waiting``: on disk, and no gateway works now.
``already``: the same text was asked for before.
``limited``: too many texts for this number or for today. ``stopped``: the resident wants none.
``refused``: none is sent to such a number."""


class Texts(Protocol):
    """Sends answers to residents as text messages."""

    async def send(self, reply: Reply, number: str, consent: str) -> TextOutcome:
        """Keep a text for ``number`` (E.164); ``consent`` is how the resident agreed.

        Raises:
            ServiceUnavailableError: nothing could be kept.
        """
        ...


PromiseOutcome = Literal["new", "kept", "renewed", "handled_today"]
"""``kept``: it was promised before. ``handled_today``: the resident was called back today already,
and nothing is promised unless it is asked ``again``."""


@dataclass(frozen=True)
class Promise:
    """What became of a request to be called back."""

    outcome: PromiseOutcome
    due: datetime | None = None
    """Not before then; None: as soon as somebody is free."""


class CallBacks(Protocol):
    """Has residents called back by staff."""

    def possible(self, service: str) -> bool:
        """Tell whether people of this service call residents back."""
        ...

    async def request(
        self,
        service: str,
        number: str,
        reason: str,
        *,
        again: bool = False,
        waiting_since: datetime | None = None,
    ) -> Promise:
        """Promise a call to ``number`` (E.164); ``reason`` is in the caller's words.

        ``waiting_since``: since when the caller has waited for a person, None: not at all.

        Raises:
            ServiceUnavailableError: nothing is promised.
        """
        ...


class Messages(Protocol):
    """Keeps what residents leave for staff when nobody is there."""

    def possible(self, service: str, now: datetime) -> bool:
        """Tell whether the town takes messages for this service at ``now``."""
        ...

    async def keep(self, pcm: bytes, transcript: str, service: str) -> bool:
        """Keep a message; False, or ServiceUnavailableError, when it is not kept."""
        ...


@dataclass(frozen=True)
class Errands:
    """What the bot can do for a caller besides answering; None: not in this town."""

    texts: Texts | None = None
    callbacks: CallBacks | None = None
    messages: Messages | None = None
    own_numbers: frozenset[str] = frozenset()
    """The town's numbers as E.164: calling them back would lead to the bot."""


class ServiceUnavailableError(Exception):
    """A process that the dialogue needs does not answer."""
