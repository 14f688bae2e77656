"""Which examples are spoken, and what is kept of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from callbot.noisyexamples.casting import MOST_WORDS, Role, cast, unheard
from callbot.noisyexamples.making import make
from callbot.noisyexamples.store import Choice, Hearing, HearingStore

EXAMPLES = {"a": ("un", "deux", "trois"), "b": ("quatre",)}
VOICES = {"v1": "f1", "v2": "f2"}
PCM = bytes(32000)


def roles(recogniser: str = "r") -> list[Role]:
    return list(cast(EXAMPLES, VOICES, recogniser))


def test_every_intent_has_its_turn_and_the_order_does_not_change() -> None:
    assert {role.text for role in roles()[:2]} & set(EXAMPLES["a"])
    assert "quatre" in {role.text for role in roles()[:2]}
    assert roles() == roles()
    assert {role.text for role in roles()} == {"un", "deux", "trois", "quatre"}


def test_takes_of_one_example_differ_in_voice_and_line() -> None:
    for role in roles():
        first, second = role.takes
        assert first.line != second.line
        assert first.pitch != second.pitch


def test_long_examples_are_left_to_the_page() -> None:
    long = " ".join(["mot"] * (MOST_WORDS + 1))
    assert list(cast({"a": (long,)}, VOICES, "r")) == []


def test_only_what_is_unknown_is_made_and_another_recogniser_knows_nothing() -> None:
    known = {take.key for role in roles()[:3] for take in role.takes}
    assert unheard(iter(roles()), known, 10) == roles()[3:]
    half = known - {roles()[0].takes[0].key}
    assert unheard(iter(roles()), half, 1) == [
        Role(roles()[0].text, roles()[0].voice, roles()[0].takes[:1])
    ]
    assert len(unheard(iter(roles("other")), known, 10)) == 4


async def test_an_interrupted_run_keeps_what_was_heard(tmp_path: Path) -> None:
    store, heard = HearingStore(tmp_path), 0

    async def hear(_pcm: bytes) -> tuple[str, float]:
        nonlocal heard
        heard += 1
        if heard > 2 * len(roles()[0].takes):
            raise asyncio.CancelledError
        return "entendu", 0.5

    advanced: list[None] = []
    with pytest.raises(asyncio.CancelledError):
        await make(roles(), lambda _t, _v: PCM, hear, store, lambda: advanced.append(None))
    kept = store.all()
    assert {hearing.said for hearing in kept} == {role.text for role in roles()[:2]}
    assert len(advanced) == 2
    left = unheard(iter(roles()), {hearing.key for hearing in kept}, 10)
    assert left == roles()[2:]


async def test_what_cannot_be_said_is_passed_over(tmp_path: Path) -> None:
    async def hear(_pcm: bytes) -> tuple[str, float]:
        return "entendu", 0.5

    def speak(text: str, _voice: str) -> bytes | None:
        return None if text == "un" else PCM

    store = HearingStore(tmp_path)
    await make(roles(), speak, hear, store, lambda: None)
    assert {hearing.said for hearing in store.all()} == {"deux", "trois", "quatre"}


def test_a_line_cut_by_a_power_failure_costs_only_itself(tmp_path: Path) -> None:
    store = HearingStore(tmp_path)
    one, two = (Hearing(key, "dit", "entendu", 0.5, "rue") for key in ("k1", "k2"))
    store.add([one])
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes() + b'{"key":"k3","sa')
    assert store.all() == (one,)
    store.add([two])
    assert store.all() == (one, two)


def test_the_last_decision_is_kept(tmp_path: Path) -> None:
    store = HearingStore(tmp_path / "neuf")
    assert store.choice() is None
    store.choose(Choice(True, (0.9, 0.9), (0.6, 0.7)))
    assert store.choice() == Choice(True, (0.9, 0.9), (0.6, 0.7))
