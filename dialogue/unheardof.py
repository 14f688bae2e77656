"""Things in a question about hours or the way there that nobody has asked about before. Pure.

Without the name of a place, such a question is about the town hall; with one that is none of the
town's, or was misheard (« la médié qui est ouverte samedi »), the town hall is a wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from common.french import fold

_THING = re.compile(r"\b(?:le|la|les|l|du|de la|de l|des|aux?|a la|a l) ([^\W\d]{3,})")


def names_unheard_of(text: str, examples: Iterable[str]) -> bool:
    """Tell whether a text names, with its article, what no example does."""
    known = _words(tuple(examples))
    return any(thing not in known for thing in _THING.findall(fold(text)))


@lru_cache(maxsize=4)
def _words(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for text in texts for word in fold(text).split())
