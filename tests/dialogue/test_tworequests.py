"""Two requests in one sentence: where it is cut, and what is answered."""

import pytest

from dialogue.policy import Decision, Verdict
from dialogue.ports import Errands
from dialogue.tworequests import MAX_CUTS, cuts, worth
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import FakeTexts

HOURS, CARD = "les horaires de la piscine", "les papiers pour ma carte"
BOTH = "les horaires de la piscine et aussi les papiers pour ma carte"
RANKINGS = {
    BOTH: [("carte_identite_passeport", 0.9)],
    HOURS: [("horaires_lieu", 0.95)],
    CARD: [("carte_identite_passeport", 0.95)],
    "les horaires de la piscine et aussi me plaindre de vous": [("reclamation", 0.6)],
    "me plaindre de vous": [("reclamation", 0.9)],
    "me plaindre de vous et aussi les horaires de la piscine": [("reclamation", 0.6)],
    "les poubelles jaunes et aussi les horaires de la piscine": [("collecte_dechets", 0.8)],
    "les poubelles jaunes": [("collecte_dechets", 0.9)],
    "les horaires de la piscine et aussi grblx brlx": [("horaires_lieu", 0.9)],
    "grblx brlx": [("encombrants", 0.3), ("hors_sujet", 0.28)],
    "il y a le feu et je voudrais la piscine": [("horaires_lieu", 0.9)],
    "il y a le feu": [("urgence", 0.8)],
    "je voudrais la piscine": [("horaires_lieu", 0.9)],
    "les horaires de la piscine et du musée": [("horaires_lieu", 0.9)],
    "le prix de la piscine et du musée": [("tarifs_lieu", 0.9)],
    "rue des lilas": [("hors_sujet", 0.3)],
    "oui": [("affirmer", 0.9)],
}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (BOTH, (HOURS, CARD)),
        ("Quand passe le camion et où se trouve la mairie ?", ("Quand passe le camion", "où se")),
        ("Le prix du musée et les horaires", ("Le prix du musée", "les horaires")),
        ("Le prix, ainsi que la liste des pièces", ("Le prix", "la liste des pièces")),
    ],
)
def test_a_sentence_is_cut_where_a_second_request_begins(text: str, parts: tuple[str, str]) -> None:
    cut = next(cuts(text))
    assert cut.first == parts[0]
    assert cut.second.startswith(parts[1])
    assert cut.separate


@pytest.mark.parametrize(
    "text",
    [
        "Ma mère est morte tout à l'heure et je dois le déclarer.",
        "J'ai trouvé deux parapluies et je voudrais savoir où les remettre.",
        "Mon chien a avalé quelque chose et je cherche un vétérinaire.",
        "Nous ne sommes pas mariés et je voudrais reconnaître notre enfant.",
        "On est arrivés devant le musée et c'est fermé, il rouvre quand ?",
    ],
)
def test_a_story_and_its_question_are_one_request(text: str) -> None:
    assert not any(cut.separate for cut in cuts(text))


def test_a_story_and_something_else_are_two() -> None:
    text = "J'ai perdu ma carte et je voudrais aussi m'inscrire pour voter."
    assert next(cuts(text)).separate


@pytest.mark.parametrize(
    "text",
    [
        "une table et des chaises",
        "deux adultes et un enfant",
        "ouvert entre midi et deux",
        "mariage et pacs",
        "et où est la mairie",
        "",
    ],
)
def test_what_is_listed_is_not_cut(text: str) -> None:
    assert list(cuts(text)) == []


def test_a_long_story_costs_few_readings() -> None:
    story = " et je voudrais savoir ".join(["une longue histoire"] * 20)
    assert len(list(cuts(story))) == MAX_CUTS


def verdict(intent: str, confidence: float = 0.9, decision: Decision = "answer") -> Verdict:
    return Verdict(decision, intent, confidence, None, understood=decision != "ask_again")


@pytest.mark.parametrize(
    ("first", "second", "places", "expected"),
    [
        (verdict("horaires_lieu"), verdict("tarifs_lieu"), (None, None), True),
        (verdict("horaires_lieu"), verdict("tarifs_lieu", 0.5), (None, None), False),
        (verdict("encombrants"), verdict("encombrants"), (None, None), False),
        (verdict("horaires_lieu"), verdict("horaires_lieu"), ("piscine", "musee"), True),
        (verdict("horaires_lieu"), verdict("horaires_lieu"), ("piscine", "piscine"), False),
        (verdict("horaires_lieu"), verdict("meteo", 0.9, "out_of_scope"), (None, None), False),
        (verdict("horaires_lieu"), verdict("tarifs_lieu", 0.9, "confirm"), (None, None), False),
    ],
)
def test_two_requests_are_both_sure_and_differ(
    first: Verdict, second: Verdict, places: tuple[str | None, ...], expected: bool
) -> None:
    assert worth(first, second, first, places) is expected


async def test_both_are_answered_the_first_one_first() -> None:
    bot = Bot(RANKINGS, Errands(FakeTexts()), "+33612345678")
    plan = await bot.say(BOTH)
    assert [sentence.text for sentence in plan.say] == [
        "piscine ouverte. De 9 h à 12 h.",
        phrase("autre_demande"),
        "Prenez rendez-vous.",
        phrase("sms_proposer"),
    ]
    assert (plan.decision, plan.intent, plan.lieu) == ("answer", "horaires_lieu", "piscine")
    assert bot.manager.answered == 2


async def test_a_person_is_offered_for_what_is_not_known() -> None:
    bot = Bot(RANKINGS)
    plan = await bot.say("les horaires de la piscine et aussi me plaindre de vous")
    offer = phrase("autre_demande_agent", service="le service accueil")
    assert [sentence.text for sentence in plan.say] == ["piscine ouverte. De 9 h à 12 h.", offer]
    plan = await bot.say("oui")
    assert (plan.then, plan.service) == ("transfer", "accueil")


async def test_what_is_known_is_said_before_the_person_is_offered() -> None:
    bot = Bot(RANKINGS)
    plan = await bot.say("me plaindre de vous et aussi les horaires de la piscine")
    assert plan.say[0].text == "piscine ouverte. De 9 h à 12 h."
    assert plan.then == "listen"


async def test_the_street_that_the_first_answer_asks_for_is_asked_last() -> None:
    bot = Bot(RANKINGS)
    plan = await bot.say("les poubelles jaunes et aussi les horaires de la piscine")
    assert plan.say[0].text == "Le mercredi."
    assert plan.say[-1].text == "Dans quelle rue ?"
    assert (await bot.say("rue des lilas")).say[0].text == "Rue des Lilas, le mercredi."


async def test_a_sentence_stays_whole_where_a_part_is_not_sure() -> None:
    bot = Bot(RANKINGS)
    plan = await bot.say("les horaires de la piscine et aussi grblx brlx")
    assert plan.say[1].text == phrase("autre_chose")


async def test_an_emergency_in_one_part_goes_first() -> None:
    bot = Bot(RANKINGS)
    assert (await bot.say("il y a le feu et je voudrais la piscine")).decision == "emergency"


async def test_repeating_says_both_answers_again() -> None:
    bot = Bot({**RANKINGS, "hein": [("repeter", 0.9)]})
    told = (await bot.say(BOTH)).say[:-1]
    assert (await bot.say("hein")).say == told


async def test_two_places_of_one_request_are_both_answered() -> None:
    bot = Bot(RANKINGS)
    plan = await bot.say("les horaires de la piscine et du musée")
    assert [sentence.text for sentence in plan.say] == [
        "piscine ouverte. De 9 h à 12 h.",
        "musee ouverte. De 9 h à 12 h.",
        phrase("autre_chose"),
    ]
    assert (plan.decision, plan.lieu) == ("answer", "piscine")
    assert bot.manager.answered == 2


async def test_two_places_that_nothing_is_known_of_lead_to_one_person() -> None:
    plan = await Bot(RANKINGS).say("le prix de la piscine et du musée")
    assert (plan.then, plan.service) == ("transfer", "sports")
