"""What the town's words and the open question say of an utterance before it is heard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

from asr.engine import Hint
from asr.phonemes import Phonemes
from asr.repair import Repairer, Rival
from asr.vocabulary import FIRST, YES_NO, Vocabulary


class Hints:
    """The hints of one town. Thread-safe."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def of(self, expects: str) -> Hint:
        """Return what helps to recognise an answer of the kind that is expected."""
        return Hint(
            words=self._vocabulary.prompt(expects),
            rivals=partial(self._rivals, expects),
            several=expects == YES_NO,
            detect=expects == FIRST,
        )

    def _rivals(self, expects: str, hypotheses: Sequence[str]) -> Sequence[Rival]:
        return self._repairer.rivals(hypotheses, expects)

    @cached_property
    def _repairer(self) -> Repairer:
        """Made when first needed: espeak-ng takes a tenth of a second for a town's words."""
        return Repairer(self._vocabulary, Phonemes())
