"""French noun phrases with their article: "la piscine" gives "à la piscine", "de la piscine"."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """A noun phrase that begins with le, la, les or l'."""

    phrase: str
    feminine: bool

    @property
    def plural(self) -> bool:
        """True for "les services techniques"."""
        return self.phrase.startswith("les ")

    @property
    def at(self) -> str:
        """The phrase after "à": "au musée", "à la piscine", "à l'état civil", "aux halles"."""
        return self._contracted("à", "au", "aux")

    @property
    def of(self) -> str:
        """The phrase after "de": "du musée", "de la piscine", "de l'état civil", "des halles"."""
        return self._contracted("de", "du", "des")

    @property
    def capital(self) -> str:
        """The phrase at the beginning of a sentence."""
        return self.phrase[0].upper() + self.phrase[1:]

    @property
    def title(self) -> str:
        """The phrase without its article, as a heading: "Piscine Jean-Bouin"."""
        bare = re.sub(r"^(?:le |la |les |l['’])", "", self.phrase)
        return bare[0].upper() + bare[1:]

    @property
    def pronoun(self) -> str:
        """il, elle, ils or elles."""
        return ("elle" if self.feminine else "il") + ("s" if self.plural else "")

    def agree(self, adjective: str) -> str:
        """Return a regular adjective or participle agreed: "ouvert" gives "ouvertes"."""
        return adjective + ("e" if self.feminine else "") + ("s" if self.plural else "")

    def verb(self, singular: str, plural: str) -> str:
        """Return the verb form that goes with the phrase."""
        return plural if self.plural else singular

    def _contracted(self, preposition: str, masculine: str, plural: str) -> str:
        if self.phrase.startswith("le "):
            return f"{masculine} {self.phrase[3:]}"
        if self.phrase.startswith("les "):
            return f"{plural} {self.phrase[4:]}"
        return f"{preposition} {self.phrase}"
