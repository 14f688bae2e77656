"""Which language a caller speaks, by what was heard and by how it sounds. Pure.

English is told by its words: the model writes them although it was told to write French, and takes
a French voice that speaks English for French.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from common.french import fold

FRENCH, ENGLISH = "fr", "en"
_HEARD: Final = frozenset(
    (FRENCH, ENGLISH, "es", "de", "it", "pt", "ar", "tr", "ru", "uk", "ro", "pl", "nl", "zh")
)
"""The model takes noise and accents for any of a hundred; these are heard in town halls."""
_USUAL: Final = (
    "about address afternoon and any anyone appointment been book can could day did do english get "
    "good have he hello help her his hours how i if is it know like lost make morning much must my "
    "need of office opening our please register she should some someone speak speaking thank "
    "thanks that the their them there they this to tomorrow was we what when where which who why "
    "will with would yesterday you your"
)
_ENGLISH: Final = frozenset(_USUAL.split())
"""Usual words of English; none of them is a usual one of French."""


@dataclass(frozen=True)
class LanguageSettings:
    """When a language is sure."""

    least_speech_s: float = 2.0
    """With less speech than this, no other language is."""
    probability: float = 0.7
    french_probability: float = 0.15
    """Above this, a caller may well be speaking French with an accent, or in noise."""
    french_logprob: float = -0.3
    """Above this, what was heard is French, whatever it sounds like."""
    english_words: int = 3
    """Different ones that make a text English."""
    english_share: float = 0.4
    """Of its words."""


def language_of(
    text: str,
    avg_logprob: float,
    speech_s: float,
    probabilities: Callable[[], Mapping[str, float]],
    settings: LanguageSettings,
) -> str:
    """Return the language that is spoken as an ISO 639-1 code, '' when there is doubt.

    Args:
        text: what was heard, taken for French, and its mean log-probability.
        probabilities: gives that of each language by its sound; asked only where it is needed.
    """
    if _is_english(text, settings):
        return ENGLISH
    if avg_logprob > settings.french_logprob:
        return FRENCH
    if speech_s < settings.least_speech_s:
        return ""
    shares = probabilities()
    language, share = max(shares.items(), key=lambda item: item[1])
    if language != FRENCH and shares[FRENCH] > settings.french_probability:
        return ""
    return language if language in _HEARD and share >= settings.probability else ""


def _is_english(text: str, settings: LanguageSettings) -> bool:
    words = fold(text).split()
    found = [word for word in words if word in _ENGLISH]
    enough = len(set(found)) >= settings.english_words
    return enough and len(found) >= settings.english_share * len(words)
