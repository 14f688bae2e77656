"""The town's own words of alarm against what callers say about other things."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
