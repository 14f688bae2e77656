"""Saying one plan: sentences become audio in order, and what was really heard is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest

from common.french import split_sentences
from dialogue.events import PlaybackFinished, PlaybackStarted
from dialogue.plan import Plan, Sentence
from dialogue.ports import Line, ServiceUnavailableError, Speaker


class Mouth:
    """Plays one plan at a time. ``changed`` is called when rendering ends or fails."""

    def __init__(self, line: Line, speaker: Speaker, changed: Callable[[], None]) -> None:
        self._line = line
        self._speaker = speaker
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._number = 0
        self._playing: dict[str, Sentence | None] = {}
        self._heard: list[str] = []
        self.plan: Plan | None = None
        self.first_sample_at: float | None = None
        self.rendered_s: float | None = None
        self.failed = False

    @property
    def speaking(self) -> bool:
        """True from :meth:`say` until the last sample was heard or flushed."""
        if self.plan is None:
            return False
        rendering = self._task is not None and not self._task.done()
        return rendering or bool(self._playing)

    @property
    def heard_text(self) -> str:
        """The sentences that the caller heard to their end, as they may be kept."""
        return " ".join(self._heard)

    def say(self, plan: Plan) -> None:
        """Start speaking a plan; what was being said is flushed."""
        self.stop()
        self.plan = plan
        self.first_sample_at = None
        self.rendered_s = None
        self.failed = False
        self._heard = []
        self._task = asyncio.create_task(self._render(plan))
        self._task.add_done_callback(lambda _: self._changed())

    def stop(self) -> None:
        """Flush everything that was queued (barge-in)."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._playing:
            self._line.stop_playback()
            self._playing.clear()

    def playback_started(self, event: PlaybackStarted) -> None:
        """Note when the caller heard the first sample of the plan."""
        if event.playback in self._playing and self.first_sample_at is None:
            self.first_sample_at = event.at

    def playback_finished(self, event: PlaybackFinished) -> None:
        """Note what was heard."""
        sentence = self._playing.pop(event.playback, None)
        if sentence is not None and event.complete:
            self._heard.append(sentence.shown)

    async def _render(self, plan: Plan) -> None:
        started = asyncio.get_running_loop().time()
        try:
            for sentence in plan.say:
                for part in _parts(sentence):
                    await self._render_sentence(part, started)
        except ServiceUnavailableError:
            self.failed = True

    async def _render_sentence(self, sentence: Sentence, started: float) -> None:
        """Play a sentence piece by piece; it counts as heard with its last piece."""
        playback = ""
        keep = sentence.shown == sentence.text
        async for pcm in self._speaker.pieces(sentence.text, sentence.pace, keep=keep):
            if self.rendered_s is None:
                self.rendered_s = asyncio.get_running_loop().time() - started
            self._number += 1
            playback = f"p{self._number}"
            self._playing[playback] = None
            self._line.play(playback, pcm)
        if playback in self._playing:
            self._playing[playback] = sentence


def _parts(sentence: Sentence) -> Iterator[Sentence]:
    """Yield the single sentences, each with what may be kept of it."""
    kept = split_sentences(sentence.shown)
    for text, shown in zip_longest(split_sentences(sentence.text), kept, fillvalue=""):
        if text:
            yield replace(sentence, text=text, kept=shown)
