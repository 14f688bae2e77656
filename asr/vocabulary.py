"""What callers of this town are likely to say, by the kind of answer that is expected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from common.wire import Message

ACRONYM: Final = re.compile(r"\b[A-Z]{2,6}\b")
_SEEN: Final = 2
"""How often the sentences must have an acronym that is no word of the town."""

FIRST: Final = "premier"
"""The first thing a caller says: anything, and perhaps not in French."""
OPEN: Final = "libre"
YES_NO: Final = "oui_non"
NUMBER: Final = "numero"
STREET: Final = "rue"
DAY: Final = "jour"
"""Kinds of answers, as the dialogue names them; any other word counts as OPEN."""

ANSWERS: Final = (
    "oui", "ouais", "non", "oui merci", "non merci", "oui s'il vous plaît", "oui je veux bien",
    "oui c'est ça", "non ce n'est pas ça", "non ça ira", "d'accord",
)  # fmt: skip
"""How French callers say yes and no."""

_DAYS: Final = (
    "dimanche", "mercredi après-midi", "samedi", "demain matin", "vendredi", "mardi", "ce week-end",
    "lundi", "jeudi soir",
)  # fmt: skip
"""In an order in which nobody says three of them."""
_PROMPTED: Final[Mapping[str, tuple[str, ...]]] = {
    YES_NO: ("Oui", "Non", "Non merci", "Oui, s'il vous plaît"),
    DAY: _DAYS,
    NUMBER: ("06 12 34 56 78", "07 98 76 54 32", "01 23 45 67 89"),
}


class Vocabulary(Message, frozen=True):
    """Words of one town, as they are written."""

    town: tuple[str, ...] = ()
    """Places, services, procedures; the most useful first."""
    streets: tuple[str, ...] = ()
    """With their kind: « rue des Lilas »."""
    sentences: tuple[str, ...] = ()
    """How people put their requests to this town; an entity may be marked ``[samedi](jour)``."""

    def prompt(self, expects: str) -> tuple[str, ...]:
        """Return the words that bias the decoder, the most useful first.

        None where anything may be said: there they cost more words than they save.
        """
        return self.streets if expects == STREET else _PROMPTED.get(expects, ())

    def acronyms(self) -> frozenset[str]:
        """Return those of the town's words, and those that the sentences have more than once."""
        said = Counter(found for text in self.sentences for found in ACRONYM.findall(text))
        own = (found for word in self.town for found in ACRONYM.findall(word))
        return frozenset((*own, *(acronym for acronym, seen in said.items() if seen >= _SEEN)))
