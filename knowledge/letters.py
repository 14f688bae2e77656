"""BM25 over groups of letters: words in common, whatever the endings and the slips of hearing.

Groups of four letters find "inscription" for "inscrire" and "dechetterie" for "déchèterie"; on
spoken questions they rank better than stems do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from bm25s import BM25
from numpy.typing import NDArray

from common.french import fold

_GROUP = 4
_K1, _B = 1.2, 0.75

_EMPTY = """
    a ai aie aller allo alors as au aussi aux avais avait avec avez bah beaucoup ben besoin bien
    bon bonjour bonsoir ca ce cela ces cet cette chez chose ci combien comme comment d dans de des
    dire dites dois doit donc du elle elles en encore es est et etait ete etes etre eu euh faire
    fait faites faut font hein heu hum ici il ils j je juste l la le les leur leurs lui m ma mais
    me merci mes moi mon n ne non nos notre nous oui on ont ou par pas peu peut peux plait plus pour
    pourrais pourriez qu quand que quel quelle quelles quelque quels qui quoi rien s sa sais sans
    savoir se sera serait ses si soit sommes son sont suis sur t ta te tes toi ton tous tout toute
    toutes truc tu un une va vais veut veux voila vont vos votre voudrais voulais vous y
"""
_EMPTY_WORDS = frozenset(_EMPTY.split())


def groups(text: str) -> list[str]:
    """Return the groups of letters of the words that carry meaning, in order."""
    found: list[str] = []
    for word in fold(text).split():
        if word in _EMPTY_WORDS or (len(word) < 2 and not word.isdigit()):
            continue
        marked = f"#{word}#"
        last = max(1, len(marked) - _GROUP + 1)
        found += [marked[start : start + _GROUP] for start in range(last)]
    return found


class LetterIndex:
    """How much of a question is found in each of some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        """``texts`` are those that can be found."""
        documents = [groups(text) for text in texts]
        self._size = len(documents)
        self._containing = Counter(group for words in documents for group in set(words))
        self._index = BM25(k1=_K1, b=_B, method="lucene")
        if self._containing:
            self._index.index(documents, show_progress=False)

    def likeness(self, question: str) -> NDArray[np.float64]:
        """Return one number for each text: 0 for nothing in common, towards 1 and a little more.

        It is the BM25 score as a share of what the question's groups weigh in all, so that it
        compares between questions; groups that no text holds count as the rarest.
        """
        asked = groups(question)
        known = [group for group in asked if group in self._containing]
        if not known:
            return np.zeros(self._size)
        scores = np.asarray(self._index.get_scores(known), dtype=np.float64)
        return scores / sum(self._rarity(group) for group in asked)

    def _rarity(self, group: str) -> float:
        containing = self._containing[group]
        return math.log(1 + (self._size - containing + 0.5) / (containing + 0.5))
