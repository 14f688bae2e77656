"""Dictated telephone numbers, up to the read-back: python -m bench.numbers [--count N]

Numbers are drawn from one seed and dictated in the ways of French callers, by a French voice of
this box over a telephone band. Recognition is told that a number is expected; its text goes to the
very form that a call uses. A caller whose number is read back wrongly says so: half of them name
the wrong pair where only one is wrong, the others say everything again. Then the form gives up, as
the configuration has it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from asr.engine import EngineSettings, WhisperEngine
from asr.hints import Hints
from asr.vocabulary import NUMBER, YES_NO, Vocabulary
from bench.turnsounds import Voices, at_level, pcm_of, silence
from common.dictatednumbers import FULL
from common.frenchnumbers import FrenchNumber, french_number, in_pairs
from dialogue.numberform import Agreed, Ask, NumberForm, hear

STYLES = ("pairs", "pairs", "opening", "digits", "mixed", "corrected")
LIMIT = 2
"""As ``echecs_max`` of the configuration."""
_LEVEL_DB = -22.0
_FRENCH = "fr_FR-siwis-kokoro"
_MOBILE, _LANDLINE = ("06", "07"), ("01", "02", "03", "04", "05")

Result = Literal["at once", "after the read-back", "given up"]


@dataclass(frozen=True)
class Dictation:
    """One number and how it is said."""

    digits: str
    style: str
    voice: str
    text: str


@dataclass(frozen=True)
class Heard:
    """One dictation as it went."""

    dictation: Dictation
    result: Result
    texts: tuple[str, ...]
    """What recognition made of each take."""


def dictations(count: int, voices: Sequence[str], seed: int = 6) -> Iterator[Dictation]:
    """Yield ``count`` numbers that exist in France."""
    random = np.random.default_rng(seed)
    for index in range(count):
        digits = _drawn(random, _MOBILE if index % 3 else _LANDLINE)
        style = STYLES[index % len(STYLES)]
        wrong = f"{int(random.integers(11, 99))}"
        yield Dictation(digits, style, voices[index % len(voices)], _said(digits, style, wrong))


def _drawn(random: np.random.Generator, prefixes: Sequence[str]) -> str:
    while True:
        digits = str(random.choice(prefixes)) + "".join(map(str, random.integers(0, 10, FULL - 2)))
        number = french_number(digits)
        if isinstance(number, FrenchNumber) and number.e164.endswith(digits[1:]):
            return digits


def _said(digits: str, style: str, wrong: str) -> str:
    if style == "digits":
        return ", ".join(in_pairs(digit) for digit in digits) + "."
    if style == "mixed":
        return f"{in_pairs(digits[:6])}, {', '.join(in_pairs(digit) for digit in digits[6:])}."
    if style == "corrected":
        return f"{in_pairs(digits[:8])}, {in_pairs(wrong)}, non pardon, {in_pairs(digits[8:])}."
    opening = "Alors, c'est le " if style == "opening" else ""
    return f"{opening}{in_pairs(digits)}."


def corrected(right: str, read_back: str, index: int) -> str:
    """Return what a caller says to a number that was read back wrongly."""
    pairs = [(right[at : at + 2], read_back[at : at + 2]) for at in range(0, FULL, 2)]
    wrong = [(want, got) for want, got in pairs if want != got]
    if index % 2 and len(wrong) == 1:
        want, got = wrong[0]
        return f"Non, pas {in_pairs(got)}, {in_pairs(want)}."
    return f"Non, c'est le {in_pairs(right)}."


class Trial:
    """Dictates to the engine."""

    def __init__(self, engine: WhisperEngine, voices: Voices, *, plain: bool) -> None:
        """``plain``: recognition is not told what is expected."""
        self._engine = engine
        self._voices = voices
        self._hints = Hints(Vocabulary())
        self._plain = plain

    def take(self, dictation: Dictation, index: int) -> Heard:
        """Dictate one number, and correct it once."""
        form, said, expects = NumberForm("callback"), dictation.text, NUMBER
        texts: list[str] = []
        while True:
            text = self._recognised(said, dictation.voice, expects)
            texts.append(text)
            answer: Literal["no", "other"] = "no" if text.lower().startswith("non") else "other"
            outcome = hear(form, text, answer, partial(french_number), LIMIT)
            if not isinstance(outcome, Ask):
                return Heard(dictation, "given up", tuple(texts))
            form = outcome.form
            read_back = form.number.national.replace(" ", "") if form.number else ""
            if form.step == "check" and read_back == dictation.digits:
                agreed = hear(form, "oui", "yes", partial(french_number), LIMIT)
                assert isinstance(agreed, Agreed)
                done: Result = "at once" if len(texts) == 1 else "after the read-back"
                return Heard(dictation, done, tuple(texts))
            if form.step == "check":
                said, expects = corrected(dictation.digits, read_back, index), YES_NO
            else:
                said, expects = f"{in_pairs(dictation.digits[len(form.digits) :])}.", NUMBER

    def _recognised(self, said: str, voice: str, expects: str) -> str:
        spoken = at_level(self._voices.say(said, voice), _LEVEL_DB)
        pcm = pcm_of(np.concatenate([silence(0.3), spoken, silence(0.5)]))
        if self._plain:
            return self._engine.recognise(pcm).text
        return self._engine.recognise(pcm, self._hints.of(expects)).text


def table(results: Sequence[Heard]) -> str:
    """Return the Markdown of all results, by style."""
    lines = [
        "| dictated | numbers | right at once | right after the read-back |",
        "|---|---|---|---|",
    ]
    for style in ("all", *dict.fromkeys(STYLES)):
        part = [r for r in results if style in ("all", r.dictation.style)]
        if part:
            counts = Counter(r.result for r in part)
            right = counts["at once"] + counts["after the read-back"]
            shares = (counts["at once"] / len(part), right / len(part))
            shown = " | ".join(f"{100 * share:.0f} %" for share in shares)
            lines.append(f"| {style} | {len(part)} | {shown} |")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=6, help="draws other numbers")
    parser.add_argument("--model", type=Path, default=Path("var/models/whisper-base"))
    parser.add_argument("--voice", action="append", help="folder of a voice; may be repeated")
    parser.add_argument("--voices", type=Path, default=Path("var/voices"))
    parser.add_argument("--kept", type=Path, default=Path("var/bench/numbers"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="do not say that a number is expected")
    parser.add_argument("--all", action="store_true", help="print every dictation")
    options = parser.parse_args()
    names = options.voice or [_FRENCH]
    engine = WhisperEngine(options.model, EngineSettings(threads=options.threads))
    trial = Trial(engine, Voices(options.kept, options.voices, names), plain=options.plain)
    results: list[Heard] = []
    for index, dictation in enumerate(dictations(options.count, names, options.seed)):
        result = trial.take(dictation, index)
        results.append(result)
        if options.all or result.result == "given up":
            print(f"{result.result}: {dictation.digits} {result.texts}", flush=True)
    print(table(results))


if __name__ == "__main__":
    main()
