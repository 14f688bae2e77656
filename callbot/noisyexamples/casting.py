"""Which examples are spoken next, by which voice, over which lines. Pure and repeatable."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from callbot.noisyexamples.line import LINES, Line
from callbot.noisyexamples.store import key_of

PITCHES = (0.84, 0.9, 0.96, 1.06, 1.14)
"""From a deep and slow voice to a high and quick one; never quite the voice as it was made."""
TAKES = 2
"""Hearings of each spoken example: speaking costs more than hearing."""
MOST_WORDS = 18
"""Longer examples take long to speak, and survive a wrong word anyway."""


@dataclass(frozen=True)
class Take:
    """One hearing to be made."""

    key: str
    pitch: float
    line: Line


@dataclass(frozen=True)
class Role:
    """One example to be spoken once, and all the takes of it."""

    text: str
    voice: str
    """Name of the voice."""
    takes: tuple[Take, ...]


def cast(
    examples: Mapping[str, Sequence[str]], voices: Mapping[str, str], recogniser: str
) -> Iterator[Role]:
    """Yield a role for each example, one of every intent in turn.

    ``voices`` gives each voice's fingerprint by name; ``recogniser`` is the model's.
    """
    names = sorted(voices)
    columns = [
        sorted((t for t in texts if len(t.split()) <= MOST_WORDS), key=_draw)
        for _, texts in sorted(examples.items())
    ]
    for row in zip_longest(*columns):
        for text in row:
            if text is not None:
                name = names[_draw(text) % len(names)]
                yield Role(text, name, _takes(text, voices[name], recogniser))


def unheard(roles: Iterator[Role], known: Collection[str], most: int) -> list[Role]:
    """Return the first ``most`` roles with a take that is not known yet, without known takes."""
    found: list[Role] = []
    for role in roles:
        if len(found) == most:
            break
        new = tuple(take for take in role.takes if take.key not in known)
        if new:
            found.append(Role(role.text, role.voice, new))
    return found


def _takes(text: str, voice: str, recogniser: str) -> tuple[Take, ...]:
    drawn = _draw(f"lignes {text}")
    takes = []
    for number in range(TAKES):
        line = LINES[(drawn + number * (1 + drawn // 7 % (len(LINES) - 1))) % len(LINES)]
        pitch = PITCHES[(drawn // 31 + 2 * number) % len(PITCHES)]
        takes.append(Take(key_of(text, f"{voice} {pitch}", repr(line), recogniser), pitch, line))
    return tuple(takes)


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
