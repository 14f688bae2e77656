"""Words of alarm, and what they change."""

import pytest

from dialogue.alarm import sounds_alarming
from tests.dialogue.bots import Bot

FIRE = "venez ca brule chez moi"


@pytest.mark.parametrize(
    "text",
    [
        "Ça brûle dans le couloir !",
        "Elle ne respire plus.",
        "Je veux mourir.",
        "Il a un couteau.",
        "Y a une odeur de gaz.",
        "Un enfant s'est fait renverser.",
        "Le plafond s'est effondré.",
        "On force ma porte.",
        "Appelez les pompiers",
        "Une citerne s'est renversée.",
        "Il est coincé dessous.",
        "Elle ne se réveille pas.",
        "Ma femme a perdu les eaux.",
        "J'ai été renversée par un vélo.",
        "J'ai perdu ma petite fille dans la foule.",
        "Mon fils n'est pas rentré de l'école.",
        "L'eau coule du plafond sur les prises.",
        "Je n'ai plus envie de continuer.",
        "Il m'empêche de sortir.",
        "Il est malade depuis l'an dernier et là il ne respire plus.",
        "Mon père est tombé dans l'escalier il y a deux mois, là il a perdu connaissance.",
        "Elle a fait un AVC, elle en avait déjà fait un l'année dernière.",
    ],
)
def test_words_of_alarm(text: str) -> None:
    assert sounds_alarming(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le service ne répond pas.",
        "Mon frère est pompier volontaire.",
        "Ma compagne vient d'accoucher à la maternité.",
        "Mon fils a reçu un courrier de l'armée.",
        "Le panneau est couché par terre.",
        "Je voudrais brûler mes feuilles.",
        "L'agent a été agressif.",
        "La poubelle est renversée.",
        "J'ai perdu mon portefeuille.",
        "J'ai perdu la carte de ma fille.",
        "Ma voiture a pris feu l'an dernier.",
        "Mon père est tombé dans l'escalier il y a deux mois.",
        "Le mois dernier, mon père est tombé dans l'escalier.",
        "Mon père est tombé dans l'escalier, il y a deux mois.",
        "Comment devenir pompier ?",
        "",
    ],
)
def test_other_words(text: str) -> None:
    assert not sounds_alarming(text)


async def test_with_words_of_alarm_a_smaller_probability_is_an_emergency() -> None:
    ranking = [("collecte_dechets", 0.8), ("urgence", 0.15)]
    bot = Bot({FIRE: ranking, "les poubelles": ranking})
    assert (await bot.say(FIRE)).decision == "emergency"
    assert (await bot.say("les poubelles")).intent == "collecte_dechets"


async def test_words_of_alarm_alone_are_no_emergency() -> None:
    bot = Bot({FIRE: [("collecte_dechets", 0.95), ("urgence", 0.02)]})
    assert (await bot.say(FIRE)).intent == "collecte_dechets"
