"""The callers: each places one call after the other until the time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from callbot.benchmark.sound import Faults, faults
from callbot.testphone.session import CallResult, CallSession, Patience, Turn
from telephony.phone_client import PhoneClient, PhoneError, PhoneOptions

BETWEEN_CALLS_S = 1.0


@dataclass
class Tape:
    """What happened to all callers."""

    results: list[CallResult] = field(default_factory=list)
    lost: int = 0
    """Callers whose telephone itself died."""
    faults: Faults = field(default_factory=Faults)
    """What was wrong with the bot's speech."""

    def add(self, result: CallResult) -> None:
        """Keep a call that is over, without its sound: a long run would not fit in memory."""
        for exchange in (result.greeting, *result.turns, *result.agent):
            self.faults = self.faults.plus(faults(exchange.segments))
            exchange.segments.clear()
        self.results.append(result)


@dataclass(frozen=True)
class Load:
    """How the callers behave; durations in seconds."""

    uri: str
    local: str
    """Address that the telephones bind to."""
    calls: int
    lasting_s: float
    patience: Patience
    spread_s: float
    """The first calls come evenly over so long."""


async def run(load: Load, dialogues: Sequence[Iterator[Sequence[Turn]]], tape: Tape) -> None:
    """Let ``load.calls`` callers telephone until the time is over, each one's last call included.

    ``dialogues`` has one endless supply of calls for each caller.

    Raises:
        PhoneError: a telephone cannot start.
    """
    phones = [PhoneClient(PhoneOptions(host=load.local, refer="refuse")) for _ in range(load.calls)]
    try:
        for phone in phones:
            await phone.start()
        until = asyncio.get_running_loop().time() + load.lasting_s
        async with asyncio.TaskGroup() as group:
            for number, phone in enumerate(phones):
                first = load.spread_s * number / load.calls
                group.create_task(_caller(load, phone, dialogues[number], tape, first, until))
    finally:
        await asyncio.gather(*(phone.close() for phone in phones))


async def _caller(
    load: Load,
    phone: PhoneClient,
    dialogues: Iterator[Sequence[Turn]],
    tape: Tape,
    first_s: float,
    until: float,
) -> None:
    await asyncio.sleep(first_s)
    while asyncio.get_running_loop().time() < until:
        try:
            session = CallSession(phone, load.patience)
            tape.add(await session.run(load.uri, next(dialogues)))
        except PhoneError:
            tape.lost += 1
            return
        await asyncio.sleep(BETWEEN_CALLS_S)
