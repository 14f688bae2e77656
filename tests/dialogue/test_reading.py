"""What a caller means beside what the words say: follow-ups, files, small talk, renouncing."""

import pytest

from dialogue.ports import Errands
from dialogue.smalltalk import phrase_for
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import FakeCallBacks, FakeReply, FakeTexts

RANKINGS = {
    "la piscine": [("horaires_lieu", 0.9)],
    "ma carte d'identité": [("carte_identite_passeport", 0.9)],
    "et samedi": [("horaires_lieu", 0.42), ("hors_sujet", 0.3)],
    "et la piscine": [("hors_sujet", 0.4)],
    "l'adresse de la mairie": [("adresse_lieu", 0.9)],
    "et c'est où": [("adresse_lieu", 0.9)],
    "et combien": [("tarifs_lieu", 0.9)],
    "et combien de papiers": [("hors_sujet", 0.3), ("encombrants", 0.28)],
    "où est la piscine": [("encombrants", 0.7)],
    "mon dossier de carte": [("carte_identite_passeport", 0.9)],
    "mon dossier peut-être": [("carte_identite_passeport", 0.4), ("hors_sujet", 0.3)],
    "au feu": [("urgence", 0.9)],
    "non j'appelle le quinze": [("reclamation", 0.2), ("hors_sujet", 0.19)],
    "allô allô allô": [("hors_sujet", 0.6)],
    "ça va ?": [("affirmer", 0.4)],
    "oui": [("affirmer", 0.9)],
    "non finalement je ne veux plus": [("refuser", 0.9)],
    "je ne connais pas mon numéro": [("contact_service", 0.8)],
    "02 61 91 12 34": [("repeter", 0.6)],
    "rappelez-moi": [("demander_rappel", 0.9)],
}


async def test_another_day_alone_is_about_the_same_place() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    plan = await bot.say("et samedi")
    assert (plan.decision, plan.lieu, plan.jour) == ("answer", "piscine", "samedi")


async def test_another_day_is_unclear_before_any_question() -> None:
    assert (await Bot(RANKINGS).say("et samedi")).decision == "ask_again"


async def test_another_place_alone_is_about_the_same_question() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    plan = await bot.say("et la piscine")
    assert (plan.decision, plan.intent) == ("answer", "horaires_lieu")


async def test_where_it_is_means_the_service_just_talked_of() -> None:
    bot = Bot(RANKINGS)
    await bot.say("ma carte d'identité")
    bot.facts.asked.clear()
    await bot.say("et c'est où")
    assert bot.facts.asked == [("adresse_lieu", "et c'est où", "etat_civil")]


async def test_the_price_is_that_of_what_was_just_talked_of() -> None:
    bot = Bot(RANKINGS)
    await bot.say("ma carte d'identité")
    plan = await bot.say("et combien")
    assert (plan.intent, plan.say[0].text) == ("tarifs_lieu", "La carte coûte 25 euros.")


async def test_a_detail_alone_is_about_the_same_matter() -> None:
    bot = Bot(RANKINGS)
    await bot.say("ma carte d'identité")
    plan = await bot.say("et combien de papiers")
    assert (plan.decision, plan.intent) == ("answer", "carte_identite_passeport")


async def test_where_a_place_is_needs_no_other_reading() -> None:
    assert (await Bot(RANKINGS).say("où est la piscine")).intent == "adresse_lieu"


@pytest.mark.parametrize("text", ["mon dossier de carte", "mon dossier peut-être"])
async def test_somebodys_own_file_is_left_to_a_person(text: str) -> None:
    plan = await Bot(RANKINGS).say(text)
    assert plan.text == phrase("transfert_personnel", service="le service etat_civil")
    assert (plan.decision, plan.service) == ("transfer", "etat_civil")


async def test_a_no_that_is_explained_is_a_no_where_yes_or_no_was_asked() -> None:
    bot = Bot(RANKINGS)
    await bot.say("au feu")
    plan = await bot.say("non j'appelle le quinze")
    assert (plan.decision, plan.text) == ("social", phrase("autre_chose"))
    assert (await Bot(RANKINGS).say("non j'appelle le quinze")).decision == "ask_again"


async def test_hello_on_the_line_is_answered_twice_and_then_by_a_person() -> None:
    bot = Bot(RANKINGS)
    assert (await bot.say("allô allô allô")).text == phrase("allo")
    assert (await bot.say("allô allô allô")).decision == "ask_again"


async def test_small_talk_is_answered_in_one_sentence_and_the_question_comes_back() -> None:
    bot = Bot(RANKINGS, Errands(FakeTexts()), "+33612345678")
    assert (await bot.say("ça va ?")).text == f"{phrase('ca_va')} {phrase('bavardage_suite')}"
    offer = (await bot.say("ma carte d'identité")).say[-1]
    plan = await bot.say("ça va ?")
    assert plan.say[-1] == offer
    assert (await bot.say("oui")).decision == "confirm"


@pytest.mark.parametrize(
    "words", ["non finalement je ne veux plus", "je ne connais pas mon numéro"]
)
async def test_whoever_renounces_is_asked_for_no_number_again(words: str) -> None:
    texts = FakeTexts()
    bot = Bot(RANKINGS, Errands(texts), "")
    await bot.say("ma carte d'identité")
    await bot.say("oui")
    assert (await bot.say(words)).say[0].text == phrase("sms_renonce")
    assert texts.sent == []


async def test_whoever_renounces_a_call_back_is_not_called() -> None:
    calls = FakeCallBacks()
    bot = Bot(RANKINGS, Errands(callbacks=calls), "+33612345678")
    await bot.say("rappelez-moi")
    plan = await bot.say("non finalement je ne veux plus")
    assert plan.say[0].text == phrase("rappel_renonce")
    assert calls.asked == []


async def test_a_number_that_takes_no_texts_is_refused_whatever_it_sounds_like() -> None:
    bot = Bot(RANKINGS, Errands(FakeTexts()), "")
    await bot.say("ma carte d'identité")
    await bot.say("oui")
    plan = await bot.say("02 61 91 12 34")
    assert "portable" in plan.text
    assert plan.text != phrase("numero_demander_sms")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Allô ?", "allo"),
        ("Euh, je ne sais pas trop comment dire.", "hesitation"),
        ("Bonjour, comment allez-vous ?", "ca_va"),
        ("Vous êtes très gentil.", "compliment"),
        ("Allô, c'est pour un passeport.", None),
        ("Je ne sais pas où est la mairie.", None),
        ("Bonjour.", None),
        ("", None),
    ],
)
def test_small_talk_is_nothing_but_small_talk(text: str, expected: str | None) -> None:
    assert phrase_for(text) == expected


async def test_another_place_goes_before_a_likelier_question_about_it() -> None:
    rankings = {"la piscine": [("horaires_lieu", 0.9)], "et la piscine": [("adresse_lieu", 0.9)]}
    bot = Bot(rankings)
    await bot.say("la piscine")
    assert (await bot.say("et la piscine")).intent == "horaires_lieu"
    assert (await Bot(rankings).say("et la piscine")).intent == "adresse_lieu"


async def test_a_half_understood_question_is_about_the_place_just_talked_of() -> None:
    asked = [("tarifs_lieu", 0.4), ("hors_sujet", 0.35)]
    bot = Bot({"la piscine": [("horaires_lieu", 0.9)], "et ça vaut": asked})
    await bot.say("la piscine")
    bot.facts.asked.clear()
    await bot.say("et ça vaut")
    assert bot.facts.asked == [("tarifs_lieu", "et ça vaut", "piscine")]


@pytest.mark.parametrize(
    ("ranking", "decision", "intent"),
    [
        ([("hors_sujet", 0.97), ("encombrants", 0.03)], "out_of_scope", "hors_sujet"),
        ([("hors_sujet", 0.6), ("encombrants", 0.4)], "out_of_scope", "hors_sujet"),
        ([("hors_sujet", 0.5), ("encombrants", 0.45)], "answer", "encombrants"),
    ],
)
async def test_what_an_intent_covers_is_looked_up_only_where_it_is_possible(
    ranking: list[tuple[str, float]], decision: str, intent: str
) -> None:
    bot = Bot({"mon lave-vaisselle": ranking})
    bot.facts.found["mon lave-vaisselle"] = FakeReply(
        "On l'enlève.", ("reponses/encombrants",), "proprete", intents=("encombrants",)
    )
    plan = await bot.say("mon lave-vaisselle")
    assert (plan.decision, plan.intent) == (decision, intent)


async def test_what_only_the_search_finds_needs_no_intent() -> None:
    bot = Bot({"pêcher": [("hors_sujet", 1.0)]})
    bot.facts.found["pêcher"] = FakeReply("Il faut une carte.", ("reponses/peche",), None)
    assert (await bot.say("pêcher")).decision == "answer"
