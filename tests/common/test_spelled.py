"""Words that are spelled aloud."""

import pytest

from common.spelled import spelled


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("L, I, L, A, S.", "lilas"),
        ("C'est L I L A S", "lilas"),
        ("elle, i, elle, a, esse", "lilas"),
        ("R comme Raoul, O, S comme Suzanne, E, S", "roses"),
        ("V, I, deux L, A", "villa"),
        ("P, A, S, T, E, U, R, tiret, B", "pasteurb"),
    ],
)
def test_letters_make_a_word(text: str, word: str) -> None:
    assert spelled(text) == word


@pytest.mark.parametrize(
    "text", ["", "…", "L", "rue des Lilas", "j'habite à la gare", "02 61 91", "non, deux fois non"]
)
def test_other_words_spell_nothing(text: str) -> None:
    assert spelled(text) == ""
