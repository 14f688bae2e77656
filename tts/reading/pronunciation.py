"""Respellings for words that espeak's French gets wrong, liaisons included."""

from __future__ import annotations

import re

_RESPELT = {
    "parking": "parkingue",
    "parkings": "parkingues",
    "camping": "campingue",
    "week-end": "ouikènde",
    "week-ends": "ouikèndes",
    "weekend": "ouikènde",
    "e-mail": "imèle",
    "e-mails": "imèles",
    "email": "imèle",
    "emails": "imèles",
    "mail": "mèle",
    "mails": "mèles",
    "newsletter": "niouzletteur",
    "skatepark": "skètparc",
    "skate-park": "skètparc",
    "insee": "inssé",
    "fils": "fiss",
    "saint-exupéry": "saint-exupérie",
    "brunch": "breuntche",
    "streaming": "strimingue",
    "coworking": "coworkingue",
    "smartphone": "smartfone",
    "smartphones": "smartfones",
    "planning": "planingue",
    "stop": "stoppe",
}
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DICTATED = re.compile(r"(?<=\w) (arobase|tiret bas|tiret) (?=\w)")
"""An address is noted down: a short pause around its signs."""

_LIAISONS = (
    (re.compile(r"\bvingt(?= heures\b)"), "vinte"),
    (
        re.compile(
            r"\b([Cc])ent(?= (?:euros|ans|heures|habitants|hectares|enfants|élèves|arbres)\b)"
        ),
        r"\1ente",
    ),
)


def respell(text: str) -> str:
    """Return ``text`` as the phonemizer should see it; people are never shown this."""
    text = _WORD.sub(lambda match: _RESPELT.get(match.group().lower(), match.group()), text)
    text = _DICTATED.sub(r", \1, ", text)
    for pattern, replacement in _LIAISONS:
        text = pattern.sub(replacement, text)
    return text
