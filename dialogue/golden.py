"""Holds a golden conversation and says, in French, where it goes another way than it must."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from common.french import fold
from common.frenchnumbers import FrenchNumber, french_number
from dialogue.dryrun import DryErrand, dry_errands
from dialogue.goldenfile import THEN, Golden, GoldenTurn, Placed
from dialogue.keypad import AGENT_KEY
from dialogue.manager import DialogueManager
from dialogue.plan import Plan, Then
from dialogue.ports import Errands, Heard
from dialogue.talkanswers import KEY_WORDS, KEYED, REPEAT_KEY, REPEAT_WORDS

Open = Callable[[Errands, str], DialogueManager]
"""Begins a new conversation with these errands, for a caller with this number."""

Hear = Callable[[str, str], Awaitable[Heard]]
"""Turns what a caller says into what is recognised, given the kind of answer that is expected."""

_SEQUELS = {then: sequel for sequel, then in THEN.items()}


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it must be, in French."""

    what: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.what} : attendu {self.expected}, obtenu {self.got}"


@dataclass(frozen=True)
class Result:
    """What became of one conversation."""

    placed: Placed
    differences: tuple[Difference, ...] = ()
    """Of the first turn that is not as it must be."""
    turn: int = 0
    """Which one that is, from 1; 0: none."""
    heard: str = ""
    """What was recognised in that turn."""
    said: str = ""
    """What the callbot said in that turn."""

    @property
    def golden(self) -> Golden:
        """The conversation."""
        return self.placed.golden

    @property
    def held(self) -> bool:
        """True when everything is as it must be."""
        return not self.differences

    @property
    def blocking(self) -> bool:
        """True when it is not, and nobody has said why."""
        return not self.held and not self.golden.connu

    def lines(self) -> Iterator[str]:
        """Tell where it went another way, for the person who wrote it."""
        placed, golden = self.placed, self.golden
        yield f"« {golden.titre} » ({golden.id}, {placed.file.name}, ligne {placed.line})"
        if self.held:
            return
        yield f"  tour {self.turn}, {golden.tours[self.turn - 1].happening}"
        if self.heard and self.heard != golden.tours[self.turn - 1].dit:
            yield f"    entendu : « {self.heard} »"
        for difference in self.differences:
            yield f"    {difference}"
        if self.said:
            yield f"    le robot a dit : « {self.said} »"


async def as_written(text: str, _expects: str) -> Heard:
    """Hear a caller perfectly."""
    return Heard(text, 1.0)


async def replay(placed: Placed, begin: Open, zone: ZoneInfo, hear: Hear = as_written) -> Result:
    """Hold one conversation up to its first difference; no errand leaves the box.

    Raises:
        ServiceUnavailableError: ``hear`` cannot.
    """
    errands: list[DryErrand] = []
    golden = placed.golden
    now = golden.le.replace(tzinfo=zone)
    manager = begin(dry_errands(errands.append), golden.numero)
    before: Plan = manager.greeting()
    try:
        for number, turn in enumerate(golden.tours, start=1):
            errands.clear()
            if (wrong := _impossible(turn, before.then)) is not None:
                return Result(placed, (wrong,), number, said=before.text)
            heard = await hear(turn.dit, manager.expectation) if turn.dit else Heard("", 1.0)
            plan = await _take(manager, turn, heard, before, now)
            found = tuple(differences(turn, plan, errands))
            if found:
                return Result(placed, found, number, heard.text, plan.text)
            before = plan
    finally:
        await manager.close()
    return Result(placed)


async def replay_spoken(placed: Placed, begin: Open, zone: ZoneInfo, hear: Hear) -> Result:
    """Hold one conversation as :func:`replay` does, but look at decisions and services only.

    What is said depends on details that the recogniser may miss.
    """
    kept = {"dit", "touches", "arrive", "decision", "service", "sms_au", "rappel_au"}
    tours = tuple(
        GoldenTurn(**{name: getattr(turn, name) for name in turn.model_fields_set & kept})
        for turn in placed.golden.tours
    )
    golden = placed.golden.model_copy(update={"tours": tours})
    return await replay(Placed(golden, placed.file, placed.line), begin, zone, hear)


def differences(turn: GoldenTurn, plan: Plan, errands: list[DryErrand]) -> Iterator[Difference]:
    """Compare one turn with what came of it."""
    if turn.decision and plan.decision not in turn.decision:
        yield Difference("décision", " ou ".join(turn.decision), plan.decision)
    for what, expected, got in (
        ("intention", turn.intention, plan.intent),
        ("service", turn.service, plan.service),
        ("lieu", turn.lieu, plan.lieu),
    ):
        if expected is not None and expected != got:
            yield Difference(what, expected, got or "aucun")
    if turn.source is not None and turn.source not in plan.sources:
        yield Difference("source", turn.source, ", ".join(plan.sources) or "aucune")
    if turn.suite is not None and THEN[turn.suite] != plan.then:
        yield Difference("suite", turn.suite, _SEQUELS.get(plan.then, plan.then))
    said = f" {fold(plan.text)} "
    for words in turn.contient:
        if f" {fold(words)} " not in said:
            yield Difference("contient", f"« {words} »", "une phrase sans ces mots")
    for words in turn.sans:
        if f" {fold(words)} " in said:
            yield Difference("sans", f"rien sur « {words} »", "une phrase avec ces mots")
    yield from _errands(turn, errands)


def _errands(turn: GoldenTurn, errands: list[DryErrand]) -> Iterator[Difference]:
    expected = [
        (kind, _e164(number))
        for kind, number in (("text", turn.sms_au), ("callback", turn.rappel_au))
        if number is not None
    ]
    done = [(errand.kind, errand.number) for errand in errands]
    if sorted(done) != sorted(expected):
        yield Difference("envoi", _listed(expected), _listed(done))


def _listed(errands: Sequence[tuple[str, str]]) -> str:
    names = {"text": "un SMS au", "callback": "un rappel au"}
    return " et ".join(f"{names[kind]} {number}" for kind, number in errands) or "aucun"


def _e164(number: str) -> str:
    read = french_number(number, frozenset())
    return read.e164 if isinstance(read, FrenchNumber) else number


def _impossible(turn: GoldenTurn, before: Then) -> Difference | None:
    """A turn that cannot follow what the callbot did last."""
    failed = turn.arrive in ("sans_reponse", "coupe")
    if before == "hang_up":
        return Difference("suite", "encore un tour", "le robot a déjà raccroché")
    if before == "transfer" and not failed:
        return Difference("suite", "encore un tour", "l'appel est en cours de transfert")
    if before != "transfer" and failed:
        return Difference("suite", "un transfert", "aucun transfert n'est en cours")
    return None


async def _take(
    manager: DialogueManager, turn: GoldenTurn, heard: Heard, before: Plan, now: datetime
) -> Plan:
    """Give one turn to the dialogue as a call would."""
    if turn.arrive == "silence":
        return manager.silence(now)
    if turn.arrive is not None:
        manager.handed_over(now)
        return manager.transfer_failed(before.service or "", now, cut=turn.arrive == "coupe")
    if turn.touches is None:
        return await manager.turn(heard, now)
    if manager.keys != "number":
        if turn.touches == AGENT_KEY:
            return manager.agent(now)
        if turn.touches == REPEAT_KEY:
            return await manager.turn(Heard(REPEAT_WORDS, 1.0), now)
    return await manager.turn(Heard(KEY_WORDS.get(turn.touches, turn.touches), 1.0, KEYED), now)
