"""What becomes of calls that come when the box is short of breath: see :mod:`callbot.admission`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from callbot.admission import Admission, Level
from common import logs
from dialogue import events as ev
from dialogue.ports import Line, ServiceUnavailableError, Speaker
from dialogue.record import Recorder

ANSWER_S = 10.0
APOLOGY_S = 20.0
HANG_UP_S = 5.0
_WATCH_S = 1.0

log = logs.get(part="overload")


class Overload:
    """Watches the admission, so that it recovers even when nobody calls."""

    def __init__(
        self, changed: Callable[[int], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``changed`` is told the level whenever it is another one."""
        self._changed = changed
        self._clock = clock
        self._admission = Admission()
        self.level = Level.USUAL
        """What the next call gets."""

    def recognition_waited(self, seconds: float) -> None:
        """A caller's words waited so long for their recognition."""
        self._admission.recognition_waited(seconds, self._clock())

    def happened(self, at: float) -> None:
        """Something that happened on a line at ``at`` has just become known."""
        now = self._clock()
        self._admission.audio_late(max(0.0, now - at), now)

    async def run(self) -> None:
        """Watch for as long as the core lives; cancelled by its owner."""
        while True:
            level = self._admission.level(self._clock())
            if level is not self.level:
                log.warning("overload", now=level.name.lower(), before=self.level.name.lower())
                self.level = level
                self._changed(int(level))
            await asyncio.sleep(_WATCH_S)


class Apology:
    """A call that is taken only to say that all lines are busy."""

    def __init__(self, line: Line, speaker: Speaker, text: str, recorder: Recorder) -> None:
        self._line = line
        self._speaker = speaker
        self._text = text
        self._recorder = recorder
        self._events: asyncio.Queue[ev.Event] = asyncio.Queue()
        self._ended = False

    def post(self, event: ev.Event) -> None:
        """Hand over an event of this call; returns at once."""
        self._events.put_nowait(event)

    async def run(self) -> None:
        """Answer, apologise, hang up; bounded, whatever the line does."""
        try:
            self._line.answer()
            await self._until(lambda event: isinstance(event, ev.Answered), ANSWER_S)
            if not self._ended:
                await self._say()
            if not self._ended:
                self._line.hang_up()
                await self._until(lambda _event: False, HANG_UP_S)
        finally:
            self._recorder.event("lignes_occupees")
            self._recorder.outcome("failed", None)

    async def _say(self) -> None:
        last = ""
        try:
            number = 0
            async for pcm in self._speaker.pieces(self._text):
                number += 1
                last = f"excuse{number}"
                self._line.play(last, pcm)
        except ServiceUnavailableError:
            log.warning("apology_unspoken")
        if last:
            await self._until(
                lambda event: isinstance(event, ev.PlaybackFinished) and event.playback == last,
                APOLOGY_S,
            )

    async def _until(self, wanted: Callable[[ev.Event], bool], seconds: float) -> None:
        """Take events until the wanted one, the end of the call, or the time has come."""
        try:
            async with asyncio.timeout(seconds):
                while not self._ended:
                    event = await self._events.get()
                    self._ended = isinstance(event, ev.Ended)
                    if wanted(event):
                        return
        except TimeoutError:
            return
