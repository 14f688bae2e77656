"""How people put things to the town, and what a near miss becomes by it."""

from __future__ import annotations

import pytest

from asr.hints import Hints
from asr.phonemes import Phonemes
from asr.phrases import Phrases, units
from asr.vocabulary import DAY, NUMBER, OPEN, STREET, YES_NO, Vocabulary
from asr.wording import Wording, plain, words

SENTENCES = (
    "combien ça coûte",
    "combien ça coûte la piscine",
    "la piscine le [samedi](jour), combien ça coûte",
    "les horaires de la piscine [samedi](jour)",
    "je voudrais les horaires de la mairie",
    "la mairie est ouverte quand",
    "je déménage [samedi](jour), devant l'immeuble",
    "devant l'immeuble il y a un camion",
    "c'est pas ouvert ce soir",
    "c'est pas ouvert le dimanche",
    "j'habite rue des Lilas",
    "c'est rue des Lilas",
    "ma mère est malade",
)
TOWN = Vocabulary(
    town=("mairie", "piscine", "déchetterie"), streets=("rue des Lilas",), sentences=SENTENCES
)


@pytest.fixture(scope="module")
def hints() -> Hints:
    return Hints(TOWN)


def readings(hints: Hints, expects: str, *hypotheses: str) -> dict[str, float]:
    rivals = hints.of(expects).rivals
    assert rivals is not None
    return {rival.text: rival.margin for rival in rivals(hypotheses)}


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("La piscine et combien s'accoutent.", "La piscine et combien ça coûte."),
        ("Je déménage Samdi.", "Je déménage samedi."),
        ("Je voudrais les horaires de la mérite.", "Je voudrais les horaires de la mairie."),
        ("Combien ça goûte devant l'immobile.", "Combien ça coûte devant l'immeuble."),
    ],
)
def test_what_sounds_like_a_phrase_of_the_town_may_be_it(
    hints: Hints, heard: str, meant: str
) -> None:
    found = readings(hints, OPEN, heard)
    assert meant in found
    assert found[meant] > 0.0


@pytest.mark.parametrize(
    "heard",
    ["Combien ça coûte la piscine ?", "Je voudrais les horaires de la mairie.", "Zut alors.", "…"],
)
def test_what_people_say_and_what_sounds_like_nothing_of_it_stay(hints: Hints, heard: str) -> None:
    assert readings(hints, OPEN, heard) == {}


@pytest.mark.parametrize(
    "heard",
    ["C'est ouvert ce soir.", "C'est un ouvert ce soir.", "Les horaires de la piscine mardi."],
)
def test_negations_numbers_and_days_neither_come_nor_go(hints: Hints, heard: str) -> None:
    for text in readings(hints, OPEN, heard, "C'est pas ouvert ce soir."):
        assert ("pas" in words(text)) == ("pas" in words(heard))
        assert ("un" in words(text)) == ("un" in words(heard))
        assert ("mardi" in words(text)) == ("mardi" in words(heard))


def test_another_hypothesis_counts_by_how_people_put_it(hints: Hints) -> None:
    heard, better, worse = "Les airs de la piscine.", "Les horaires de la piscine.", "Les airs zut."
    found = readings(hints, OPEN, heard, better, worse)
    assert found[better] > 0.0
    assert worse not in found


def test_a_street_that_was_asked_for_goes_before_how_people_put_it(hints: Hints) -> None:
    without = Hints(Vocabulary(town=TOWN.town, streets=TOWN.streets))
    heard = "Arrui de Lila."
    assert readings(hints, STREET, heard) == readings(without, STREET, heard)
    near = readings(hints, STREET, "Rue de l'Ila.")["Rue des Lilas."]
    assert near > readings(hints, STREET, heard)["Rue des Lilas."] > 0.0


def test_a_request_where_a_street_was_asked_for_is_put_as_people_put_it(hints: Hints) -> None:
    assert "Combien ça coûte." in readings(hints, STREET, "Combien s'accoutent.")


def test_a_word_of_the_town_that_nobody_would_say_there_is_not_proposed(hints: Hints) -> None:
    without = Hints(Vocabulary(town=TOWN.town))
    heard = "Ma mère est malade."
    proposed = [text for text in readings(without, OPEN, heard) if "mairie" in text]
    assert proposed
    assert not any(text in readings(hints, OPEN, heard) for text in proposed)


@pytest.mark.parametrize("expects", [YES_NO, NUMBER])
def test_an_answer_is_no_request(hints: Hints, expects: str) -> None:
    assert readings(hints, expects, "La piscine et combien s'accoutent.") == {}


def test_several_near_misses_are_put_right_at_once(hints: Hints) -> None:
    found = readings(hints, OPEN, "Combien s'accoutent devant l'immobile.")
    assert max(found, key=lambda text: found[text]) == "Combien ça coûte devant l'immeuble."


def test_a_sentence_that_is_often_said_is_likelier() -> None:
    wording = Wording(SENTENCES)
    usual = wording.likelihood("Combien ça coûte ?")
    assert wording.likelihood("Combien ça goûte ?") < usual < 0.0
    assert wording.likelihood("Goûte combien ça ?") < usual


def test_the_parts_of_a_text_make_up_the_whole() -> None:
    wording = Wording(SENTENCES)
    told = words("combien ça coûte la mairie")
    parts = wording.part(told, 0, 2) + wording.part(told, 2, len(told) + 1)
    assert parts == pytest.approx(wording.likelihood("combien ça coûte la mairie"))


def test_without_sentences_every_word_is_as_likely() -> None:
    wording = Wording(())
    assert wording.likelihood("un mot") == wording.likelihood("mot un")


def test_the_marks_of_an_example_are_not_words() -> None:
    assert plain("la piscine le [samedi](jour)") == "la piscine le samedi"


def test_phrases_are_those_that_are_said_again_and_the_towns_words() -> None:
    sounds = Phonemes()
    phrases = Phrases(
        ("il fait beau dehors", "il fait beau ici"),
        ("déchetterie",),
        lambda word: sounds.of(word).replace(" ", ""),
        lambda word: word != "ici",
    )
    found = {near.text for near in phrases.near("Y fait bot de or, la des chatteries.", bool, 0.3)}
    assert "fait beau" in found
    assert "déchetterie" in found
    assert not any("dehors" in text for text in found)


def test_an_elided_word_goes_with_the_next_one() -> None:
    assert [unit.text for unit in units("s'il y a l'école, non ?")] == [
        "s'il",
        "y",
        "a",
        "l'école",
        "non",
    ]


def test_where_a_day_was_asked_for_it_is_likelier_and_requests_are_still_understood(
    hints: Hints,
) -> None:
    assert readings(hints, DAY, "Samdi.")["Samedi."] > readings(hints, OPEN, "Samdi.")["Samedi."]
    assert "Combien ça coûte." in readings(hints, DAY, "Combien s'accoutent.")
