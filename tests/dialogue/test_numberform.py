"""Taking a number, without a telephone."""

import pytest

from common.frenchnumbers import FrenchNumber, Refusal, french_number
from dialogue.keypad import RESTART
from dialogue.numberform import Agreed, Answer, Ask, GivenUp, NumberForm, Outcome, begin, hear
from dialogue.numberwords import corrected, hidden

OWN = FrenchNumber("+33612345678", mobile=True)
LIMIT = 2


def judge(number: str) -> FrenchNumber | Refusal:
    return french_number(number, (), "text")


def heard(form: NumberForm, said: str, answer: Answer = "other", limit: int = LIMIT) -> Outcome:
    return hear(form, said, answer, judge, limit)


def asked(outcome: Outcome) -> NumberForm:
    assert isinstance(outcome, Ask)
    return outcome.form


def test_a_mobile_calling_is_proposed_and_a_yes_settles_it() -> None:
    form = begin("text", OWN, "", judge).form
    assert (form.step, form.number) == ("propose", OWN)
    assert heard(form, "oui", "yes") == Agreed(OWN)


def test_another_number_than_the_own_one_is_no_failure() -> None:
    form = asked(heard(begin("text", OWN, "", judge).form, "non un autre", "no"))
    assert (form.step, form.number, form.failures) == ("ask", None, 0)


def test_a_number_said_with_the_request_is_read_back() -> None:
    form = begin("text", OWN, "envoyez-le au 06 98 76 54 32", judge).form
    assert form.step == "check"
    assert form.number == FrenchNumber("+33698765432", mobile=True)


@pytest.mark.parametrize(
    "said",
    ["06 12 34 56 78", "zéro six douze trente-quatre cinquante-six soixante-dix-huit"],
)
def test_a_dictated_number_is_read_back_before_it_counts(said: str) -> None:
    form = asked(heard(NumberForm("text"), said))
    assert (form.step, form.number) == ("check", OWN)
    assert heard(form, "oui c'est ça", "yes") == Agreed(OWN)


def test_a_number_in_two_halves_is_put_together() -> None:
    form = asked(heard(NumberForm("text"), "zéro six douze trente-quatre"))
    assert (form.step, form.digits) == ("more", "061234")
    form = asked(heard(form, "cinquante-six soixante-dix-huit"))
    assert (form.step, form.number) == ("check", OWN)


def test_a_number_begun_anew_replaces_the_part_that_was_known() -> None:
    form = asked(heard(NumberForm("text"), "06 12"))
    form = asked(heard(form, "06 98 76 54 32"))
    assert form.number == FrenchNumber("+33698765432", mobile=True)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("non c'est 57 à la fin", "+33612345657"),
        ("non, 57 pas 78", "+33612345657"),
        ("non c'est pas 78, c'est 57", "+33612345657"),
        ("non ça commence par 07 80", "+33780345678"),
        ("non, trente-cinq", "+33612355678"),
        ("non c'est le 06 98 76 54 32", "+33698765432"),
    ],
)
def test_a_correction_changes_what_it_names(said: str, number: str) -> None:
    form = asked(heard(NumberForm("text", "check", OWN), said, "no"))
    assert form.step == "check"
    assert form.number == FrenchNumber(number, mobile=True)


def test_a_correction_may_follow_the_no() -> None:
    form = asked(heard(NumberForm("text", "check", OWN), "non", "no"))
    assert (form.step, form.failures) == ("ask", 1)
    assert asked(heard(form, "c'est 57 à la fin")).number == FrenchNumber("+33612345657", True)


def test_after_the_no_it_may_be_dictated_again_from_the_start() -> None:
    form = asked(heard(NumberForm("text", "check", OWN), "non", "no"))
    form = asked(heard(form, "zéro six quatre-vingt-dix-huit"))
    assert (form.step, form.digits) == ("more", "0698")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("04 22 52 10 10", "landline"),
        ("0044 20 7946 0958", "foreign"),
        ("08 92 70 12 39", "special"),
        ("36 39", "short"),
    ],
)
def test_a_number_that_will_not_do_is_refused_and_asked_for_again(said: str, problem: str) -> None:
    outcome = heard(NumberForm("text"), said)
    assert isinstance(outcome, Ask)
    assert isinstance(outcome.why, Refusal)
    assert outcome.why.problem == problem
    assert (outcome.form.step, outcome.form.failures) == ("ask", 1)


def test_two_failures_give_the_number_up() -> None:
    form = asked(heard(NumberForm("text"), "04 22 52 10 10"))
    assert heard(form, "04 22 52 10 10") == GivenUp(by_caller=False)
    form = asked(heard(NumberForm("text", "check", OWN), "non", "no"))
    form = asked(heard(form, "06 98 76 54 32"))
    assert heard(form, "non", "no") == GivenUp(by_caller=False)


def test_two_corrections_are_no_failure_and_a_third_gives_the_number_up() -> None:
    form = asked(heard(NumberForm("text", "check", OWN), "non, 57 pas 78", "no"))
    form = asked(heard(form, "non, 35 pas 34", "no"))
    assert form.number == FrenchNumber("+33612355657", mobile=True)
    assert form.failures == 0
    assert heard(form, "non, 13 pas 12", "no") == GivenUp(by_caller=False)


def test_a_number_heard_again_as_it_was_rejected_is_asked_for_anew() -> None:
    outcome = heard(NumberForm("text", "check", OWN), "non, c'est le 06 12 34 56 78", "no")
    assert isinstance(outcome, Ask)
    assert (outcome.form.step, outcome.form.failures, outcome.why) == ("ask", 1, "again")


def test_a_number_said_again_with_a_yes_is_agreed() -> None:
    assert heard(NumberForm("text", "check", OWN), "oui, 06 12 34 56 78", "yes") == Agreed(OWN)


def test_the_caller_may_leave_it() -> None:
    assert heard(NumberForm("text"), "non laissez", "no") == GivenUp(by_caller=True)


def test_the_star_key_starts_again_without_a_failure() -> None:
    form = asked(heard(NumberForm("text", "more", digits="0612"), RESTART))
    assert form == NumberForm("text", "ask")


def test_digits_in_other_words_are_no_number() -> None:
    form = asked(heard(NumberForm("text"), "c'est pour une amie"))
    assert (form.step, form.failures) == ("ask", 1)


def test_only_the_last_two_digits_of_a_whole_number_are_shown() -> None:
    assert hidden("06 12 34 56 78") == "•• •• •• •• 78"
    assert hidden("0612") == "•• •• •• •• ••"


def test_an_odd_digit_fits_nowhere() -> None:
    assert corrected("0612345678", "7", "non, 7") is None
    assert corrected("0612345678", "9", "c'est 9 à la fin") == "0612345679"
