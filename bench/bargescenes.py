"""Callers who speak, cough or listen while the bot speaks, built and played through the box's ear.

The bot is silenced by what voice activity starts, and goes on by what the words mean, as in
``dialogue/bargein.py``; an echo comes back of what is really being played.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from asr.activity import Check, Judge, Paused, Resumed, Started, VoiceActivity
from asr.endpointing import OPEN, EndOfTurn
from bench.turnhearing import NOTHING, Recognised
from bench.turnsounds import (
    Samples,
    Scenes,
    Voices,
    at_level,
    pcm_of,
    seconds,
    silence,
    telephone,
)
from bench.turntexts import BACKCHANNELS, BOT, INTERRUPTIONS
from common.audio import FRAME_BYTES, SAMPLE_RATE
from dialogue.bargein import MAX_FALSE_STOPS, goes_on
from dialogue.ports import Heard

FRAME_S: Final = 0.02
FLUSH_S: Final = 0.03
"""From the event to the last frame on the line: the loop's tick, the socket, the bridge's clock."""
GREETING_S: Final = 0.2
"""From the answer to the first word."""
TAKEN_S: Final = 2.0
"""From the caller's last word to our first: no turn is left open over our speech."""
BOT_DB: Final = -20.0
CALLERS_DB: Final = (-30.0, -14.0)
SOFTER_DB: Final = (0.0, 3.0)
"""What is said over the bot, than what was said before."""
LEAST_CONFIDENCE: Final = 0.25
_FRAME = FRAME_BYTES // 2

Recognise: TypeAlias = Callable[[bytes], Recognised]


@dataclass(frozen=True)
class Scene:
    """One sentence of the bot, and what the caller's telephone sends meanwhile."""

    id: str
    kind: str
    line: Samples
    bot: Samples
    bot_from: float
    event_from: float | None
    """When the caller's sound begins; None when there is none."""
    text: str
    echo_db: float | None
    echo_s: float


@dataclass(frozen=True)
class Outcome:
    """What became of the bot's sentence. Durations in seconds."""

    scene: str
    kind: str
    reaction_s: float | None
    """From the caller's first sound to the bot's silence."""
    stops: int
    silent_s: float
    """How long the bot was silent in vain."""
    cut_off: bool
    """The rest was not said."""
    heard: tuple[str, ...]


class Overlaps:
    """Builds the scenes."""

    def __init__(self, scenes: Scenes, voices: Voices) -> None:
        self._scenes = scenes
        self._voices = voices
        self._random = scenes.random

    def build(self, each: int) -> list[Scene]:
        """Return ``each`` scenes of each kind."""
        built = []
        for index in range(each):
            voice = self._voices.names[index // 2 % len(self._voices.names)]
            said = self._voices.say(INTERRUPTIONS[index % len(INTERRUPTIONS)], voice)
            listens = self._voices.say(BACKCHANNELS[index % len(BACKCHANNELS)], voice)
            built += [
                self._scene(index, "interruption", said),
                self._scene(index, "interruption, television", said, "television"),
                self._scene(index, "interruption, echo", said, echo=True),
                self._scene(index, "mm-hmm", listens),
                self._scene(index, "cough", self._cough()),
                self._scene(index, "television", None, "television"),
                self._scene(index, "traffic", None, "traffic"),
                self._scene(index, "echo", None, echo=True),
            ]
        return built

    def _scene(
        self,
        index: int,
        kind: str,
        sound: Samples | None,
        background: str = "none",
        *,
        echo: bool = False,
    ) -> Scene:
        """Every other scene is a greeting; else the caller has spoken before."""
        random = self._random
        caller_db = float(random.uniform(*CALLERS_DB))
        bot = at_level(self._voices.say(BOT[index % len(BOT)], self._voices.names[0]), BOT_DB)
        begins: list[Samples] = [silence(GREETING_S)]
        if index % 2:
            row = self._scenes.rows[int(random.integers(len(self._scenes.rows)))]
            spoken = at_level(self._scenes.recorded(row), caller_db)
            begins += [spoken, silence(TAKEN_S)]
        bot_from = seconds(np.concatenate(begins))
        size = round((bot_from + seconds(bot) + 6.0) * SAMPLE_RATE)
        line = np.zeros(size, dtype=np.float32)
        before = np.concatenate(begins)
        line[: before.size] = before
        event_from = None
        if sound is not None:
            event_from = bot_from + float(random.uniform(1.5, max(2.0, seconds(bot) - 2.0)))
            at = round(event_from * SAMPLE_RATE)
            level = caller_db - float(random.uniform(*SOFTER_DB))
            line[at : at + sound.size] += at_level(sound, level)[: size - at]
        line = line + self._scenes.background(background, size, caller_db)
        gain = float(random.uniform(-30, -15)) if echo else None
        delay = float(random.uniform(0.02, 0.3))
        ours, name = BOT[index % len(BOT)], f"{kind} {index}"
        return Scene(name, kind, line, bot, bot_from, event_from, ours, gain, delay)

    def _cough(self) -> Samples:
        """Return one or two bursts of noise that die away, as a cough or a bang."""
        bursts: list[Samples] = []
        for _ in range(int(self._random.integers(1, 3))):
            length = round(float(self._random.uniform(0.12, 0.3)) * SAMPLE_RATE)
            fall = np.exp(-np.arange(length) / (0.06 * SAMPLE_RATE))
            burst = (self._random.normal(size=length) * fall).astype(np.float32)
            bursts += [burst, silence(0.12)]
        return telephone(np.concatenate(bursts))


class _Bot:
    """The bot's playback: what is sent in each frame, and how it comes back."""

    def __init__(self, scene: Scene) -> None:
        self._pcm = np.asarray(scene.bot)
        self._at = 0
        self._scene = scene
        self._sent = np.zeros(scene.line.size, dtype=np.float32)
        self.held = False
        self.stopped = False

    @property
    def done(self) -> bool:
        return self._at >= self._pcm.size

    def go_back(self, length_s: float) -> None:
        """Say again what was said last."""
        self._at = max(0, self._at - round(length_s * SAMPLE_RATE))

    def send(self, start: int) -> bytes:
        """Play one frame; empty when silent."""
        now = start / SAMPLE_RATE
        if now < self._scene.bot_from or self.held or self.stopped or self.done:
            return b""
        frame = self._pcm[self._at : self._at + _FRAME]
        self._at += _FRAME
        self._sent[start : start + frame.size] = frame
        return pcm_of(np.pad(frame, (0, _FRAME - frame.size)))

    def echo(self, start: int) -> Samples:
        """Return what comes back of it now: a direct way and a reflection."""
        if self._scene.echo_db is None:
            return np.zeros(_FRAME, dtype=np.float32)
        gain = 10 ** (self._scene.echo_db / 20)
        heard = np.zeros(_FRAME, dtype=np.float32)
        for way_s, share in ((0.0, 0.8), (0.004, 0.4), (0.011, -0.25)):
            at = start - round((self._scene.echo_s + way_s) * SAMPLE_RATE)
            if at >= 0:
                heard += gain * share * self._sent[at : at + _FRAME]
        return heard


def play(
    scene: Scene,
    judge: Judge,
    end_of_turn: EndOfTurn,
    recognise: Recognise | None,
    *,
    aware: bool = True,
    check: Check | None = None,
) -> Outcome:
    """Play one scene.

    Args:
        judge: what takes frames for voice.
        end_of_turn: how long what was said is waited out.
        recognise: None: nothing is ever heard, every stop is in vain.
        aware: whether voice activity is told what is played.
        check: second opinion on what begins to sound like voice.
    """
    activity, bot = VoiceActivity(judge=judge, check=check), _Bot(scene)
    reaction: float | None = None
    stops, in_vain, silent_s, held_at = 0, 0, 0.0, 0.0
    due: tuple[float, int, Recognised] | None = None
    heard: list[str] = []
    for start in range(0, scene.line.size - _FRAME, _FRAME):
        now = (start + _FRAME) / SAMPLE_RATE
        sent = bot.send(start)
        frame = pcm_of(scene.line[start : start + _FRAME] + bot.echo(start))
        for event in activity.feed(frame, now, sent if aware else b""):
            talks = scene.bot_from <= now and not bot.done and not bot.stopped
            if isinstance(event, Started | Resumed):
                due = None
                if talks and not bot.held and in_vain < MAX_FALSE_STOPS:
                    bot.held, held_at = True, now
                    stops += 1
                    if scene.event_from is not None and reaction is None and now > scene.event_from:
                        reaction = now + FLUSH_S - scene.event_from
            elif isinstance(event, Paused):
                said = recognise(event.pcm) if recognise is not None else NOTHING
                due = (_taken_at(event, said, end_of_turn), event.utterance, said)
        if due is None or now < due[0]:
            continue
        (_, utterance, said), due = due, None
        activity.close(utterance)
        if now < scene.bot_from or bot.stopped:
            continue
        heard.append(said.text)
        words, noise = Heard(said.text, said.confidence), said.confidence < LEAST_CONFIDENCE
        if noise or goes_on(words, scene.text, asking=False, parting=False):
            if bot.held:
                in_vain += 1
                silent_s += now - held_at
                bot.held = False
                bot.go_back(0.5)
        elif not bot.done:
            bot.stopped = True
    return Outcome(scene.id, scene.kind, reaction, stops, silent_s, bot.stopped, tuple(heard))


def _taken_at(paused: Paused, said: Recognised, end_of_turn: EndOfTurn) -> float:
    """Return when the turn is taken, unless more is said."""
    wait_s = end_of_turn.wait_s(OPEN, said.text, paused.voiced_s)
    return max(paused.at + said.cpu_s, paused.speech_end + wait_s)
