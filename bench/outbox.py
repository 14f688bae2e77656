"""The texts' outbox under fire: python -m bench.outbox [--crashes 1000] [--drain 10000]

``--crashes`` starts and kills (SIGKILL) a callbot so many times, half of them at a random step of
its own, half at a random moment from outside, while residents agree to texts and two operators
lose answers; then counts how often each message really left. ``--drain`` hands a full outbox to a
gateway that takes everything at once, and shows the rate and the memory.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, fields, replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import psutil

from bench.outboxworld import PARIS, RULES, Ledger, Life, clock, live, request
from callbot.outbox import Outbox
from telephony.sms.gateway import Accepted
from telephony.sms.model import Text, TextState
from telephony.sms.sender import Sender

SETTLING_RUNS = 20
"""Runs without a crash in which everything has to come to an end."""


@dataclass(frozen=True)
class Tally:
    """What became of the messages."""

    crashes: int
    in_hand_over: int
    """Crashes after which a message was left half handed over."""
    messages: int
    promised: int
    left: int
    """Handed over, by what the operators remember."""
    delivered: int
    sent: int
    failed: int
    for_people: int
    """Failed because nobody could tell: staff is asked to check."""
    lost: int
    """Promised and not kept, said to be sent and not taken, or left lying."""
    unknown: int
    """Handed over without being kept."""
    doubled: int


def collide(crashes: int, folder: Path, *, seed: int = 1, new: int = 3, lying: bool = False) -> int:
    """Run the callbot until it has been killed that often, then to the end.

    Returns after how many of the crashes a message was left half handed over.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bench.outboxworld"])
    chance = random.Random(seed)
    killed = half = run = 0
    while killed < crashes:
        run += 1
        inside = chance.random() < 0.5
        crash_at = chance.randint(1, 90) if inside else 0
        life = Life(str(folder), seed * 10**6 + run, new, crash_at, lying)
        if _one_life(context, life, None if inside else 0.02 + chance.random() * 0.2):
            killed += 1
            half += _half_handed_over(folder)
    for _ in range(SETTLING_RUNS):
        run += 1
        _one_life(context, Life(str(folder), seed * 10**6 + run, 0, 0, lying), None)
        if not _open(folder):
            break
    return half


def _one_life(context: ForkServerContext, life: Life, kill_after_s: float | None) -> bool:
    process = context.Process(target=live, args=(life,))
    process.start()
    if kill_after_s is not None and process.pid is not None:
        process.join(kill_after_s)
        if process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    process.join()
    if process.exitcode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the callbot failed by itself: {process.exitcode}")
    return process.exitcode != 0


def _rows(folder: Path, statement: str) -> list[tuple[str, ...]]:
    path = folder / "outbox.sqlite3"
    with closing(sqlite3.connect(path)) as database, suppress(sqlite3.OperationalError):
        return list(database.execute(statement))
    return []


def _half_handed_over(folder: Path) -> bool:
    return bool(_rows(folder, "SELECT id FROM texts WHERE state = 'sending' LIMIT 1"))


def _open(folder: Path) -> bool:
    return bool(_rows(folder, "SELECT id FROM texts WHERE state IN ('queued', 'sending') LIMIT 1"))


def tally(folder: Path, crashes: int, half: int) -> Tally:
    """Compare what the callbot says with what the operators remember."""
    ledger = Ledger(folder)
    taken: Counter[str] = Counter()
    for name in ("premier", "second"):
        with closing(ledger.operator(name)) as memory:
            taken.update(row[0] for row in memory.execute("SELECT id FROM taken"))
    rows = _rows(folder, "SELECT id, key, state, doubt_since FROM texts")
    states = Counter(TextState(row[2]) for row in rows)
    promised = set(ledger.promised())
    for_people = sum(1 for row in rows if row[2] == "failed" and row[3])
    unkept = promised - {row[1] for row in rows}
    untaken = [row for row in rows if row[2] in ("sent", "delivered") and not taken[row[0]]]
    left_lying = states[TextState.QUEUED] + states[TextState.SENDING]
    return Tally(
        crashes=crashes,
        in_hand_over=half,
        messages=len(rows),
        promised=len(promised),
        left=len(taken),
        delivered=states[TextState.DELIVERED],
        sent=states[TextState.SENT],
        failed=states[TextState.FAILED] - for_people,
        for_people=for_people,
        lost=len(unkept) + len(untaken) + left_lying,
        unknown=len(taken.keys() - {row[0] for row in rows}),
        doubled=sum(1 for count in taken.values() if count > 1),
    )


class Swift:
    """A gateway that takes everything at once."""

    name = "rapide"
    reports = False

    def __init__(self) -> None:
        self.taken = 0
        self.most_mib = 0.0

    async def start(self) -> None:
        """It is there already."""

    async def close(self) -> None:
        """Nothing is open."""

    async def send(self, _text: Text) -> Accepted:
        """Take it."""
        self.taken += 1
        if self.taken % 100 == 0:
            self.most_mib = max(self.most_mib, rss_mib())
        return Accepted(f"r{self.taken}")

    async def find(self, _text: Text) -> Accepted | None:
        """Never asked: no answer of this gateway gets lost."""
        return None


def rss_mib() -> float:
    """Return the memory of this process."""
    return float(psutil.Process().memory_info().rss) / 2**20


async def drain(count: int, folder: Path) -> None:
    """Fill an outbox, hand it over, and print how long that took and what memory it used."""
    rules = replace(RULES, pace_per_s=100_000.0)
    outbox = await Outbox.open(folder / "outbox.sqlite3", rules, PARIS)
    started = time.perf_counter()
    for first in range(0, count, 100):
        keys = (f"appel-{n}" for n in range(first, min(first + 100, count)))
        await asyncio.gather(*(outbox.submit(request(key), clock()) for key in keys))
    kept_s = time.perf_counter() - started
    gateway, before = Swift(), rss_mib()
    started = time.perf_counter()
    sending = asyncio.create_task(Sender(outbox, [gateway], rules, clock).run())
    while (await outbox.counts(clock())).total[TextState.SENT] < count:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    drained_s = time.perf_counter() - started
    after = rss_mib()
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    await outbox.close()
    print(f"kept on disk          {count} in {kept_s:.1f} s ({count / kept_s:.0f}/s)")
    print(f"handed over           {gateway.taken} in {drained_s:.1f} s ({count / drained_s:.0f}/s)")
    print(f"memory (RSS)          {before:.1f} MiB before, {after:.1f} MiB after")
    print(f"highest while sending {max(gateway.most_mib, after):.1f} MiB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crashes", type=int, default=0)
    parser.add_argument("--drain", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.crashes:
            started = time.perf_counter()
            half = collide(options.crashes, Path(folder), seed=options.seed)
            result = tally(Path(folder), options.crashes, half)
            for field in fields(result):
                print(f"{field.name:<14}{getattr(result, field.name):>8}")
            print(f"{'seconds':<14}{time.perf_counter() - started:>8.0f}")
    with tempfile.TemporaryDirectory() as folder:
        if options.drain:
            asyncio.run(drain(options.drain, Path(folder)))


if __name__ == "__main__":
    main()
