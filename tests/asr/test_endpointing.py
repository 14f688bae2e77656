"""How long the end of a turn is waited for."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from asr.endings import Endings
from asr.endpointing import (
    DAY,
    NUMBER,
    OPEN,
    STREET,
    YES_NO,
    EndOfTurn,
    EndOfTurnSettings,
    reads_unfinished,
)

SETTINGS = EndOfTurnSettings()


@pytest.mark.parametrize(
    ("expectation", "text", "wait"),
    [
        (OPEN, None, "base_s"),
        (OPEN, "Vous êtes ouverts samedi matin ?", "complete_s"),
        (OPEN, "Je voudrais parler à quelqu'un de l'urbanisme.", "base_s"),
        (OPEN, "Merci beaucoup, au revoir", "complete_s"),
        (OPEN, "c'est quoi", "complete_s"),
        (OPEN, "Il faut une carte pour y aller.", "complete_s"),
        (OPEN, "Il faut une carte pour aller", "base_s"),
        (OPEN, "Vous passez qu'un.", "base_s"),
        (OPEN, "c'est pour quelqu'un", "complete_s"),
        (OPEN, "il me faut un", "hesitation_s"),
        (OPEN, "il y a un trou devant chez moi", "base_s"),
        (OPEN, "Bonjour", "greeting_s"),
        (OPEN, "Allô !", "greeting_s"),
        ("premier", "Oui, bonjour Madame.", "greeting_s"),
        (OPEN, "Allô ?", "complete_s"),
        (OPEN, "Bonjour, c'est quoi vos horaires ?", "complete_s"),
        (OPEN, "Quand est-ce que vous passez pour les ?", "hesitation_s"),
        (OPEN, "Vous passez quand est-ce que c'est la ?", "complete_s"),
        (OPEN, "D'accord", "complete_s"),
        (OPEN, "Le passeport", "base_s"),
        (OPEN, "Je voudrais parler à quelqu'un.", "complete_s"),
        (OPEN, "J'en peux plus.", "base_s"),
        (OPEN, "Je le dépose où", "base_s"),
        (OPEN, "Je parle à un répondeur là", "base_s"),
        (OPEN, "Je parle à un répondeur ou", "hesitation_s"),
        (OPEN, "Il y en a", "base_s"),
        (OPEN, "Au revoir monsieur", "base_s"),
        (OPEN, "Bonjour, je voudrais", "hesitation_s"),
        (OPEN, "Alors euh", "hesitation_s"),
        (OPEN, "Bonjour, c'est pour", "hesitation_s"),
        (OPEN, "Je voudrais savoir à quelle heure ouvre la.", "hesitation_s"),
        (OPEN, "Attendez", "hesitation_s"),
        (OPEN, "Ben écoutez.", "hesitation_s"),
        (OPEN, "Je cherche l'adresse de l'", "hesitation_s"),
        (OPEN, "J'habite rue...", "hesitation_s"),
        (OPEN, "Mon voisin met la musique et", "hesitation_s"),
        (YES_NO, None, "base_s"),
        (YES_NO, "Oui", "answer_s"),
        (YES_NO, "non pas du tout", "answer_s"),
        (YES_NO, "oui mais", "hesitation_s"),
        (NUMBER, None, "number_s"),
        (NUMBER, "", "number_s"),
        (NUMBER, "06 12 34", "number_partial_s"),
        (NUMBER, "alors c'est le zéro six douze euh", "number_partial_s"),
        (NUMBER, "06 12 34 56 78", "number_complete_s"),
        (
            NUMBER,
            "zéro six douze trente-quatre cinquante-six soixante-dix-huit",
            "number_complete_s",
        ),
        (NUMBER, "Non merci", "complete_s"),
        (NUMBER, "Alors, c'est le déroci.", "number_s"),
        (NUMBER, "C'est quoi ?", "number_s"),
        (NUMBER, "Non, laissez tomber", "complete_s"),
        (OPEN, "J'aurais besoin de parler à eux.", "hesitation_s"),
        (NUMBER, "Attendez", "hesitation_s"),
        (OPEN, "06 12 34", "number_partial_s"),
        (YES_NO, "Non, c'est le 06", "number_partial_s"),
        (NUMBER, "06 12 34 56 56", "number_s"),
        (OPEN, "je suis au 12 rue des Lilas", "base_s"),
        (OPEN, "Non, merci beaucoup.", "complete_s"),
        (OPEN, "Non, je vous remercie.", "complete_s"),
        ("autre_chose", None, "base_s"),
    ],
)
def test_waits(expectation: str, text: str | None, wait: str) -> None:
    assert EndOfTurn().wait_s(expectation, text, 1.0) == getattr(SETTINGS, wait)


def test_nothing_heard_is_waited_for_less_after_a_breath_than_after_real_voice() -> None:
    policy = EndOfTurn()
    assert policy.wait_s(OPEN, "", 0.12) == SETTINGS.breath_s
    assert policy.wait_s(OPEN, "", 1.0) == SETTINGS.unheard_s


def test_no_setting_makes_the_caller_wait_beyond_the_longest() -> None:
    policy = EndOfTurn(EndOfTurnSettings(number_s=9.0, hesitation_s=9.0))
    assert policy.wait_s(NUMBER, None, 1.0) == SETTINGS.longest_s
    assert policy.wait_s(OPEN, "je voudrais", 1.0) == SETTINGS.longest_s


@pytest.mark.parametrize("text", ["C'est où ?", "Au revoir", "s'il vous plaît", "", "Oui."])
def test_not_unfinished(text: str) -> None:
    assert not reads_unfinished(text)


EXAMPLES = (
    "je voudrais refaire mon passeport",
    "c'est pour un passeport",
    "combien coûte un passeport",
    "mon passeport est perdu",
    "la piscine est ouverte [samedi](jour)",
    "vous ouvrez le samedi",
    "je cherche la piscine municipale",
    "la piscine municipale est ouverte à quelle heure",
)


@pytest.mark.parametrize(
    ("expectation", "text", "wait"),
    [
        (OPEN, "Bonjour, il me faut un passeport.", "complete_s"),
        (OPEN, "Vous êtes ouverts le samedi", "complete_s"),
        (OPEN, "Je cherche la piscine ?", "complete_s"),
        (OPEN, "Je voudrais", "hesitation_s"),
        (YES_NO, "Un certificat d'hébergement", "base_s"),
        (STREET, "Rue des Lilas", "base_s"),
        (DAY, "jeudi la piscine", "base_s"),
        ("premier", "Bonjour, il me faut un passeport.", "complete_s"),
        (OPEN, "", "unheard_s"),
    ],
)
def test_the_towns_examples_tell_where_requests_end(expectation: str, text: str, wait: str) -> None:
    policy = EndOfTurn(endings=Endings(EXAMPLES))
    assert policy.wait_s(expectation, text, 1.0) == getattr(SETTINGS, wait)


def test_the_less_likely_an_end_the_longer_it_is_waited_for() -> None:
    policy = EndOfTurn(endings=Endings(EXAMPLES))
    texts = ("Il me faut un passeport.", "La piscine municipale est", "Je cherche la piscine")
    waits = [policy.wait_s("premier", text, 1.0) for text in texts]
    assert SETTINGS.complete_s == waits[0] < waits[1] < waits[2] < SETTINGS.inside_s


class Known(Endings):
    """Ends with a probability that is known."""

    def __init__(self, likely: float) -> None:
        super().__init__(EXAMPLES)
        self._likely = likely

    def likely(self, text: str) -> float:
        return self._likely


def waits_of(likely: float, settings: EndOfTurnSettings = SETTINGS) -> float:
    return EndOfTurn(settings, Known(likely)).wait_s(OPEN, "il y a un trou ici", 1.0)


def test_a_wait_stays_between_a_whole_request_and_one_that_goes_on() -> None:
    waits = [waits_of(likely) for likely in (1.0, 0.5, 0.1, 0.05, 0.02, 0.01, 1e-12, 0.0)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (SETTINGS.complete_s, SETTINGS.inside_s)


def test_a_wait_costs_as_much_as_it_spares() -> None:
    likely = 0.1
    wait = waits_of(likely)
    assert SETTINGS.complete_s < wait < SETTINGS.inside_s
    going_on = (1 - likely) / (likely * SETTINGS.ends_more)
    left = going_on * math.exp(-(wait - SETTINGS.shortest_pause_s) / SETTINGS.pauses_s)
    spared = left * SETTINGS.too_soon_s / SETTINGS.pauses_s
    assert spared == pytest.approx(1.0), "a moment more spares as much as it costs"
    assert waits_of(likely, replace(SETTINGS, too_soon_s=2 * SETTINGS.too_soon_s)) > wait


def test_words_that_come_late_in_requests_speak_for_an_end() -> None:
    endings = Endings(EXAMPLES)
    assert endings.lateness(["passeport"]) > endings.lateness(["combien"])
    assert endings.lateness(["inconnu"]) == pytest.approx(endings.lateness([]))


def test_a_beginning_that_only_says_what_for_goes_on() -> None:
    endings = Endings(EXAMPLES)
    begun, whole = "Pour venir à la piscine municipale", "Je viens à la piscine municipale comment"
    assert endings.evidence(begun)[-2] == 1.0 and endings.evidence(whole)[-2] == 0.0
    assert endings.likely(begun) < endings.likely(f"{begun}, on fait comment, samedi")


def test_what_leans_on_the_answer_before_is_mostly_whole() -> None:
    endings = Endings(EXAMPLES)
    for follow_up in ("samedi", "le musée", "pour un enfant"):
        assert endings.likely(f"et {follow_up}") > endings.likely(follow_up)
    assert endings.likely("je viens et samedi") < endings.likely("et samedi")


def test_endings_are_probabilities_and_know_nothing_of_no_words() -> None:
    endings = Endings(EXAMPLES)
    for text in (*EXAMPLES, "", "?", "zzz", "La piscine est"):
        assert 0.0 <= endings.likely(text) <= 1.0
    assert endings.likely("...") == 0.0
    assert Endings(()).likely("la piscine") == 0.0
