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


_STATE = r"(?:accept|refus|valid|avance|trait|abouti|bouge|progress|en cours)\w*"
_OWN_MATTER = (
    r"(?:dossier|demande|permis|declaration prealable|allocation|recours|subvention|reclamation)s?"
)
_OWN_FILE = re.compile(
    r"\b(?:"
    rf"ou en (?:est|sont) {_OWN} (?:\w+ )?{_OWN_MATTER}|"
    rf"{_OWN} {_OWN_MATTER}\b.* (?:a|ont|est|sont|ete|t il|t elle) (?:\w+ )?{_STATE}|"
    rf"(?:lire|lisez|voir|consulter|regarder|regardez|verifier|dire ce qu il y a|"
    rf"y a)(?: \w+)?(?: dans| sur)? {_OWN} (?:dossiers?|compte)|"
    rf"(?:aces|acces) a {_OWN} dossiers?|"
    r"combien (?:est ce que )?(?:je|on) vous (?:dois|doit)(?! payer)|"
    r"(?:montant|solde) de (?:ma|mes|notre|nos) factures?|"
    r"(?:suis|est|sommes)(?: je| il| elle)?(?: \w+)? (?:place )?sur (?:la|votre) liste d attente|"
    r"combientiemes?|(?:mon|ma|notre|son|sa|quelle?) (?:rang|position|place) (?:sur|dans) la liste|"
    r"(?:est|suis|sommes|sont)(?: il| elle| je| nous| ils)? (?:bien|deja|toujours) "
    r"(?:inscrit|enregistre)\w*|"
    r"(?:trop|deux fois) (?:paye|preleve|facture)\w*|"
    r"(?:compte|facture|preleve)\w* .{0,30}\bde trop|"
    r"(?:montant|somme|facture) qu(?:e| on| vous| on m| vous m)? .{0,12}\breclam\w+|"
    r"(?:conteste|depose|envoye|demande)\w* .{3,60}\b(?:depuis|et) (?:toujours |plus )?rien$"
    r")\b"
)
_ANSWERED = frozenset({"retrait_titre", "inscription_electorale"})
"""Intents whose general answer says how one learns what has become of one's own."""


def asks_own_file(text: str, intent: str) -> bool:
    """True when a request that was understood as ``intent`` is about what is in somebody's file.

    Stricter than :func:`is_personal`: the general answer is right for most of what people ask
    about themselves.
    """
    return intent not in _ANSWERED and _OWN_FILE.search(fold(text)) is not None
