"""A short word while an answer is being computed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dialogue import events as ev
from dialogue.plan import Plan, Sentence
from dialogue.ports import ServiceUnavailableError
from dialogue.speaking import Mouth
from tests import virtual_time
from tests.dialogue.fakes import FakeLine

WORD = "Je regarde."
ANSWER = "La mairie est ouverte."


class OneSlow:
    """Knows the short word at once; the answer takes a while."""

    def __init__(self, takes_s: float, down: bool = False) -> None:
        self.takes_s = takes_s
        self.down = down

    async def pieces(
        self, text: str, pace: float = 1.0, *, keep: bool = True
    ) -> AsyncIterator[bytes]:
        if text == WORD and self.down:
            raise ServiceUnavailableError("down")
        if text == ANSWER:
            await asyncio.sleep(self.takes_s)
        yield text.encode().ljust(32_000, b"\0")


def said(speaker: OneSlow, *, stopped_after_s: float | None = None) -> tuple[Mouth, list[str]]:
    async def scene() -> tuple[Mouth, list[str]]:
        line = FakeLine(lambda event: hear(event))
        mouth = Mouth(line, speaker, lambda: None)

        def hear(event: ev.Event) -> None:
            if isinstance(event, ev.PlaybackStarted):
                mouth.playback_started(event)
            elif isinstance(event, ev.PlaybackFinished):
                mouth.playback_finished(event)

        mouth.say(Plan((Sentence(ANSWER, ("source",)),), "listen", "answer"), WORD)
        if stopped_after_s is not None:
            await asyncio.sleep(stopped_after_s)
            mouth.stop()
        await asyncio.sleep(10)
        assert not mouth.speaking
        return mouth, line.said

    found: tuple[Mouth, list[str]] = virtual_time.run(scene())
    return found


@pytest.mark.parametrize(
    ("takes_s", "expected"),
    [(0.0, [ANSWER]), (0.3, [ANSWER]), (0.5, [WORD, ANSWER]), (3.0, [WORD, ANSWER])],
)
def test_the_word_comes_only_before_a_slow_answer(takes_s: float, expected: list[str]) -> None:
    mouth, heard = said(OneSlow(takes_s))
    assert heard == expected
    assert mouth.heard_text == ANSWER


def test_a_word_that_cannot_be_said_does_not_spoil_the_answer() -> None:
    mouth, heard = said(OneSlow(3.0, down=True))
    assert heard == [ANSWER]
    assert not mouth.failed


def test_a_caller_who_goes_on_hears_neither() -> None:
    _, heard = said(OneSlow(3.0), stopped_after_s=0.2)
    assert heard == []
