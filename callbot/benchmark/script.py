"""What the callers of a benchmark say, and their voices."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soxr

from callbot import wavfile
from callbot.testphone.session import Turn
from common.audio import SAMPLE_RATE, wav_of

DIALOGUES: Sequence[Sequence[str]] = (
    (
        "Bonjour, vous êtes ouverts samedi matin ?",
        "Et c'est à quelle adresse, la mairie ?",
        "Non merci, ce sera tout.",
    ),
    (
        "Bonjour, je voudrais refaire ma carte d'identité, qu'est-ce qu'il faut apporter ?",
        "Et pour un passeport, ça coûte combien ?",
        "Non, c'est bon, merci.",
    ),
    (
        "Oui bonjour, la piscine est ouverte à quelle heure aujourd'hui ?",
        "Et dimanche, elle ouvre aussi ?",
        "C'est combien l'entrée ?",
        "Non merci.",
    ),
    (
        "Bonjour, c'est pour des encombrants, vous passez quand ?",
        "Et la déchetterie, elle est ouverte le samedi ?",
        "D'accord. Il faut une carte pour y aller ?",
        "Non, merci beaucoup.",
    ),
    (
        "Bonjour monsieur, je voudrais inscrire mon fils à la cantine.",
        "Et l'inscription à l'école, comment ça se passe ?",
        "Non, je vous remercie.",
    ),
    (
        "Allô, bonjour, la médiathèque ferme à quelle heure ce soir ?",
        "Et mercredi après-midi ?",
        "Non, ça ira, merci.",
    ),
    (
        "Bonjour, comment je fais pour m'inscrire sur les listes électorales ?",
        "Et si je ne peux pas venir voter, comment on fait une procuration ?",
        "Non merci, au revoir.",
    ),
    (
        "Bonjour, il y a un lampadaire qui ne marche plus dans ma rue.",
        "Non, je voulais aussi demander les jours de marché.",
        "Non merci.",
    ),
)
"""Ordinary calls, each told apart from the others by its matter."""


PITCHES = (1.0, 0.94, 1.06, 0.9, 1.1)
"""Speeds at which one voice is played: each sounds like a person of its own."""


class Casting:
    """The callers' sentences as sound, rendered once and kept on disk."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is that of one voice."""
        self._folder = folder

    def missing(self) -> Sequence[str]:
        """Return the sentences that still have to be rendered."""
        wanted = dict.fromkeys(text for sentences in DIALOGUES for text in sentences)
        return [text for text in wanted if not self._file(text).exists()]

    def keep(self, text: str, pcm: bytes) -> None:
        """Keep one rendered sentence."""
        file = self._file(text)
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(".part")
        temporary.write_bytes(wav_of(pcm))
        temporary.replace(file)

    def dialogues(self, caller: int, seed: int = 0) -> Iterator[Sequence[Turn]]:
        """Yield, without end, the calls of one caller: the same for the same caller and seed.

        A caller keeps one voice, and takes the dialogues in an order of its own.

        Raises:
            callbot.wavfile.WavError: a kept sound is damaged.
        """
        order = random.Random(f"{seed}/{caller}")  # noqa: S311 - repeatable, not secret
        numbers = list(range(len(DIALOGUES)))
        while True:
            order.shuffle(numbers)
            for number in numbers:
                pitch = PITCHES[caller % len(PITCHES)]
                yield [Turn(text, self._sound(text, pitch)) for text in DIALOGUES[number]]

    def _sound(self, text: str, pitch: float) -> bytes:
        pcm = wavfile.read(self._file(text))
        if pitch == 1.0:
            return pcm
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
        played = np.asarray(soxr.resample(samples, SAMPLE_RATE * pitch, SAMPLE_RATE))
        return bytes(np.clip(np.rint(played), -32768, 32767).astype("<i2").tobytes())

    def _file(self, text: str) -> Path:
        name = hashlib.sha256(text.encode()).hexdigest()[:20]
        return self._folder / f"{name}.wav"
