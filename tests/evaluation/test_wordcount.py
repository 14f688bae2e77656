"""Word error rate on French."""

from __future__ import annotations

import jiwer
import pytest

from callbot.evaluation import wordcount


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("L'école, c'est où ?", "l ’école c'est où"),
        ("à 8 h 30", "à huit heures trente"),
        ("8h", "huit heures"),
        ("à 1h05", "à une heure cinq"),
        ("14:00", "quatorze heures"),
        ("le 1er mai", "le premier mai"),
        ("la 1re fois", "la première fois"),
        ("le 2ème étage", "le deuxième étage"),
        ("15 000 €", "quinze mille euros"),
        ("2,50 €", "deux virgule cinquante euros"),
        ("50 %", "cinquante pour cent"),
        ("M. le maire", "monsieur le maire"),
        ("01 34 05 67 89", "zéro un trente-quatre zéro cinq soixante-sept quatre-vingt-neuf"),
        ("Euh, ma sœur, hum", "ma soeur"),
        ("rendez-vous", "rendez vous"),
        ("SAMEDI", "samedi"),
    ],
)
def test_the_same_words_written_otherwise_are_no_error(written: str, spoken: str):
    assert wordcount.words(written) == wordcount.words(spoken)


def test_accents_distinguish_words():
    assert wordcount.compare("le marché", "le marche").edits == 1


def test_rate_counts_all_words_of_the_set_together():
    errors = [
        wordcount.compare("un deux trois quatre", "un deux trois quatre"),
        wordcount.compare("oui", "non merci"),
    ]
    assert wordcount.rate(errors) == pytest.approx(2 / 5)
    assert wordcount.rate([]) is None


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("je voudrais renouveler ma carte", "je voudrais renouvelé la carte"),
        ("la déchetterie ouvre à neuf heures", "déchetterie où à neuf"),
        ("bonjour", "bonjour madame je vous appelle"),
        ("bonjour madame", ""),
    ],
)
def test_agrees_with_jiwer(said: str, heard: str):
    assert wordcount.rate([wordcount.compare(said, heard)]) == pytest.approx(jiwer.wer(said, heard))
