"""Recognition and the wait for the end of a turn overlap, on virtual time."""

from __future__ import annotations

import asyncio

import pytest

from dialogue.events import SpeechPaused
from dialogue.listening import Ear, UserTurn
from dialogue.ports import OPEN, YES_NO
from tests import virtual_time
from tests.dialogue.fakes import FakeRecogniser

PAUSE_S = 0.12
WAITS = {None: 0.5, "la piscine": 0.4, "je voudrais": 1.4, "oui": 0.3}


class Waits:
    """Waits by the words, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def wait_s(self, expectation: str, text: str | None, voiced_s: float) -> float:
        self.asked.append((expectation, text))
        return WAITS[text]


class Listening:
    """An ear, and the loop that asks it whenever it wants to be asked."""

    def __init__(self, takes_s: float) -> None:
        self.recogniser = FakeRecogniser(takes_s)
        self.waits = Waits()
        self._woken = asyncio.Event()
        self.ear = Ear("c1", self.recogniser, self.waits, self._woken.set)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def pause(self, text: str, expectation: str = OPEN) -> float:
        """The caller has just paused; return when the last word ended."""
        end = self.now - PAUSE_S
        self.ear.paused(SpeechPaused(1, text.encode(), 1.0, end, self.now), expectation)
        return end

    async def turn(self) -> UserTurn:
        """Return the next turn, as soon as it is taken."""
        while (turn := self.ear.poll(self.now)) is None:
            self._woken.clear()
            try:
                async with asyncio.timeout_at(self.ear.deadline):
                    await self._woken.wait()
            except TimeoutError:
                continue
        return turn


def taken(text: str, takes_s: float, expectation: str = OPEN) -> tuple[UserTurn, Listening, float]:
    """Pause once; return the turn, and how long after the last word it was taken."""

    async def scene() -> tuple[UserTurn, Listening, float]:
        listening = Listening(takes_s)
        end = listening.pause(text, expectation)
        turn = await listening.turn()
        return turn, listening, turn.taken_at - end

    found: tuple[UserTurn, Listening, float] = virtual_time.run(scene())
    return found


@pytest.mark.parametrize(
    ("text", "takes_s", "after_s"),
    [
        ("la piscine", 0.1, 0.4),  # the words are there before the wait is over
        ("la piscine", 0.35, PAUSE_S + 0.35),  # they come later: the turn is taken with them
        ("je voudrais", 0.35, 1.4),
        ("je voudrais", 2.0, PAUSE_S + 2.0),
    ],
)
def test_the_wait_and_recognition_never_add_up(text: str, takes_s: float, after_s: float) -> None:
    turn, listening, waited_s = taken(text, takes_s)
    assert waited_s == pytest.approx(after_s)
    assert turn.heard.text == text
    assert len(listening.recogniser.expected) == 1


def test_a_yes_is_waited_for_as_an_answer() -> None:
    turn, listening, waited_s = taken("oui", 0.1, YES_NO)
    assert waited_s == pytest.approx(0.3)
    assert listening.waits.asked == [(YES_NO, None), (YES_NO, "oui")]
    assert turn.expectation == YES_NO


def test_speech_that_goes_on_withdraws_what_was_being_recognised() -> None:
    async def scene() -> Listening:
        listening = Listening(0.3)
        listening.pause("je voudrais")
        await asyncio.sleep(0.1)
        listening.ear.discard()
        await asyncio.sleep(1.0)
        assert listening.ear.poll(listening.now) is None and not listening.ear.busy
        listening.pause("la piscine")
        assert (await listening.turn()).heard.text == "la piscine"
        return listening

    assert virtual_time.run(scene()).recogniser.cancelled == 1


def test_a_turn_keeps_what_it_takes_to_be_heard_again() -> None:
    turn, _, _ = taken("la piscine", 0.1)
    assert (turn.pcm, turn.voiced_s, turn.utterance) == (b"la piscine", 1.0, 1)


def test_without_recognition_the_turn_is_taken_all_the_same() -> None:
    async def scene() -> UserTurn:
        listening = Listening(0.1)
        listening.recogniser.down = True
        listening.pause("la piscine")
        return await listening.turn()

    turn = virtual_time.run(scene())
    assert turn.unavailable and turn.heard.text == ""
