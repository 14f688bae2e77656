"""Recognition in the turn benchmark: as calls are recognised, kept by the sound with what it took.

A recognition is taken to last as long as the processor time of its one thread. For the sentences of
``callbot bench`` that is 0.21 s in the median and 0.35 s in the 95th percentile; while sixteen call
they last 0.16 and 0.38 s.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from asr.activity import Paused
from asr.adaptation import CORRECTION
from asr.engine import EngineSettings, WhisperEngine
from asr.hints import Hints
from asr.vocabulary import OPEN, Vocabulary
from bench.turnsounds import Turn
from callbot.paths import Paths
from common.audio import SAMPLE_RATE
from knowledge.town import load_town


class Recognised(msgspec.Struct, frozen=True):
    """What recognition makes of one sound."""

    text: str
    confidence: float
    cpu_s: float
    """Processor time of the thread that recognised it."""


NOTHING: Final = Recognised("", 0.0, 0.0)

Recognise: TypeAlias = Callable[[bytes, str], Recognised]
"""Given PCM and the kind of answer that is expected."""


def recogniser(model: Path, sentences: Sequence[str]) -> Recognise:
    """Return the callbot's recognition with the words of the town and its example ``sentences``."""
    engine = WhisperEngine(model, EngineSettings(threads=1))
    engine.warm_up()
    town = load_town(Paths.choose().town)
    words = Vocabulary(town=town.vocabulary(), streets=town.streets, sentences=tuple(sentences))
    hints = Hints(words)
    hints.prepare()

    def recognise(pcm: bytes, expects: str) -> Recognised:
        begun = time.process_time()
        result = engine.recognise(pcm, hints.of(expects))
        return Recognised(result.text, result.confidence, time.process_time() - begun)

    return recognise


class Texts:
    """What recognition makes of the speech up to a pause; kept by the audio."""

    def __init__(self, folder: Path, recognise: Recognise) -> None:
        """Keep in ``folder`` what the model with its correction of today heard."""
        version = zlib.crc32(CORRECTION.read_bytes())
        self._file = folder / f"recognised-{version:08x}.jsonl"
        self._recognise = recognise
        lines = self._file.read_bytes().splitlines() if self._file.exists() else []
        self._known = dict(msgspec.json.decode(x, type=tuple[str, Recognised]) for x in lines)

    def of(self, turn: Turn, paused: Paused) -> Recognised:
        """Return what is heard; pauses that begin within a tenth of a second count as one."""
        begins = paused.at - len(paused.pcm) / 2 / SAMPLE_RATE
        spoken = hashlib.sha256(turn.line.tobytes()).hexdigest()[:16]
        key = f"{spoken} {begins:.1f} {paused.speech_end:.1f}"
        return self._kept(key, paused.pcm, turn.expectation)

    def hear(self, pcm: bytes) -> Recognised:
        """Return what is heard in one utterance that answers nothing in particular."""
        return self._kept(hashlib.sha256(pcm).hexdigest()[:16], pcm, OPEN)

    def _kept(self, key: str, pcm: bytes, expects: str) -> Recognised:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._recognise(pcm, expects)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode((key, known)) + b"\n")
        return known
