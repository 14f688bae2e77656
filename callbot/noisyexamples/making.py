"""Speaks examples, sends them over simulated lines and keeps what the recogniser makes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from callbot.noisyexamples.casting import Role
from callbot.noisyexamples.line import carried
from callbot.noisyexamples.store import Hearing, HearingStore

Speak = Callable[[str, str], bytes | None]
"""Text and name of a voice to PCM; None when there is nothing to be said. Blocks."""
Hear = Callable[[bytes], Awaitable[tuple[str, float]]]
"""PCM to text and confidence."""


async def make(
    roles: Sequence[Role],
    speak: Speak,
    hear: Hear,
    store: HearingStore,
    advance: Callable[[], None],
) -> None:
    """Make every take, each role kept as soon as it is heard; ``advance`` is called after each.

    The next role is spoken while one is being heard. Cancelling loses at most two roles.
    """
    hearing: asyncio.Task[None] | None = None
    try:
        for role in roles:
            pcm = await asyncio.to_thread(speak, role.text, role.voice)
            if hearing is not None:
                await hearing
            hearing = asyncio.create_task(_heard(role, pcm, hear, store, advance))
        if hearing is not None:
            await hearing
    finally:
        if hearing is not None:
            hearing.cancel()


async def _heard(
    role: Role,
    pcm: bytes | None,
    hear: Hear,
    store: HearingStore,
    advance: Callable[[], None],
) -> None:
    if pcm is not None:
        sounds = [
            carried(pcm, take.pitch, take.line, np.random.default_rng(int(take.key, 16)))
            for take in role.takes
        ]
        results = await asyncio.gather(*(hear(sound) for sound in sounds))
        store.add(
            Hearing(take.key, role.text, text, round(confidence, 3), take.line.name)
            for take, (text, confidence) in zip(role.takes, results, strict=True)
        )
    advance()
