"""Questions about a resident's own file or rights: only a person may answer them."""

from __future__ import annotations

import re

from common.french import fold

_OWN = r"(?:mon|ma|mes|notre|nos|mon fils|ma fille)"
_FILE = (
    r"(?:dossier|demande|permis|declaration|inscription|allocation|aide|place|facture|carte|titre|"
    r"passeport|cheque|courrier|recours|subvention|reclamation|logement|rendez vous)"
)
_PERSONAL = re.compile(
    r"\b(?:"
    r"ou en est|ou en sont|"
    rf"{_OWN} dossiers?|"
    rf"{_OWN} {_FILE}\b.*\b(?:accept|refus|valid|complet|avance|trait|abouti|en cours)\w*|"
    rf"(?:refus|supprim)\w+ {_OWN} \w+|"
    rf"(?:avez|ont|a) (?:vous )?(?:bien )?recu {_OWN}|"
    rf"a (?:eu|obtenu) (?:sa|une|la) {_FILE}|"
    r"(?:j ai|ai je|a t il|a t elle|on a|avons nous|elle a|il a) (?:bien |le |encore )*droit a|"
    r"(?:je|on) (?:remplis|remplit) les conditions|"
    r"combien (?:je|on|j) (?:vous )?(?:dois|doit|vais|va|touche\w*|paierai|toucherai|aurai)|"
    r"(?:je|on) (?:touche|paierai|dois|toucherai|aurai) combien|"
    r"combientieme|je suis sur la liste|"
    r"(?:mon|ma|son|sa) (?:numero d \w+|quotient)|"
    r"(?:pas|aucune|toujours pas|jamais) (?:eu |recu )?(?:de |une )?(?:reponse|nouvelles?)|"
    r"(?:mon|ma) (?:passeport|carte|titre|permis|acte)\b.* (?:est|sont) prete?s?|"
    rf"{_FILE}\b.* au nom de \w+|a quel nom"
    r")\b"
)


def is_personal(text: str) -> bool:
    """True when the text asks about somebody's own file, rights or amounts."""
    return _PERSONAL.search(fold(text)) is not None
