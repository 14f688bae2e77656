"""Postal addresses: ways, titles in street names, boxes, floors."""

from __future__ import annotations

import re

from tts.reading.numbers import cardinal, digits_aloud

_WAYS = (
    (r"[Aa]v(?:\.|(?= d))", "avenue"),
    (r"(?:[Bb]l?v?d|BD|[Bb]oul)\b\.?", "boulevard"),
    (r"[Pp]l\.", "place"),
    (r"[Ii]mp\.", "impasse"),
    (r"[Aa]ll\.", "allée"),
    (r"[Rr]te\b\.?", "route"),
    (r"[Cc]h(?:em)?\.", "chemin"),
    (r"[Ss]q\.", "square"),
    (r"(?:[Ff]b?g)\b\.?", "faubourg"),
    (r"[Rr]és\.", "résidence"),
    (r"[Bb][âa]t\.", "bâtiment"),
    (r"[Aa]pp?t\b\.?", "appartement"),
    (r"[Ee]sc\.", "escalier"),
    (r"[Éé]t\.", "étage"),
    (r"[Qq]uart\.", "quartier"),
    (r"[Ll]ot\.", "lotissement"),
)
_TITLES = (
    (r"G(?:[ée]n|[ae]?l)\b\.?", "Général"),
    (r"M(?:ar|[ae])?l\b\.?", "Maréchal"),
    (r"Cdt\b\.?", "Commandant"),
    (r"Col\.", "Colonel"),
    (r"Cne\b\.?|Cap\.", "Capitaine"),
    (r"Lt\b\.?", "Lieutenant"),
    (r"Pdt\b\.?", "Président"),
    (r"Pr\b\.?", "Professeur"),
    (r"Dr\b\.?", "Docteur"),
    (r"Mgr\b\.?", "Monseigneur"),
)
_SAINTS = (
    (re.compile(r"\bSt[-.]?\s?(?=[A-ZÉÈÂÀ])"), "Saint-"),
    (re.compile(r"\bSte[-.]?\s?(?=[A-ZÉÈÂÀ])"), "Sainte-"),
    (re.compile(r"\bN\.?-?D\.?(?=[ -]d)"), "Notre-Dame"),
)
_WAY_RULES = tuple((re.compile(rf"(?<![\w.]){pattern}(?=\s+\w)"), word) for pattern, word in _WAYS)
_TITLE_RULES = tuple(
    (re.compile(rf"(?<![\w.]){pattern}(?=\s+(?:de\s)?[A-ZÉÈÂÀ])"), word)
    for pattern, word in _TITLES
)
_STREET = re.compile(r"(?<=[\d,] )r\.(?= )")
_HOUSE = re.compile(r"\b(\d{1,4})\s?(bis|ter|quater)\b", re.IGNORECASE)
_HOUSE_NUMBER = re.compile(
    r"(?<![\w,.])\d{1,4}(?=,? (?:place|rue|avenue|allée|impasse|route|ruelle|résidence|cité|villa|"
    r"promenade|esplanade|cour|sente|traverse|voie) (?:d[eu]s? |d'|l'|la |[A-ZÉÈÂ]))"
)
_HOUSE_LETTER = re.compile(
    r"\b(\d{1,4})\s?([A-D])(?=,?\s+(?:rue|avenue|boulevard|place|chemin|allée|impasse|route|quai|cours)\b)"
)
_POSTAL_BOX = re.compile(r"\bB\.?P\.?\s?(?:n°\s?)?(?=\d)")
_SERVICE_BOX = re.compile(r"\bC\.?S\.?\s?(?:n°\s?)?(?=\d{2})")
_CEDEX = re.compile(r"\bc[eé]dex(?:\s+(\d{1,2}))?\b", re.IGNORECASE)
_POSTAL_CODE = re.compile(r"(?<![\w,.])(0\d)(\d{3})(?=\s+[A-ZÉÈ])")
_NUMBER_SIGN = (
    (re.compile(r"\b[Nn]os\s?(?=\d)"), "numéros "),
    (re.compile(r"\b[Nn](?:°|º)s\s?"), "numéros "),
    (re.compile(r"\b[Nn](?:°|º)\s?"), "numéro "),
)


def read(text: str) -> str:
    """Write out what is abbreviated in addresses."""
    for pattern, word in (*_NUMBER_SIGN, *_SAINTS, *_TITLE_RULES):
        text = pattern.sub(word, text)
    for pattern, word in _WAY_RULES:
        text = pattern.sub(word, text)
    text = _STREET.sub("rue", text)
    text = _HOUSE.sub(lambda match: f"{match.group(1)} {match.group(2).lower()}", text)
    text = _HOUSE_NUMBER.sub(lambda match: cardinal(int(match.group())), text)
    text = _HOUSE_LETTER.sub(lambda match: f"{match.group(1)} {match.group(2)}", text)
    text = _POSTAL_BOX.sub("boîte postale ", text)
    text = _SERVICE_BOX.sub("CS ", text)
    text = _CEDEX.sub(_cedex, text)
    return _POSTAL_CODE.sub(_leading_zero_code, text)


def _cedex(match: re.Match[str]) -> str:
    number = match.group(1)
    return f"cédex {digits_aloud(str(int(number)))}" if number else "cédex"


def _leading_zero_code(match: re.Match[str]) -> str:
    """01000 is said "zéro un mille", 06200 "zéro six mille deux cents"."""
    first, rest = match.group(1)[1], match.group(2)
    tail = "" if rest == "000" else " " + cardinal(int(rest))
    return f"zéro {cardinal(int(first))} mille{tail}"
