"""Acronyms of the town as they are said."""

from __future__ import annotations

import pytest

from asr.acronyms import Acronyms
from asr.hints import Hints
from asr.phonemes import Phonemes
from asr.vocabulary import OPEN, Vocabulary
from asr.wording import Wording

SENTENCES = (
    *("je voudrais le numéro du CCAS", "le CCAS est ouvert quand", "une demande d'aide au CCAS"),
    *("j'ai rendez-vous au CCAS", "les horaires du CCAS", "je suis suivi par le CCAS"),
    *("on veut faire un PACS", "pour un PACS il faut quoi", "mon fils rentre en CP"),
    *("l'inscription en CP", "mon fils rentre en CP en septembre", "j'attends un HLM"),
    *("c'est toujours le cas", "en cas de coupure", "que faire dans ce cas", "une fois en CE"),
)
TOWN = Vocabulary(town=("CCAS", "PACS", "HLM", "mairie"), sentences=SENTENCES)


@pytest.fixture(scope="module")
def acronyms() -> Acronyms:
    return Acronyms(TOWN, Phonemes(), Wording(SENTENCES))


def texts(acronyms: Acronyms, heard: str) -> list[str]:
    found = sorted(acronyms.rivals(heard), key=lambda rival: -rival.margin)
    return [rival.text for rival in found]


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Je voudrais le numéro du cé cas.", "Je voudrais le numéro du CCAS."),
        ("Une demande d'aide au sécas ?", "Une demande d'aide au CCAS ?"),
        ("Je suis suivi par le cé cé a esse.", "Je suis suivi par le CCAS."),
        ("On veut faire un paxe.", "On veut faire un PACS."),
        ("J'attends un hache elle aime.", "J'attends un HLM."),
    ],
)
def test_an_acronym_is_found_as_a_word_and_letter_by_letter(
    acronyms: Acronyms, heard: str, meant: str
) -> None:
    assert texts(acronyms, heard)[0] == meant


@pytest.mark.parametrize(
    "heard",
    [
        "C'est toujours le cas ?",
        "Que faire dans ce cas ?",
        "En cas de coupure, je fais quoi ?",
        "Le trottoir est cassé.",
        "Le CCAS est ouvert quand ?",
        "On veut faire un HLM.",
        "Je ne sais pas.",
        "",
        "…",
    ],
)
def test_what_may_be_meant_as_it_was_heard_stays(acronyms: Acronyms, heard: str) -> None:
    assert texts(acronyms, heard) == []


def test_the_model_is_asked_about_what_it_wrote_itself(acronyms: Acronyms) -> None:
    heard = "Je voudrais le numéro du sécas."
    (rival, *_) = acronyms.rivals(heard)
    assert rival.asked == heard
    assert rival.margin > 0.0


def test_the_nearer_it_sounds_the_more_it_counts(acronyms: Acronyms) -> None:
    def margin(heard: str) -> float:
        return max(rival.margin for rival in acronyms.rivals(heard))

    assert margin("On veut faire un paxe.") > margin("On veut faire un baxe.")


def test_an_acronym_that_was_heard_is_given_up_for_no_likelier_sentence() -> None:
    rivals = Hints(TOWN).of(OPEN).rivals
    assert rivals is not None
    heard, other = "Mon fils rentre en CP ici.", "Mon fils rentre en septembre."
    assert other not in [rival.text for rival in rivals([heard, other])]
    assert other in [rival.text for rival in rivals([heard.replace("CP", "CQ"), other])]


def test_a_usual_word_is_an_acronym_only_where_the_town_has_no_such_word() -> None:
    heard, meant = "Une demande d'aide au cas, s'il vous plaît.", "Une demande d'aide au CCAS, s'il"
    told = [sentence for sentence in SENTENCES if not sentence.endswith("cas")]
    few = Acronyms(TOWN, Phonemes(), Wording(told))
    assert any(text.startswith(meant) for text in texts(few, heard))
    assert texts(few, "Dans tous les cas, c'est fermé.") == []


def test_the_acronyms_are_those_of_the_town_and_those_said_more_than_once() -> None:
    assert TOWN.acronyms() == {"CCAS", "PACS", "HLM", "CP"}
