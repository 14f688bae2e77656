"""What is recognised as made up, and what is left alone."""

from __future__ import annotations

import pytest

from asr.guard import GuardSettings, echoes, is_loop, tidy, without_inventions

SETTINGS = GuardSettings()


@pytest.mark.parametrize(
    "text",
    [
        "Sous-titres réalisés para la communauté d'Amara.org",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titrage Société Radio-Canada",
        "Sous-titrage ST' 501",
        "❤️ par SousTitreur.com",
        "Merci d'avoir regardé cette vidéo !",
        "Merci d'avoir regardé cette vidéo ! N'oubliez pas de vous abonner.",
        "Abonnez-vous !",
        "Musique de fin",
    ],
)
def test_known_inventions_leave_nothing(text: str) -> None:
    assert without_inventions(tidy(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Merci beaucoup, au revoir.",
        "Je vous remercie.",
        "Je voudrais m'abonner à la médiathèque.",
        "Merci d'avoir pris mon appel.",
        "Les horaires de l'école de musique ?",
        "On peut regarder les vidéos du conseil municipal ?",
        "À bientôt.",
    ],
)
def test_callers_words_are_kept(text: str) -> None:
    assert without_inventions(tidy(text)) == text


def test_an_invention_after_real_words_is_cut_off() -> None:
    text = "Je voudrais un passeport. Sous-titrage Société Radio-Canada"
    assert without_inventions(text) == "Je voudrais un passeport."


@pytest.mark.parametrize("text", ["[Musique]", "(rires)", "...", "*soupir*", " - ", "♪ ♪", "❤️"])
def test_notes_and_punctuation_are_nothing(text: str) -> None:
    assert tidy(text) == ""


def test_notes_are_removed_from_around_words() -> None:
    assert tidy("[Musique] Bonjour, la mairie ?") == "Bonjour, la mairie ?"


@pytest.mark.parametrize(
    ("text", "voiced_s"),
    [
        ("oui oui oui oui oui oui oui oui", 3.0),
        ("je ne sais pas, je ne sais pas, je ne sais pas, je ne sais pas", 4.0),
        ("la mairie de la mairie de la mairie de la mairie de la mairie", 5.0),
        ("bonjour je voudrais savoir les horaires de la piscine pour demain matin", 0.5),
    ],
)
def test_loops(text: str, voiced_s: float) -> None:
    assert is_loop(text, voiced_s, SETTINGS)


@pytest.mark.parametrize(
    ("text", "voiced_s"),
    [
        ("Allô, allô, allô ?", 1.5),
        ("Non non, laissez tomber.", 0.9),
        ("Oui oui oui, c'est bien ça, je voudrais un rendez-vous pour ma carte.", 3.5),
        (
            "Bonjour madame, je monte mon dossier de retraite et ils veulent un acte de naissance "
            "tout récent, or moi j'ai juste une vieille photocopie toute jaunie.",
            8.0,
        ),
    ],
)
def test_people_are_not_loops(text: str, voiced_s: float) -> None:
    assert not is_loop(text, voiced_s, SETTINGS)


def test_an_echo_of_the_prompt_is_not_speech() -> None:
    prompt = ("état civil", "passeport", "déchetterie", "cantine")
    assert echoes("État civil, passeport, déchetterie.", prompt)
    assert not echoes("La déchetterie", prompt)
    assert not echoes("passeport, carte d'identité", prompt)


def test_a_long_list_that_says_the_same_again_and_again_is_no_loop() -> None:
    text = (
        "Alors il me faut un rendez-vous pour le passeport de ma fille. Il me faut aussi la carte "
        "d'identité de mon fils. Il me faut les horaires de la piscine pour samedi. Il me faut les "
        "horaires de la déchetterie, et il me faut un rendez-vous pour les encombrants de ma mère."
    )
    assert not is_loop(text, 30.0, SETTINGS)
    assert is_loop("de l'autre côté de la rue et " * 12, 30.0, SETTINGS)
