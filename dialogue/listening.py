"""Hearing one turn: recognition starts in the pause while the end of turn is being decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dialogue.events import SpeechPaused
from dialogue.ports import OPEN, Heard, Recogniser, ServiceUnavailableError


class EndOfTurn(Protocol):
    """How long after the last word the turn is taken."""

    def wait_s(self, expectation: str, text: str | None, voiced_s: float) -> float: ...


@dataclass(frozen=True)
class UserTurn:
    """A complete turn of the caller."""

    heard: Heard
    utterance: int
    speech_end: float
    taken_at: float
    unavailable: bool = False
    """Recognition is down: nothing could be heard."""
    kept: str = ""
    """The words as they may be recorded."""
    pcm: bytes = field(default=b"", repr=False)
    voiced_s: float = 0.0
    expectation: str = OPEN
    """What had been asked for."""


@dataclass
class _Pause:
    event: SpeechPaused
    task: asyncio.Task[Heard]
    expectation: str
    deadline: float
    revised: bool = field(default=False)


class Ear:
    """Follows the caller's speech and says when a turn is complete.

    :meth:`poll` is called whenever time has passed or :attr:`changed` was called; it returns the
    turn once the end-of-turn wait is over *and* the transcript is there. Speech that resumes
    before both discards the transcript.
    """

    def __init__(
        self,
        call: str,
        recogniser: Recogniser,
        end_of_turn: EndOfTurn,
        changed: Callable[[], None],
    ) -> None:
        self._call = call
        self._recogniser = recogniser
        self._end_of_turn = end_of_turn
        self._changed = changed
        self._pause: _Pause | None = None

    @property
    def deadline(self) -> float | None:
        """When :meth:`poll` should be called at the latest; None when nothing is pending."""
        if self._pause is None or self._pause.task.done():
            return self._pause.deadline if self._pause else None
        return None

    @property
    def busy(self) -> bool:
        """True while a pause is being recognised or waited out."""
        return self._pause is not None

    def paused(self, event: SpeechPaused, expectation: str) -> None:
        """A pause began: recognise what was said so far."""
        self.discard()
        task = asyncio.create_task(
            self._recogniser.recognise(self._call, event.pcm, event.speech_end, expectation)
        )
        task.add_done_callback(lambda _: self._changed())
        wait = self._end_of_turn.wait_s(expectation, None, event.voiced_s)
        self._pause = _Pause(event, task, expectation, event.speech_end + wait)

    def discard(self) -> None:
        """Forget the pause: the caller goes on, or the call is over."""
        if self._pause is not None:
            self._pause.task.cancel()
            self._pause = None

    def poll(self, now: float) -> UserTurn | None:
        """Return the turn when it is complete at ``now``."""
        pause = self._pause
        if pause is None or not pause.task.done():
            return None
        if pause.task.cancelled():
            self._pause = None
            return None
        error = pause.task.exception()
        heard = Heard("", 0.0, "unavailable") if error else pause.task.result()
        if not pause.revised and error is None:
            wait = self._end_of_turn.wait_s(pause.expectation, heard.text, pause.event.voiced_s)
            pause.deadline = pause.event.speech_end + wait
            pause.revised = True
        if now < pause.deadline:
            return None
        self._pause = None
        if error is not None and not isinstance(error, ServiceUnavailableError):
            raise error
        return _turn(pause, heard, now, unavailable=error is not None)


def _turn(pause: _Pause, heard: Heard, now: float, *, unavailable: bool) -> UserTurn:
    event = pause.event
    return UserTurn(
        heard,
        event.utterance,
        event.speech_end,
        now,
        unavailable,
        pcm=event.pcm,
        voiced_s=event.voiced_s,
        expectation=pause.expectation,
    )
