"""The town's own words against what callers say about other things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from common.french import fold
from common.yamlfile import Problem, load
from dialogue.config import DialogueSettings
from dialogue.intents import Intents
from dialogue.ownwords import alternatives


def check_alarm_words(file: Path, intents: Intents) -> Iterator[Problem]:
    """Warn of words of alarm that examples of other intents have; raises ConfigError."""
    loaded = load(file, DialogueSettings)
    others = [
        (name, example, fold(example))
        for name in intents.names
        if intents.behaviour(name) != "urgence"
        for example in intents.examples(name)
    ]
    for index, word in enumerate(loaded.value.mots.alarme):
        said = re.compile(rf"\b(?:{alternatives((word,))})\b")
        found = next(((name, text) for name, text, plain in others if said.search(plain)), None)
        if found is not None:
            yield loaded.problem(
                ["mots", "alarme", index],
                f"« {word} » se dit aussi sans urgence : « {found[1]} » ({found[0]}).",
                "Choisissez un mot, ou quelques mots, qui ne disent que le danger.",
                "attention",
            )


def check_elsewhere_words(file: Path, ours: Iterable[str]) -> Iterator[Problem]:
    """Warn of words for other houses that stand in a name of ours; raises ConfigError."""
    loaded = load(file, DialogueSettings)
    names = [(name, fold(name)) for name in ours]
    for index, word in enumerate(loaded.value.mots.ailleurs):
        said = re.compile(rf"\b(?:{alternatives((word,))})\b")
        found = next((name for name, plain in names if said.search(plain)), None)
        if found is not None:
            yield loaded.problem(
                ["mots", "ailleurs", index],
                f"« {word} » est aussi dans « {found} », qui est à la ville.",
                "Choisissez un nom qui n'est qu'ailleurs, ou ses horaires ne seront plus dits.",
                "attention",
            )
