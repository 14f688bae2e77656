"""Words that a town adds to those that the robot knows; ``mots`` in ``dialogue.yml``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

from common.french import fold
from common.yamlfile import StrictModel

LEAST_LETTERS = 3
MOST_WORDS = 500
_WRITTEN = re.compile(r"[^\W_]+(?:[ '’-]+[^\W_]+)*\*?")


def _word(text: str) -> str:
    if not _WRITTEN.fullmatch(text):
        raise ValueError(
            f"« {text} » ne convient pas : écrivez un mot ou quelques mots, sans ponctuation. Une "
            "étoile à la fin remplace toute terminaison. Exemple : inond*."
        )
    if len(fold(text).replace(" ", "")) < LEAST_LETTERS:
        raise ValueError(f"« {text} » est trop court : {LEAST_LETTERS} lettres au moins.")
    return text


Word = Annotated[str, AfterValidator(_word)]
Words = Annotated[tuple[Word, ...], Field(max_length=MOST_WORDS)]


class OwnWords(StrictModel):
    """What this town's callers say."""

    alarme: Words = ()
    """With one of them, an emergency is taken seriously sooner."""
    ailleurs: Words = ()
    """Shops and offices whose hours and prices are not the town's to tell."""


@lru_cache(maxsize=32)
def alternatives(words: tuple[str, ...]) -> str:
    r"""Return words as a regular expression on folded text, which matches nothing without any.

    They stand between ``\\b`` and a group's end.
    """
    found = (re.escape(fold(word)) + (r"\w*" if word.endswith("*") else "") for word in words)
    return "|".join(found) or r"(?!)"
