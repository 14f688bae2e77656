"""Examples of intents that speak against each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from common.french import fold
from common.problem import ConfigError, Problem
from common.yamlfile import Loaded, load
from dialogue.intents import IntentFile

_FILLERS = frozenset(
    fold(
        "bonjour bonsoir allo euh ben alors donc voila merci svp s il vous plait te je j me m "
        "voudrais voulais veux aimerais souhaite souhaiterais savoir demander appelle appeler c "
        "est pour de d du des le la les l un une a au aux en et ce que qu y"
    ).split()
)
"""Words that change nothing about what is wanted."""


def contradictions(folder: Path) -> Iterator[Problem]:
    """Name examples of two intents that say the same but for words that mean little."""
    seen: dict[frozenset[str], tuple[Loaded[IntentFile], str, Problem]] = {}
    for loaded in readable_files(folder):
        if loaded.value.conduite == "social":
            continue
        for index, example in enumerate(loaded.value.exemples):
            words = frozenset(fold(example).split()) - _FILLERS
            here = loaded.problem(["exemples", index], "")
            other, said, there = seen.setdefault(words, (loaded, example, here))
            if len(words) < 2 or other is loaded or fold(said) == fold(example):
                continue
            yield Problem(
                here.file,
                here.line,
                here.column,
                f"l'exemple « {example} » dit la même chose que « {said} » ({there.file}, ligne "
                f"{there.line}), d'une autre intention.",
                "Gardez-le dans une seule, ou ajoutez le mot qui les distingue.",
                "attention",
            )


def readable_files(folder: Path) -> Iterator[Loaded[IntentFile]]:
    """Yield the intents of a folder, without the files that have mistakes of their own."""
    for file in sorted(folder.glob("*.yml")):
        try:
            yield load(file, IntentFile)
        except ConfigError:
            continue
