"""Which language is spoken."""

from __future__ import annotations

import pytest

from asr.languages import LanguageSettings, language_of

UNSURE, SURE = -0.6, -0.1
LONG, SHORT = 3.0, 1.0


def language(text: str, logprob: float, speech_s: float, **shares: float) -> str:
    return language_of(text, logprob, speech_s, lambda: {"fr": 0.0, **shares}, LanguageSettings())


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I want to know the open hours of the Swiming Pool, please.",
        "Raï, do you spik English ? I lost my passport.",
        "Good morning, could you tell me when the market is open?",
        "I need to register my daughter at the school",
    ],
)
def test_english_is_told_though_some_words_are_misheard(text: str) -> None:
    assert language(text, SURE, LONG, fr=1.0) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "…",
        "Hello.",
        "Hello, je voudrais les horaires du week-end.",
        "I love you, c'est le nom du spectacle de samedi, il reste des places ?",
        "Je cherche un job d'été, vous prenez des baby-sitters ?",
        "Y a un open bar au marché ?",
    ],
)
def test_french_with_a_few_english_words_is_french(text: str) -> None:
    assert language(text, SURE, LONG, en=1.0) == "fr"
    assert language(text, UNSURE, LONG, en=0.6, fr=0.3) == ""


def test_the_sound_counts_where_the_words_are_doubtful_and_there_is_enough_of_it() -> None:
    heard = "Bonne telle, à qui aura àbre la piscina."
    assert language(heard, UNSURE, LONG, es=0.8, fr=0.1) == "es"
    assert language(heard, UNSURE, LONG, es=0.8, fr=0.16) == ""
    assert language(heard, UNSURE, LONG, es=0.6) == ""
    assert language(heard, UNSURE, LONG, br=0.9) == ""
    assert language(heard, UNSURE, LONG, fr=0.9) == "fr"
    assert language(heard, UNSURE, SHORT, es=0.9) == ""
    assert language(heard, SURE, LONG, es=0.9) == "fr"
