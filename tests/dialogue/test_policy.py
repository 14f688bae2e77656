from dataclasses import replace

import pytest
from pydantic import ValidationError

from dialogue.config import DialogueSettings, Thresholds
from dialogue.policy import Evidence, decide, doubt, most_probable_service
from tests.dialogue.fakes import FakeIntents, settings

INTENTS = FakeIntents()
SETTINGS = settings()
T = SETTINGS.seuils
HIGH = min(0.99, T.accepter + 0.3)


def evidence(*ranking: tuple[str, float], **changes: object) -> Evidence:
    values = (
        {"hearing": 0.9, "pending": "rien", "failures": 0, "named_service": None}
        | {"main_service": "accueil"}
        | changes
    )
    return Evidence(ranking, **values)  # type: ignore[arg-type]


def with_thresholds(**thresholds: float) -> DialogueSettings:
    return SETTINGS.model_copy(update={"seuils": T.model_copy(update=thresholds)})


@pytest.mark.parametrize(
    ("intent", "decision", "service"),
    [
        ("carte_identite_passeport", "answer", "etat_civil"),
        ("reclamation", "transfer", "accueil"),
        ("nom_agent", "refuse", "accueil"),
        ("hors_sujet", "out_of_scope", "accueil"),
        ("au_revoir", "social", "accueil"),
    ],
)
def test_a_clear_request_does_what_the_intent_says(
    intent: str, decision: str, service: str
) -> None:
    verdict = decide(evidence((intent, HIGH)), INTENTS, SETTINGS)
    assert (verdict.decision, verdict.service, verdict.understood) == (decision, service, True)
    assert not verdict.badly_heard


def test_a_possible_emergency_wins_over_a_more_probable_request() -> None:
    ranking = (("encombrants", 1 - T.urgence), ("urgence", T.urgence))
    assert decide(evidence(*ranking), INTENTS, SETTINGS).decision == "emergency"


@pytest.mark.parametrize("threshold", ["urgence", "alerte", "agent"])
def test_a_threshold_that_every_sentence_passes_is_refused(threshold: str) -> None:
    with pytest.raises(ValidationError, match=threshold):
        Thresholds.model_validate({**T.model_dump(), threshold: 0.0})


@pytest.mark.parametrize(("lower", "upper"), [("confirmer", "accepter"), ("alerte", "urgence")])
def test_a_threshold_that_passes_the_one_above_it_is_refused(lower: str, upper: str) -> None:
    same = {**T.model_dump(), lower: 0.4, upper: 0.4}
    assert Thresholds.model_validate(same)
    with pytest.raises(ValueError, match=f"« {lower} » dépasse « {upper} »"):
        Thresholds.model_validate({**same, lower: 0.41})


def test_a_wish_for_a_human_is_heard_even_when_badly_recognised() -> None:
    verdict = decide(evidence(("demander_agent", T.agent), hearing=0.0), INTENTS, SETTINGS)
    assert verdict.decision == "transfer"


def test_a_named_service_is_where_the_caller_goes() -> None:
    verdict = decide(
        evidence(("demander_agent", HIGH), named_service="urbanisme"), INTENTS, SETTINGS
    )
    assert verdict.service == "urbanisme"


def test_naming_a_service_in_passing_does_not_move_the_request() -> None:
    verdict = decide(
        evidence(("carte_identite_passeport", HIGH), named_service="urbanisme"), INTENTS, SETTINGS
    )
    assert verdict.service == "etat_civil"


def test_a_middling_reading_is_confirmed_once() -> None:
    ranking = (("carte_identite_passeport", T.confirmer), ("hors_sujet", 0.2))
    asked = decide(evidence(*ranking), INTENTS, SETTINGS)
    assert (asked.decision, asked.understood) == ("confirm", True)
    again = decide(evidence(*ranking, failures=1), INTENTS, SETTINGS)
    assert (again.decision, again.understood) == ("transfer", False)
    weaker = evidence(("carte_identite_passeport", T.confirmer - 0.01), ("hors_sujet", 0.2))
    assert decide(weaker, INTENTS, SETTINGS).decision == "ask_again"


def test_a_weak_reading_is_asked_again_then_handed_to_the_most_probable_service() -> None:
    ranking = (
        ("encombrants", 0.15),
        ("carte_identite_passeport", 0.12),
        ("acte_etat_civil", 0.12),
    )
    first = decide(evidence(*ranking), INTENTS, SETTINGS)
    assert (first.decision, first.understood) == ("ask_again", False)
    second = decide(evidence(*ranking, failures=1), INTENTS, SETTINGS)
    assert (second.decision, second.service) == ("transfer", "etat_civil")
    named = decide(evidence(*ranking, failures=1, named_service="urbanisme"), INTENTS, SETTINGS)
    assert (named.decision, named.service) == ("transfer", "urbanisme")


def test_a_badly_heard_sentence_needs_a_surer_reading() -> None:
    unsure = (T.accepter + T.mal_entendu) / 2
    badly = {"hearing": T.ecoute / 2}
    verdict = decide(evidence(("encombrants", unsure), **badly), INTENTS, SETTINGS)
    assert verdict.decision == "ask_again"
    assert decide(evidence(("encombrants", unsure)), INTENTS, SETTINGS).decision == "answer"
    sure = decide(evidence(("encombrants", T.mal_entendu), **badly), INTENTS, SETTINGS)
    assert sure.decision == "answer"
    enough = decide(evidence(("encombrants", unsure), hearing=T.ecoute), INTENTS, SETTINGS)
    assert enough.decision == "answer"


def test_two_readings_too_close_are_not_acted_upon() -> None:
    settings = with_thresholds(accepter=0.4, marge=0.25)
    close = evidence(("encombrants", 0.5), ("hors_sujet", 0.26))
    assert decide(close, INTENTS, settings).decision == "ask_again"
    apart = evidence(("encombrants", 0.5), ("hors_sujet", 0.25))
    assert decide(apart, INTENTS, settings).decision == "answer"


def test_an_intent_may_want_less_certainty_than_the_others() -> None:
    class Eager(FakeIntents):
        def threshold(self, intent: str) -> float | None:
            return 0.4 if intent == "encombrants" else None

    assert decide(evidence(("encombrants", 0.4)), Eager(), SETTINGS).decision == "answer"
    assert decide(evidence(("encombrants", 0.39)), Eager(), SETTINGS).decision == "ask_again"
    assert decide(evidence(("horaires_lieu", 0.4)), Eager(), SETTINGS).decision == "ask_again"


def test_yes_weighs_more_when_it_answers_our_question() -> None:
    p = T.accepter - 0.05
    ranking = (("affirmer", p), ("hors_sujet", 0.2))
    assert decide(evidence(*ranking), INTENTS, SETTINGS).decision == "ask_again"
    asked = decide(evidence(*ranking, pending="confirmation"), INTENTS, SETTINGS)
    assert (asked.decision, asked.intent) == ("social", "affirmer")


@pytest.mark.parametrize(
    ("pending", "weight"),
    [("rien", 1), ("autre_chose", 2), ("confirmation", 4), ("transfert", 4), ("offre", 4)],
)
def test_what_may_be_none_of_the_intents_stays_so_when_yes_is_raised(
    pending: str, weight: int
) -> None:
    ranking = (("refuser", 0.4), ("hors_sujet", 0.2))
    verdict = decide(evidence(*ranking, pending=pending), INTENTS, SETTINGS)
    expected = 0.4 * weight / (0.4 * weight + 0.2 + 0.4)
    assert verdict.intent == "refuser"
    assert verdict.confidence == pytest.approx(expected)


def test_a_doubt_asks_again_what_seemed_clear_and_keeps_where_it_belongs() -> None:
    clear = evidence(("carte_identite_passeport", HIGH))
    doubted = doubt(decide(clear, INTENTS, SETTINGS), clear, SETTINGS)
    assert (doubted.decision, doubted.understood) == ("ask_again", False)
    assert (doubted.intent, doubted.service) == ("carte_identite_passeport", "etat_civil")
    homeless = replace(doubted, service=None)
    assert doubt(homeless, replace(clear, failures=1), SETTINGS).decision == "transfer"
    assert doubt(homeless, clear, SETTINGS).service == "accueil"


def test_intents_without_a_service_count_for_reception() -> None:
    ranking = [("hors_sujet", 0.3), ("horaires_lieu", 0.2), ("encombrants", 0.4)]
    assert most_probable_service(ranking, INTENTS, "accueil") == "accueil"


def test_nothing_recognised_goes_to_the_main_service() -> None:
    verdict = decide(evidence(failures=1), INTENTS, SETTINGS)
    assert (verdict.decision, verdict.service) == ("transfer", "accueil")
    assert (verdict.intent, verdict.confidence) == (None, 0.0)


def test_what_is_hardly_heard_is_asked_again_before_it_is_off_topic() -> None:
    barely = evidence(("hors_sujet", 0.95), ("affirmer", 0.05), hearing=T.inaudible - 0.01)
    verdict = decide(barely, INTENTS, SETTINGS)
    assert (verdict.decision, verdict.badly_heard) == ("ask_again", True)
    clear = evidence(("hors_sujet", 0.95), ("affirmer", 0.05), hearing=T.inaudible)
    assert decide(clear, INTENTS, SETTINGS).decision == "out_of_scope"


def test_what_is_heard_well_and_not_understood_was_heard() -> None:
    verdict = decide(evidence(("horaires_lieu", 0.2), hearing=T.ecoute), INTENTS, SETTINGS)
    assert (verdict.decision, verdict.badly_heard) == ("ask_again", False)


def test_an_emergency_in_what_is_hardly_heard_needs_words_of_alarm_or_certainty() -> None:
    ranking = (("encombrants", 0.5), ("urgence", 0.45))
    barely = {"hearing": T.inaudible - 0.01}
    assert decide(evidence(*ranking, **barely), INTENTS, SETTINGS).decision == "ask_again"
    audible = decide(evidence(*ranking, hearing=T.inaudible), INTENTS, SETTINGS)
    assert audible.decision == "emergency"
    told = decide(evidence(*ranking, **barely, alarming=True), INTENTS, SETTINGS)
    assert told.decision == "emergency"
    sure = decide(evidence(("urgence", 0.8), ("encombrants", 0.2), **barely), INTENTS, SETTINGS)
    assert sure.decision == "emergency"
