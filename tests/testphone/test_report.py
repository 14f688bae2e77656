"""The report puts each sentence beside the right turn of the record."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from callbot.testphone import report, table
from callbot.testphone.session import CallResult, Exchange


@pytest.mark.parametrize(
    ("sent", "heard", "matches"),
    [
        (["bonjour", "merci"], ["bonjour", "merci"], [0, 1]),
        (["samedi ouvert", "merci au revoir"], ["merci au revoir"], [None, 0]),
        (["bonjour vous êtes ouverts samedi"], ["bonjour", "vous êtes ouverts samedi"], [1]),
        (["samedi"], ["mal reconnu"], [0]),
        (["un", "deux"], [], [None, None]),
        ([], ["un"], []),
    ],
)
def test_alignment_keeps_the_order(sent: list[str], heard: list[str], matches: list[int | None]):
    assert report.align(sent, heard) == matches


def recorded_turn(n: int, heard: str, said: str) -> dict[str, Any]:
    return {
        "n": n,
        "heard": heard,
        "said": said,
        "intent": "horaires_lieu" if heard else None,
        "confidence": 0.8,
        "decision": "answer",
        "source": "lieux/mairie",
    }


RECORD = {
    "id": "c1",
    "outcome": "answered",
    "service": None,
    "events": [{"kind": "accueil", "details": {"dit": "Bonjour !"}}],
    "turns": [
        recorded_turn(1, "vous êtes ouvert samedi", "De 9 h à 12 h [sic]."),
    ],
}


def result() -> CallResult:
    return CallResult(
        connected=True,
        sip_call_id="s1",
        greeting=Exchange(segments=[b"a"]),
        turns=[Exchange("Vous êtes ouverts samedi ?", 812.0, [b"b"])],
    )


def test_the_report_joins_phone_and_record():
    built = report.build("sip:x", result(), RECORD, lambda e: f"entendu {e.sent}".strip())
    assert built["greeting"] == {"recognised": "entendu", "said": "Bonjour !", "latency_ms": None}
    turn = built["turns"][0]
    assert (turn["heard"], turn["said"]) == ("vous êtes ouvert samedi", "De 9 h à 12 h [sic].")
    assert (turn["latency_ms"], turn["source"]) == (812.0, "lieux/mairie")
    assert (built["outcome"], built["error"], built["call_id"]) == ("answered", None, "c1")


def test_without_a_record_the_phone_still_reports_what_it_heard():
    built = report.build("sip:x", result(), None, lambda e: "entendu")
    assert built["turns"][0]["recognised"] == "entendu"
    assert built["turns"][0]["said"] is None


def test_a_refusal_is_one_french_sentence():
    built = report.build("sip:x", CallResult(code=486, reason="Busy"), None, lambda e: "")
    assert built["error"] == (
        "L'appel vers sip:x n'a pas abouti : toutes les lignes sont occupées."
    )
    assert built["greeting"] is None


def test_the_table_shows_brackets_as_they_are():
    out = io.StringIO()
    built = report.build("sip:x", result(), RECORD, lambda e: "entendu")
    table.show(built, Console(file=out, width=160))
    assert "[sic]" in out.getvalue()
    assert "0.81 s" in out.getvalue()
    assert "réponse donnée" in out.getvalue()
