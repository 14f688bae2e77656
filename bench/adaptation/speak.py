"""Has the training sentences spoken: python -m bench.adaptation.speak VOICES FOLDER

``VOICES`` holds other speakers' style vectors for Kokoro (``*.bin``, rows of 256 float32), as the
npm package ``kokoro-js`` ships them (``npm pack kokoro-js@1.2.1``; Apache-2.0). Mixed with the
French speaker's vectors they speak French with another timbre, and the more of them there is in a
mixture the more foreign it sounds. The sound (16 kHz, without a line) and ``spoken.jsonl`` are
written into ``FOLDER``; what is there already is not spoken again. Left out are sentences that are
nearly one of a set to be measured with (``--apart FILE.jsonl``, with ``id`` and ``text``), and the
speakers of such sets (``MEASURED``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import onnxruntime
from piper.phonemize_espeak import EspeakPhonemizer

from bench.adaptation.texts import Composer, examples, own
from bench.asr import Row, unseen
from common.audio import wav_of
from tts import levels
from tts.build_voice import KOKORO_RATE, SIWIS_STYLE, STYLE_WIDTH
from tts.speechtext import spoken_sentences

MEASURED: Final = frozenset(
    (
        *("af_heart", "am_puck", "bf_emma", "bm_george", "ef_dora", "hf_alpha", "im_nicola"),
        *("jf_alpha", "jf_nezumi", "jf_tebukuro", "jm_kumo"),
    )
)
"""Speakers of the spoken set, and of a set that the callbot was developed with: not learnt from."""
HELD_OUT: Final = frozenset(("bm_lewis", "pm_alex", "hf_beta", "af_sarah"))
"""Speakers by whom the training is watched."""
INDEX: Final = "spoken.jsonl"
_NEAR: Final = "abeip"
"""Languages (first letter of a name) whose speakers are understood in French without a mixture."""
_SILENT: Final = frozenset("_^$-")
_WATCHED: Final = 12
"""One sentence in so many is said by a speaker held out."""
_PAUSE_S: Final = 0.2


class Spoken(msgspec.Struct, frozen=True):
    """One sentence as it was spoken."""

    audio: str
    text: str
    speaker: str
    foreign: float
    """Share of the other speaker in the voice; 0 is the French one alone."""
    watched: bool = False
    """Held out from the training."""


class Kokoro:
    """The synthesiser, for any style."""

    def __init__(self, folder: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.x64quantprecision", "1")
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "kokoro.onnx"), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._vocabulary: dict[str, int] = json.loads(
            (folder / "vocab.json").read_text(encoding="utf-8")
        )["vocab"]
        self._phonemes = EspeakPhonemizer()

    def speak(self, text: str, style: np.ndarray, speed: float) -> levels.Samples:
        """Return ``text`` at 16 kHz."""
        pieces = [
            levels.trim(self._sentence(phonemes, style, speed))
            for sentence in spoken_sentences(text)
            for phonemes in self._phonemes.phonemize("fr", sentence)
        ]
        return levels.levelled(levels.joined([p for p in pieces if len(p)], _PAUSE_S))

    def _sentence(self, phonemes: Sequence[str], style: np.ndarray, speed: float) -> levels.Samples:
        sounding = (phoneme for phoneme in phonemes if phoneme not in _SILENT)
        known = [self._vocabulary[p] for p in sounding if p in self._vocabulary]
        row = style[min(len(known), len(style)) - 1]
        (audio, *_) = self._session.run(
            None,
            {
                "tokens": np.array([[0, *known, 0]], dtype=np.int64),
                "style": row[np.newaxis].astype(np.float32),
                "speed": np.array([speed], dtype=np.float32),
            },
        )
        return levels.to_box_rate(np.asarray(audio), KOKORO_RATE)


class Cast:
    """Draws who speaks."""

    def __init__(self, voices: Path, random: np.random.Generator) -> None:
        self._random = random
        self._french = _style(SIWIS_STYLE)
        known = {path.stem: path for path in sorted(voices.glob("*.bin"))}
        usable = [name for name in known if name not in MEASURED and not name.startswith("ff_")]
        self._voices = known
        self._watched = [name for name in usable if name in HELD_OUT]
        self._others = [name for name in usable if name not in HELD_OUT]

    def draw(self, watched: bool) -> tuple[str, float, np.ndarray]:
        """Return a speaker's name, its share in the voice and the style."""
        if not watched and self._random.random() < 0.1:
            return "ff_siwis", 0.0, self._french
        names = self._watched if watched else self._others
        name = names[int(self._random.integers(len(names)))]
        most = 1.0 if name[0] in _NEAR else 0.85
        share = round(float(self._random.uniform(0.3, most)), 2)
        other = _style(self._voices[name])
        size = min(len(other), len(self._french))
        return name, share, share * other[:size] + (1 - share) * self._french[:size]


def _style(path: Path) -> np.ndarray:
    return np.fromfile(path, dtype="<f4").reshape(-1, STYLE_WIDTH)


def sentences(
    options: argparse.Namespace, random: np.random.Generator
) -> Iterator[tuple[str, str]]:
    """Yield sentences as they are written and as they are said, the kinds mixed."""
    told = np.array(list(examples(options.intents, options.town)), dtype=object)
    chosen = random.permutation(told)[: options.examples]
    composer = Composer(random)
    pairs = [(text, text) for text in (*own(), *chosen)]
    pairs += [composer.sentence(number) for number in range(options.composed)]
    decoder = msgspec.json.Decoder(Row)
    lines = [line for file in options.apart for line in file.read_bytes().splitlines() if line]
    measured = [decoder.decode(line) for line in lines]
    fresh = set(unseen((text for text, _ in pairs), measured))
    for place in random.permutation(len(pairs)):
        text, said = pairs[place]
        if text in fresh:
            yield text, said


def main() -> None:
    """Speak."""
    options = _parser().parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(options.seed)
    kokoro, cast = Kokoro(options.kokoro, options.threads), Cast(options.voices, random)
    share, shares = map(int, options.share.split("/"))
    with (options.folder / INDEX).open("ab") as index:
        for number, (text, said) in enumerate(list(sentences(options, random))):
            watched = number % _WATCHED == 0
            speaker, foreign, style = cast.draw(watched)
            speed = float(random.uniform(0.85, 1.2))
            audio = options.folder / f"{number:04d}.wav"
            if number % shares != share or audio.exists():
                continue
            audio.write_bytes(wav_of(levels.to_pcm(kokoro.speak(said, style, speed))))
            entry = Spoken(audio.name, text, speaker, foreign, watched)
            index.write(msgspec.json.encode(entry) + b"\n")
            index.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("voices", type=Path, help="folder with the style vectors, *.bin")
    parser.add_argument("folder", type=Path, help="where the sound is written")
    parser.add_argument("--apart", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--kokoro", type=Path, default=Path("var/models/kokoro"))
    parser.add_argument("--intents", type=Path, default=Path("config/intents"))
    parser.add_argument("--town", type=Path, default=Path("config/ville"))
    parser.add_argument("--examples", type=int, default=260, help="of the town's sentences")
    parser.add_argument("--composed", type=int, default=130, help="sentences of names and numbers")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--share", default="0/1", help="« 1/2 »: every other sentence, the second")
    parser.add_argument("--seed", type=int, default=5)
    return parser


if __name__ == "__main__":
    main()
