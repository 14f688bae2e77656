"""What callers say that asks for nothing: politeness, hesitation, « allô ? ». Pure."""

from __future__ import annotations

import re

from common.french import fold

_POLITE = r"(?:bonjour|bonsoir|madame|monsieur|mademoiselle|euh|eh bien|ben|alors|et|ah|oh|merci)"
_LINE = re.compile(rf"(?:{_POLITE} )*allo(?: (?:allo|{_POLITE}|vous m entendez|quelqu un|y a|il))*")
_HESITATION = re.compile(
    rf"(?:{_POLITE} |bah |hum |hem |oui |non |mais |enfin )*"
    r"(?:je (?:ne )?sais (?:pas|plus|pas trop|plus trop|pas bien)|comment (?:dire|je vais dire)|"
    r"voyons|comment vous dire)"
    r"(?: (?:trop|bien|comment (?:vous )?(?:dire|expliquer)|par ou commencer|quoi dire|euh|voila))*"
)
_WAIT = re.compile(
    rf"(?:{_POLITE} |oui |non |mais |bon |ok |d accord |attendez |attends )*"
    r"(?:attendez|attends|ne quittez pas|patientez|"
    r"(?:un|une|deux) (?:petit |petite )?(?:instants?|secondes?|minutes?|moment)|"
    r"je (?:le |les |la |l )?(?:note|prends note|ecris|marque)|"
    r"laissez moi (?:le )?(?:noter|ecrire)|"
    r"(?:que )?je (?:prends|prenne|cherche|vais chercher|trouve) "
    r"(?:de quoi (?:noter|ecrire)|(?:un |mon |du )?(?:stylo|papier|crayon|bic|lunettes)))"
    r"(?: (?:attendez|un instant|s il vous plait|stylo|papier|et (?:un|du) papier|tout|ca|merci))*"
)
_HOW_ARE_YOU = re.compile(
    rf"(?:{_POLITE} )*(?:(?:est ce que )?(?:vous allez bien|ca va(?: bien)?|tu vas bien)|"
    r"comment (?:allez vous|ca va|vas tu|vous allez|tu vas))(?: aujourd hui| vous| et vous| merci)*"
)
_PRAISE = re.compile(
    rf"(?:{_POLITE} |mais |en tout cas )*"
    r"(?:(?:vous etes|tu es|c est|vous) (?:vraiment |tres |bien |trop |super |si )*"
    r"(?:gentil(?:le)?s?|aimable|sympa\w*|efficace|clair|patiente?|adorable|poli\w*|formidable)"
    r"(?: de votre part)?|(?:vous avez|quelle|tu as) (?:une )?(?:tres )?(?:belle|jolie) voix|"
    r"(?:bonne|joyeuse) (?:annee|fete)s?|joyeux noel|bonnes fetes|bon week end|bravo)"
    r"(?: (?:merci|vous|a vous|monsieur|madame|le robot|vraiment|aussi))*"
)
_KINDS = (
    ("allo", _LINE),
    ("attendre", _WAIT),
    ("hesitation", _HESITATION),
    ("ca_va", _HOW_ARE_YOU),
    ("compliment", _PRAISE),
)
WAIT = "attendre"
"""The phrase for a caller who asks for a moment: nothing is asked behind it."""
UNCLEAR = frozenset({"allo", "hesitation"})
"""Phrases that answer a caller who has not said yet what it is about."""


def phrase_for(text: str) -> str | None:
    """Return the name of the phrase that answers small talk; None for everything else."""
    words = fold(text)
    return next((name for name, pattern in _KINDS if pattern.fullmatch(words)), None)
