"""The built conversations of the turn benchmark: spoken sentences, pauses, noise, echo.

Everything is drawn from one seed, so a run can be repeated. What costs seconds (speaking a text,
finding the words of a recording) is kept in a folder.
"""

from __future__ import annotations

import hashlib
import json
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from asr.endpointing import NUMBER, OPEN, YES_NO
from bench.turntexts import HESITATIONS, NUMBERS
from bench.turntexts import YES_NO as ANSWERS
from callbot import wavfile
from common.audio import SAMPLE_RATE

Samples = NDArray[np.float32]

LEAD_S: Final = 1.2
"""Silence, or only noise, before the caller's first word."""
TAIL_S: Final = 4.0
PAUSES_S: Final = (0.3, 1.2)
CALLER_DB: Final = -22.0
LINE_NOISE_DB: Final = -62.0
RECORDED_CONDITIONS: Final = ("clean", "quiet", "room", "gsm")
"""The recordings without noise of their own: silence can be put into them unheard."""
BACKGROUNDS: Final = ("none", "none", "traffic", "television")
_QUIET_DB = -32.0


@dataclass(frozen=True)
class Turn:
    """One turn of a caller on the line, alone with its background."""

    id: str
    kind: str
    expectation: str
    background: str
    line: Samples
    starts: float
    """When the first word begins, in seconds."""
    ends: float
    """When the last word has been said."""
    words: tuple[tuple[float, str], ...]
    """When each word has been said, and the word."""

    def said_by(self, at: float) -> str:
        """Return the words said until then."""
        return " ".join(word for end, word in self.words if end <= at)


@dataclass(frozen=True)
class Part:
    """Speech without a pause of ours: the sound, and when each word in it ends."""

    sound: Samples
    words: tuple[tuple[float, str], ...]


class Recording(msgspec.Struct, frozen=True):
    """One recording of the evaluation set."""

    id: str
    text: str
    audio: str
    condition: str = "-"
    style: str = "-"


class Voices:
    """Spoken texts, kept as files."""

    def __init__(self, folder: Path, voices: Path, names: Sequence[str]) -> None:
        """``voices`` holds the folders ``names``, one for each Piper voice."""
        self.names = tuple(names)
        self._folder = folder
        self._voices = voices
        self._engines: dict[str, Any] = {}

    def say(self, text: str, voice: str) -> Samples:
        """Return ``text`` in a voice, without silence around it, as a telephone carries it."""
        key = hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()[:20]
        file = self._folder / f"{key}.wav"
        if not file.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            with wave.open(str(file), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(SAMPLE_RATE)
                out.writeframes(self._engine(voice).speak(text))
        return trimmed(telephone(samples_of(wavfile.read(file))))

    def _engine(self, voice: str) -> Any:
        from tts.engine import Engine  # noqa: PLC0415 - seconds, and only without the files

        if voice not in self._engines:
            self._engines[voice] = Engine(self._voices / voice, threads=2)
        return self._engines[voice]


class Words:
    """Where the words of the recordings lie, found once by Whisper and kept."""

    def __init__(self, file: Path, model: Path) -> None:
        self._file = file
        self._model = model
        self._loaded: Any = None
        known = json.loads(file.read_text()) if file.exists() else {}
        self._known: dict[str, list[tuple[float, float, str]]] = known

    def of(self, name: str, samples: Samples) -> list[tuple[float, float, str]]:
        """Return start, end (seconds) and text of each word."""
        if name not in self._known:
            segments, _ = self._whisper().transcribe(
                samples, language="fr", beam_size=1, word_timestamps=True
            )
            self._known[name] = [
                (round(word.start, 2), round(word.end, 2), word.word)
                for segment in segments
                for word in segment.words
            ]
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self._known))
        return self._known[name]

    def _whisper(self) -> Any:
        if self._loaded is None:
            from faster_whisper import WhisperModel  # noqa: PLC0415

            self._loaded = WhisperModel(
                str(self._model), device="cpu", compute_type="int8", local_files_only=True
            )
        return self._loaded


class Scenes:
    """Builds the turns."""

    def __init__(self, manifest: Path, voices: Voices, words: Words, seed: int) -> None:
        decoder = msgspec.json.Decoder(Recording)
        lines = filter(None, manifest.read_text(encoding="utf-8").splitlines())
        rows = [decoder.decode(line) for line in lines if b'"audio"' in line.encode()]
        self.rows = [row for row in rows if row.condition in RECORDED_CONDITIONS]
        self._folder = manifest.parent
        self._voices = voices
        self._words = words
        self.random = np.random.default_rng(seed)

    def recorded(self, row: Recording) -> Samples:
        """Return one recording without the silence around it."""
        return trimmed(self._whole_file(row))

    def _whole_file(self, row: Recording) -> Samples:
        return samples_of(wavfile.read(self._folder / row.audio))

    def _cut(self, row: Recording, gap: int | None) -> list[Part]:
        """Return a recording in one part, or cut before one of its words."""
        whole = self._whole_file(row)
        words = self._words.of(row.id, whole)
        cut = len(whole) if gap is None else quietest(whole, words[gap - 1][1], words[gap][0])
        parts = []
        for start, stop, said in (
            (0, cut, words[:gap]),
            (cut, len(whole), words[gap or len(words) :]),
        ):
            if stop > start:
                sound, skipped_s = trimmed_at(whole[start:stop])
                begin = start / SAMPLE_RATE + skipped_s
                ends = [(max(0.0, end - begin), word.strip()) for _, end, word in said]
                parts.append(Part(sound, tuple((min(e, seconds(sound)), w) for e, w in ends)))
        return parts

    def _spoken(self, text: str, voice: str) -> Part:
        """Return a text in a voice, its words spread evenly."""
        sound, words = self._voices.say(text, voice), text.split()
        step = seconds(sound) / len(words)
        return Part(sound, tuple(((n + 1) * step, word) for n, word in enumerate(words)))

    def turns(self, count: int) -> list[Turn]:
        """Return ``count`` turns: 40 % whole, 20 % with one pause inside, 16 % hesitating, 14 %
        numbers in groups, 10 % yes or no."""
        makers: tuple[tuple[float, Callable[[int], tuple[str, str, list[Part]]]], ...] = (
            (0.40, self._whole),
            (0.20, self._inside),
            (0.16, self._hesitating),
            (0.14, self._number),
            (0.10, self._answer),
        )
        turns = []
        for share, make in makers:
            for index in range(round(share * count)):
                kind, expectation, parts = make(index)
                background = BACKGROUNDS[int(self.random.integers(len(BACKGROUNDS)))]
                turns.append(self.scene(f"{kind}{index}", kind, expectation, parts, background))
        return turns

    def scene(
        self, name: str, kind: str, expectation: str, parts: Sequence[Part], background: str
    ) -> Turn:
        """Put parts on a line, a pause between each two."""
        at, sounds, words = LEAD_S, [silence(LEAD_S)], []
        for number, part in enumerate(parts):
            if number:
                sounds.append(silence(float(self.random.uniform(*PAUSES_S))))
                at += seconds(sounds[-1])
            sounds.append(part.sound)
            words += [(at + end, word) for end, word in part.words]
            at += seconds(part.sound)
        line = at_level(np.concatenate([*sounds, silence(TAIL_S)]), CALLER_DB)
        line = line + self.background(background, line.size)
        return Turn(name, kind, expectation, background, line, LEAD_S, at, tuple(words))

    def background(self, name: str, size: int, caller_db: float = CALLER_DB) -> Samples:
        """Return what else is on the line: 15 dB below the caller, but for the line's own noise."""
        hiss = at_level(self._noise(size), LINE_NOISE_DB)
        if name == "traffic":
            return hiss + at_level(traffic(size, self.random), caller_db - 15)
        if name == "television":
            return hiss + at_level(self.television(size), caller_db - 15)
        return hiss

    def television(self, size: int) -> Samples:
        """Return people talking without a break, with a little music under them."""
        spoken: list[Samples] = []
        while sum(map(len, spoken)) < size:
            row = self.rows[int(self.random.integers(len(self.rows)))]
            spoken.append(at_level(self.recorded(row), -20.0))
        speech = np.concatenate(spoken)[:size]
        return telephone(speech + at_level(music(size), -32.0))

    def _noise(self, size: int) -> Samples:
        return self.random.normal(size=size).astype(np.float32)

    def _row(self, *, long: bool) -> Recording:
        fitting = [row for row in self.rows if not long or len(row.text.split()) > 6]
        return fitting[int(self.random.integers(len(fitting)))]

    def _whole(self, _index: int) -> tuple[str, str, list[Part]]:
        return "whole", OPEN, self._cut(self._row(long=False), None)

    def _inside(self, _index: int) -> tuple[str, str, list[Part]]:
        row = self._row(long=True)
        words = self._words.of(row.id, self._whole_file(row))
        gaps = range(2, len(words) - 1)
        commas = [gap for gap in gaps if words[gap - 1][2].endswith(",")]
        choice = commas if commas and self.random.random() < 0.5 else list(gaps)
        gap = choice[int(self.random.integers(len(choice)))]
        return "inside", OPEN, self._cut(row, gap)

    def _voice(self, index: int) -> str:
        return self._voices.names[index % len(self._voices.names)]

    def _hesitating(self, index: int) -> tuple[str, str, list[Part]]:
        parts = HESITATIONS[index % len(HESITATIONS)]
        return "hesitation", OPEN, [self._spoken(part, self._voice(index)) for part in parts]

    def _number(self, index: int) -> tuple[str, str, list[Part]]:
        groups = NUMBERS[index % len(NUMBERS)]
        texts = [f"{group}," for group in groups[:-1]] + [f"{groups[-1]}."]
        return "number", NUMBER, [self._spoken(text, self._voice(index)) for text in texts]

    def _answer(self, index: int) -> tuple[str, str, list[Part]]:
        text = ANSWERS[index % len(ANSWERS)]
        return "yes_no", YES_NO, [self._spoken(text, self._voice(index // 2))]


def samples_of(pcm: bytes) -> Samples:
    """Return PCM as samples in -1..1."""
    samples: Samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    samples /= 32768
    return samples


def pcm_of(samples: Samples) -> bytes:
    """Return samples as PCM of the box."""
    return bytes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def seconds(samples: Samples) -> float:
    """Return the length in seconds."""
    return len(samples) / SAMPLE_RATE


def silence(length_s: float) -> Samples:
    """Return silence."""
    return np.zeros(round(length_s * SAMPLE_RATE), dtype=np.float32)


def levels_db(samples: Samples) -> NDArray[np.float64]:
    """Return the level of each 20 ms."""
    frame = SAMPLE_RATE // 50
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-12))


def loud_db(samples: Samples) -> float:
    """Return the level of the louder syllables, which pauses do not move."""
    return float(np.percentile(levels_db(samples), 90))


def at_level(samples: Samples, level_db: float) -> Samples:
    """Return the samples with their louder parts at ``level_db``."""
    return np.asarray(samples * 10 ** ((level_db - loud_db(samples)) / 20), dtype=np.float32)


def trimmed(samples: Samples) -> Samples:
    """Return the samples from the first to the last sound within 32 dB of the loud ones."""
    return trimmed_at(samples)[0]


def trimmed_at(samples: Samples) -> tuple[Samples, float]:
    """As :func:`trimmed`, with how many seconds were left out before."""
    frame = SAMPLE_RATE // 50
    loud = np.flatnonzero(levels_db(samples) > loud_db(samples) + _QUIET_DB)
    if loud.size == 0:
        return samples, 0.0
    first = int(loud[0]) * frame
    kept: Samples = samples[first : (int(loud[-1]) + 1) * frame]
    return kept, first / SAMPLE_RATE


def quietest(samples: Samples, before_s: float, after_s: float) -> int:
    """Return the sample where a pause between two words is heard least."""
    first, last = before_s - 0.06, max(after_s, before_s) + 0.06
    start = max(0, round(first * SAMPLE_RATE))
    window = SAMPLE_RATE // 50
    power = np.convolve(samples[start : round(last * SAMPLE_RATE)] ** 2, np.ones(window), "same")
    return start + int(np.argmin(power))


def telephone(samples: Samples) -> Samples:
    """Return the samples as a line of 300 to 3400 Hz carries them."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    rise = np.clip((hertz - 200) / 100, 0, 1) * np.clip((3600 - hertz) / 200, 0, 1)
    return np.asarray(np.fft.irfft(spectrum * rise, len(samples)), dtype=np.float32)


def traffic(size: int, random: np.random.Generator) -> Samples:
    """Return noise that is mostly low and comes and goes."""
    spectrum = np.fft.rfft(random.normal(size=size))
    spectrum /= np.maximum(1.0, np.fft.rfftfreq(size, 1 / SAMPLE_RATE) / 400.0)
    swell = 1 + 0.5 * np.sin(2 * np.pi * np.arange(size) / SAMPLE_RATE / 2.7)
    return telephone(np.asarray(np.fft.irfft(spectrum, size) * swell, dtype=np.float32))


def music(size: int) -> Samples:
    """Return a tune: three-note chords with harmonics that change twice a second."""
    at = np.arange(size) / SAMPLE_RATE
    step = (at * 2).astype(int) % 4
    tune = np.zeros(size)
    chords = np.array(((262, 330, 392), (294, 349, 440), (330, 392, 494), (262, 349, 440)))
    for note in range(3):
        for harmonic in (1, 2, 3):
            tune += np.sin(2 * np.pi * chords[step, note] * harmonic * at) / harmonic
    return np.asarray(tune * np.exp(-3 * (at * 2 % 1)), dtype=np.float32)
