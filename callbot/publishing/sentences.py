"""The town's test sentences, ``config/essais.yml``: what callers say, and what they mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pydantic import Field

from common.problem import ConfigError, Problem
from common.yamlfile import StrictModel, load, suggest

SENTENCES_FILE = "essais.yml"
"""In the folder of the configuration; a town may do without."""


class Sentence(StrictModel):
    """One sentence that callers say, and what they mean."""

    dit: str = Field(min_length=1, max_length=500)
    intention: str = Field(min_length=1)


class Sentences(StrictModel):
    """All of ``config/essais.yml``."""

    phrases: tuple[Sentence, ...]


def load_sentences(config: Path) -> Sequence[Sentence]:
    """Read the test sentences; raises ConfigError."""
    file = config / SENTENCES_FILE
    return load(file, Sentences).value.phrases if file.is_file() else ()


def check_sentences(config: Path, intents: Collection[str] | None) -> Iterator[Problem]:
    """Name every mistake; ``intents`` are those of the town, None when they cannot be read."""
    file = config / SENTENCES_FILE
    if not file.is_file():
        return
    try:
        loaded = load(file, Sentences)
    except ConfigError as error:
        yield from error.problems
        return
    for index, sentence in enumerate(loaded.value.phrases):
        if intents is not None and sentence.intention not in intents:
            yield loaded.problem(
                ["phrases", index, "intention"],
                f"l'intention « {sentence.intention} » est inconnue.",
                suggest(sentence.intention, intents),
            )
