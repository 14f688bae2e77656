"""A street that was only nearly heard."""

from __future__ import annotations

import pytest

from dialogue.ports import DAY, OPEN, STREET, YES_NO
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import NOW

LILAS, ROSES, LILLE = "rue des Lilas", "rue des Roses", "rue de Lille"
ASKED = [("collecte_dechets", 0.9)]
RANKINGS = {
    "les poubelles": ASKED,
    "les poubelles rue du lilac": ASKED,
    "les poubelles rue du machin": ASKED,
    "arrui de lila": [("hors_sujet", 0.3)],
    "à rose": [("encombrants", 0.8)],
    "à la rue de l'île": [("encombrants", 0.8)],
    "rue des lilas": [("hors_sujet", 0.3)],
    "non rue des lilas": [("refuser", 0.9)],
    "non, rue de l'île": [("refuser", 0.9)],
    "oui": [("affirmer", 0.9)],
    "c'est ça": [("hors_sujet", 0.2)],
    "non": [("refuser", 0.9)],
    "euh bof": [("hors_sujet", 0.3)],
    "pardon ?": [("repeter", 0.9)],
    "un agent": [("demander_agent", 0.9)],
    "la piscine": [("horaires_lieu", 0.9)],
    "au revoir": [("au_revoir", 0.9)],
    "allô allô allô": [("hors_sujet", 0.6)],
    "l i l a s": [("hors_sujet", 0.3)],
}


def bot() -> Bot:
    made = Bot(RANKINGS)
    made.facts.near |= {
        "arrui de lila": (LILAS, LILLE),
        "les poubelles rue du lilac": (LILAS, LILLE),
        "non, rue de l'île": (LILLE,),
        "à la rue de l'île": (LILLE,),
        "à rose": (ROSES,),
    }
    return made


async def asked(text: str = "arrui de lila", confidence: float = 0.9) -> Bot:
    made = bot()
    await made.say("les poubelles")
    await made.say(text, confidence)
    return made


def question(street: str) -> str:
    return phrase("rue_verifier", rue=street)


async def test_a_near_street_is_asked_about_and_a_yes_answers_the_request() -> None:
    made = bot()
    await made.say("les poubelles")
    assert made.manager.expectation == STREET
    plan = await made.say("arrui de lila")
    assert (plan.text, plan.decision, plan.service) == (question(LILAS), "confirm", "proprete")
    assert (made.manager.expectation, made.manager.keys) == (YES_NO, "yes_no")
    plan = await made.say("oui")
    assert (plan.decision, plan.intent) == ("answer", "collecte_dechets")
    assert made.facts.asked[-1][1] == f"les poubelles {LILAS}"


async def test_a_request_that_names_a_near_street_is_made_sure_of_first() -> None:
    made = bot()
    assert (await made.say("les poubelles rue du lilac")).text == question(LILAS)
    await made.say("c'est ça")
    assert made.facts.asked[-1][1] == f"les poubelles rue du lilac {LILAS}"


async def test_a_street_like_none_of_the_town_is_answered_as_it_is() -> None:
    made = bot()
    assert (await made.say("les poubelles rue du machin")).decision == "answer"


async def test_what_was_hardly_heard_is_made_sure_of_even_if_it_is_a_street() -> None:
    made = bot()
    await made.say("les poubelles")
    assert (await made.say("rue des lilas", 0.1)).text == question("rue des Lilas")
    assert (await made.say("rue des lilas", 0.1)).say[0].text == "Rue des Lilas, le mercredi."


async def test_after_a_no_the_street_is_said_again_then_the_next_one_is_tried() -> None:
    made = await asked()
    plan = await made.say("non")
    assert (plan.text, plan.decision) == (phrase("rue_redire"), "ask_again")
    assert made.manager.expectation == STREET
    assert (await made.say("euh bof")).text == question(LILLE)
    plan = await made.say("non")
    assert (plan.then, plan.service) == ("transfer", "proprete")
    assert plan.text == phrase("rue_abandon", service="le service proprete")
    assert made.manager.struggling


async def test_a_street_said_again_is_the_answer() -> None:
    made = await asked()
    await made.say("non")
    made.facts.streets["l i l a s"] = ROSES
    await made.say("l i l a s")
    assert made.facts.asked[-1][1] == f"les poubelles {ROSES}"


async def test_another_near_street_is_asked_about() -> None:
    made = await asked()
    assert (await made.say("non, rue de l'île")).text == question(LILLE)
    made = await asked()
    await made.say("non")
    assert (await made.say("à rose")).text == question(ROSES)


async def test_a_refused_street_is_not_believed_when_it_is_heard_again() -> None:
    made = await asked()
    await made.say("non")
    assert (await made.say("rue des lilas")).text == question(LILLE)
    made = await asked()
    assert (await made.say("non rue des lilas")).text == phrase("rue_redire")


async def test_without_another_street_a_person_takes_over() -> None:
    made = bot()
    made.facts.near["arrui de lila"] = (LILAS,)
    for words in ("les poubelles", "arrui de lila", "non"):
        await made.say(words)
    assert (await made.say("euh bof")).then == "transfer"


async def test_neither_yes_nor_no_is_asked_once_more_and_then_handed_over() -> None:
    made = await asked()
    plan = await made.say("euh bof")
    assert plan.text == f"{phrase('oui_ou_non')} {question(LILAS)}"
    assert (await made.say("euh bof")).then == "transfer"


async def test_the_question_is_said_again_to_who_did_not_hear_it() -> None:
    made = await asked()
    assert (await made.say("pardon ?")).text == question(LILAS)
    plan = made.manager.silence(NOW)
    assert plan.text == f"{phrase('rien_entendu_question')} {question(LILAS)}"


@pytest.mark.parametrize("text", ["un agent", "la piscine", "au revoir"])
@pytest.mark.parametrize("before", [[], ["non"]])
async def test_nobody_is_held_back(text: str, before: list[str]) -> None:
    made = await asked()
    for words in before:
        await made.say(words)
    plan = await made.say(text)
    assert plan.intent == RANKINGS[text][0][0]
    assert made.manager.expectation not in (YES_NO, STREET) or plan.then != "listen"


@pytest.mark.parametrize("happens", ["key", "silence", "transfer"])
async def test_who_is_put_through_meanwhile_is_asked_for_no_street_afterwards(happens: str) -> None:
    made = await asked()
    if happens == "key":
        made.manager.agent(NOW)
    elif happens == "silence":
        while made.manager.silence(NOW).then != "transfer":
            pass
    else:
        made.manager.handed_over(NOW)
    made.manager.transfer_failed("accueil", NOW)
    await made.say("oui")
    assert f"les poubelles {LILAS}" not in [text for _, text, _ in made.facts.asked]


@pytest.mark.parametrize("text", ["la piscine", "allô allô allô"])
async def test_another_request_than_the_street_is_no_near_street(text: str) -> None:
    made = bot()
    made.facts.near[text] = (LILAS,)
    await made.say("les poubelles")
    assert "Lilas" not in (await made.say(text)).text


async def test_an_answer_may_ask_for_a_day() -> None:
    made = bot()
    made.facts.hours = "Ouverte, avec des horaires différents. Quel jour vous intéresse ?"
    await made.say("la piscine")
    assert made.manager.expectation == DAY
    await made.say("euh bof")
    assert made.manager.expectation == OPEN
