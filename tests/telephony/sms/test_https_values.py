"""What a description of a provider puts into a request, and finds in an answer."""

from __future__ import annotations

import pytest

from telephony.sms.gateways.https import at, fill, fill_all


def test_values_are_put_in_once() -> None:
    values = {"texte": "{secret} {id}", "secret": "s", "id": "1"}
    assert fill("a {texte} {inconnu} {id}", values) == "a {secret} {id} {inconnu} 1"
    body = {"a": ["{id}", {"b": "{texte}"}], "c": 3, "d": None, "{id}": True}
    assert fill_all(body, values) == {
        "a": ["1", {"b": "{secret} {id}"}],
        "c": 3,
        "d": None,
        "{id}": True,
    }


@pytest.mark.parametrize(
    ("path", "found"), [("a.0.b", 1), ("a.1", None), ("a.x", None), ("c", None), ("a.0.b.c", None)]
)
def test_paths_lead_somewhere_or_nowhere(path: str, found: object) -> None:
    assert at({"a": [{"b": 1}]}, path) == found
