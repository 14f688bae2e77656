"""What the recogniser's correction is made of."""

from __future__ import annotations

import wave
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bench.adaptation.sounds import BUCKETS, Batches, Sounds, Tokeniser
from bench.adaptation.speak import INDEX, Spoken
from bench.adaptation.texts import Composer, own, written
from common.audio import SAMPLE_RATE
from common.dictatednumbers import digits_of

BEFORE, END = [1, 2], 3


@pytest.mark.parametrize(
    "told, printed",
    [
        ("les encombrants", "Les encombrants."),
        ("c'est quand", "C'est quand ?"),
        ("vous fermez quand ?", "Vous fermez quand ?"),
        ("est-ce ouvert", "Est-ce ouvert ?"),
        ("la mairie est-elle ouverte ?", "La mairie est-elle ouverte ?"),
    ],
)
def test_an_example_is_printed_as_a_sentence(told: str, printed: str) -> None:
    assert written(told) == printed


def test_numbers_are_written_in_figures_and_said_in_words() -> None:
    composer = Composer(np.random.default_rng(0))
    pairs = [composer.sentence(number) for number in range(200)]
    dictated = [(text, said) for text, said in pairs if text != said]
    assert dictated
    for text, said in dictated:
        assert digits_of(text) == digits_of(said)
        assert not any(letter.isdigit() for letter in said)


def test_the_sentences_differ_and_end() -> None:
    sentences = own()
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[-1] in ".?!" for sentence in sentences)


def test_a_text_without_room_is_left_out() -> None:
    tokeniser = Tokeniser(lambda text: [9] * len(text.split()), BEFORE, END)
    assert tokeniser.row("un deux", 6) == ([1, 2, 9, 9, 3, 3], [0, 0, 1, 1, 1, 0])
    assert tokeniser.row("", 4) == ([1, 2, 3, 3], [0, 0, 1, 0])
    assert tokeniser.row("un deux", 4) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(1)
    entries = []
    for number, seconds in enumerate((1.0, 2.5, 4.0, 6.0)):
        samples = random.normal(0.0, 0.1, int(seconds * SAMPLE_RATE))
        name = f"{number}.wav"
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes((samples * 32767).astype("<i2").tobytes())
        entries.append(Spoken(name, f"phrase {number}", "ff_siwis", 0.0, watched=number == 3))
    (tmp_path / INDEX).write_bytes(b"".join(msgspec.json.encode(e) + b"\n" for e in entries))
    return tmp_path


def test_windows_are_filled_with_what_fits_into_them(folder: Path) -> None:
    random = np.random.default_rng(2)
    tokeniser = Tokeniser(lambda text: [9] * len(text.split()), BEFORE, END)
    batches = Batches(Sounds(folder, random, watched=False), tokeniser, random, gaps=True)
    seen = set()
    for bucket, batch in islice(batches.drawn(), 6):
        seen.add(bucket)
        assert batch.features.shape == (bucket.utterances, 80, int(bucket.window_s * 100))
        assert batch.tokens.shape == batch.mask.shape == (bucket.utterances, bucket.tokens)
        assert (batch.tokens[:, :2] == BEFORE).all()
        assert (batch.tokens[batch.mask > 0] != 1).all()
    assert seen <= set(BUCKETS)
    assert len(seen) > 1


def test_what_is_held_out_is_not_drawn(folder: Path) -> None:
    sounds = Sounds(folder, np.random.default_rng(3), watched=False)
    assert not any("phrase 3" in sounds.draw()[0] for _ in range(30))
