from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbot.screenpop import ASKED_BYTES, headers
from console.card import Card
from telephony.dialling import dial_error

CARD = Card(
    asked="je voudrais refaire mon passeport",
    then="",
    asr_confidence=0.9,
    intent="carte_identite_passeport",
    confidence=0.873,
    decision="answer",
    answer="Il faut un rendez-vous à l'état civil.",
    sources=("reponses/etat_civil#carte_passeport",),
    service="etat_civil",
    lieu=None,
    jour="samedi",
    details={"rue": "rue des Lilas"},
)


def test_the_story_is_told_in_the_callers_words():
    found = headers("ab12", "etat_civil", CARD, "un passeport")
    assert found["X-Callbot-Sujet"] == "un passeport"
    assert found["X-Callbot-Demande"] == "je voudrais refaire mon passeport"
    assert found["X-Callbot-Confiance"] == "0.87"
    assert found["X-Callbot-Rue"] == "rue des Lilas"
    assert "X-Callbot-Lieu" not in found


def test_the_call_is_named_as_rfc_7433_asks():
    value = headers("ab12", "accueil", None, None)["User-to-User"]
    data, _, encoding = value.partition(";")
    assert (bytes.fromhex(data), encoding) == (b"ab12", "encoding=hex")


@given(asked=st.text(max_size=400), name=st.text(min_size=1, max_size=80))
def test_whatever_was_heard_the_call_can_be_placed(asked: str, name: str):
    card = Card(
        asked, "", 0.5, None, 0.1, "answer", asked, (asked,), None, asked, asked, {name: asked}
    )
    found = headers("ab12", "accueil", card, None)
    assert dial_error("sip:1@192.0.2.1", "0612345678", "", found) == ""
    assert all(len(value.encode()) <= ASKED_BYTES for value in found.values())


def test_a_line_break_cannot_add_a_header():
    card = Card("a\r\nX-Autre: b", "", None, None, 0.1, "answer", "", (), None, None, None)
    assert headers("c", "accueil", card, None)["X-Callbot-Demande"] == "a X-Autre: b"


@pytest.mark.parametrize("service", ["accueil", "etat_civil"])
def test_the_service_is_named(service: str):
    assert headers("c", service, None, None)["X-Callbot-Service"] == service
