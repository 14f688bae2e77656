"""What a caller hears who waits in line for a person."""

from __future__ import annotations

from dialogue.acting import Actor
from dialogue.plan import Plan
from dialogue.ports import Engine, ServiceUnavailableError


def place_in_line(
    actor: Actor, position: int, minutes: int | None, *, more: bool, may_leave: bool
) -> Plan:
    """Tell a waiting caller where they stand, and how not to wait.

    ``minutes`` is None where nothing is known, and a lower bound with ``more``; ``may_leave``:
    they may be called back instead.
    """
    ahead = position - 1
    if ahead == 0:
        say = [actor.phrase("file_prochain")]
    elif ahead == 1:
        say = [actor.phrase("file_un_devant")]
    else:
        say = [actor.phrase("file_devant", devant=str(ahead))]
    if minutes is not None and minutes > 1:
        name = "file_duree_plus" if more else "file_duree"
        say.append(actor.phrase(name, minutes=str(minutes)))
    patience = "file_patience_rappel" if may_leave else "file_patience"
    return Plan((*say, actor.phrase(patience)), "wait", "transfer")


def back_in_line(actor: Actor) -> Plan:
    """The person who had the caller is gone: they wait again, before all others."""
    return Plan((actor.phrase("file_retour"),), "wait", "transfer")


async def likeliest(engine: Engine, text: str, sure: float) -> tuple[str, float]:
    """Return what is meant and its probability; '' where that is less than ``sure``."""
    try:
        ranking = await engine.ranking(text) if text.strip() else ()
    except ServiceUnavailableError:
        return "", 0.0
    return ranking[0] if ranking and ranking[0][1] >= sure else ("", 0.0)
