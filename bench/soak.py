"""A day's traffic on a running callbot: python -m bench.soak [--calls 600] [--minutes 40]

Calls come as on a Monday at a switchboard, the day compressed to ``--minutes``; never more than
``--peak`` at once, so that who comes in a crowd calls a little later. What the box holds on to
(memory, file descriptors, temporary files, databases) is compared between the start and the end,
both without calls, and the answers of the first third of the day with those of the last one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from bench.soakday import Answer, Snapshot, arrivals, drift, grown
from callbot import state
from callbot.benchmark import usage
from callbot.benchmark.callers import Tape
from callbot.benchmark.figures import failed, percentiles
from callbot.benchmark.script import Casting
from callbot.commands.call import default_uri
from callbot.paths import Paths
from callbot.settings import load_settings
from callbot.testphone import reach
from callbot.testphone.session import CallSession, Patience
from telephony.phone_client import PhoneClient, PhoneError, PhoneOptions

SETTLE_S = 20.0
"""After the last call, before what is left is counted."""
_TEMPORARY = ("callbot-*", "tmp*.part")
_DATABASES = ("*.sqlite3", "*.sqlite3-wal")


class Day:
    """The calls of one day, on a pool of telephones."""

    def __init__(self, uri: str, local: str, casting: Casting, peak: int) -> None:
        self._uri = uri
        self._phones = [PhoneClient(PhoneOptions(host=local, refer="refuse")) for _ in range(peak)]
        self._free: asyncio.Queue[tuple[PhoneClient, Iterator[Any]]] = asyncio.Queue()
        for number, phone in enumerate(self._phones):
            self._free.put_nowait((phone, casting.dialogues(number)))
        self.tape = Tape()
        self.answers: list[Answer] = []
        self.crowded = 0
        """Calls that came when all telephones were taken."""

    async def run(self, moments: Sequence[float]) -> None:
        """Place a call at each moment, in seconds from now, or as soon as a telephone is free.

        Raises:
            PhoneError: a telephone cannot start.
        """
        try:
            for phone in self._phones:
                await phone.start()
            begun = asyncio.get_running_loop().time()
            async with asyncio.TaskGroup() as group:
                for moment in moments:
                    await asyncio.sleep(begun + moment - asyncio.get_running_loop().time())
                    self.crowded += self._free.empty()
                    phone, dialogues = await self._free.get()
                    group.create_task(self._call(phone, dialogues, begun))
        finally:
            await asyncio.gather(*(phone.close() for phone in self._phones))

    async def _call(self, phone: PhoneClient, dialogues: Iterator[Any], begun: float) -> None:
        at = asyncio.get_running_loop().time() - begun
        try:
            result = await CallSession(phone, Patience(think=1.0)).run(self._uri, next(dialogues))
        except PhoneError:
            self.tape.lost += 1
            if self.tape.lost == len(self._phones):
                raise
            return
        latencies = [turn.latency_ms for turn in result.turns if turn.latency_ms is not None]
        self.answers += [Answer(at, latency) for latency in latencies]
        self.tape.add(result)
        self._free.put_nowait((phone, dialogues))
        if len(self.tape.results) % 20 == 0:
            print(f"{len(self.tape.results)} appels finis", file=sys.stderr)


def snapshot(paths: Paths) -> Snapshot:
    """Return what the running box holds on to.

    Raises:
        SystemExit: the callbot does not run.
    """
    running = state.read(paths.state_file)
    if running is None:
        raise SystemExit("Le callbot n'est pas en marche.")
    memory = {
        name: size / 2**20
        for name, size in usage.read(running).rss.items()
        if name != usage.CALLERS
    }
    files: Counter[str] = Counter()
    threads: Counter[str] = Counter()
    for child in running.children:
        if child.pid is None:
            continue
        with contextlib.suppress(psutil.Error):  # it has just been started again
            root = psutil.Process(child.pid)
            for process in (root, *root.children(recursive=True)):
                files[child.name] += process.num_fds()
                threads[child.name] += process.num_threads()
    databases = (file for pattern in _DATABASES for file in paths.var.glob(pattern))
    return Snapshot(
        memory,
        dict(files),
        dict(threads),
        _temporary(paths),
        sum(file.stat().st_size for file in databases) / 2**20,
        sum(1 for _ in paths.prompts.glob("??/*.prompt")),
    )


def _temporary(paths: Paths) -> int:
    folders = (Path(tempfile.gettempdir()), paths.var)
    found = sum(1 for folder in folders for name in _TEMPORARY for _ in folder.glob(name))
    return found + sum(1 for _ in paths.prompts.glob("??/*.part"))


async def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Run the day against the running callbot and return what became of it."""
    settings, paths = load_settings()
    casting = Casting(paths.var / "bench" / settings.voice_folder(paths).name)
    if casting.missing():
        raise SystemExit("Lancez d'abord « callbot bench --calls 1 --minutes 0.1 ».")
    uri = default_uri(settings)
    before = snapshot(paths)
    day = Day(uri, reach.locate(uri).local, casting, args.peak)
    seconds = args.minutes * 60
    await day.run(arrivals(args.calls, seconds, args.seed))
    await asyncio.sleep(SETTLE_S)
    after = snapshot(paths)
    found = drift(day.answers)
    return {
        "calls": len(day.tape.results),
        "failed_calls": day.tape.lost + sum(failed(result) for result in day.tape.results),
        "crowded": day.crowded,
        "answers": len(day.answers),
        "latency_ms": percentiles([answer.latency_ms for answer in day.answers], (50, 95, 99)),
        "drift_ms": asdict(found) | {"measurable": found.measurable} if found else None,
        "grown": {
            "rss_mb": grown(before.rss_mb, after.rss_mb),
            "files": grown(before.files, after.files),
            "threads": grown(before.threads, after.threads),
            "temporary": after.temporary - before.temporary,
            "database_mb": round(after.database_mb - before.database_mb, 2),
            "prompts": after.prompts - before.prompts,
        },
        "start": asdict(before),
        "end": asdict(after),
    }


def main() -> int:
    """Run it; 1 when a call failed or answers have become slower."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.soak")
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--minutes", type=float, default=40.0, help="length of the whole day")
    parser.add_argument("--peak", type=int, default=15, help="most calls at once")
    parser.add_argument("--seed", type=int, default=0)
    found = asyncio.run(measure(parser.parse_args()))
    json.dump(found, sys.stdout, ensure_ascii=False, indent=2, default=dict)
    print()
    slower = bool(found["drift_ms"] and found["drift_ms"]["measurable"])
    return 1 if found["failed_calls"] or slower else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
