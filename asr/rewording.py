"""Other readings of what was heard, by how people put things to this town.

Where a few words are unlikely here ("combien s'accoutent") and a phrase of the town's example
sentences sounds like them (« combien ça coûte »), the phrase is proposed; so are hypotheses of the
decoder that are put as people put it. By how much the model may find the heard words likelier
grows with how much likelier the others are in this town. Pure: the engine asks the model.

Yes, no, negations, numbers, days and words of the town that were heard stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asr.acronyms import Acronyms
from asr.phrases import Near, Phrases, Unit
from asr.repair import KEPT, Repairer, Rival, Sounds
from asr.vocabulary import Vocabulary
from asr.wording import Wording, plain, words
from common.french import fold

_DAY_WORDS: Final = (
    "lundi mardi mercredi jeudi vendredi samedi dimanche demain hier aujourd hui matin midi apres "
    "soir week end janvier fevrier mars avril mai juin juillet aout septembre octobre novembre "
    "decembre"
)
_DAYS: Final = frozenset(_DAY_WORDS.split())
_CONTEXT: Final = 2
"""Words after a phrase whose likelihood depends on it."""


@dataclass(frozen=True)
class RewordingSettings:
    """What counts how much. Likelihoods in nats."""

    weight: float = 0.6
    """Of a nat by which a text is likelier in this town, beside one of the model's."""
    lead: float = 1.0
    """By how much a reading must be ahead of what was heard."""
    town_share: float = 0.5
    """Of the margin that a word of the town has anyway, what is left beside its likelihood."""
    town_loss: float = 2.0
    """Words of the town that make a text less likely by more are not proposed."""
    sound_cost: float = 2.5
    """Nats that a sound that differs costs, before the model is asked."""
    unlike: float = 0.3
    """Share of the sounds of a phrase that may differ."""
    most_phrases: int = 4
    most_hypotheses: int = 2


class Rewording:
    """The readings of one town. Thread-safe."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sounds: Sounds,
        repairer: Repairer,
        settings: RewordingSettings | None = None,
    ) -> None:
        self._settings = settings or RewordingSettings()
        self._repairer = repairer
        sentences = [plain(sentence) for sentence in vocabulary.sentences]
        self._wording = Wording(sentences)
        self._acronyms = Acronyms(vocabulary, sounds, self._wording)
        self._phrases = Phrases(
            sentences, vocabulary.town, lambda word: sounds.of(word).replace(" ", ""), _is_open
        )

    def rivals(self, hypotheses: Sequence[str]) -> list[Rival]:
        """Return other readings of the first of ``hypotheses``, the likeliest first."""
        heard, *others = hypotheses
        s = self._settings
        phrases = sorted(self._promising(heard), key=lambda found: -found[0])
        chosen = _different(phrases)[: s.most_phrases]
        texts = [near.put_into(heard) for _, near in chosen]
        together = _all_of(heard, [near for _, near in chosen])
        readings = dict.fromkeys((*filter(None, (together,)), *texts))
        before = self._wording.likelihood(heard)
        rivals = [self._rival(text, before) for text in readings]
        rivals += self._acronyms.rivals(heard)
        alike = [self._rival(text, before) for text in others if self._keeps(text, heard)]
        alike.sort(key=lambda rival: -rival.margin)
        rivals += [rival for rival in alike if rival.margin > 0.0][: s.most_hypotheses]
        return rivals

    def weighed(self, heard: str, rivals: Iterable[Rival]) -> Iterator[Rival]:
        """Yield the rivals with a word of the town that are likely enough here."""
        s = self._settings
        before = self._wording.likelihood(heard)
        for rival in rivals:
            gain = self._wording.likelihood(rival.text) - before
            if gain > -s.town_loss:
                yield replace(rival, margin=s.town_share * rival.margin + s.weight * gain)

    def _keeps(self, text: str, heard: str) -> bool:
        """Tell whether a text has the words of another one that may not change."""
        acronyms = self._acronyms.in_text(heard) <= self._acronyms.in_text(text)
        return acronyms and _keeps(text, heard)

    def _rival(self, text: str, before: float) -> Rival:
        s = self._settings
        return Rival(text, s.weight * (self._wording.likelihood(text) - before) - s.lead)

    def _promising(self, heard: str) -> Iterator[tuple[float, Near]]:
        """Yield the phrases that are likelier than what was heard, and by how much."""
        s = self._settings
        fixed = self._repairer.fixed(heard)

        def free(unit: Unit) -> bool:
            return _is_free(unit.text) and not any(
                start < unit.end and unit.start < end for start, end in fixed
            )

        told = words(heard)
        for near in self._phrases.near(heard, free, s.unlike):
            gain = s.weight * self._gain(heard, told, near) - s.sound_cost * near.apart
            if gain > s.lead:
                yield gain, near

    def _gain(self, heard: str, told: Sequence[str], near: Near) -> float:
        """Return how many nats likelier the text becomes."""
        first = len(words(heard[: near.start]))
        last = first + len(words(heard[near.start : near.end]))
        phrase = words(near.text)
        new = [*told[:first], *phrase, *told[last:]]
        after = self._wording.part(new, first, first + len(phrase) + _CONTEXT)
        return after - self._wording.part(told, first, last + _CONTEXT)


def _is_free(word: str) -> bool:
    """Tell whether a word may become another one."""
    return _is_open(word) and not any(part in _DAYS for part in fold(word).split())


def _is_open(word: str) -> bool:
    """Tell whether a word may come in: one that turns no meaning round."""
    return not any(part in KEPT or part.isdecimal() for part in fold(word).split())


def _keeps(text: str, heard: str) -> bool:
    """Tell whether a text has the words of another one that may not change."""
    said, told = fold(text).split(), fold(heard).split()
    decisive = [[word for word in part if not _is_open(word)] for part in (said, told)]
    days = [Counter(word for word in part if word in _DAYS) for part in (said, told)]
    return decisive[0] == decisive[1] and days[1] <= days[0]


def _different(phrases: Iterable[tuple[float, Near]]) -> list[tuple[float, Near]]:
    """Return the first of those that put the same words in the same place."""
    found: dict[tuple[int, str], tuple[float, Near]] = {}
    for gain, near in phrases:
        found.setdefault((near.start, near.text.lower()), (gain, near))
    return list(found.values())


def _all_of(heard: str, chosen: Sequence[Near]) -> str:
    """Return what was heard with several phrases at once, '' where no two of them fit."""
    used: list[Near] = []
    for near in chosen:
        if all(near.end <= other.start or other.end <= near.start for other in used):
            used.append(near)
    if len(used) < 2:
        return ""
    for near in sorted(used, key=lambda near: -near.start):
        heard = near.put_into(heard)
    return heard
