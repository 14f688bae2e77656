"""Shops and offices that are not the town hall's: their hours are nobody's to answer. Pure."""

from __future__ import annotations

import re

from common.french import fold

_NAMES = (
    r"super ?marches?|hyper ?marches?|supermarket|magasins?|boulangeri\w+|boucheri\w+|epiceri\w+|"
    r"restaurants?|pizzerias?|cafes?|tabacs?|coiffeu\w+|garages?|garagistes?|station service|"
    r"la poste|bureau de poste|banques?|assurances?|opticiens?|ophtalmo\w*|dentistes?|kines?|"
    r"cinemas?|hotels?|discotheques?|prefecture|sous prefecture|caf|cpam|secu|pole emploi|"
    r"france travail|tribunal|sncf|gare|aeroport|hopital|clinique|laboratoire|lycees?|colleges?|"
    r"universite|pressing|fleuriste|librairie|jardinerie|veterinaires?|centre commercial|"
    r"(?:litre d )?essence|gazole|baguettes?"
)
_STRANGER = re.compile(rf"\b(?:{_NAMES})\b")
_BESIDE = re.compile(
    r"\b(?:depuis|devant|derriere|pres|cote|face|venant|partant) (?:de |d )?"
    r"(?:la |le |l |les |du |des )?"
    rf"(?:{_NAMES})\b"
)


def names_stranger(text: str) -> bool:
    """Tell whether a text names such a place, other than as a landmark."""
    return _STRANGER.search(_BESIDE.sub(" ", fold(text))) is not None
