"""What the model is shown: spoken sentences over simulated lines, in windows of several lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import soxr
from faster_whisper.feature_extractor import FeatureExtractor

from asr.audio import Samples, levelled, samples_of
from bench.adaptation.speak import INDEX, Spoken
from callbot import wavfile
from callbot.noisyexamples.line import Line, carried
from common.audio import SAMPLE_RATE


@dataclass(frozen=True)
class Bucket:
    """Utterances that are seen together."""

    window_s: float
    utterances: int
    tokens: int
    """Room for the text of each, the tokens around it included."""


BUCKETS: Final = (Bucket(3.5, 20, 28), Bucket(6.0, 12, 40), Bucket(10.0, 6, 64))
_SPARE_S: Final = 0.25
"""The least that a window is longer than the sound."""


@dataclass(frozen=True)
class Batch:
    """Features [utterances, bands, frames], tokens [utterances, length], and where text is."""

    features: Any
    tokens: Any
    mask: Any


class Tokeniser:
    """Texts to the tokens of the reduced model."""

    def __init__(self, encode: Any, before: Sequence[int], end: int) -> None:
        """``encode`` returns a text's tokens, ``before`` come before it, ``end`` after it."""
        self._encode = encode
        self._before = list(before)
        self._end = end

    def row(self, text: str, room: int) -> tuple[list[int], list[float]] | None:
        """Return the tokens and 1.0 for those that are to be learnt; None where room lacks."""
        told = [*(self._encode(f" {text}") if text else []), self._end]
        tokens = [*self._before, *told]
        if len(tokens) > room:
            return None
        empty = room - len(tokens)
        mask = [0.0] * len(self._before) + [1.0] * len(told) + [0.0] * empty
        return tokens + [self._end] * empty, mask


class Sounds:
    """Draws utterances."""

    def __init__(self, folder: Path, random: np.random.Generator, watched: bool) -> None:
        decoder = msgspec.json.Decoder(Spoken)
        lines = (folder / INDEX).read_bytes().splitlines()
        known = sorted((decoder.decode(line) for line in lines), key=lambda s: s.audio)
        self._spoken = [s for s in known if s.watched == watched]
        self._sound = [samples_of(wavfile.read(folder / s.audio), 30.0) for s in self._spoken]
        self._random = random

    def draw(self) -> tuple[str, Samples]:
        """Return a text and its sound as recognition gets it."""
        random = self._random
        if random.random() < 0.02:
            return "", self._line(np.zeros(random.integers(16_000, 40_000), dtype=np.float32))
        text, sound = self._one()
        while random.random() < 0.3:
            more, other = self._one()
            pause = np.zeros(int(random.uniform(0.1, 0.6) * SAMPLE_RATE), dtype=np.float32)
            text, sound = f"{text} {more}", np.concatenate([sound, pause, other])
        if random.random() < 0.12:
            _, behind = self._one()
            sound = sound + np.resize(behind, sound.size) * 10 ** (random.uniform(-24, -10) / 20)
        heard = self._plain(sound) if random.random() < 0.2 else self._line(sound)
        return text, levelled(self._edged(heard))

    def _one(self) -> tuple[str, Samples]:
        number = int(self._random.integers(len(self._spoken)))
        return self._spoken[number].text, self._sound[number]

    def _plain(self, sound: Samples) -> Samples:
        """Return the sound of a wide line."""
        random = self._random
        slowed = soxr.resample(sound, SAMPLE_RATE * self._pitch(), SAMPLE_RATE)
        hiss = random.normal(size=slowed.size) * 10 ** (random.uniform(-80, -55) / 20)
        return np.asarray(slowed + hiss, dtype=np.float32)

    def _pitch(self) -> float:
        return round(float(np.clip(self._random.normal(1.0, 0.07), 0.84, 1.16)), 2)

    def _line(self, sound: Samples) -> Samples:
        random = self._random
        noisy = random.random() < 0.55
        line = Line(
            "",
            level=float(random.uniform(-40, -18)),
            noise_below=float(random.uniform(6, 26)) if noisy else None,
            babble=random.random() < 0.4,
            echo_s=float(random.uniform(0.2, 0.6)) if random.random() < 0.25 else 0.0,
            lost=float(random.uniform(0.01, 0.06)) if random.random() < 0.25 else 0.0,
        )
        pcm = (np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        return samples_of(carried(pcm, self._pitch(), line, random), 30.0)

    def _edged(self, sound: Samples) -> Samples:
        """Return the sound with more or less of its edges."""
        random = self._random
        before = np.zeros(int(random.uniform(0, 0.3) * SAMPLE_RATE), dtype=np.float32)
        cut = int(random.uniform(0, 0.25) * SAMPLE_RATE)
        if random.random() < 0.5:
            return np.concatenate([before, sound])
        return sound[cut : max(cut + 1, sound.size - cut)]


class Batches:
    """Puts utterances of about the same length together."""

    def __init__(
        self, sounds: Sounds, tokeniser: Tokeniser, random: np.random.Generator, gaps: bool
    ) -> None:
        """``gaps``: some of what is heard is lost, so that nothing is learnt by heart."""
        self._gaps = gaps
        self._sounds = sounds
        self._tokeniser = tokeniser
        self._random = random
        self._features = FeatureExtractor()

    def drawn(self, only: Bucket | None = None) -> Iterator[tuple[Bucket, Batch]]:
        """Yield batches without end, of all windows or of one."""
        waiting: dict[Bucket, list[tuple[Any, list[int], list[float]]]] = {b: [] for b in BUCKETS}
        while True:
            text, sound = self._sounds.draw()
            bucket = self._bucket(sound.size / SAMPLE_RATE)
            row = self._tokeniser.row(text, bucket.tokens) if bucket is not None else None
            if bucket is None or row is None or only not in (None, bucket):
                continue
            rows = waiting[bucket]
            rows.append((self._seen(sound, bucket.window_s), *row))
            if len(rows) == bucket.utterances:
                features, tokens, mask = zip(*rows, strict=True)
                yield bucket, Batch(np.stack(features), np.array(tokens), np.array(mask, "f4"))
                rows.clear()

    def _bucket(self, duration_s: float) -> Bucket | None:
        fitting = [b for b in BUCKETS if b.window_s >= duration_s + _SPARE_S]
        if len(fitting) > 1 and self._random.random() < 0.2:
            return fitting[1]
        return fitting[0] if fitting else None

    def _seen(self, sound: Samples, window_s: float) -> Any:
        window = np.zeros(int(window_s * SAMPLE_RATE), dtype=np.float32)
        window[: sound.size] = sound
        features = self._features(window, padding=0)[:, : int(window_s * 100)].astype(np.float32)
        return self._with_gaps(features) if self._gaps else features

    def _with_gaps(self, features: Any) -> Any:
        """Return features of which some bands and moments are lost."""
        random, lost = self._random, features.min()
        for _ in range(random.integers(0, 3)):
            band = random.integers(0, 74)
            features[band : band + random.integers(1, 7)] = lost
        for _ in range(random.integers(0, 3)):
            moment = random.integers(0, features.shape[1])
            features[:, moment : moment + random.integers(2, 14)] = lost
        return features
