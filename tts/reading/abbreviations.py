"""Civilities and common abbreviations."""

from __future__ import annotations

import re

_NAME = r"(?=\s*[A-ZÉÈÂÀ])"
_RULES: tuple[tuple[str, str], ...] = (
    (rf"\bMM\.{_NAME}", "Messieurs "),
    (rf"\bM\.{_NAME}", "Monsieur "),
    (r"\bM\.(?= l(?:e|a|'))", "Monsieur"),
    (rf"\bMr\b\.?{_NAME}", "Monsieur "),
    (r"\bMmes\b\.?", "Mesdames"),
    (r"\bMme\b\.?", "Madame"),
    (r"\bMlles\b\.?", "Mesdemoiselles"),
    (r"\bMlle\b\.?", "Mademoiselle"),
    (rf"\bMe(?= [A-ZÉÈ]){_NAME}", "Maître"),
    (r"\bDr\b\.?", "docteur"),
    (r"\b(?:p|par)\. ?ex\.", "par exemple"),
    (r"\bex\.\s?:", "exemple :"),
    (r"\bex\.", "exemple"),
    (r"\bc\.?-à-d\.?", "c'est-à-dire"),
    (r"\bcf\.?(?=\s)", "voir"),
    (r"\betc\b\.{1,3}(?=\s+[A-ZÉÈÀ]|\s*\Z)", "etcétéra."),
    (r"\betc\b(?:\.{1,3}|…)?", "etcétéra"),
    (r"\b([Tt])él\.", r"\1éléphone"),
    (r"\b([Rr])éf\.", r"\1éférence"),
    (r"\bart\.(?=\s?\d|\s[LRD]\b)", "article "),
    (r"\benv\.", "environ"),
    (r"\bmax\.", "maximum"),
    (r"\bmini?\.(?=\W)", "minimum"),
    (r"\bdép\.", "département"),
    (r"\bnb\b", "nombre"),
    (r"\b[Rr][Dd][Vv]\b", "rendez-vous"),
    (r"\bRDC\b|\brdc\b|\brez-de-ch\.", "rez-de-chaussée"),
    (r"\b[Ss]\.?[Vv]\.?[Pp]\b\.?", "s'il vous plaît"),
    (r"\bTTC\b", "toutes taxes comprises"),
    (r"\bHT\b", "hors taxes"),
    (r"\bQF\b", "quotient familial"),
    (r"\bJ\.?-C\.", "Jésus-Christ"),
    (r"\bpp?\.(?=\s?\d)", "page "),
    (r"\bvs\b\.?", "contre"),
    (r"\bCerfa\b|\bCERFA\b", "cerfa"),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _RULES)


def read(text: str) -> str:
    """Write out abbreviations."""
    for pattern, words in _COMPILED:
        text = pattern.sub(words, text)
    return text
