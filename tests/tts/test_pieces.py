"""Numbers put together from pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.pieces import number_pieces, pieces
from tts.speechtext import spoken_sentences


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "J'ai noté le 07 00 01 10 99.",
            "J'ai noté le, zéro sept, zéro zéro, zéro un, dix, quatre-vingt-dix-neuf.",
        ),
        (
            "Je l'envoie au 06 12 34 56 78, c'est bien cela ?",
            "Je l'envoie au, zéro six, douze, trente-quatre, cinquante-six, "
            "soixante-dix-huit, c'est bien cela ?",
        ),
        ("Le carnet coûte 10, 20 ou 30 euros.", ""),
        ("Bonjour.", ""),
    ],
)
def test_a_number_is_cut_into_its_pairs(written: str, expected: str) -> None:
    (sentence,) = spoken_sentences(written)
    assert " ".join(pieces(sentence)) == expected


@given(st.from_regex(r"0[1-9]( \d\d){4}", fullmatch=True))
def test_every_number_is_made_of_pieces_rendered_ahead(number: str) -> None:
    said = ("J'ai noté le {}.", "Je l'envoie au {}, c'est bien cela ?")
    model = [one for text in said for one in spoken_sentences(text.format("06 12 34 56 78"))]
    ahead = set(number_pieces(model))
    for text in said:
        (sentence,) = spoken_sentences(text.format(number))
        found = pieces(sentence)
        assert found
        assert set(found) <= ahead


@given(st.from_regex(r"0[1-9]( \d\d){4}", fullmatch=True))
def test_nothing_of_a_sentence_is_lost(number: str) -> None:
    (sentence,) = spoken_sentences(f"Je l'envoie au {number}, c'est bien cela ?")
    assert " ".join(pieces(sentence)).replace("au, zéro", "au zéro") == sentence
