"""Saying one plan: sentences become audio in order, and what was really heard is known."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest

from common.audio import SAMPLE_BYTES, SAMPLE_RATE
from common.french import split_sentences
from dialogue.beep import BEEP
from dialogue.events import PlaybackFinished, PlaybackStarted
from dialogue.plan import Plan, Sentence
from dialogue.ports import Line, ServiceUnavailableError, Speaker
from dialogue.saying import Piece, Saying, clause_start

SLOW_S = 0.35
"""What is rendered ahead is there at once. What is not there after this is being computed, and the
caller will have waited for more than a second."""


class Mouth:
    """Plays one plan at a time. ``changed`` is called when rendering ends or fails.

    It may fall silent and go on: rendering continues meanwhile, and what is taken up again begins
    with the clause that was cut.
    """

    def __init__(self, line: Line, speaker: Speaker, changed: Callable[[], None]) -> None:
        self._line = line
        self._speaker = speaker
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._number = 0
        self._sayings: list[Saying] = []
        self._playing: dict[str, Piece] = {}
        self.held = False
        """True between :meth:`hold` and whatever ends it."""
        self.plan: Plan | None = None
        self.first_sample_at: float | None = None
        self.rendered_s: float | None = None
        self.failed = False

    @property
    def speaking(self) -> bool:
        """True from :meth:`say` until the last sample was heard or flushed, silences included."""
        if self.plan is None:
            return False
        return self._rendering or self.held or bool(self._playing)

    @property
    def heard_text(self) -> str:
        """What the caller heard, as it may be kept; a sentence that was cut ends in « … »."""
        return " ".join(heard for saying in self._sayings if (heard := saying.heard))

    @property
    def at_last(self) -> bool:
        """Whether the last sentence of the plan is being said, or is over."""
        return not self._rendering and all(saying.done for saying in self._sayings[:-1])

    @property
    def _rendering(self) -> bool:
        return self._task is not None and not self._task.done()

    def say(self, plan: Plan, meanwhile: str = "") -> None:
        """Start speaking a plan; what was being said is flushed.

        ``meanwhile`` is said first when the plan is slow to begin.
        """
        self.stop()
        self.plan = plan
        self.first_sample_at = None
        self.rendered_s = None
        self.failed = False
        self._sayings = []
        self._task = asyncio.create_task(self._render(plan, meanwhile))
        self._task.add_done_callback(lambda _: self._changed())

    def stop(self) -> None:
        """Flush everything that was queued (barge-in)."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._flush()
        self._playing.clear()
        self.held = False

    def hold(self) -> None:
        """Fall silent at once, ready to go on."""
        if not self.held:
            self._flush()
            self.held = True

    def resume(self) -> None:
        """Go on from the start of the clause that was cut."""
        if not self.held:
            return
        self.held = False
        self._playing.clear()
        left = [piece for saying in self._sayings for piece in saying.pieces if not piece.done]
        for piece in left:
            self._play(piece, clause_start(piece.pcm, piece.heard_s))
        self._changed()

    def playback_started(self, event: PlaybackStarted) -> None:
        """Note when the caller heard the first sample of the plan."""
        piece = self._playing.get(event.playback)
        if piece is None:
            return
        if not self.held:
            piece.started_at = event.at
        if self.first_sample_at is None:
            self.first_sample_at = event.at

    def playback_finished(self, event: PlaybackFinished) -> None:
        """Note what was heard."""
        piece = self._playing.pop(event.playback, None)
        if piece is not None:
            piece.finished(event.played_s, complete=event.complete)

    async def _render(self, plan: Plan, meanwhile: str) -> None:
        started = asyncio.get_running_loop().time()
        acknowledging = asyncio.create_task(self._acknowledge(meanwhile))
        try:
            for sentence in plan.say:
                for part in _parts(sentence):
                    await self._render_sentence(part, started)
            if plan.then == "record":
                self._beep()
        except ServiceUnavailableError:
            self.failed = True
        finally:
            acknowledging.cancel()

    async def _acknowledge(self, text: str) -> None:
        """Say ``text`` unless the plan begins soon; it is no part of what the plan says."""
        await asyncio.sleep(SLOW_S)
        if not text or self.rendered_s is not None:
            return
        with contextlib.suppress(ServiceUnavailableError):
            async for pcm in self._speaker.pieces(text):
                if self.rendered_s is None and not self.held:
                    self._play(Piece(pcm))

    async def _render_sentence(self, sentence: Sentence, started: float) -> None:
        """Play a sentence piece by piece."""
        saying = Saying(sentence)
        self._sayings.append(saying)
        keep = sentence.shown == sentence.text
        async for pcm in self._speaker.pieces(sentence.text, sentence.pace, keep=keep):
            if self.rendered_s is None:
                self.rendered_s = asyncio.get_running_loop().time() - started
            piece = Piece(pcm)
            saying.pieces.append(piece)
            if not self.held:
                self._play(piece)
        saying.rendered = True

    def _beep(self) -> None:
        """Play the tone behind all that is said."""
        piece = Piece(BEEP)
        self._sayings.append(Saying(Sentence("", ()), [piece], rendered=True))
        if not self.held:
            self._play(piece)

    def _play(self, piece: Piece, begins_s: float = 0.0) -> None:
        self._number += 1
        playback = f"p{self._number}"
        piece.begins_s = begins_s
        self._playing[playback] = piece
        self._line.play(playback, piece.pcm[round(begins_s * SAMPLE_RATE) * SAMPLE_BYTES :])

    def _flush(self) -> None:
        """Empty the line; until the line says how far it got, the clock does."""
        if self._playing and not self.held:
            now = asyncio.get_running_loop().time()
            for piece in self._playing.values():
                piece.stopped(now)
            self._line.stop_playback()


def _parts(sentence: Sentence) -> Iterator[Sentence]:
    """Yield the single sentences, each with what may be kept of it."""
    kept = split_sentences(sentence.shown)
    for text, shown in zip_longest(split_sentences(sentence.text), kept, fillvalue=""):
        if text:
            yield replace(sentence, text=text, kept=shown)
