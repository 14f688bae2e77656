"""What the model is not quite sure of is asked back where the search knows no answer to it."""

from tests.dialogue.bots import Bot

ASKED = "une carte pour mes randonnées"
UNSURE = {ASKED: [("carte_identite_passeport", 0.70)]}


async def test_what_the_search_cannot_answer_is_confirmed_first() -> None:
    bot = Bot(UNSURE)
    bot.facts.chances[ASKED] = 0.02
    plan = await bot.say(ASKED)
    assert (plan.decision, plan.intent) == ("confirm", "carte_identite_passeport")


async def test_what_the_search_seconds_is_answered() -> None:
    bot = Bot(UNSURE)
    bot.facts.chances[ASKED] = 0.5
    assert (await bot.say(ASKED)).decision == "answer"


async def test_a_sure_model_needs_no_second() -> None:
    bot = Bot({ASKED: [("carte_identite_passeport", 0.95)]})
    bot.facts.chances[ASKED] = 0.02
    assert (await bot.say(ASKED)).decision == "answer"


async def test_a_place_that_is_named_needs_no_second() -> None:
    asked = "la piscine, elle lève le rideau quand"
    bot = Bot({asked: [("horaires_lieu", 0.70)]})
    bot.facts.chances[asked] = 0.02
    plan = await bot.say(asked)
    assert (plan.decision, plan.lieu) == ("answer", "piscine")


async def test_nobody_is_asked_back_for_ever() -> None:
    bot = Bot({**UNSURE, "hein": [("carte_identite_passeport", 0.2)]})
    bot.facts.chances[ASKED] = 0.02
    assert (await bot.say("hein")).decision == "ask_again"
    assert (await bot.say(ASKED)).decision == "transfer"


async def test_what_may_be_nobodys_matter_here_is_confirmed_first() -> None:
    bot = Bot({ASKED: [("carte_identite_passeport", 0.70), ("hors_sujet", 0.2)]})
    bot.facts.chances[ASKED] = 0.5
    plan = await bot.say(ASKED)
    assert (plan.decision, plan.intent) == ("confirm", "carte_identite_passeport")
