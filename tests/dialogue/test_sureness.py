"""How the probability of the best intent is weighed again."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dialogue.compiling import PROJECT


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The component, which only Rasa's interpreter has on its path."""
    name = "rasa_sureness"
    spec = importlib.util.spec_from_file_location(name, PROJECT / "components" / "sureness.py")
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def vocabulary(module: ModuleType) -> Any:
    """Two intents: the first knows « tombe » and « la », the second « la » and « fleurs »."""
    known = np.array([[True, True, False], [False, True, True]])
    return module.Vocabulary(["tombe", "la", "fleurs"], np.array([4.0, 1.0, 5.0]), known)


def scored(module: ModuleType, chances: list[float], bells: list[float] | None = None) -> Any:
    return module.Scored(np.array([chances]), np.array([bells or chances]))


def test_a_doubtful_best_stays_the_best_and_leaves_a_rest(module: ModuleType) -> None:
    (row,) = module.weighed(np.array([[0.6, 0.3, 0.1]]), np.array([0.2]))
    assert row == pytest.approx([0.2, 0.1, 0.1 / 3])


def test_a_surer_best_takes_from_the_others(module: ModuleType) -> None:
    (row,) = module.weighed(np.array([[0.6, 0.3, 0.1]]), np.array([0.9]))
    assert row == pytest.approx([0.9, 0.075, 0.025])


@pytest.mark.parametrize("exempt", [0, 1])
def test_an_exempt_intent_keeps_its_probability(module: ModuleType, exempt: int) -> None:
    (row,) = module.weighed(np.array([[0.6, 0.3, 0.1]]), np.array([0.2]), [exempt])
    assert row[exempt] == [0.6, 0.3, 0.1][exempt]


def test_words_that_no_example_of_the_intent_has_count_by_their_rarity(vocabulary: Any) -> None:
    assert vocabulary.shares("la tombe", 0) == (0.0, 0.0, 2)
    assert vocabulary.shares("fleurs la tombe", 0) == (0.5, 0.0, 3)
    assert vocabulary.shares("la tombe du", 0) == (0.5, 0.5, 3)
    assert vocabulary.shares("", 0) == (0.0, 0.0, 0)


def test_a_sentence_is_surer_the_better_its_words_are_known(
    module: ModuleType, vocabulary: Any
) -> None:
    def sure(text: str, *opinions: list[float]) -> float:
        table = module.signs(scored(module, *opinions), [text], vocabulary)
        assert table.shape == (1, len(module.SIGNS)) == (1, len(module.WEIGHTS))
        return float(module.sureness(table)[0])

    plain = sure("la tombe", [0.7, 0.3])
    assert plain > sure("la fleurs", [0.7, 0.3])
    assert plain > sure("la tombe", [0.9, 0.1], [0.4, 0.6])
    assert plain < sure("la tombe", [0.9, 0.1])


def test_one_intent_alone_has_no_rival(module: ModuleType, vocabulary: Any) -> None:
    table = module.signs(scored(module, [1.0]), ["la"], vocabulary)
    assert np.isfinite(table).all()


def test_two_opinions_are_averaged_and_their_difference_is_a_sign(
    module: ModuleType, vocabulary: Any
) -> None:
    agreed = scored(module, [0.9, 0.1], [0.7, 0.3])
    split = scored(module, [0.9, 0.1], [0.3, 0.7])
    assert agreed.probabilities == pytest.approx(np.array([[0.8, 0.2]]))
    column = module.SIGNS.index("lead_by_bells")
    leads = [module.signs(s, ["la"], vocabulary)[0, column] for s in (agreed, split)]
    assert leads[0] > 0 > leads[1]
