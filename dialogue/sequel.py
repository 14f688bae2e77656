"""A caller who goes on after the turn was taken: what they say then belongs to the same turn.

A pause in the middle of a sentence can be as long as the one after its end. Where the turn was
taken too soon, the answer is taken back, and both parts are heard and answered as one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz.fuzz import ratio

from common.audio import duration_s
from common.french import fold
from dialogue.bargein import Interruptions
from dialogue.events import SpeechPaused, SpeechStarted
from dialogue.exchange import Exchange
from dialogue.listening import Ear, UserTurn
from dialogue.manager import DialogueManager
from dialogue.ports import NUMBER, Heard
from dialogue.speaking import Mouth
from dialogue.thinking import Mind

WITHIN_S: Final = 1.0
"""Who begins to speak later than this into our answer has listened to it, and answers it."""
AFTER_S: Final = 2.5
"""Nor does anybody pause for longer than this inside a sentence."""
_LONGEST_S: Final = 25.0
_LIKE_BEFORE: Final = 70
_MISHEARD: Final = 2
"""So many words more or less are heard in the same sound when more follows it."""
_REPLIES: Final = frozenset(fold("non nan stop attendez pardon allo merci").split())
"""Words that answer what we began to say, and go on with nothing."""


@dataclass(frozen=True)
class Sequel:
    """What is being said after the turn ``first`` was taken, as an utterance of its own."""

    first: UserTurn
    utterance: int

    @classmethod
    def of(cls, first: UserTurn | None, event: SpeechStarted) -> Sequel | None:
        """Return what begins now; None where it is too late to belong to the turn, or the turn
        cannot be heard again with more behind it. A number is put together elsewhere."""
        if first is None or not first.pcm or not first.heard.text.strip():
            return None
        fits = first.expectation != NUMBER and duration_s(first.pcm) < _LONGEST_S
        soon = event.at - first.speech_end <= AFTER_S
        return cls(first, event.utterance) if fits and soon else None

    def joined(self, event: SpeechPaused) -> SpeechPaused:
        """Return the pause with what was said before in front of its audio."""
        voiced_s = self.first.voiced_s + event.voiced_s
        return replace(event, pcm=self.first.pcm + event.pcm, voiced_s=voiced_s)

    def rest(self, whole: Heard) -> Heard:
        """Return what was said after the first part, of what was heard of both."""
        before, words = self.first.heard.text, whole.text.split()
        size = len(before.split())
        ends = range(max(1, size - _MISHEARD), min(len(words), size + _MISHEARD) + 1)
        alike = [(ratio(fold(before), fold(" ".join(words[:end]))), end) for end in ends]
        likeness, end = max(alike, default=(0.0, 0))
        return replace(whole, text=" ".join(words[end:])) if likeness >= _LIKE_BEFORE else whole


def goes_on(rest: Heard) -> bool:
    """Tell whether the words can belong to those before, and are no reply to us."""
    words = fold(rest.text).split()
    return bool(words) and words[0] not in _REPLIES


class Sequels:
    """Watches for a caller who goes on with the turn that is thought about, or answered."""

    def __init__(self, mouth: Mouth, interruptions: Interruptions) -> None:
        self._mouth = mouth
        self._interruptions = interruptions
        self._current: Sequel | None = None

    @property
    def begun(self) -> bool:
        """Whether what is being said, or was said last, may go on with a turn."""
        return self._current is not None

    def begin(self, event: SpeechStarted, mind: Mind, exchange: Exchange | None) -> None:
        """Somebody begins to speak while we think, answer, or listen."""
        first = mind.turn if mind.busy else None
        if exchange is not None and self._unheard(event.at):
            first = exchange.turn
        self._current = Sequel.of(first, event)

    def hear(self, event: SpeechPaused, ear: Ear, expectation: str) -> None:
        """Have the ear hear what is said, with what was said before where it belongs to that."""
        sequel = self._of(event.utterance)
        if sequel is None:
            ear.paused(event, expectation)
        else:
            ear.paused(sequel.joined(event), sequel.first.expectation)

    def rest(self, turn: UserTurn) -> Heard:
        """Return what the caller said since we began to answer."""
        sequel = self._of(turn.utterance)
        return turn.heard if sequel is None else sequel.rest(turn.heard)

    def whole(
        self, turn: UserTurn, exchange: Exchange | None, manager: DialogueManager
    ) -> UserTurn:
        """Return the turn with what it goes on with, whose answer is taken back; else without."""
        if self._of(turn.utterance) is None:
            return turn
        rest = self.rest(turn)
        if exchange is None or not goes_on(rest) or not manager.take_back():
            return replace(turn, heard=rest)
        exchange.taken_back = True
        return turn

    def _of(self, utterance: int) -> Sequel | None:
        ours = self._current is not None and self._current.utterance == utterance
        return self._current if ours else None

    def _unheard(self, at: float) -> bool:
        """Whether the caller has heard next to nothing of an answer that may be taken back."""
        if not self._mouth.speaking or not self._interruptions.possible:
            return False
        first = self._mouth.first_sample_at
        return not self._interruptions.records and (first is None or at - first <= WITHIN_S)
