"""Which of Whisper's tokens French is written with: makes ``asr/french_tokens.bin``.

``uv run --with wordfreq==3.1.1 python -m bench.frenchtokens`` (wordfreq: code Apache-2.0, word
lists CC BY-SA 4.0, Robyn Speer, https://doi.org/10.5281/zenodo.7199437). The file holds one bit for
each of the text tokens that all multilingual Whisper models share.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable, Iterator, Set
from importlib import import_module
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from asr.frenchmodel import TEXT_TOKENS, TOKENS

_LETTERS = "abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüÿœæ"
_MARKS = (
    *(", ", ".", "...", "?", " ?", "!", " !", ":", " :", ";", "'", "’", "-", " -", "«", "»"),
    *("€", " €", "%", " %", "/", "°", "@", "(", ")", '"', "&", "+", "="),
)
_BYTES = 256
"""The first tokens are single bytes: whatever is left out can be spelt of them."""
_SHORT_CHARACTERS = 2
"""Tokens so short are kept where they hold French letters: rare words are made of them."""


def texts(words: Iterable[str]) -> Iterator[str]:
    """Yield what a transcript is made of."""
    for word in words:
        for written in (word, word.capitalize()):
            yield from (written, f" {written}")
    yield from _MARKS
    for letter in _LETTERS:
        yield from (letter, f" {letter}", letter.upper(), f" {letter.upper()}")
    for number in range(2000):
        yield from (str(number), f" {number}")
    for hour, minute in itertools.product(range(24), range(60)):
        yield from (f" {hour}h{minute:02d}", f" {hour}:{minute:02d}")
    for pair in range(100):
        yield from (f" {pair:02d}", f"{pair:02d}")


def kept(tokenizer: Tokenizer, words: Iterable[str]) -> Set[int]:
    """Return the ids of the text tokens that these words, figures and marks are written with."""
    found = set(range(_BYTES))
    for text in texts(words):
        found.update(tokenizer.encode(text, add_special_tokens=False).ids)
    for token in range(_BYTES, TEXT_TOKENS):
        written = tokenizer.decode([token]).strip().lower()
        if 0 < len(written) <= _SHORT_CHARACTERS and set(written) <= set(_LETTERS):
            found.add(token)
    return found


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("var/models/whisper-base"))
    parser.add_argument("--words", type=int, default=20_000)
    options = parser.parse_args()
    words = import_module("wordfreq").top_n_list("fr", options.words)
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokens = sorted(kept(tokenizer, words))
    bits = np.zeros(TEXT_TOKENS, dtype=np.uint8)
    bits[tokens] = 1
    TOKENS.write_bytes(np.packbits(bits).tobytes())
    print(f"{len(tokens)} of {TEXT_TOKENS} tokens")


if __name__ == "__main__":
    main()
