"""Whether a version in the making is worse than the active one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from callbot.publishing.reference import Played, accuracy
from callbot.publishing.versions import Manifest

SHOWN = 5
"""Sentences that are named."""


def regressions(before: Manifest | None, played: Played) -> Sequence[str]:
    """Return in French what got worse; ``before`` is the active version."""
    return [*_golden(before, played), *_sentences(before, played)]


def _golden(before: Manifest | None, played: Played) -> Sequence[str]:
    broken = [result for result in played.results if result.blocking]
    was_broken = set(before.golden.get("broken", ())) if before is not None else set()
    lines = []
    for result in broken:
        told = [line.strip() for line in result.lines()]
        again = " (déjà en échec)" if result.golden.id in was_broken else ""
        lines.append(f"Conversation de référence en échec{again} : {' ; '.join(told)}.")
    return lines


def _sentences(before: Manifest | None, played: Played) -> Sequence[str]:
    """Compare what both versions were asked."""
    known = before.sentences if before is not None else {}
    both = played.sentences.keys() & known.keys()
    now = accuracy({text: played.sentences[text] for text in both})
    then = accuracy({text: known[text] for text in both})
    if now is None or then is None or now >= then:
        return []
    lost = sorted(text for text in both if known[text] and not played.sentences[text])
    named = ", ".join(f"« {text} »" for text in lost[:SHOWN])
    more = f" et {len(lost) - SHOWN} autres" if len(lost) > SHOWN else ""
    return [
        f"Les phrases d'essai sont moins bien comprises : {now:.0%} au lieu de {then:.0%}. "
        f"Ne le sont plus : {named}{more}."
    ]
