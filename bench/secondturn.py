"""Whether what was talked of bends the next request: python -m bench.secondturn MANIFEST [...]

Starts a Rasa of its own on the active model and says each labelled sentence twice, in writing: as
the first words of a call, and after one of six other requests in turn. Prints where decision,
intent or service differ, other than that an errand goes to the service just talked of, and how many
do. Words of courtesy are left out: they may well mean something else the second time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path

from callbot import adapters, parts
from callbot.assistant import Assistant, load_assistant
from callbot.evaluation import manifest
from callbot.paths import Paths
from dialogue.plan import Plan
from dialogue.policy import ASK_CALLBACK
from dialogue.ports import Engine, Heard

BEFORE = (
    "Je voudrais un passeport.",
    "Ma poubelle n'a pas été ramassée.",
    "La piscine est ouverte demain ?",
    "Je cherche une nourrice.",
    "Je veux louer une salle.",
    "Je voudrais une carte grise.",
)


@dataclass(frozen=True)
class Bent:
    """A sentence that is decided otherwise after another one."""

    before: str
    text: str
    alone: Plan
    then: Plan

    def __str__(self) -> str:
        lines = [f"{self.before} | {self.text}"]
        for name, plan in (("alone", self.alone), ("then", self.then)):
            lines.append(f"  {name:<5} {plan.decision} {plan.intent} {plan.service}: {plan.text}")
        return "\n".join(lines)


async def bent(
    assistant: Assistant, engine: Engine, texts: Sequence[str]
) -> AsyncIterator[Bent | None]:
    """Yield, for each text that asks for something, what comes of it where that differs."""
    numbers = count()

    async def last(*said: str) -> Plan:
        conversation = assistant.manager(f"suite-{next(numbers)}", engine)
        plans = [await conversation.turn(Heard(one, 1.0), assistant.clock()) for one in said]
        await conversation.close()
        return plans[-1]

    for before, text in zip(cycle(BEFORE), texts, strict=False):
        alone = await last(text)
        if alone.decision == "social":
            continue
        then = await last(before, text)
        same_service = alone.service == then.service or alone.intent == ASK_CALLBACK
        same = (alone.decision, alone.intent) == (then.decision, then.intent) and same_service
        yield None if same else Bent(before, text, alone, then)


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("manifests", nargs="+", type=Path)
    args = parser.parse_args()
    texts = [item.text for file in args.manifests for item in manifest.read(file)]
    paths = Paths.choose()
    assistant = load_assistant(paths)

    async def run() -> None:
        asked = differ = 0
        async with parts.understanding_with(paths) as client:
            async for found in bent(assistant, adapters.RasaEngine(client), texts):
                asked += 1
                if found is not None:
                    differ += 1
                    print(found)
        print(f"{differ} of {asked} are decided otherwise after another request.")

    asyncio.run(run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
