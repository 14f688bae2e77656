"""How long understanding takes: python -m bench.decision [--rounds N] [--json]

Starts a Rasa of its own on the active model and times, from our side of the socket: one parse at a
time, 16 parses at once, and whole decisions (Rasa, policy, knowledge) as the first turn of a call,
alone and 16 at once. Sentences are the town's own examples, each used once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from callbot import adapters, parts
from callbot.assistant import Assistant, load_assistant
from callbot.paths import Paths
from dialogue.ports import Heard
from dialogue.rasa_client import RasaClient

AT_ONCE = 16
WARM_UP = 20

Work = Callable[[str], Awaitable[object]]


async def timed(work: Work, text: str) -> float:
    """Return the milliseconds that one piece of work takes."""
    begun = time.perf_counter()
    await work(text)
    return (time.perf_counter() - begun) * 1000


async def one_by_one(work: Work, texts: Sequence[str]) -> list[float]:
    """Time each text alone."""
    return [await timed(work, text) for text in texts]


async def at_once(work: Work, texts: Sequence[str]) -> list[float]:
    """Time the texts in groups that begin together."""
    times: list[float] = []
    for start in range(0, len(texts) - AT_ONCE + 1, AT_ONCE):
        group = texts[start : start + AT_ONCE]
        times += await asyncio.gather(*(timed(work, text) for text in group))
    return times


def summary(times: Sequence[float]) -> dict[str, float]:
    """Return count and percentiles in milliseconds."""
    p50, p95 = np.percentile(times, [50, 95])
    return {"n": len(times), "p50": round(float(p50), 1), "p95": round(float(p95), 1)}


async def measure(assistant: Assistant, client: RasaClient, rounds: int) -> dict[str, object]:
    """Return the figures of all four."""
    engine = adapters.RasaEngine(client)
    numbers = iter(range(1_000_000))

    async def decide(text: str) -> object:
        conversation = assistant.manager(f"mesure-{next(numbers)}", engine)
        return await conversation.turn(Heard(text, 1.0), assistant.clock())

    texts = _sentences(assistant, 4 * rounds * AT_ONCE + WARM_UP)
    await one_by_one(decide, texts[:WARM_UP])
    parts_of = [texts[WARM_UP + part :: 4] for part in range(4)]
    return {
        "parse_ms": summary(await one_by_one(client.parse, parts_of[0])),
        "parse_16_ms": summary(await at_once(client.parse, parts_of[1])),
        "decision_ms": summary(await one_by_one(decide, parts_of[2])),
        "decision_16_ms": summary(await at_once(decide, parts_of[3])),
    }


def _sentences(assistant: Assistant, count: int) -> list[str]:
    """Return examples of all intents in an order that does not change."""
    intents = assistant.intents
    texts = [text for name in intents.names for text in intents.examples(name)]
    order = np.random.default_rng(1).permutation(len(texts))[:count]
    return [texts[index] for index in order]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=15, help=f"groups of {AT_ONCE} each")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    paths = Paths.choose()
    assistant = load_assistant(paths)

    async def run() -> dict[str, object]:
        async with parts.understanding_with(paths) as client:
            return await measure(assistant, client, args.rounds)

    result = asyncio.run(run())
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        for name, figures in result.items():
            print(f"{name:<16} {figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
