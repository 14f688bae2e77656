"""How likely the model finds other texts for a sound that it decoded, asked as seldom as can be.

It knows its own hypotheses already. What it did not think of is hardly likelier than the last of
them: where that would not be enough, it is not asked. Pure: the engine asks the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from asr.repair import Rival

Tokens: TypeAlias = tuple[int, ...]


class Comparison:
    """The texts for one sound. Likelihoods are sums of logarithms, in nats."""

    def __init__(
        self,
        hypotheses: Mapping[Tokens, float],
        tokens: Callable[[str], Tokens],
        ask: Callable[[Sequence[Tokens]], Sequence[float]],
        overlooked: float,
    ) -> None:
        """Begin with what the decoder says of its ``hypotheses``.

        Args:
            tokens: gives the tokens of a text.
            ask: has the model say how likely it finds some texts.
            overlooked: by how much a text that the decoder did not think of may be likelier than
                the last of those that it did.
        """
        self._known = dict(hypotheses)
        self._tokens = tokens
        self._ask = ask
        self._limit = min(hypotheses.values(), default=math.inf) + overlooked

    def likelihoods(self, texts: Sequence[str]) -> list[float]:
        """Return how likely each text is."""
        wanted = [self._tokens(text) for text in texts]
        unknown = [tokens for tokens in dict.fromkeys(wanted) if tokens not in self._known]
        if unknown:
            self._known.update(zip(unknown, self._ask(unknown), strict=True))
        return [self._known[tokens] for tokens in wanted]

    def likeliest(self, text: str, rivals: Sequence[Rival]) -> str:
        """Return the reading that beats ``text`` by most, ``text`` where none does.

        ``rivals`` come with the largest margin first.
        """
        if not rivals:
            return text
        (own,) = self.likelihoods([text])
        best, lead = text, 0.0
        for rival in rivals:
            most = self._known.get(self._tokens(rival.asked), self._limit)
            if most + rival.margin - own > lead:
                (likelihood,) = self.likelihoods([rival.asked])
                if likelihood + rival.margin - own > lead:
                    best, lead = rival.text, likelihood + rival.margin - own
        return best
