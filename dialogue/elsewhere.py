"""Shops and offices that are not the town hall's: their hours are nobody's to answer. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from common.french import fold
from dialogue.ownwords import alternatives

_NAMES = (
    r"super ?marches?|hyper ?marches?|supermarket|magasins?|boulangeri\w+|boucheri\w+|epiceri\w+|"
    r"restaurants?|pizzerias?|cafes?|tabacs?|coiffeu\w+|garages?|garagistes?|station service|"
    r"la poste|bureau de poste|banques?|assurances?|opticiens?|ophtalmo\w*|dentistes?|kines?|"
    r"cinemas?|hotels?|discotheques?|prefecture|sous prefecture|caf|cpam|secu|pole emploi|"
    r"france travail|tribunal|sncf|gare|aeroport|hopital|clinique|laboratoire|lycees?|colleges?|"
    r"universite|pressing|fleuriste|librairie|jardinerie|veterinaires?|centre commercial|"
    r"(?:litre d )?essence|gazole|baguettes?|zoo|parc (?:d attractions?|asterix|aquatique)|"
    r"disney\w*|futuroscope|puy du fou|tour eiffel|aquarium|chateau de versailles|louvre|"
    r"forfaits? de ski|stations? de ski|camping|aeroports?|banque postale|notaires?|mutuelles?"
)
_BESIDE = (
    r"(?:depuis|devant|derriere|pres|cote|face|venant|partant) (?:de |d )?"
    r"(?:la |le |l |les |du |des )?"
)


def names_stranger(text: str, more: tuple[str, ...] = ()) -> bool:
    """Tell whether a text names such a place, other than as a landmark; ``more`` are the town's."""
    stranger, beside = _patterns(more)
    return stranger.search(beside.sub(" ", fold(text))) is not None


@lru_cache(maxsize=8)
def _patterns(more: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = rf"(?:{_NAMES}|{alternatives(more)})\b"
    return re.compile(rf"\b{names}"), re.compile(rf"\b{_BESIDE}{names}")
