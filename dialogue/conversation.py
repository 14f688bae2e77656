"""One telephone conversation: a state machine fed with events, owning all its tasks.

``run`` is the only consumer of the events; recognition, understanding and rendering run as tasks
that wake it. Waiting is always bounded: silence leads to a reprompt, a human, the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from common.frenchnumbers import digits_of
from common.masking import HIDDEN
from dialogue import events as ev
from dialogue.config import DialogueSettings
from dialogue.hearing import KEY_WORDS, KEYED, REPEAT_KEY, REPEAT_WORDS, YES_KEY
from dialogue.keypad import AGENT_KEY, END, RESTART, KeyPad
from dialogue.listening import Ear, EndOfTurn, UserTurn
from dialogue.manager import DialogueManager, Plan
from dialogue.message import MessageTaker
from dialogue.music import HoldMusic
from dialogue.ports import Handover, Heard, Line, Recogniser, Speaker
from dialogue.record import Outcome, PhaseName, Recorder, TurnRecord
from dialogue.speaking import Mouth

RECOGNITION_LIMIT_S = 12.0


class Phase(Enum):
    """Where the conversation stands."""

    WAITING = auto()
    SPEAKING = auto()
    LISTENING = auto()
    THINKING = auto()
    TRANSFERRING = auto()
    QUEUED = auto()
    TALKING = auto()
    CLOSING = auto()
    ENDED = auto()


_PHASE_NAMES: Mapping[Phase, PhaseName] = {
    Phase.SPEAKING: "speaking",
    Phase.LISTENING: "listening",
    Phase.THINKING: "thinking",
    Phase.TRANSFERRING: "transferring",
    Phase.QUEUED: "queued",
    Phase.TALKING: "talking",
    Phase.CLOSING: "closing",
}
_HEARING = frozenset({Phase.LISTENING, Phase.SPEAKING, Phase.THINKING, Phase.QUEUED})


@dataclass(frozen=True)
class Parts:
    """The rooms that a conversation uses."""

    line: Line
    handover: Handover
    recogniser: Recogniser
    speaker: Speaker
    end_of_turn: EndOfTurn
    default_service: str
    recorder: Recorder
    settings: DialogueSettings
    words: tuple[str, ...]
    clock: Callable[[], datetime]
    """The date and time in the town."""
    music: Mapping[str, bytes] = field(default_factory=dict)
    """What callers hear while they wait for a service; silence for the others."""


@dataclass
class _Exchange:
    """What is known of the turn being answered."""

    turn: UserTurn | None
    plan: Plan
    planned_s: float = 0.0
    opening: bool = False
    interrupted: bool = False


class Conversation:
    """Leads one call from the answer to its end."""

    def __init__(self, call: str, manager: DialogueManager, parts: Parts) -> None:
        self._manager = manager
        self._parts = parts
        self._inbox: asyncio.Queue[ev.Event | None] = asyncio.Queue()
        self._ear = Ear(call, parts.recogniser, parts.end_of_turn, parts.words, self._wake)
        self._mouth = Mouth(parts.line, parts.speaker, self._wake)
        self._music = HoldMusic(parts.line)
        self._phase = Phase.WAITING
        self._thinking: asyncio.Task[Plan] | asyncio.Task[Plan | None] | None = None
        self._turn: UserTurn | None = None
        self._exchange: _Exchange | None = None
        self._carried = ""
        self._pad = KeyPad()
        self._call = call
        self._message: MessageTaker | None = None
        self._keeping: asyncio.Task[Plan] | None = None
        self._silence_from = 0.0
        self._listening_from = 0.0
        self._talking: int | None = None
        self._held = False
        self._transferring_to: str | None = None
        self._transferred_to: str | None = None
        self._failed_transfers = 0
        self._broken = False
        self._ended_by = "error"
        manager.report_to(parts.recorder.event)

    def post(self, event: ev.Event) -> None:
        """Hand over an event of this call; returns at once."""
        self._inbox.put_nowait(event)

    async def run(self) -> None:
        """Lead the call until it has ended, then close the record."""
        try:
            while not self._over():
                event = await self._next_event()
                if event is not None:
                    self._handle(event)
                if not self._over():
                    self._advance()
        finally:
            self._ear.discard()
            self._mouth.stop()
            if self._thinking is not None:
                self._thinking.cancel()
            self._close_exchange()
            await self._keep_message()
            self._parts.recorder.outcome(self._outcome(), self._transferred_to)
            await self._manager.close()

    def _enter(self, phase: Phase) -> None:
        if phase is not self._phase:
            self._phase = phase
            if phase is not Phase.QUEUED:
                self._music.stop()
            name = _PHASE_NAMES.get(phase)
            if name is not None:
                self._parts.recorder.phase(name, self._transferring_to or self._transferred_to)

    def _over(self) -> bool:
        return self._phase is Phase.ENDED

    def _wake(self) -> None:
        self._inbox.put_nowait(None)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _next_event(self) -> ev.Event | None:
        deadline = self._next_deadline()
        if deadline is None:
            return await self._inbox.get()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._inbox.get()
        except TimeoutError:
            return None

    def _next_deadline(self) -> float | None:
        if self._message is not None:
            return self._message.deadline
        deadlines = [self._ear.deadline] if self._ear.deadline is not None else []
        if self._phase is Phase.LISTENING and not self._held:
            deadlines.append(self._silence_deadline())
        if self._phase is Phase.LISTENING and self._pad.deadline is not None:
            deadlines.append(self._pad.deadline)
        return min(deadlines) if deadlines else None

    def _silence_deadline(self) -> float:
        waits = self._parts.settings.attentes
        limit = self._listening_from + waits.ecoute_max
        if self._talking is not None or self._ear.busy:
            return limit
        return min(self._silence_from + waits.silence, limit)

    def _handle(self, event: ev.Event) -> None:
        handlers: Mapping[type, Callable[[Any], None]] = {
            ev.Answered: self._on_answered,
            ev.SpeechStarted: self._on_speech,
            ev.SpeechConfirmed: self._on_real_speech,
            ev.SpeechPaused: self._on_pause,
            ev.SpeechResumed: self._on_resumed,
            ev.Digit: self._on_digit,
            ev.PlaybackStarted: self._on_playback_started,
            ev.PlaybackFinished: self._on_playback_finished,
            ev.Held: self._on_hold,
            ev.Queued: self._on_queued,
            ev.Referred: self._on_referred,
            ev.HandOver: self._on_hand_over,
            ev.BackInQueue: self._on_back_in_queue,
            ev.TalkOver: self._on_talk_over,
            ev.TransferFinished: self._on_transfer,
            ev.Ended: self._on_ended,
        }
        handlers[type(event)](event)

    def _on_answered(self, _event: ev.Answered) -> None:
        self._say(self._manager.greeting(), None, opening=True)

    def _on_playback_started(self, event: ev.PlaybackStarted) -> None:
        self._mouth.playback_started(event)
        self._music.playback_started(event)

    def _on_playback_finished(self, event: ev.PlaybackFinished) -> None:
        self._mouth.playback_finished(event)
        self._music.playback_finished(event)

    def _on_speech(self, event: ev.SpeechStarted) -> None:
        self._talking = event.utterance
        if self._message is not None:
            self._message.speaking()

    def _on_real_speech(self, event: ev.SpeechConfirmed) -> None:
        self._talking = event.utterance
        self._music.stop()
        self._barge_in()

    def _on_resumed(self, event: ev.SpeechResumed) -> None:
        self._talking = event.utterance
        self._ear.discard()
        if self._message is not None:
            self._message.speaking()

    def _on_ended(self, event: ev.Ended) -> None:
        self._ended_by = event.by
        if self._transferring_to is not None:
            self._parts.recorder.event("attente_abandonnee", service=self._transferring_to)
        self._parts.recorder.event("fin", par=event.by)
        self._enter(Phase.ENDED)

    def _advance(self) -> None:
        """Do what has become possible: take a turn, speak a plan, go on after speech."""
        now = self._now()
        if self._message is not None:
            if now >= self._message.deadline:
                self._end_message()
            return
        if self._phase in _HEARING:
            turn = self._ear.poll(now, self._expectation())
            if turn is not None:
                self._take(turn)
        if self._phase is Phase.THINKING and self._thinking and self._thinking.done():
            self._speak_thought(now)
        if self._phase is Phase.SPEAKING and not self._mouth.speaking:
            self._after_speech(now)
        if self._phase is Phase.LISTENING and (keyed := self._pad.paused(now)):
            self._take_keys(keyed)
        if self._phase is Phase.LISTENING and not self._held and now >= self._silence_deadline():
            self._on_silence(now)
        if self._phase is Phase.QUEUED and self._talking is None and self._transferring_to:
            self._music.start(self._parts.music.get(self._transferring_to, b""))

    def _expectation(self) -> str:
        return self._manager.expectation

    def _interruptible(self) -> bool:
        return self._mouth.plan is not None and self._mouth.plan.then not in ("transfer", "wait")

    def _barge_in(self) -> None:
        if self._phase is Phase.SPEAKING and self._interruptible():
            if self._exchange is not None:
                self._exchange.interrupted = True
            plan = self._mouth.plan
            self._mouth.stop()
            self._listen(self._now())
            if plan is not None and plan.then == "record":
                self._take_message()
        elif self._phase is Phase.THINKING and self._thinking is not None:
            if self._keeping is not None and not self._keeping.done():
                return
            self._thinking.cancel()
            self._thinking = None
            if self._turn is not None:
                self._carried = self._turn.heard.text
            self._listen(self._now())

    def _on_pause(self, event: ev.SpeechPaused) -> None:
        self._talking = None
        self._silence_from = event.at
        if self._message is not None:
            if self._message.paused(event):
                self._parts.line.close_utterance(event.utterance)
            return
        if self._phase in (Phase.LISTENING, Phase.QUEUED):
            self._ear.paused(event, self._expectation())
        else:
            self._parts.line.close_utterance(event.utterance)

    def _on_digit(self, event: ev.Digit) -> None:
        digit = event.digit
        waiting = self._transferring_to is not None
        taken = self._manager.keys == "number" and not waiting
        self._parts.recorder.event("touche", touche=HIDDEN if taken and digit.isdigit() else digit)
        if self._phase in (Phase.TRANSFERRING, Phase.TALKING, Phase.WAITING, Phase.CLOSING):
            return
        if self._message is not None and digit in (END, AGENT_KEY):
            self._end_message()
        if waiting:
            self._on_digit_in_queue(digit)
        elif taken:
            self._on_digit_of_number(event)
        elif digit == AGENT_KEY:
            self._interrupt()
            self._say(self._manager.agent(self._parts.clock()), None)
        elif digit == REPEAT_KEY:
            self._interrupt()
            self._think(self._keyed(REPEAT_WORDS, reason=""))
        elif digit in KEY_WORDS and self._manager.keys == "yes_no":
            self._interrupt()
            self._think(self._keyed(KEY_WORDS[digit]))

    def _on_digit_in_queue(self, digit: str) -> None:
        service = self._transferring_to
        if digit != YES_KEY or service is None:
            return
        plan = self._manager.callback_from_queue(service)
        if plan is not None:
            self._interrupt()
            self._leave_queue()
            self._say(plan, None)

    def _on_digit_of_number(self, event: ev.Digit) -> None:
        """Digits of a number may be mixed with speech, and stop whatever is being said."""
        self._barge_in()
        self._silence_from = event.at
        before = self._manager.digits + digits_of(self._carried)
        number = self._pad.press(event.digit, event.at, before)
        if number is not None:
            self._take_keys(number)

    def _take_keys(self, keyed: str) -> None:
        self._ear.discard()
        if keyed == AGENT_KEY:
            self._say(self._manager.agent(self._parts.clock()), None)
            return
        text = f"{self._carried} {keyed}".strip() if keyed != RESTART else keyed
        self._carried = ""
        self._think(self._keyed(text))

    def _keyed(self, text: str, reason: str = KEYED) -> UserTurn:
        now = self._now()
        return UserTurn(Heard(text, 1.0, reason), 0, now, now)

    def _interrupt(self) -> None:
        self._ear.discard()
        if self._message is not None:
            self._message.discard()
            self._message = None
        if self._thinking is not None:
            self._thinking.cancel()
            self._thinking = None
        self._mouth.stop()

    def _on_hold(self, event: ev.Held) -> None:
        self._held = event.held
        self._parts.recorder.event("attente" if event.held else "reprise")
        if not event.held and self._phase is Phase.LISTENING:
            self._listen(event.at)

    def _take(self, turn: UserTurn) -> None:
        self._parts.line.close_utterance(turn.utterance)
        if turn.unavailable:
            if self._transferring_to is None:
                self._say(self._manager.incident(), turn)
            return
        words = turn.heard.text
        if self._pad.began_at is not None:
            if not words:  # the tones of the keys themselves
                return
            if turn.speech_end < self._pad.began_at:
                self._carried = f"{self._carried} {words}".strip()
                return
            words = f"{self._pad.take()} {words}" if digits_of(words) else words
        text = f"{self._carried} {words}".strip()
        self._carried = ""
        self._think(replace(turn, heard=replace(turn.heard, text=text)))

    def _think(self, turn: UserTurn) -> None:
        turn = self._turn = replace(turn, kept=self._manager.recordable(turn.heard.text))
        self._parts.recorder.heard(turn.kept)
        self._enter(Phase.THINKING)
        if self._transferring_to is not None:
            self._thinking = asyncio.create_task(
                self._reply_in_queue(turn.heard, self._transferring_to)
            )
        else:
            self._thinking = asyncio.create_task(self._reply(turn.heard))
        self._thinking.add_done_callback(lambda _: self._wake())

    async def _reply(self, heard: Heard) -> Plan:
        try:
            async with asyncio.timeout(self._parts.settings.attentes.reponse):
                return await self._manager.turn(heard, self._parts.clock())
        except TimeoutError:
            return self._manager.incident()

    async def _reply_in_queue(self, heard: Heard, service: str) -> Plan | None:
        try:
            async with asyncio.timeout(self._parts.settings.attentes.reponse):
                return await self._manager.turn_in_queue(heard, service)
        except TimeoutError:
            return None

    def _speak_thought(self, now: float) -> None:
        task, turn = self._thinking, self._turn
        self._thinking = None
        plan = task.result() if task is not None and not task.cancelled() else None
        if plan is not None:
            if self._transferring_to is not None and plan.then != "wait":
                self._leave_queue()
            self._say(plan, turn, now - turn.taken_at if turn else 0.0)
        elif self._transferring_to is not None:
            self._enter(Phase.QUEUED)
        else:
            self._listen(now)

    def _say(
        self,
        plan: Plan,
        turn: UserTurn | None,
        planned_s: float = 0.0,
        *,
        opening: bool = False,
        announcement: bool = False,
    ) -> None:
        self._close_exchange()
        self._pad.take()
        if not announcement:
            self._exchange = _Exchange(turn, plan, planned_s, opening)
        self._enter(Phase.SPEAKING)
        self._mouth.say(plan)

    def _after_speech(self, now: float) -> None:
        plan = self._mouth.plan
        if plan is None or self._mouth.failed:
            self._speech_failed(now)
        elif plan.then == "listen":
            self._listen(now)
        elif plan.then == "record":
            self._listen(now)
            self._take_message()
        elif plan.then == "wait":
            self._close_exchange()
            self._enter(Phase.QUEUED)
        elif plan.then == "hang_up":
            self._close_exchange()
            self._parts.line.hang_up()
            self._enter(Phase.CLOSING)
        else:
            self._close_exchange()
            self._transfer(plan.service or self._parts.default_service)

    def _speech_failed(self, now: float) -> None:
        """We cannot speak: a human takes over, without an announcement."""
        self._parts.recorder.event("voix_indisponible")
        if self._transferring_to is not None:  # the place in line outlives its announcement
            self._enter(Phase.QUEUED)
            return
        if self._broken:
            self._parts.line.hang_up()
            self._enter(Phase.CLOSING)
            return
        self._broken = True
        self._close_exchange()
        self._transfer(self._parts.default_service)

    def _listen(self, now: float) -> None:
        self._close_exchange()
        self._enter(Phase.LISTENING)
        self._silence_from = now
        self._listening_from = now

    def _take_message(self) -> None:
        parts = self._parts
        self._message = MessageTaker(self._call, parts.recogniser, parts.words, self._now())
        if self._talking is not None:
            self._message.speaking()

    def _end_message(self) -> None:
        message, self._message = self._message, None
        if message is None:
            return
        if self._talking is not None:
            self._parts.line.close_utterance(self._talking)
            self._talking = None
        self._turn = None
        self._enter(Phase.THINKING)
        self._keeping = asyncio.create_task(self._reply_to_message(message))
        self._thinking = asyncio.create_task(self._kept(self._keeping))
        self._thinking.add_done_callback(lambda _: self._wake())

    @staticmethod
    async def _kept(keeping: asyncio.Task[Plan]) -> Plan:
        return await asyncio.shield(keeping)

    async def _reply_to_message(self, message: MessageTaker) -> Plan:
        transcript = await message.transcript()
        return await self._manager.message_left(message.pcm, transcript, self._parts.clock())

    async def _keep_message(self) -> None:
        """Keep what was said before the caller hung up."""
        message, self._message = self._message, None
        if message is not None and message.pcm:
            await self._reply_to_message(message)
        if self._keeping is not None:
            await asyncio.wait([self._keeping])

    def _on_silence(self, now: float) -> None:
        if self._talking is not None:
            self._parts.line.close_utterance(self._talking)
            self._talking = None
        self._ear.discard()
        self._parts.recorder.event("silence")
        plan = self._manager.silence(self._parts.clock())
        if plan.then == "transfer" and self._failed_transfers:
            plan = self._manager.farewell_after_silence()
        self._say(plan, None)

    def _transfer(self, service: str) -> None:
        self._transferring_to = service
        self._enter(Phase.TRANSFERRING)
        self._manager.handed_over(self._parts.clock())
        self._parts.recorder.event("transfert", service=service)
        self._parts.handover.start(
            service,
            self._manager.whisper(),
            urgent=self._manager.urgent,
            struggling=self._manager.struggling,
        )

    def _on_hand_over(self, event: ev.HandOver) -> None:
        if self._phase in (Phase.WAITING, Phase.TALKING, Phase.CLOSING):
            return
        if self._transferring_to is not None:
            self._leave_queue()
        self._interrupt()
        self._say(self._manager.hand_over(event.service, "transfert"), None)

    def _on_queued(self, event: ev.Queued) -> None:
        if self._phase not in (Phase.TRANSFERRING, Phase.QUEUED):
            return
        self._parts.recorder.event("file", position=event.position, minutes=event.minutes)
        service = self._transferring_to
        plan = self._manager.queue_place(event.position, event.minutes, event.more, service)
        self._say(plan, None, announcement=True)

    def _on_referred(self, _event: ev.Referred) -> None:
        if self._transferring_to is not None:
            self._interrupt()
            self._enter(Phase.TRANSFERRING)

    def _leave_queue(self) -> None:
        self._parts.recorder.event("file_quittee", service=self._transferring_to)
        self._transferring_to = None
        self._parts.handover.leave()

    def _on_back_in_queue(self, event: ev.BackInQueue) -> None:
        if self._phase is not Phase.TALKING:
            return
        self._cut_off(perdu=event.lost)
        self._say(self._manager.back_in_queue(), None, announcement=True)

    def _on_talk_over(self, _event: ev.TalkOver) -> None:
        if self._phase is Phase.TALKING:
            self._parts.line.hang_up()
            self._enter(Phase.CLOSING)

    def _cut_off(self, **details: int | bool) -> None:
        """The talk did not count: the caller is being handed over as before."""
        self._transferring_to, self._transferred_to = self._transferred_to, None
        service = self._transferring_to
        self._parts.recorder.event("communication_coupee", service=service, **details)

    def _on_transfer(self, event: ev.TransferFinished) -> None:
        cut = self._phase is Phase.TALKING
        if cut and not event.ok:
            self._cut_off(code=event.code)
        service = self._transferring_to or self._parts.default_service
        self._transferring_to = None
        self._interrupt()
        if event.ok:
            self._transferred_to = service
            self._enter(Phase.TALKING)
            self._parts.recorder.event("transfert_abouti", service=service)
            return
        self._failed_transfers += 1
        self._parts.handover.leave()
        if not cut:
            self._parts.recorder.event("transfert_echoue", service=service, code=event.code)
        self._say(self._manager.transfer_failed(service, self._parts.clock(), cut=cut), None)

    def _close_exchange(self) -> None:
        """Record the exchange that is over, with what was really heard of it."""
        exchange = self._exchange
        if exchange is None:
            return
        self._exchange = None
        plan, turn = exchange.plan, exchange.turn
        said = self._mouth.heard_text if exchange.interrupted else plan.shown
        if exchange.opening:
            self._parts.recorder.event("accueil", dit=said, coupe=exchange.interrupted)
            return
        latency: float | None = None
        stages: dict[str, float] = {}
        if turn is not None:
            first = self._mouth.first_sample_at
            latency = (first - turn.speech_end) * 1000 if first is not None else None
            stages = {
                "end_of_turn": (turn.taken_at - turn.speech_end) * 1000,
                "asr": (turn.heard.queued_s + turn.heard.compute_s) * 1000,
                "nlu": exchange.planned_s * 1000,
                "tts": (self._mouth.rendered_s or 0.0) * 1000,
            }
        self._parts.recorder.turn(
            TurnRecord(
                heard=turn.kept if turn else "",
                hearing=turn.heard.confidence if turn else 0.0,
                intent=plan.intent,
                confidence=plan.confidence,
                decision=plan.decision,
                said=said,
                sources=plan.sources,
                latency_ms=latency,
                lieu=plan.lieu,
                jour=plan.jour,
                service=plan.service,
                interrupted=exchange.interrupted,
                stages_ms=stages,
            )
        )

    def _outcome(self) -> Outcome:
        if self._transferred_to is not None:
            return "transferred"
        if self._manager.promised:
            return "callback"
        if self._ended_by == "error" or self._broken:
            return "failed"
        return "answered" if self._manager.answered else "abandoned"
