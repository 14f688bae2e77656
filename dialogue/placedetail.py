"""Which detail of a place is asked for, and whether an answer speaks of it. Pure."""

from __future__ import annotations

import re

from common.french import fold

_ACCESS = re.compile(
    r"\b(?:fauteuils?|handicap\w*|mobilite reduite|ascenseurs?|poussettes?|deambulateurs?|"
    r"bequilles?|plain pied|marches?(?= a monter)|escaliers?|mal a marcher|march\w+ mal|"
    r"accessibles?)\b"
)
_PARKING = re.compile(r"\b(?:(?:se|me|s y|m y|nous) gare|garer|parkings?|stationner|parker)\b")
_DETAILS = (_ACCESS, _PARKING)
_WAY = re.compile(
    r"\b(?:ou (?:est|se|c est|sont|ca)|c est ou|adresse|comment (?:aller|venir|on|je|j y)|"
    r"bus|quelle (?:ligne|rue)|heures?|ouvert\w*|ferm\w+)\b"
)
"""Who says so wants the way, or the hours, whatever else is told."""
_CASE = re.compile(r"^(?:(?:et|mais|sinon|alors|euh) )*pour\b")
"""« Et pour les handicapés ? » is another case of what was asked before."""


def asks_detail(text: str) -> bool:
    """Tell whether a question is about access or parking at a place, and nothing else."""
    folded = fold(text)
    if _WAY.search(folded) or _CASE.match(folded):
        return False
    return any(told.search(folded) for told in _DETAILS)


def speaks_of_it(text: str, answer: str) -> bool:
    """Tell whether ``answer`` speaks of a detail that the question is about."""
    asked, told = fold(text), fold(answer)
    return any(detail.search(asked) and detail.search(told) for detail in _DETAILS)
