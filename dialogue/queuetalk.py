"""What a caller hears who waits in line for a person, and what comes of what they say."""

from __future__ import annotations

from dataclasses import replace

from dialogue.acting import Actor
from dialogue.errands import ErrandRunner
from dialogue.errandtalk import ErrandTalk
from dialogue.plan import Plan, Sentence
from dialogue.policy import ASK_CALLBACK, GOODBYE, NO, Verdict
from dialogue.ports import Engine, Heard, ServiceUnavailableError
from dialogue.state import State


class QueueTalk:
    """Leads a caller who waits; the state is passed in, and out where it changes."""

    def __init__(
        self, actor: Actor, errands: ErrandTalk, runner: ErrandRunner, engine: Engine, sure: float
    ) -> None:
        """Nothing is done below the probability ``sure``: who waits may speak to others."""
        self._actor = actor
        self._errands = errands
        self._runner = runner
        self._engine = engine
        self._sure = sure

    def place(self, position: int, minutes: int | None, *, more: bool, service: str | None) -> Plan:
        """Tell a caller who waits for ``service`` where they stand, and how not to wait.

        ``minutes`` is None where nothing is known, and a lower bound with ``more``.
        """
        say = [self._ahead(position - 1)]
        if minutes is not None and minutes > 1:
            name = "file_duree_plus" if more else "file_duree"
            say.append(self._actor.phrase(name, minutes=str(minutes)))
        may_leave = service is not None and self._runner.may_call_back(service)
        patience = "file_patience_rappel" if may_leave else "file_patience"
        return Plan((*say, self._actor.phrase(patience)), "wait", "transfer")

    def back(self) -> Plan:
        """The person who had the caller is gone: they wait again, before all others."""
        return Plan((self._actor.phrase("file_retour"),), "wait", "transfer")

    async def hear(self, heard: Heard, service: str, state: State) -> tuple[Plan, State] | None:
        """Answer what was said; None when there is nothing to answer."""
        best, confidence = await self._likeliest(heard.text)
        if best == ASK_CALLBACK:
            return self.callback(service, heard.text, confidence, state)
        if best == GOODBYE:
            say = (self._actor.phrase("au_revoir"),)
            return Plan(say, "hang_up", "social", best, confidence), state
        if best != NO:
            return None
        left = (self._actor.phrase("file_quittee"),)
        plan = Plan(left, "listen", "social", best, confidence)
        return plan, replace(state, pending="autre_chose")

    def callback(
        self, service: str, words: str, confidence: float, state: State
    ) -> tuple[Plan, State] | None:
        """The caller would rather be called back; None where nobody calls back."""
        if not self._runner.may_call_back(service):
            return None
        errand = self._actor.callback_errand(words, state, service)
        reaction = self._errands.ask_callback(errand, words, state.standing)
        verdict = Verdict("transfer", ASK_CALLBACK, confidence, service, understood=True)
        return self._actor.react(reaction, verdict, state)

    def _ahead(self, others: int) -> Sentence:
        if others == 0:
            return self._actor.phrase("file_prochain")
        if others == 1:
            return self._actor.phrase("file_un_devant")
        return self._actor.phrase("file_devant", devant=str(others))

    async def _likeliest(self, text: str) -> tuple[str, float]:
        """Return what is meant and its probability; '' where that is too small."""
        try:
            ranking = await self._engine.ranking(text) if text.strip() else ()
        except ServiceUnavailableError:
            return "", 0.0
        return ranking[0] if ranking and ranking[0][1] >= self._sure else ("", 0.0)
