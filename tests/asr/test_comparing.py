"""Which reading wins, and what the model is asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from asr.comparing import Comparison, Tokens
from asr.repair import Rival

HYPOTHESES = {"un pain": -1.0, "un bain": -2.0, "un vin": -4.0}
OTHERS = {"un train": -2.5, "un frein": -8.0, "un pin": -4.5}


class Model:
    """Says how likely texts are, and keeps what it was asked."""

    def __init__(self, likelihoods: Mapping[str, float]) -> None:
        self.asked: list[str] = []
        self._texts = {_tokens(text): text for text in likelihoods}
        self._likelihoods = likelihoods

    def likelihoods(self, texts: Sequence[Tokens]) -> list[float]:
        found = [self._texts[tokens] for tokens in texts]
        self.asked += found
        return [self._likelihoods[text] for text in found]


def _tokens(text: str) -> Tokens:
    return tuple(map(ord, text))


@pytest.fixture
def model() -> Model:
    return Model(HYPOTHESES | OTHERS)


@pytest.fixture
def comparison(model: Model) -> Comparison:
    heard = {_tokens(text): likelihood for text, likelihood in HYPOTHESES.items()}
    return Comparison(heard, _tokens, model.likelihoods, overlooked=1.0)


def test_each_text_is_asked_about_once_and_hypotheses_never(
    model: Model, comparison: Comparison
) -> None:
    texts = ["un frein", "un pain", "un frein", "un train"]
    assert comparison.likelihoods(texts) == [-8.0, -1.0, -8.0, -2.5]
    assert model.asked == ["un frein", "un train"]
    assert comparison.likelihoods(["un train", "un vin"]) == [-2.5, -4.0]
    assert model.asked == ["un frein", "un train"]


def test_the_longest_lead_wins(comparison: Comparison) -> None:
    rivals = [Rival("un frein", 8.0), Rival("un train", 4.0), Rival("un pin", 4.5)]
    assert comparison.likeliest("un pain", rivals) == "un train"
    assert comparison.likeliest("un pain", [Rival("un frein", 6.9)]) == "un pain"
    assert comparison.likeliest("un pain", []) == "un pain"


def test_what_could_not_win_were_it_as_likely_as_it_may_be_is_not_asked(
    model: Model, comparison: Comparison
) -> None:
    assert comparison.likeliest("un pain", [Rival("un train", 2.0)]) == "un pain"
    assert model.asked == []
    # The last hypothesis has -4: another text has -3 at most, and 2.5 make a lead of it.
    assert comparison.likeliest("un pain", [Rival("un train", 2.5)]) == "un train"
    # It leads by 1: « un pin » would need as much.
    rivals = [Rival("un train", 2.5), Rival("un pin", 2.9)]
    assert comparison.likeliest("un pain", rivals) == "un train"
    assert model.asked == ["un train"]


def test_another_hypothesis_wins_by_what_the_decoder_said_of_it(
    model: Model, comparison: Comparison
) -> None:
    assert comparison.likeliest("un pain", [Rival("un bain", 1.1)]) == "un bain"
    assert comparison.likeliest("un pain", [Rival("un bain", 0.9)]) == "un pain"
    assert model.asked == []


def test_a_reading_that_cannot_be_compared_by_its_sound_wins_by_its_margin(
    model: Model, comparison: Comparison
) -> None:
    acronym = Rival("un PIN", 0.5, sounds_like="un pain")
    assert comparison.likeliest("un pain", [acronym]) == "un PIN"
    assert model.asked == []


def test_without_hypotheses_every_rival_is_asked_about(model: Model) -> None:
    comparison = Comparison({}, _tokens, model.likelihoods, overlooked=1.0)
    assert comparison.likeliest("un pain", [Rival("un train", 0.0)]) == "un pain"
    assert model.asked == ["un pain", "un train"]
