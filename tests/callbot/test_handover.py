"""One telephone rung for one caller: what it hears, when it counts, how it is let go."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from callbot.handover import SENTENCE_S, Approach, Party
from callbot.lines import OnLegEvent
from telephony import protocol as tp
from telephony.reception import TransferMode
from tests.dialogue.fakes import FakeSpeaker

pytestmark = pytest.mark.virtual_time

LEG = "c1-leg"
TEXT = "Tapez 1."


class Line:
    """Notes what is asked of the worker, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.playing: list[str] = []

    def dial(self, order: tp.Dial, on_event: OnLegEvent) -> None:
        self.done.append(f"dial {order.target} {order.timeout_s:.0f} {order.caller}")

    def play_to(self, leg: str, playback: str, pcm: bytes) -> None:
        self.done.append(f"play {pcm.rstrip(bytes(1)).decode()}")
        self.playing.append(playback)

    def silence(self, leg: str) -> None:
        self.done.append("silence")

    def connect(self, leg: str, *, replaces: bool, keep_caller: bool = False) -> None:
        self.done.append(f"connect {'replaces' if replaces else 'bridge'} {keep_caller}")

    def disconnect(self, leg: str) -> None:
        self.done.append("disconnect")


class Watched:
    """An approach, and what it tells its owner."""

    def __init__(self) -> None:
        self.line = Line()
        self.told: list[str] = []
        party = Party("c1", self.line, "Un habitant.", "0612345678")
        self.approach = Approach(LEG, party, FakeSpeaker(), self)

    def picked_up(self, leg: str) -> None:
        self.told.append("picked up")

    def accepted(self, leg: str) -> None:
        self.told.append("accepted")

    def connected(self, leg: str) -> None:
        self.told.append("connected")

    def ended(self, leg: str, code: int, was_connected: bool) -> None:
        self.told.append(f"ended {code} {was_connected}")

    def answer(self) -> None:
        self.approach.handle(tp.LegAnswered(leg=LEG, codec="PCMA", at=0))

    def press(self, key: str) -> None:
        self.approach.handle(tp.Digit(call=LEG, digit=key, at=0))

    def end(self, code: int = 200) -> None:
        gone = tp.LegEnded(leg=LEG, answered=True, code=code, reason="", at=0)
        self.approach.handle(gone)

    def connect(self, mode: Literal["bridge", "replaces"] = "bridge") -> None:
        self.approach.handle(tp.Connected(call="c1", leg=LEG, mode=mode, at=0))

    async def hear(self) -> None:
        """Let what is played be heard to its end, piece by piece."""
        await asyncio.sleep(1)
        for playback in self.line.playing:
            await asyncio.sleep(0.1)
            done = tp.PlaybackFinished(call=LEG, playback=playback, played_s=1, complete=True, at=0)
            self.approach.handle(done)
        self.line.playing.clear()
        await asyncio.sleep(0)


@pytest.fixture
def watched() -> Watched:
    return Watched()


async def test_a_telephone_that_rings_is_stopped_and_told_nothing(watched: Watched) -> None:
    watched.approach.ring("sip:101@pbx", 20.0)
    assert not watched.approach.answered
    watched.approach.say(TEXT)
    watched.approach.dismiss(TEXT)
    await asyncio.sleep(1)
    assert watched.line.done == ["dial sip:101@pbx 20 0612345678", "disconnect"]


async def test_whoever_picked_up_hears_a_last_sentence_to_its_end(watched: Watched) -> None:
    watched.answer()
    assert watched.approach.answered
    watched.approach.dismiss(TEXT)
    await asyncio.sleep(1)
    assert watched.line.done == ["silence", "play Tape", "play z 1."]
    await watched.hear()
    await asyncio.sleep(0)
    assert watched.line.done[3:] == ["disconnect"]


async def test_another_sentence_takes_the_place_of_the_first(watched: Watched) -> None:
    watched.answer()
    watched.approach.ask(TEXT, 10.0)
    await asyncio.sleep(1)
    watched.approach.say("Ah.")
    await asyncio.sleep(100)
    assert watched.line.done == ["play Tape", "play z 1.", "silence", "play A", "play h."]


async def test_key_1_is_waited_for_from_the_end_of_the_question(watched: Watched) -> None:
    watched.answer()
    watched.approach.ask(TEXT, 10.0)
    await watched.hear()
    await asyncio.sleep(9.9)
    assert "disconnect" not in watched.line.done
    await asyncio.sleep(0.2)
    assert watched.line.done[-1] == "disconnect"


async def test_only_key_1_of_somebody_who_is_asked_counts(watched: Watched) -> None:
    watched.press("1")
    watched.answer()
    watched.press("2")
    assert watched.told == ["picked up"]
    watched.press("1")
    assert watched.told == ["picked up", "accepted"]
    watched.approach.connect(TransferMode.BRIDGE, whisper=False)
    watched.press("1")
    assert watched.told == ["picked up", "accepted"]


@pytest.mark.parametrize(
    ("mode", "joined"),
    [
        (TransferMode.BRIDGE, "connect bridge True"),
        (TransferMode.ATTENDED, "connect replaces True"),
    ],
)
async def test_the_whisper_is_heard_before_the_caller(
    watched: Watched, mode: TransferMode, joined: str
) -> None:
    watched.answer()
    watched.approach.connect(mode, whisper=True)
    await asyncio.sleep(SENTENCE_S - 1)
    assert watched.line.done == ["play Un hab", "play itant."]
    await watched.hear()
    await asyncio.sleep(0)
    assert watched.line.done[2:] == [joined]


async def test_without_a_whisper_two_are_joined_at_once(watched: Watched) -> None:
    watched.answer()
    watched.approach.connect(TransferMode.BRIDGE, whisper=False)
    await asyncio.sleep(0)
    assert watched.line.done == ["connect bridge True"]


@pytest.mark.parametrize(("mode", "replaced"), [("bridge", False), ("replaces", True)])
async def test_two_who_talk_by_themselves_leave_nothing_to_keep(
    watched: Watched, mode: Literal["bridge", "replaces"], replaced: bool
) -> None:
    watched.answer()
    watched.connect(mode)
    assert watched.told == ["picked up", "connected"]
    assert watched.approach.replaced is replaced


async def test_a_telephone_that_cannot_be_joined_is_let_go(watched: Watched) -> None:
    watched.answer()
    watched.approach.handle(tp.ConnectFailed(call="c1", leg=LEG, code=491, reason="", at=0))
    assert watched.line.done == ["disconnect"]


async def test_each_sentence_is_waited_for(watched: Watched) -> None:
    watched.answer()
    watched.approach.ask(TEXT, 10.0)
    await watched.hear()
    watched.approach.dismiss("Trop tard.")
    await asyncio.sleep(SENTENCE_S - 1)
    assert watched.line.done[-1] == "play tard."
    await watched.hear()
    await asyncio.sleep(0)
    assert watched.line.done[-1] == "disconnect"


async def test_a_caller_who_leaves_ends_what_is_no_talk_yet(watched: Watched) -> None:
    watched.answer()
    watched.approach.caller_left()
    assert watched.line.done == ["disconnect"]
    watched.connect()
    watched.approach.caller_left()
    assert watched.line.done == ["disconnect"]
    watched.end()
    watched.approach.cancel()
    assert watched.line.done == ["disconnect"]
    assert watched.approach.over
    assert watched.told[-1] == "ended 200 True"


async def test_a_telephone_that_is_gone_is_told_nothing_more(watched: Watched) -> None:
    watched.answer()
    watched.approach.ask(TEXT, 10.0)
    watched.end(481)
    await asyncio.sleep(100)
    assert watched.line.done == []
    assert watched.told == ["picked up", "ended 481 False"]
