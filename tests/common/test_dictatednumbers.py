"""Numbers as callers dictate them and as the recogniser writes them down."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from common.dictatednumbers import FULL, HeardNumber, digits_of, heard_number

NUMBER = st.from_regex(r"\A0[1-9][0-9]{8}\Z")


@pytest.mark.parametrize(
    "text",
    [
        "zéro six douze trente-quatre cinquante-six soixante-dix-huit",
        "Zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit.",
        "zero six un deux trois quatre cinq six sept huit",
        "zéro-six-douze-trente-quatre-cinquante-six-soixante-dix-huit",
        "06 12 34 56 78",
        "06.12.34.56.78.",
        "06-12-34-56-78",
        "06, 12, 34, 56, 78",
        "0 6 12 34 56 78",
        "0612345678",
        "06 12 345 678",
        "06 douze 34 cinquante-six 78",
        "612345678",
        "six douze trente-quatre cinquante-six soixante-dix-huit",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "0033 6 12 34 56 78",
        "33 6 12 34 56 78",
        "plus trente-trois six douze trente-quatre cinquante-six soixante-dix-huit",
        "c'est le zéro six, euh, douze, trente-quatre, euh cinquante-six, et soixante-dix-huit",
        "oui alors attendez, c'est le 06 12 34 56 78, voilà, merci",
        "rappelez-moi après 14 heures au 06 12 34 56 78",
        "06 12 34 56 78 à partir de 14 heures",
        "j'habite au 12 rue des Lilas, mon numéro c'est 06 12 34 56 78",
        "j'ai deux numéros, le fixe c'est 02 61 91 10 00 et le mobile 06 12 34 56 78",
        "06 12 34 56 78, je répète, 06 12 34 56 78",
        "06 11 22 33 44 06 12 34 56 78",
        "06 12 34 56 78 pour Madame Martin, bâtiment 3",
        "06 12 34 56 79, non pardon, 78",
        "06 12 43, non pardon, 34 56 78",
        "06 13 non 12 34 56 78",
        "06 99 98, je me suis trompé, c'est le 06 12 34 56 78",
        "non, c'est le 06 12 34 56 78",
    ],
)
def test_whole_numbers(text: str) -> None:
    assert heard_number(text) == HeardNumber("0612345678", True)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("zéro six soixante-dix quatre-vingts quatre-vingt-dix soixante et onze", "0670809071"),
        ("zéro un quatre-vingts quatre-vingts vingt et un dix", "0180802110"),
        ("Zéro six, soixante, dix-huit, quatre-vingt-douze, zéro zéro.", "0660189200"),
        ("zéro six soixante dix-huit quatre vingt douze zéro zéro", "0660189200"),
        ("zéro six soixante dix-huit quatre vingt douze zéro zéro onze", "0678920011"),
        ("zéro six soixante quatre vingt dix zéro zéro onze", "0660900011"),
        ("zéro sept double zéro douze treize quatorze", "0700121314"),
        ("zéro six septante et un huitante-deux nonante-neuf onze", "0671829911"),
        ("zéro six vingt-et-un trente et un quarante et un cinquante et un", "0621314151"),
        ("zéro six vingt un trente un quarante deux dix", "0621314210"),
        ("+32 470 12 34 56", "0032470123456"),
        # Figures as the recogniser wrote them for eighty and ninety-one.
        ("0 1 4 20 70 0 0 29.", "0180700029"),
        ("07 19 0 13 3 4 20 11", "0719013391"),
        ("06 60 18 12 13 14", "0678121314"),
        ("06 quatre-vingt 12 11 13 14", "0692111314"),
        ("06 4 20 12 13 14", "0680121314"),
    ],
)
def test_words_that_can_be_read_in_two_ways(text: str, digits: str) -> None:
    assert heard_number(text) == HeardNumber(digits, True)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("zéro six douze", "0612"),
        # Ten digits could be made of these, but nobody says thirty and then four.
        ("zéro six douze trente-quatre cinquante-six", "06123456"),
        ("zéro six douze trente quatre cinquante six", "06123456"),
        ("zéro six soixante-douze trente-quatre soixante-dix-huit", "06723478"),
        ("plus trente-trois six douze", "0612"),
        ("57 à la fin", "57"),
        ("06 12 34, non pardon, 35", "061235"),
        ("le 39 75", "3975"),
        ("06 12 34 56 78 9", "0612345678"),
    ],
)
def test_parts_of_a_number(text: str, digits: str) -> None:
    assert digits_of(text) == digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("zéro six douze trente", "061230"),
        ("+32 47", "003247"),
        ("12 34 56 78 91 12", "123456789112"),
    ],
)
def test_what_is_too_short_or_no_number_of_ours_is_not_complete(text: str, digits: str) -> None:
    assert heard_number(text) == HeardNumber(digits, False)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "bonjour", "un autre numéro", "oui, un SMS", "je ne sais pas", "…", "+",
        "rappelez-moi à 14 heures", "j'ai deux enfants", "non non", "12 rue des Lilas",
    ],
)  # fmt: skip
def test_nothing_that_is_a_number(text: str) -> None:
    assert heard_number(text) is None
    assert digits_of(text) == ""


@pytest.mark.parametrize(
    ("before", "text", "digits", "complete"),
    [
        ("0612", "trente-quatre cinquante-six soixante-dix-huit", "0612345678", True),
        ("0612", "trente-quatre", "061234", False),
        ("061234", "34 56 78", "0612345678", True),  # its end is said once more
        ("0612", "06 12 34 56 78", "0612345678", True),  # all anew
        ("0612", "06 12 34", "061234", False),
        ("061234567", "huit", "0612345678", True),
        ("06123456", "non pardon, 57 78", "0612345778", True),
        ("0699", "non, zéro six douze", "0612", False),
        ("06", "soixante dix-huit douze treize quatorze", "0678121314", True),
        ("06", "soixante dix-huit douze treize", "0660181213", True),
    ],
)
def test_the_rest_of_a_number(before: str, text: str, digits: str, complete: bool) -> None:
    assert heard_number(text, before) == HeardNumber(digits, complete)


def test_nothing_more_was_said() -> None:
    assert heard_number("euh, attendez", "0612") is None


def in_words(pair: str) -> str:
    if pair.startswith("0"):
        return f"zéro {num2words(int(pair[1]), lang='fr')}"
    return str(num2words(int(pair), lang="fr"))


def one_by_one(pair: str) -> str:
    return " ".join(str(num2words(int(digit), lang="fr")) for digit in pair)


def pairs_of(number: str) -> list[str]:
    return [number[at : at + 2] for at in range(0, len(number), 2)]


@given(NUMBER, st.sampled_from([" ", ", ", " euh ", "-", " et puis "]))
def test_every_number_said_in_pairs_is_understood(number: str, between: str) -> None:
    said = [in_words(pair) for pair in pairs_of(number)]
    if between == "-":
        said = [words.replace(" ", "-") for words in said]
        between = " "
    assert heard_number(between.join(said)) == HeardNumber(number, True)


@given(NUMBER, st.sampled_from([" ", ", "]))
def test_every_number_said_digit_by_digit_is_understood(number: str, between: str) -> None:
    said = between.join(one_by_one(digit) for digit in number)
    heard = heard_number(said)
    assert heard is not None
    assert heard.digits == number


@given(NUMBER, st.lists(st.sampled_from(["words", "digits", "singly"]), min_size=5, max_size=5))
def test_every_mixture_is_understood(number: str, ways: list[str]) -> None:
    write: dict[str, Callable[[str], str]] = {
        "words": in_words,
        "digits": str,
        "singly": one_by_one,
    }
    said = ", ".join(write[way](pair) for pair, way in zip(pairs_of(number), ways, strict=True))
    assert heard_number(f"alors c'est le {said}, voilà") == HeardNumber(number, True)


@given(NUMBER, st.integers(1, 4))
def test_two_halves_make_a_number(number: str, pairs: int) -> None:
    cut = 2 * pairs
    first = heard_number(", ".join(map(in_words, pairs_of(number[:cut]))))
    assert first == HeardNumber(number[:cut], False)
    rest = ", ".join(map(in_words, pairs_of(number[cut:])))
    heard = heard_number(rest, number[:cut])
    # What looks like the whole number anew, or like its beginning, is taken for that.
    if not number[cut:].startswith("0"):
        assert heard == HeardNumber(number, True)


@given(NUMBER, st.integers(0, 9))
def test_the_last_pair_may_be_corrected(number: str, digit: int) -> None:
    wrong = ", ".join(map(in_words, pairs_of(number)))
    heard = heard_number(f"{wrong}, non pardon, {in_words(f'1{digit}')}")
    assert heard == HeardNumber(f"{number[:8]}1{digit}", True)


WORDS = """zéro un deux six dix onze vingt vingts quatre soixante et euh non pardon double plus +
33 06 12 345678 - , . quatre-vingt soixante-dix heures rue le"""
SPOKEN = st.lists(st.sampled_from(WORDS.split()), max_size=60)


@given(st.one_of(st.text(max_size=200), SPOKEN.map(" ".join)), st.from_regex(r"\A[0-9]{0,9}\Z"))
def test_junk_is_survived(text: str, before: str) -> None:
    heard = heard_number(text, before)
    if heard is not None:
        assert heard.digits.isascii()
        assert heard.digits.isdecimal()
        assert not heard.complete or len(heard.digits) >= FULL


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("06 64 soixante 17 36 64", "0664773664"),
        ("06 quatre 20 12 34 56 78", "0692345678"),
        ("016 37 26 51.", "0116372651"),
        ("06 de 53 8 8 8 53", "0625388853"),
        ("02 9, 7 9, 7 en 1, 47", "0297971147"),
    ],
)
def test_what_recognition_ran_together_or_took_for_a_word_is_read_as_it_was_said(
    text: str, digits: str
) -> None:
    heard = heard_number(text)
    assert heard is not None
    assert (heard.digits, heard.complete) == (digits, True)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("06 12 de 34", "061234"),
        ("le 06 de ma femme", "06"),
        ("soixante, 17", "6017"),
        ("c'est le 06 12 34 56 78 de mon fils", "0612345678"),
    ],
)
def test_a_word_between_figures_counts_only_where_it_makes_the_number_whole(
    text: str, digits: str
) -> None:
    heard = heard_number(text)
    assert heard is not None
    assert heard.digits == digits
