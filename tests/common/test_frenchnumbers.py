"""Which numbers will do, why others will not, and how they are read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dictatednumbers import heard_number
from common.frenchnumbers import FrenchNumber, Refusal, french_number, in_pairs


@pytest.mark.parametrize(
    ("written", "e164", "mobile"),
    [
        ("06 12 34 56 78", "+33612345678", True),
        ("+33 (0)6 12 34 56 78", "+33612345678", True),
        ("0033612345678", "+33612345678", True),
        ("07 56 78 90 12", "+33756789012", True),
        ("02.61.91.10.00", "+33261911000", False),
        ("09 12 34 56 78", "+33912345678", False),
        ("0692 12 34 56", "+262692123456", True),
        ("0639 00 12 34", "+262639001234", True),
        ("0690123456", "+590690123456", True),
        ("0694123456", "+594694123456", True),
        ("0696123456", "+596696123456", True),
        ("0262 12 34 56", "+262262123456", False),
        ("+590590123456", "+590590123456", False),
    ],
)
def test_french_numbers_are_called_back(written: str, e164: str, mobile: bool) -> None:
    assert french_number(written) == FrenchNumber(e164, mobile)


REFUSED = [
    ("", "empty"),
    ("anonymous", "empty"),
    ("3639", "short"),
    ("112", "short"),
    ("0899 12 34 56", "special"),
    ("0810123456", "special"),
    ("0800123456", "special"),
    ("+262 810 123 456", "special"),
    ("+4915112345678", "foreign"),
    ("0044 20 7946 0018", "foreign"),
    ("+1 900 555 0199", "foreign"),
    ("06 12 34 56 7", "invalid"),
    ("0700000000", "invalid"),
    ("02 61 91 10 00", "own"),
]


@pytest.mark.parametrize(("written", "problem"), REFUSED)
def test_other_numbers_are_refused_kindly(written: str, problem: str) -> None:
    for_call = french_number(written, own={"+33261911000"})
    for_text = french_number(written, own={"+33261911000"}, use="text")
    assert isinstance(for_call, Refusal)
    assert isinstance(for_text, Refusal)
    assert for_call.problem == for_text.problem == problem
    assert for_call.sentence.endswith((".", "?"))
    assert "rappel" not in for_text.sentence


def test_only_mobiles_get_texts() -> None:
    assert french_number("02 61 92 33 44", use="text") == Refusal("landline", "text")
    assert french_number("09 72 12 34 56", use="text") == Refusal("landline", "text")
    assert french_number("06 12 34 56 78", use="text") == FrenchNumber("+33612345678", True)


def test_every_reason_has_a_sentence_of_its_own() -> None:
    for use in ("call", "text"):
        refusals = [french_number(w, own={"+33261911000"}, use=use) for w, _ in REFUSED]
        refusals.append(french_number("02 61 92 33 44", use="text"))
        said = {r.problem: r.sentence for r in refusals if isinstance(r, Refusal)}
        assert len(set(said.values())) == len(said) >= 7


def test_a_number_is_read_back_as_people_write_and_say_it() -> None:
    found = french_number("+33612345678")
    assert isinstance(found, FrenchNumber)
    assert found.national == "06 12 34 56 78"
    assert found.spoken == "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit"
    assert found.ending == "cinquante-six, soixante-dix-huit"
    overseas = french_number("0692 00 05 71")
    assert isinstance(overseas, FrenchNumber)
    assert overseas.spoken == (
        "zéro six, quatre-vingt-douze, zéro zéro, zéro cinq, soixante et onze"
    )


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ("", ""),
        ("061", "zéro six, un"),
        ("0612", "zéro six, douze"),
        ("8091", "quatre-vingts, quatre-vingt-onze"),
        ("21 00", "vingt et un, zéro zéro"),
    ],
)
def test_parts_are_read_back_too(digits: str, said: str) -> None:
    assert in_pairs(digits) == said


@given(st.from_regex(r"\A0[1-79][0-9]{8}\Z"))
def test_what_is_read_back_is_understood(digits: str) -> None:
    heard = heard_number(in_pairs(digits))
    assert heard is not None
    assert (heard.digits, heard.complete) == (digits, True)


@given(st.one_of(st.text(), st.text("+0123456789 .-()", max_size=40)))
def test_no_junk_is_too_strange_to_be_refused(written: str) -> None:
    found = french_number(written, use="text")
    assert found.mobile if isinstance(found, FrenchNumber) else found.sentence
