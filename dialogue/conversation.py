"""One telephone conversation: a state machine fed with events, owning all its tasks.

``run`` is the only consumer of the events; recognition, understanding and rendering run as tasks
that wake it. Waiting is always bounded: silence leads to a reprompt, a human, the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from common.masking import HIDDEN
from dialogue import events as ev
from dialogue.bargein import Interruptions
from dialogue.destination import Destination
from dialogue.dictation import Dictation
from dialogue.exchange import Exchange
from dialogue.inbox import Inbox
from dialogue.keypad import AGENT_KEY, END
from dialogue.listening import Ear, UserTurn
from dialogue.manager import DialogueManager
from dialogue.messagebox import MessageBox
from dialogue.music import HoldMusic
from dialogue.parts import Parts
from dialogue.patience import Patience
from dialogue.phase import DEAF_TO_KEYS, HEARING, PHASE_NAMES, Phase
from dialogue.plan import Plan
from dialogue.ports import FIRST, OPEN, Heard
from dialogue.record import Outcome
from dialogue.sequel import Sequels
from dialogue.speaking import Mouth
from dialogue.talkanswers import KEY_WORDS, KEYED, REPEAT_KEY, REPEAT_WORDS, YES_KEY
from dialogue.thinking import Mind


class Conversation:
    """Leads one call from the answer to its end."""

    def __init__(self, call: str, manager: DialogueManager, parts: Parts) -> None:
        self._manager = manager
        self._parts = parts
        self._inbox = Inbox()
        self._ear = Ear(call, parts.recogniser, parts.end_of_turn, self._inbox.wake)
        self._mouth = Mouth(parts.line, parts.speaker, self._inbox.wake)
        self._interruptions = Interruptions(self._mouth, parts.settings.seuils.ecoute)
        self._sequels = Sequels(self._mouth, self._interruptions)
        self._music = HoldMusic(parts.line)
        self._phase = Phase.WAITING
        self._mind = Mind(manager, parts.settings.attentes.reponse, parts.clock, self._inbox.wake)
        self._message = MessageBox(call, manager, parts.recogniser, parts.clock)
        self._destination = Destination(parts.handover, parts.recorder, parts.main_service)
        self._dictation = Dictation()
        self._exchange: Exchange | None = None
        self._patience = Patience(parts.settings.attentes)
        self._talking: int | None = None
        self._broken = False
        self._ended_by = "error"
        manager.report_to(parts.recorder.event)

    def post(self, event: ev.Event) -> None:
        """Hand over an event of this call; returns at once."""
        self._inbox.post(event)

    async def run(self) -> None:
        """Lead the call until it has ended, then close the record."""
        try:
            while not self._over():
                event = await self._inbox.next(self._next_deadline())
                if event is not None:
                    self._handle(event)
                if not self._over():
                    self._advance()
        finally:
            self._ear.discard()
            self._mouth.stop()
            self._mind.drop()
            self._close_exchange()
            await self._message.close()
            await self._manager.hung_up()
            self._parts.recorder.outcome(self._outcome(), self._destination.reached)
            await self._manager.close()

    def _enter(self, phase: Phase) -> None:
        if phase is not self._phase:
            self._phase = phase
            if phase is not Phase.QUEUED:
                self._music.stop()
            name = PHASE_NAMES.get(phase)
            if name is not None:
                self._parts.recorder.phase(name, self._destination.service)

    def _over(self) -> bool:
        return self._phase is Phase.ENDED

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _next_deadline(self) -> float | None:
        if self._message.deadline is not None:
            return self._message.deadline
        deadlines = [self._ear.deadline]
        if self._phase is Phase.LISTENING:
            deadlines.append(self._dictation.deadline)
        if self._phase is Phase.LISTENING or self._mouth.held:
            deadlines.append(self._patience.deadline(busy=self._busy()))
        return min((at for at in deadlines if at is not None), default=None)

    def _busy(self) -> bool:
        """Whether something is being said, or was said and is being read."""
        return self._talking is not None or self._ear.busy

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
        self._sequels.begin(event, self._mind, self._exchange)
        self._message.speaking()
        self._fall_silent()

    def _on_real_speech(self, event: ev.SpeechConfirmed) -> None:
        self._talking = event.utterance
        self._music.stop()
        if self._phase is Phase.THINKING or self._interruptions.records:
            self._barge_in()

    def _on_resumed(self, event: ev.SpeechResumed) -> None:
        self._talking = event.utterance
        self._ear.discard()
        self._message.speaking()
        self._fall_silent()

    def _on_ended(self, event: ev.Ended) -> None:
        self._ended_by = event.by
        self._destination.abandoned()
        self._parts.recorder.event("fin", par=event.by)
        self._enter(Phase.ENDED)

    def _advance(self) -> None:
        """Do what has become possible: take a turn, speak a plan, go on after speech."""
        now = self._now()
        if self._message.deadline is not None:
            if now >= self._message.deadline:
                self._end_message()
            return
        if self._phase in HEARING:
            turn = self._ear.poll(now)
            if turn is not None:
                self._take(turn)
        if self._phase is Phase.THINKING and self._mind.ready:
            self._speak_thought(now)
        if self._mouth.held and self._patience.over(now, busy=self._busy()):
            self._close_utterance()
            self._mouth.resume()
        if self._phase is Phase.SPEAKING and not self._mouth.speaking:
            self._after_speech(now)
        if self._phase is Phase.LISTENING and (keyed := self._dictation.paused(now)):
            self._take_keys(keyed)
        if self._phase is Phase.LISTENING and self._patience.over(now, busy=self._busy()):
            self._on_silence()
        if self._phase is Phase.QUEUED and self._talking is None and self._destination.awaited:
            self._music.start(self._parts.music.get(self._destination.awaited, b""))

    def _interruptible(self) -> bool:
        return self._phase is Phase.SPEAKING and self._interruptions.possible

    def _fall_silent(self) -> None:
        """Let whoever may be speaking be heard; what they say decides whether we go on."""
        if self._interruptible() and self._interruptions.fall_silent():
            self._patience.begin(self._now())

    def _barge_in(self) -> None:
        if self._interruptible():
            self._cut_short()
            if self._interruptions.records:
                self._take_message()
        elif self._phase is Phase.THINKING and self._mind.busy and not self._message.keeping:
            self._mind.drop()
            if self._mind.turn is not None and not self._sequels.begun:
                self._dictation.carry(self._mind.turn.heard.text)
            self._listen(self._now())

    def _cut_short(self) -> None:
        """Drop the rest of what we were saying."""
        if self._exchange is not None:
            self._exchange.interrupted = True
        self._mouth.stop()
        self._listen(self._now())

    def _on_pause(self, event: ev.SpeechPaused) -> None:
        self._talking = None
        self._patience.heard(event.at)
        if self._message.taking:
            if self._message.paused(event):
                self._parts.line.close_utterance(event.utterance)
            return
        if self._phase in (Phase.LISTENING, Phase.QUEUED) or self._interruptible():
            self._sequels.hear(event, self._ear, self._manager.expectation)
        else:
            self._parts.line.close_utterance(event.utterance)

    def _on_digit(self, event: ev.Digit) -> None:
        digit = event.digit
        waiting = self._destination.awaited is not None
        taken = self._manager.keys == "number" and not waiting
        self._parts.recorder.event("touche", touche=HIDDEN if taken and digit.isdigit() else digit)
        if self._phase in DEAF_TO_KEYS:
            return
        if digit in (END, AGENT_KEY):
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
        service = self._destination.awaited
        if digit != YES_KEY or service is None:
            return
        plan = self._manager.callback_from_queue(service)
        if plan is not None:
            self._interrupt()
            self._destination.leave()
            self._say(plan, None)

    def _on_digit_of_number(self, event: ev.Digit) -> None:
        """Digits of a number may be mixed with speech, and stop whatever is being said."""
        self._barge_in()
        self._patience.heard(event.at)
        number = self._dictation.press(event.digit, event.at, self._manager.digits)
        if number is not None:
            self._take_keys(number)

    def _take_keys(self, keyed: str) -> None:
        self._ear.discard()
        if keyed == AGENT_KEY:
            self._say(self._manager.agent(self._parts.clock()), None)
            return
        self._think(self._keyed(self._dictation.keyed(keyed)))

    def _keyed(self, text: str, reason: str = KEYED) -> UserTurn:
        now = self._now()
        return UserTurn(Heard(text, 1.0, reason), 0, now, now)

    def _interrupt(self) -> None:
        self._ear.discard()
        self._message.discard()
        self._mind.drop()
        self._mouth.stop()

    def _on_hold(self, event: ev.Held) -> None:
        self._patience.held = event.held
        self._parts.recorder.event("attente" if event.held else "reprise")
        if not event.held and self._phase is Phase.LISTENING:
            self._listen(event.at)

    def _take(self, turn: UserTurn) -> None:
        self._parts.line.close_utterance(turn.utterance)
        if self._interruptible():
            asked = self._manager.expectation not in (FIRST, OPEN)
            rest = self._sequels.rest(turn)
            if self._interruptions.go_on(rest, asked=asked):
                return
            turn = self._sequels.whole(turn, self._exchange, self._manager)
            self._cut_short()
        if turn.unavailable:
            if self._destination.awaited is None:
                self._say(self._manager.incident(), turn)
            return
        words = self._dictation.said(turn)
        if words is not None:
            self._think(replace(turn, heard=replace(turn.heard, text=words)))

    def _think(self, turn: UserTurn) -> None:
        turn = replace(turn, kept=self._manager.recordable(turn.heard.text))
        self._parts.recorder.heard(turn.kept)
        self._enter(Phase.THINKING)
        self._mind.answer(turn, self._destination.awaited)

    def _speak_thought(self, now: float) -> None:
        plan, turn = self._mind.take(), self._mind.turn
        accepted = self._parts.settings.seuils.accepter
        if plan is not None and turn is not None and self._destination.vain(plan, turn, accepted):
            plan = self._manager.farewell_after_silence()
        if plan is not None:
            if plan.then != "wait":
                self._destination.leave()
            self._say(plan, turn, now - turn.taken_at if turn else 0.0)
            if self._talking is not None and self._sequels.begun:
                self._fall_silent()
        elif self._destination.awaited is not None:
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
        self._interruptions.begin()
        self._dictation.forget_keys()
        if not announcement:
            self._exchange = Exchange(turn, plan, planned_s, opening)
        self._enter(Phase.SPEAKING)
        self._mouth.say(plan, self._parts.meanwhile if turn is not None else "")

    def _after_speech(self, now: float) -> None:
        plan = self._mouth.plan
        if plan is None or self._mouth.failed:
            self._speech_failed()
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
            self._hang_up()
        else:
            self._close_exchange()
            self._hand_to(plan.service or self._parts.main_service)

    def _speech_failed(self) -> None:
        """We cannot speak: a human takes over, without an announcement."""
        self._parts.recorder.event("voix_indisponible")
        if self._destination.awaited is not None:  # the place in line outlives its announcement
            self._enter(Phase.QUEUED)
            return
        if self._broken:
            self._hang_up()
            return
        self._broken = True
        self._close_exchange()
        self._hand_to(self._parts.main_service)

    def _listen(self, now: float) -> None:
        self._close_exchange()
        self._enter(Phase.LISTENING)
        self._patience.begin(now)

    def _hang_up(self) -> None:
        self._parts.line.hang_up()
        self._enter(Phase.CLOSING)

    def _take_message(self) -> None:
        self._message.begin(self._now(), speaking=self._talking is not None)

    def _end_message(self) -> None:
        keeping = self._message.end()
        if keeping is None:
            return
        self._close_utterance()
        self._enter(Phase.THINKING)
        self._mind.await_plan(keeping)

    def _close_utterance(self) -> None:
        """What is being said right now belongs to no turn any more."""
        if self._talking is not None:
            self._parts.line.close_utterance(self._talking)
            self._talking = None

    def _on_silence(self) -> None:
        self._close_utterance()
        self._ear.discard()
        self._parts.recorder.event("silence")
        plan = self._manager.silence(self._parts.clock())
        if plan.then == "transfer" and self._destination.failures:
            plan = self._manager.farewell_after_silence()
        self._say(plan, None)

    def _hand_to(self, service: str) -> None:
        self._destination.awaited = service
        self._enter(Phase.TRANSFERRING)
        self._manager.handed_over(self._parts.clock())
        self._destination.look_for(service, self._manager)

    def _on_hand_over(self, event: ev.HandOver) -> None:
        if self._phase in (Phase.WAITING, Phase.TALKING, Phase.CLOSING):
            return
        self._destination.leave()
        self._interrupt()
        self._say(self._manager.hand_over(event.service, "transfert"), None)

    def _on_queued(self, event: ev.Queued) -> None:
        if self._phase not in (Phase.TRANSFERRING, Phase.QUEUED):
            return
        self._parts.recorder.event("file", position=event.position, minutes=event.minutes)
        service = self._destination.awaited
        plan = self._manager.queue_place(event.position, event.minutes, event.more, service)
        self._say(plan, None, announcement=True)

    def _on_referred(self, _event: ev.Referred) -> None:
        if self._destination.awaited is not None:
            self._interrupt()
            self._enter(Phase.TRANSFERRING)

    def _on_back_in_queue(self, event: ev.BackInQueue) -> None:
        if self._phase is not Phase.TALKING:
            return
        self._destination.cut_off(perdu=event.lost)
        self._say(self._manager.back_in_queue(), None, announcement=True)

    def _on_talk_over(self, _event: ev.TalkOver) -> None:
        if self._phase is Phase.TALKING:
            self._hang_up()

    def _on_transfer(self, event: ev.TransferFinished) -> None:
        cut = self._phase is Phase.TALKING
        self._interrupt()
        if event.ok:
            self._destination.answered()
            self._enter(Phase.TALKING)
            self._parts.recorder.event("transfert_abouti", service=self._destination.reached)
            return
        service = self._destination.failed(event.code, cut=cut)
        self._say(self._manager.transfer_failed(service, self._parts.clock(), cut=cut), None)

    def _close_exchange(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.close(self._mouth, self._parts.recorder)

    def _outcome(self) -> Outcome:
        if self._destination.reached is not None:
            return "transferred"
        if self._manager.promised:
            return "callback"
        if self._ended_by == "error" or self._broken:
            return "failed"
        return "answered" if self._manager.answered else "abandoned"
