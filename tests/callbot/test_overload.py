"""Calls that come when the box is short of breath."""

from __future__ import annotations

import asyncio

from callbot.admission import Level
from callbot.assistant import load_assistant
from callbot.overload import Apology, Overload
from callbot.paths import Paths
from dialogue import events as ev
from tests import virtual_time
from tests.dialogue.fakes import FakeLine, FakeRecorder, FakeSpeaker

TEXT = "Toutes nos lignes sont occupées. Au revoir."


class Scene:
    """One call that is apologised to."""

    def __init__(self) -> None:
        self.line = FakeLine(lambda event: self.apology.post(event))
        self.speaker = FakeSpeaker()
        self.recorder = FakeRecorder()
        self.apology = Apology(self.line, self.speaker, TEXT, self.recorder)

    def run(self, *events: ev.Event) -> float:
        """Return how long it took, in seconds."""

        async def scene() -> float:
            loop = asyncio.get_running_loop()
            for event in events:
                self.apology.post(event)
            begun = loop.time()
            await self.apology.run()
            return loop.time() - begun

        taken: float = virtual_time.run(scene())
        return taken


def test_the_caller_hears_the_whole_apology_and_is_let_go() -> None:
    scene = Scene()
    scene.run(ev.Answered(1000.0))
    assert "".join(scene.line.said) == TEXT
    assert scene.line.hung_up
    assert not scene.line.playing
    assert scene.recorder.events == ["lignes_occupees"]
    assert scene.recorder.result == ("failed", None)


def test_nobody_speaks_to_a_caller_who_has_hung_up() -> None:
    scene = Scene()
    scene.run(ev.Ended("caller", 1000.0))
    assert scene.line.said == []
    assert not scene.line.hung_up


def test_a_voice_that_is_down_still_lets_the_caller_go() -> None:
    scene = Scene()
    scene.speaker.down = True
    scene.run(ev.Answered(1000.0))
    assert scene.line.hung_up


def test_a_line_that_says_nothing_is_not_waited_for_for_ever() -> None:
    scene = Scene()
    assert scene.run() < 60
    assert scene.line.hung_up


def test_the_box_notices_that_it_has_recovered_though_nobody_calls() -> None:
    told: list[int] = []

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        overload = Overload(told.append, loop.time)
        watch = asyncio.create_task(overload.run())
        await asyncio.sleep(0)
        for _ in range(5):
            overload.recognition_waited(3.0)
        await asyncio.sleep(1.5)
        assert told == [Level.FULL]
        await asyncio.sleep(90)
        assert told[-1] == Level.USUAL
        watch.cancel()

    virtual_time.run(scene())
    assert told == [Level.FULL, Level.SHORT, Level.USUAL]


def test_the_shorter_dialogue_asks_less_and_hands_over_sooner() -> None:
    usual = load_assistant(Paths.choose())
    short = usual.hurried().dialogue
    assert short.echecs_max == 1 < usual.dialogue.echecs_max
    assert short.seuils.confirmer == short.seuils.accepter == usual.dialogue.seuils.accepter
    assert usual.phrases.say("lignes_occupees")
