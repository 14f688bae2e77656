"""What the town's words and the open question say of an utterance before it is heard."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from asr.dictated import Dictated
from asr.engine import Hint
from asr.phonemes import Phonemes
from asr.repair import Repairer, Rival
from asr.rewording import Rewording
from asr.vocabulary import DAY, FIRST, NUMBER, STREET, YES_NO, Vocabulary


class Hints:
    """The hints of one town. Thread-safe."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._made: tuple[Repairer, Rewording | None] | None = None
        self._lock = threading.Lock()

    def of(self, expects: str) -> Hint:
        """Return what helps to recognise an answer of the kind that is expected."""
        return Hint(
            words=self._vocabulary.prompt(expects),
            rivals=partial(self._rivals, expects),
            again=Dictated().again if expects in (NUMBER, YES_NO) else None,
            several=expects in (YES_NO, NUMBER) or bool(self._vocabulary.sentences),
            detect=expects == FIRST,
        )

    def prepare(self) -> None:
        """Learn the town's words and sentences now: that takes seconds of a processor."""
        self._readings()

    def _rivals(self, expects: str, hypotheses: Sequence[str]) -> Sequence[Rival]:
        repairer, rewording = self._readings()
        rivals = repairer.rivals(hypotheses, expects)
        if rewording is None or expects in (YES_NO, NUMBER) or (expects == STREET and rivals):
            return rivals
        heard = hypotheses[0]
        # A day that was asked for is likely, however seldom the town's sentences have it there.
        named = rivals if expects == DAY else rewording.weighed(heard, rivals)
        found = [*named, *rewording.rivals(hypotheses)]
        likeliest: dict[str, Rival] = {}
        for rival in sorted(found, key=lambda rival: -rival.margin):
            likeliest.setdefault(rival.text, rival)
        likeliest.pop(heard, None)
        return tuple(likeliest.values())

    def _readings(self) -> tuple[Repairer, Rewording | None]:
        with self._lock:
            if self._made is None:
                sounds = Phonemes()
                repairer = Repairer(self._vocabulary, sounds)
                told = self._vocabulary.sentences
                rewording = Rewording(self._vocabulary, sounds, repairer) if told else None
                self._made = repairer, rewording
            return self._made
