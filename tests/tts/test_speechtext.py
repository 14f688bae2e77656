"""Written French becomes what people would say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tts.speech_cases import CASES
from tts.reading.numbers import cardinal, roman
from tts.reading.pronunciation import respell
from tts.speechtext import CHUNK_MAX, speech_text, split_for_speech, spoken_sentences

ALL_CASES = [
    pytest.param(written, spoken, id=f"{group}: {written}")
    for group, rows in CASES.items()
    for written, spoken in rows
]


@pytest.mark.parametrize(("written", "spoken"), ALL_CASES)
def test_is_said_as_people_say_it(written: str, spoken: str) -> None:
    assert speech_text(written) == spoken


@pytest.mark.parametrize(("written", "spoken"), ALL_CASES)
def test_speech_text_is_left_alone(written: str, spoken: str) -> None:
    assert speech_text(spoken) == spoken


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_never_raises_and_leaves_no_digit(text: str) -> None:
    assert not any(character in "0123456789" for character in speech_text(text))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789 hH:/.,-€%²emkLXVIABC'’+@#()\n°", max_size=40))
def test_number_soup_never_raises(text: str) -> None:
    spoken_sentences(text)
    split_for_speech(text)


def is_short_telephone_number(number: int) -> bool:
    """Numbers such as 116 000 and 118 712 are called, and read so."""
    return number // 1000 in (116, 118)


@given(
    st.integers(min_value=1, max_value=999_999).filter(lambda n: not is_short_telephone_number(n))
)
def test_a_number_is_read_alike_with_and_without_separators(number: int) -> None:
    assert speech_text(f"{number:,}".replace(",", " ")) == cardinal(number)
    assert speech_text(str(number)) == cardinal(number)


def test_roman_numerals() -> None:
    assert [roman(numeral) for numeral in ("IV", "IX", "XIV", "XXI", "XL")] == [4, 9, 14, 21, 40]
    assert roman("IIX") is None


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert spoken_sentences("Demandez M. Martin, 3 av. Foch. Merci !") == [
        "Demandez Monsieur Martin, trois avenue Foch.",
        "Merci !",
    ]


def test_nothing_to_say_gives_no_sentence() -> None:
    assert spoken_sentences(" … \n") == []
    assert split_for_speech("😀") == []


def test_the_first_chunk_is_short_and_no_word_is_lost() -> None:
    text = (
        "La mairie est ouverte demain, de 9 h à 12 h, puis de 14 h à 17 h. "
        "Voulez-vous autre chose ?"
    )
    chunks = split_for_speech(text)
    assert chunks[0] == "La mairie est ouverte demain,"
    assert " ".join(chunks) == speech_text(text)


def test_a_tiny_first_clause_is_not_spoken_alone() -> None:
    chunks = split_for_speech("Oui, la piscine est ouverte, de 10 h à 19 h.")
    assert chunks[0] == "Oui, la piscine est ouverte,"


def test_a_very_long_sentence_is_cut() -> None:
    sentences = spoken_sentences("mot " * 200)
    assert all(len(sentence) <= CHUNK_MAX for sentence in sentences)
    assert " ".join(sentences).split() == ["mot"] * 200


def test_respelling_is_for_the_voice_only() -> None:
    assert speech_text("Le parking ferme à 20 h.") == "Le parking ferme à vingt heures."
    assert spoken_sentences("Le parking ferme à 20 h.") == ["Le parkingue ferme à vinte heures."]
    assert respell(respell("vingt heures")) == respell("vingt heures")
