"""A spoken call that ends in a delivered text message."""

from __future__ import annotations

import time

import pytest

from tests.harness import WAIT_S
from tests.harness.box import Box
from tests.harness.kannel import Kannel

pytestmark = [pytest.mark.calls, pytest.mark.timeout(600)]

MOBILE = "+33612345678"
"""Of the test telephone."""


def states(box: Box, call: str) -> list[str]:
    return [text["state"] for text in box.get(f"/api/calls/{call}")["sms"]]


def test_a_resident_who_agrees_gets_the_papers_by_text(box: Box, operator: Kannel | None):
    if operator is None:
        pytest.skip("les paquets Debian kannel et kannel-extras manquent")
    report = box.call(
        "Bonjour, quels papiers faut-il pour une carte d'identité ?",
        "Oui, je veux bien.",
        "Oui, c'est bien ça.",
        "Non merci, au revoir.",
    )
    said = [turn["said"] for turn in report["record"]["turns"]]
    assert "SMS" in said[0], said
    assert "part dans un instant" in said[2], said
    call = report["record"]["id"]
    end = time.monotonic() + WAIT_S
    while states(box, call) != ["delivered"]:
        assert time.monotonic() < end, states(box, call)
        time.sleep(0.2)
    assert {number for _, number, _ in operator.delivered} == {MOBILE}
    text = "".join(part for _, _, part in operator.delivered)
    assert text.startswith("Mairie de Valbrune")
    assert text.count("ants.gouv.fr") == 1
    assert report["record"]["sms"][0]["number"] == "••••••78"
    assert MOBILE not in box.log
    assert "ants.gouv.fr" in box.page("/sms")


def test_a_resident_who_says_no_gets_nothing(box: Box, operator: Kannel | None):
    before = len(operator.delivered) if operator else 0
    report = box.call("Bonjour, quels papiers faut-il pour un passeport ?", "Non merci, au revoir.")
    assert report["record"]["sms"] == []
    assert len(operator.delivered if operator else []) == before
