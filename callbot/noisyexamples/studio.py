"""Makes hearings with the voices and the recogniser of this box, showing progress."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from asr.adaptation import CORRECTION
from asr.vocabulary import FIRST, Vocabulary
from callbot import parts
from callbot.noisyexamples.casting import Role, cast, unheard
from callbot.noisyexamples.making import make
from callbot.noisyexamples.store import HearingStore
from callbot.paths import Paths
from callbot.settings import Settings
from tts.engine import Engine, SpeechError
from tts.speechtext import spoken_sentences
from tts.voicefiles import VoiceError, find_voice, sha256_of

_WEIGHTS = "model.bin"


def installed_voices(folder: Path) -> dict[str, str]:
    """Return the fingerprint of each usable voice by the name of its folder."""
    found = {}
    for voice in sorted(path for path in folder.glob("*") if path.is_dir()):
        with suppress(VoiceError):
            found[voice.name] = find_voice(voice).fingerprint()
    return found


def roles(
    examples: Mapping[str, Sequence[str]],
    settings: Settings,
    paths: Paths,
    store: HearingStore,
    most: int,
) -> list[Role]:
    """Return what is to be spoken next, at most ``most`` examples.

    Raises:
        OSError: the recogniser's model, or what corrects it, cannot be read.
    """
    voices = installed_voices(paths.voices)
    if not voices:
        return []
    weights = settings.model_folder(paths) / _WEIGHTS
    recogniser = "+".join(sha256_of(file) for file in (weights, CORRECTION))
    known = {hearing.key for hearing in store.all()}
    return unheard(cast(examples, voices, recogniser), known, most)


async def record(
    todo: Sequence[Role],
    settings: Settings,
    paths: Paths,
    store: HearingStore,
    vocabulary: Vocabulary,
) -> None:
    """Make all takes of ``todo``, heard as a caller's first words are.

    Raises:
        CommandError: the recognition process does not start.
        RecognitionUnavailable: it ended before its time.
        VoiceError: a voice does not load.
    """
    cast_of_voices = _Voices(paths.voices)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    # Hundreds of sentences in a row would keep the callers of a running callbot waiting.
    async with parts.recognition(settings, paths, borrow=False, vocabulary=vocabulary) as client:

        async def hear(pcm: bytes) -> tuple[str, float]:
            transcript = await client.recognise("exemple", pcm, time.monotonic(), FIRST)
            return transcript.text, transcript.confidence

        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("Exemples dits et entendus", total=len(todo))
            await make(todo, cast_of_voices.speak, hear, store, lambda: progress.advance(task))


class _Voices:
    """Loads each voice when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engines: dict[str, Engine] = {}

    def speak(self, text: str, voice: str) -> bytes | None:
        if voice not in self._engines:
            self._engines[voice] = Engine(self._folder / voice, threads=os.cpu_count() or 1)
        try:
            return self._engines[voice].speak(" ".join(spoken_sentences(text)))
        except SpeechError:
            return None
