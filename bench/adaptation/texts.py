"""What is spoken to train on: sentences as Whisper would write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from asr.wording import plain
from common.frenchnumbers import in_pairs
from dialogue.intents import load_intents
from knowledge.town import load_town

SENTENCES: Final = Path(__file__).with_name("sentences.txt")
_LONGEST_WORDS: Final = 22
_QUESTION: Final = re.compile(
    r"^(est-ce|qui|que|quoi|quel|quelle|quels|quelles|quand|comment|combien|où|pourquoi|à quel|"
    r"y a-t-il|peut-on|puis-je|faut-il|ai-je)\b|"
    r"\b(où|quand|comment|combien|quoi)$|-(vous|t-il|on)\b"
)
_FIRST: Final = (
    *("Marie", "Nicolas", "Fatima", "Jean-Pierre", "Sylvie", "Mohamed", "Léa", "Thierry"),
    *("Yasmine", "Bernard", "Chloé", "Gérard", "Aïcha", "Sébastien", "Monique", "Hugo"),
)
_LAST: Final = (
    *("Lefèvre", "Garcia", "Benali", "Rousseau", "Nguyen", "Da Silva", "Fontaine", "Mercier"),
    *("Traoré", "Kowalski", "Chevalier", "Perrin", "Marchand", "Diallo", "Lemoine", "Boyer"),
)
_WAYS: Final = (
    *("rue", "rue", "avenue", "place", "impasse", "boulevard", "allée", "chemin", "quai", "route"),
)
_NAMES: Final = (
    *("des Tilleuls", "de la Fontaine", "Jean Moulin", "du Moulin", "Victor Hugo", "des Acacias"),
    *("de la Poste", "Pasteur", "du Stade", "des Écoles", "de l'Abreuvoir", "Émile Zola"),
    *("du Château", "de la Liberté", "des Marronniers", "Louise Michel", "de Bretagne"),
    *("des Vignes", "du Général de Gaulle", "aux Herbes", "de la Croix-Rousse", "Saint-Martin"),
)
_TOWNS: Final = (
    *("Montreuil", "Saint-Aubin", "Villeneuve", "Clairefontaine", "Beaumont", "La Ferrière"),
)
_DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre"),
    *("octobre", "novembre", "décembre"),
)


def own() -> list[str]:
    """Return the sentences that were written for this."""
    return SENTENCES.read_text(encoding="utf-8").split("\n")[:-1]


def examples(intents: Path, town: Path) -> Iterator[str]:
    """Yield the town's example sentences, with capitals and full stops."""
    found = load_intents(intents, load_town(town).services)
    for name in found.names:
        for text in found.examples(name):
            sentence = plain(text)
            if len(sentence.split()) <= _LONGEST_WORDS:
                yield written(sentence)


def written(sentence: str) -> str:
    """Return a sentence as it is printed: a capital, and a mark at its end."""
    text = sentence[0].upper() + sentence[1:]
    if text[-1] in ".?!…":
        return text
    return f"{text} ?" if _QUESTION.search(sentence.lower()) else f"{text}."


class Composer:
    """Makes sentences of names, streets, dates, times, prices and numbers."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._kinds = (
            self._street,
            self._name,
            self._date,
            self._time,
            self._price,
            self._telephone,
            self._telephone,
            self._count,
        )

    def sentence(self, number: int) -> tuple[str, str]:
        """Return a sentence as it is written and as it is said; the kinds take turns."""
        return self._kinds[number % len(self._kinds)]()

    def _one(self, choices: Sequence[str]) -> str:
        return choices[int(self._random.integers(len(choices)))]

    def _as_written(self, *sentences: str) -> tuple[str, str]:
        """Return one that is said as it is written."""
        text = self._one(sentences)
        return text, text

    def _number(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high))

    def _street(self) -> tuple[str, str]:
        street = f"{self._one(_WAYS)} {self._one(_NAMES)}"
        number = self._number(1, 140)
        return self._as_written(
            f"J'habite {number} {street}.",
            f"C'est au {number} {street}, à {self._one(_TOWNS)}.",
            f"{street[0].upper()}{street[1:]}.",
            f"Je suis {street}, près de {self._one(('la gare', 'la poste', 'l’église'))}.",
        )

    def _name(self) -> tuple[str, str]:
        first, last = self._one(_FIRST), self._one(_LAST)
        title = self._one(("madame", "monsieur"))
        return self._as_written(
            f"Je m'appelle {first} {last}.",
            f"C'est {title} {last} à l'appareil.",
            f"Au nom de {last}, {first} {last}.",
            f"Je voudrais parler à {title} {last}, s'il vous plaît.",
        )

    def _date(self) -> tuple[str, str]:
        day, month = self._number(2, 31), self._one(_MONTHS)
        year = self._number(1938, 2027)
        return self._as_written(
            f"Le {self._one(_DAYS)} {day} {month}.",
            f"Je suis né le {day} {month} {year}.",
            f"Depuis le {day} {month}, je n'ai aucune nouvelle.",
            f"Plutôt {self._one(_DAYS)} ou {self._one(_DAYS)} prochain.",
            f"C'était en {month} {year}, je crois.",
        )

    def _time(self) -> tuple[str, str]:
        hour, minutes = self._number(7, 22), self._one(("", "15", "30", "45"))
        return self._as_written(
            f"On peut venir à {hour}h{minutes} ?",
            f"Je passerai {self._one(_DAYS)} vers {hour}h{minutes}.",
            f"Rappelez-moi après {hour}h{minutes}, s'il vous plaît.",
        )

    def _price(self) -> tuple[str, str]:
        euros = self._number(2, 400)
        return self._as_written(
            f"On m'a demandé {euros} euros, c'est normal ?",
            f"J'ai reçu une facture de {euros} euros.",
            f"Est-ce que ça coûte plus de {euros} euros ?",
        )

    def _telephone(self) -> tuple[str, str]:
        first = self._one(("06", "07", "01", "02", "03", "04", "05", "09"))
        digits = first + "".join(str(self._number(0, 10)) for _ in range(8))
        pairs = " ".join(digits[at : at + 2] for at in range(0, 10, 2))
        before = self._one(("", "", "Mon numéro, c'est le ", "Alors, c'est le ", "Au "))
        return f"{before}{pairs}.", f"{before}{in_pairs(digits)}."

    def _count(self) -> tuple[str, str]:
        number = self._number(2, 100)
        return self._as_written(
            f"Non, c'est {number}, pas {self._number(60, 100)}.",
            f"Il y en avait {number} l'année dernière.",
            f"On sera {number} personnes.",
            f"J'ai {number} ans.",
            f"Le dossier numéro {self._number(1000, 9999)}.",
        )
