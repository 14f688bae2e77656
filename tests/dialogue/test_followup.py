"""What makes sense only after what was talked of: when it is read so, and what is said then."""

import pytest

from tests.dialogue.bots import Bot, phrase

CARD = "ma carte d'identité"
MATTER = "carte_identite_passeport"
RANKINGS = {
    CARD: [(MATTER, 0.9)],
    "les encombrants": [("encombrants", 0.9)],
    "et pour un mineur": [("hors_sujet", 0.2)],
    f"{CARD} et pour un mineur": [(MATTER, 0.95)],
    "et pour un deuil": [("hors_sujet", 0.2)],
    f"{CARD} et pour un deuil": [(MATTER, 0.6), ("hors_sujet", 0.4)],
    "je l'ai perdue": [("urgence", 0.4), ("hors_sujet", 0.3)],
    f"{CARD} je l'ai perdue": [(MATTER, 0.95)],
    "il est blessé et perdu": [("urgence", 0.4), ("hors_sujet", 0.3)],
    "elle est perdue dans le bois": [("hors_sujet", 0.4)],
    f"{CARD} elle est perdue dans le bois": [(MATTER, 0.95)],
    "je ne sais pas encore": [("hors_sujet", 0.4)],
    f"{CARD} je ne sais pas encore": [(MATTER, 0.95)],
    "et combien": [("tarifs_lieu", 0.9)],
    "combien prend un avocat": [("hors_sujet", 0.5)],
    f"{CARD} combien prend un avocat": [(MATTER, 0.95)],
    "la piscine": [("horaires_lieu", 0.9)],
    "et pour la piscine": [("hors_sujet", 0.2)],
    "je veux parler à quelqu'un": [("demander_agent", 0.9)],
    "oui": [("affirmer", 0.9)],
    "mon acte": [("acte_etat_civil", 0.9)],
}


async def about_the_card() -> Bot:
    bot = Bot(RANKINGS)
    await bot.say(CARD)
    return bot


async def test_another_case_of_the_matter_has_its_own_answer() -> None:
    plan = await (await about_the_card()).say("et pour un mineur")
    assert (plan.decision, plan.intent) == ("answer", MATTER)
    assert plan.say[0].text == "Venez avec un parent."


async def test_what_is_asked_next_is_about_that_case() -> None:
    bot = await about_the_card()
    await bot.say("et pour un mineur")
    await bot.say("et combien")
    assert bot.facts.asked[-1] == ("tarifs_lieu", f"{CARD} et pour un mineur et combien", None)


async def test_a_detail_leaves_the_matter_what_it_was() -> None:
    bot = await about_the_card()
    await bot.say("et combien")
    plan = await bot.say("et pour un mineur")
    assert (plan.intent, plan.say[0].text) == (MATTER, "Venez avec un parent.")


async def test_a_case_that_the_matter_hardly_knows_is_asked_about() -> None:
    assert (await (await about_the_card()).say("et pour un deuil")).decision == "ask_again"


async def test_what_may_be_an_emergency_is_about_the_matter_without_a_word_of_alarm() -> None:
    plan = await (await about_the_card()).say("je l'ai perdue")
    assert (plan.decision, plan.intent) == ("answer", MATTER)


async def test_a_word_of_alarm_is_an_emergency_whatever_was_talked_of() -> None:
    assert (await (await about_the_card()).say("il est blessé et perdu")).decision == "emergency"


async def test_the_same_is_an_emergency_where_nothing_was_talked_of() -> None:
    assert (await Bot(RANKINGS).say("je l'ai perdue")).decision == "emergency"


@pytest.mark.parametrize("text", ["elle est perdue dans le bois", "je ne sais pas encore"])
async def test_words_foreign_to_the_matter_and_words_without_weight_lean_on_nothing(
    text: str,
) -> None:
    assert (await (await about_the_card()).say(text)).decision == "ask_again"


async def test_the_price_of_something_foreign_is_no_detail_of_the_matter() -> None:
    plan = await (await about_the_card()).say("combien prend un avocat")
    assert (plan.decision, plan.intent) == ("ask_again", "hors_sujet")


async def test_a_place_is_no_case_of_the_matter() -> None:
    assert (await (await about_the_card()).say("et pour la piscine")).intent != MATTER


async def test_the_same_answer_again_comes_with_a_person() -> None:
    bot = await about_the_card()
    plan = await bot.say("je l'ai perdue")
    offer = phrase("precision_agent", service="le service etat_civil")
    assert [said.text for said in plan.say] == ["Prenez rendez-vous.", offer]
    plan = await bot.say("oui")
    assert (plan.then, plan.service) == ("transfer", "etat_civil")


async def test_what_was_said_twice_is_not_said_a_third_time() -> None:
    bot = await about_the_card()
    await bot.say("je l'ai perdue")
    plan = await bot.say("je l'ai perdue")
    assert plan.say[0].text == phrase("precision_inconnue")


async def test_a_price_that_nobody_has_written_is_not_known() -> None:
    bot = Bot(RANKINGS)
    bot.facts.replies["acte_etat_civil"] = "Écrivez-nous."
    await bot.say("mon acte")
    plan = await bot.say("et combien")
    assert (plan.decision, plan.say[0].text) == ("ask_again", phrase("precision_inconnue"))


async def test_another_request_does_not_go_to_the_person_who_was_offered() -> None:
    bot = await about_the_card()
    await bot.say("je l'ai perdue")
    await bot.say("les encombrants")
    assert (await bot.say("je veux parler à quelqu'un")).service != "etat_civil"
