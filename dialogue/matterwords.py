"""Which words of a short question belong to the matter that was talked of. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from common.french import fold

_STEM = 5
"""Letters by which two forms of a word are told to be the same: « perdu », « perdue »."""
_FEWEST_LETTERS = 3
_LITTLE_WORDS = (
    "alors apres aussi autre aux avant avec avez avoir bah beaucoup ben bien bon bonjour bref "
    "car ceci cela celle celui ces cet cette ceux chez chose choses comme comment dans depuis "
    "des dire dis dites dois doit donc elle elles encore enfin est etait etre euh eux faire "
    "fait faites fallait faudra faudrait faut hein ici ils jamais leur lui madame mais meme "
    "merci mes mettre moi moins mon monsieur non nos notre nous ont oui par parce pareil "
    "parle parler pas peu peut peux plait plus pour pourquoi pouvez puis quand que quel "
    "quelle quelles quelque quelques quels qui quoi sais sans savoir ses sinon soit son sont "
    "suis sur tous tout toute toutes tres trop une uns veut veux voila vos votre voudrais "
    "voulais vous vraiment"
)
_LITTLE = frozenset(_LITTLE_WORDS.split())
_DETAIL_WORDS = (
    "amener annees apporter bureau cher combien coute coutent delai delais demander deposer "
    "documents emmener endroit euros fiscal fournir gratuit gratuite guichet heure heures "
    "internet jour jours justificatif justificatifs ligne long mois necessaires numero papier "
    "papiers payant payante payer piece pieces prend prendre prevoir prix rapide ramener rdv "
    "rendez semaine semaines service site tarif tarifs temps timbre timbres valable valables"
)
_OF_ANY_MATTER = _LITTLE | frozenset(_DETAIL_WORDS.split())
"""Price, papers, delay, where to go: what may be asked of everything."""


def says_something(text: str) -> bool:
    """Tell whether a text has words of some weight."""
    return bool(_weighty(text) - _LITTLE)


def says_nothing_foreign(text: str, known: Iterable[str]) -> bool:
    """Tell whether a text has no word of weight but such as ``known`` texts have, or as may be said
    of any matter."""
    stems = _stems(tuple(known))
    return all(word[:_STEM] in stems for word in _weighty(text) - _OF_ANY_MATTER)


def _weighty(text: str) -> set[str]:
    return {word for word in fold(text).split() if len(word) >= _FEWEST_LETTERS}


@lru_cache(maxsize=64)
def _stems(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word[:_STEM] for text in texts for word in fold(text).split())
