import pytest

from dialogue.manager import DialogueManager, Plan
from dialogue.ports import Errands, Heard
from tests.dialogue.fakes import (
    NOW,
    FakeEngine,
    FakeFacts,
    FakeIntents,
    FakeReply,
    FakeTexts,
    phrases,
    settings,
)

RANKINGS = {
    "la piscine samedi": [("horaires_lieu", 0.9)],
    "et samedi": [("horaires_lieu", 0.9)],
    "vous ouvrez quand": [("horaires_lieu", 0.9)],
    "une carte": [("carte_identite_passeport", 0.4), ("hors_sujet", 0.3)],
    "encombrants": [("encombrants", 0.9)],
    "le nom de la dame": [("nom_agent", 0.9)],
    "au feu": [("urgence", 0.9)],
    "oui": [("affirmer", 0.9)],
    "non": [("refuser", 0.9)],
    "hein": [("repeter", 0.9)],
    "moins vite": [("ralentir", 0.9)],
    "grblx": [("encombrants", 0.1), ("hors_sujet", 0.1)],
    "grblx à la piscine": [("encombrants", 0.1), ("hors_sujet", 0.1)],
    "un bébé à la piscine": [("carte_identite_passeport", 0.4), ("hors_sujet", 0.3)],
    "un agent de l'urbanisme": [("demander_agent", 0.9)],
    "ma carte d'identité": [("carte_identite_passeport", 0.9)],
    "les poubelles": [("collecte_dechets", 0.9)],
    "non je voulais dire la piscine": [("refuser", 0.9)],
    "buenos dias": [("au_revoir", 0.9)],
    "non merci": [("refuser", 0.9)],
    "au revoir": [("au_revoir", 0.9)],
    "rue des lilas": [("horaires_lieu", 0.9)],
    "et aux lilas": [("hors_sujet", 0.3), ("encombrants", 0.28)],
}


def manager() -> tuple[DialogueManager, FakeEngine]:
    engine = FakeEngine(RANKINGS)
    return (
        DialogueManager("c1", engine, FakeFacts(), FakeIntents(), phrases(), settings()),
        engine,
    )


async def say(bot: DialogueManager, text: str) -> Plan:
    return await bot.turn(Heard(text, 0.9), NOW)


async def test_an_answer_names_its_source_and_offers_more() -> None:
    bot, _ = manager()
    plan = await say(bot, "la piscine samedi")
    assert plan.say[0].text == "piscine ouverte. De 9 h à 12 h."
    assert plan.say[0].sources == ("lieux/piscine#horaires",)
    assert (plan.then, plan.lieu, plan.jour, plan.service) == (
        "listen",
        "piscine",
        "samedi",
        "sports",
    )
    assert bot.answered == 1


async def test_every_spoken_sentence_has_a_source() -> None:
    bot, _ = manager()
    for text in RANKINGS:
        plan = await say(bot, text)
        assert all(sentence.sources for sentence in plan.say), text


async def test_a_follow_up_leans_on_the_place_just_named() -> None:
    bot, _ = manager()
    await say(bot, "la piscine samedi")
    assert (await say(bot, "et samedi")).lieu == "piscine"


@pytest.mark.parametrize("text", ["grblx à la piscine", "un bébé à la piscine"])
async def test_a_place_is_remembered_though_the_request_was_not_understood(text: str) -> None:
    bot, _ = manager()
    assert (await say(bot, text)).decision in ("ask_again", "confirm")
    assert (await say(bot, "et samedi")).lieu == "piscine"


async def test_a_place_is_remembered_of_an_answer_that_was_looked_up() -> None:
    facts = FakeFacts()
    facts.found["grblx à la piscine"] = FakeReply("Oui.", ("reponses/sport#bebe",), "sports")
    bot = DialogueManager("c1", FakeEngine(RANKINGS), facts, FakeIntents(), phrases(), settings())
    assert (await say(bot, "grblx à la piscine")).lieu == "piscine"
    assert (await say(bot, "et samedi")).lieu == "piscine"


async def test_without_a_place_the_town_hall_is_meant() -> None:
    bot, _ = manager()
    assert (await say(bot, "vous ouvrez quand")).lieu == "mairie"


async def test_yes_to_a_confirmation_answers_the_request_that_was_confirmed() -> None:
    bot, engine = manager()
    assert (await say(bot, "une carte")).decision == "confirm"
    plan = await say(bot, "oui")
    assert (plan.decision, plan.intent) == ("answer", "carte_identite_passeport")
    assert engine.steps[0] == ("affirmer", {"attente": "confirmation", "service": "accueil"})


async def test_no_to_a_confirmation_asks_anew_and_then_hands_over() -> None:
    bot, _ = manager()
    await say(bot, "une carte")
    assert (await say(bot, "non")).text == phrases().say("reformuler")
    assert (await say(bot, "grblx")).then == "transfer"


async def test_nothing_in_the_knowledge_is_never_invented() -> None:
    bot, _ = manager()
    plan = await say(bot, "encombrants")
    assert (plan.then, plan.service) == ("transfer", "proprete")


async def test_not_understood_twice_means_a_human() -> None:
    bot, _ = manager()
    assert (await say(bot, "grblx")).decision == "ask_again"
    plan = await say(bot, "grblx")
    assert (plan.decision, plan.then) == ("transfer", "transfer")


async def test_an_understood_turn_forgives_the_failure_before_it() -> None:
    bot, _ = manager()
    await say(bot, "grblx")
    await say(bot, "la piscine samedi")
    assert (await say(bot, "grblx")).decision == "ask_again"


async def test_nothing_heard_twice_means_a_human() -> None:
    bot, _ = manager()
    assert (await say(bot, "")).decision == "ask_again"
    assert (await say(bot, " ")).then == "transfer"


async def test_an_emergency_offers_reception() -> None:
    bot, _ = manager()
    plan = await say(bot, "au feu")
    assert plan.decision == "emergency"
    assert all(number in plan.text for number in ("15", "17", "18", "112", "114"))
    assert (await say(bot, "oui")).service == "accueil"


async def test_a_refusal_offers_the_service_and_no_is_respected() -> None:
    bot, _ = manager()
    assert (await say(bot, "le nom de la dame")).decision == "refuse"
    assert (await say(bot, "non")).text == phrases().say("autre_chose")


async def test_a_failing_engine_hands_the_caller_over() -> None:
    bot, engine = manager()
    engine.down = True
    plan = await say(bot, "la piscine samedi")
    assert (plan.then, plan.service) == ("transfer", "accueil")


async def test_silence_twice_means_a_human() -> None:
    bot, _ = manager()
    assert bot.silence(NOW).then == "listen"
    assert bot.silence(NOW).then == "transfer"


async def test_after_a_failed_transfer_the_caller_is_told_how_to_reach_the_service() -> None:
    bot, _ = manager()
    assert (await say(bot, "un agent de l'urbanisme")).service == "urbanisme"
    plan = bot.transfer_failed("urbanisme", NOW)
    assert plan.then == "listen"
    assert "Le numéro de urbanisme est le 01." in plan.text


async def test_what_no_intent_covers_is_answered_from_the_knowledge() -> None:
    facts = FakeFacts()
    facts.found["grblx"] = FakeReply("Le frelon se signale au 02.", ("reponses/x#frelon",), "ccas")
    bot = DialogueManager("c1", FakeEngine(RANKINGS), facts, FakeIntents(), phrases(), settings())
    plan = await say(bot, "grblx")
    assert (plan.decision, plan.then, plan.service) == ("answer", "listen", "ccas")
    assert plan.say[0].sources == ("reponses/x#frelon",)
    assert bot.answered == 1


async def test_what_was_badly_heard_is_asked_again_and_not_looked_up() -> None:
    facts = FakeFacts()
    facts.found["grblx"] = FakeReply("Le frelon.", ("reponses/x#frelon",), "ccas")
    bot = DialogueManager("c1", FakeEngine(RANKINGS), facts, FakeIntents(), phrases(), settings())
    assert (await bot.turn(Heard("grblx", 0.1), NOW)).decision == "ask_again"


async def test_a_found_entry_about_a_personal_file_leads_to_its_service() -> None:
    facts = FakeFacts()
    facts.found["grblx"] = FakeReply("", ("reponses/x#dossier",), "ccas", decision="transfer")
    bot = DialogueManager("c1", FakeEngine(RANKINGS), facts, FakeIntents(), phrases(), settings())
    plan = await say(bot, "grblx")
    assert (plan.decision, plan.then, plan.service) == ("transfer", "transfer", "ccas")


async def test_an_understood_request_is_not_looked_up() -> None:
    facts = FakeFacts()
    facts.found["la piscine samedi"] = FakeReply("Autre chose.", ("reponses/x#y",), "ccas")
    bot = DialogueManager("c1", FakeEngine(RANKINGS), facts, FakeIntents(), phrases(), settings())
    assert (await say(bot, "la piscine samedi")).say[0].sources == ("lieux/piscine#horaires",)


async def test_a_question_during_an_offer_is_answered_and_ends_the_offer() -> None:
    facts = FakeFacts()
    facts.found["grblx"] = FakeReply("Le frelon.", ("reponses/x#frelon",), "ccas")
    errands = Errands(texts=FakeTexts())
    bot = DialogueManager(
        "c1", FakeEngine(RANKINGS), facts, FakeIntents(), phrases(), settings(), errands
    )
    assert (await say(bot, "ma carte d'identité")).text.endswith(phrases().say("sms_proposer"))
    plan = await say(bot, "grblx")
    assert plan.say[0].text == "Le frelon."
    assert bot.keys == "yes_no"
    assert "SMS" not in plan.text


async def test_the_street_that_was_asked_for_completes_the_request() -> None:
    bot, _ = manager()
    asked = await say(bot, "les poubelles")
    assert asked.text == "Le mercredi. Dans quelle rue ?"
    plan = await say(bot, "rue des lilas")
    assert plan.say[0].text == "Rue des Lilas, le mercredi."
    assert (plan.intent, plan.service) == ("collecte_dechets", "proprete")


async def test_another_street_may_follow_until_the_caller_turns_to_something_else() -> None:
    bot, _ = manager()
    await say(bot, "les poubelles")
    await say(bot, "rue des lilas")
    assert (await say(bot, "et aux lilas")).intent == "collecte_dechets"
    assert (await say(bot, "rue des lilas")).intent == "horaires_lieu"
    assert (await say(bot, "et aux lilas")).decision == "ask_again"


async def test_who_asks_for_a_human_instead_of_naming_the_street_gets_one() -> None:
    bot, _ = manager()
    await say(bot, "les poubelles")
    assert (await say(bot, "un agent de l'urbanisme")).then == "transfer"


async def test_a_correction_is_no_refusal() -> None:
    bot, _ = manager()
    await say(bot, "vous ouvrez quand")
    plan = await say(bot, "non je voulais dire la piscine")
    assert (plan.intent, plan.lieu, plan.then) == ("horaires_lieu", "piscine", "listen")


async def test_nobody_is_hung_up_on_who_has_not_said_so() -> None:
    bot, _ = manager()
    assert (await say(bot, "buenos dias")).then == "listen"
    assert (await say(bot, "au revoir")).then == "hang_up"


async def test_a_short_no_that_was_heard_as_one_odd_word_is_a_no() -> None:
    bot, _ = manager()
    await say(bot, "vous ouvrez quand")
    assert (await say(bot, "Numer-ci.")).then == "hang_up"
