"""What Whisper makes up: loops, and the subtitles it was trained on."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from common.french import fold

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_BRACKETED = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫❤️]+")

_INVENTED = tuple(
    re.compile(pattern)
    for pattern in (
        r"^sous titr\w*( \w+)* (par|societe|st|amara|communaute)\b",
        r"^sous titr\w*( fr)?$",
        r"\b(sous ?titreur|amara org|radio canada|soustitreur)\b",
        r"^(realise )?par sous ?titreur",
        r"^merci (d avoir|de m avoir|a tous d avoir|de) (regarde|regarder|suivi|visionne)",
        r"^merci pour (votre|ton) (visionnage|attention|ecoute)",
        r"^(n oubliez pas de )?(vous )?abonne[zr]\b",
        r"^n hesitez pas a (vous abonner|liker|laisser un commentaire)",
        r"^a (la prochaine|bientot) pour (de nouvelles|une nouvelle|une autre) video",
        r"^(je vous retrouve|on se retrouve) .*video",
        r"^(transcription|traduction|doublage|adaptation) (par|de|realisee)\b",
        r"^cette video\b.*\b(sponsorisee|est terminee)",
        r"^musique( de fin| douce| dynamique| d intro)?$",
        r"^(generique|applaudissements|rires|silence|bruit|soupir|toux)( \w+)?$",
    )
)


@dataclass(frozen=True)
class GuardSettings:
    """Limits beyond which a decoding is not believed."""

    compression_ratio: float = 1.9
    long_compression_ratio: float = 2.4
    """Of a text of at least ``long_text`` characters: the longer, the more of it is said twice."""
    long_text: int = 200
    avg_logprob: float = -1.1
    words_per_second: float = 7.0
    """French at its fastest is under six words a second."""
    repeated_share: float = 0.5
    """Share of the words that may belong to an immediate repetition."""


def tidy(text: str) -> str:
    """Return the text without brackets, notes and stray punctuation; '' when nothing is left."""
    kept = " ".join(_BRACKETED.sub(" ", text).split()).strip(" -–—«»\"'")
    return kept if fold(kept) else ""


def without_inventions(text: str) -> str:
    """Return the sentences of ``text`` that are not known inventions; '' when all are."""
    kept = [
        sentence.strip()
        for sentence in _SENTENCE_END.split(text)
        if not any(pattern.search(" ".join(words(sentence))) for pattern in _INVENTED)
    ]
    kept = [sentence for sentence in kept if words(sentence)]
    return " ".join(kept) if _is_shorter(kept, text) else text


def is_loop(text: str, voiced_s: float, settings: GuardSettings) -> bool:
    """Whether the text repeats itself, or is longer than anyone could say in ``voiced_s``."""
    spoken = words(text)
    if len(spoken) < 6:
        return False
    if len(spoken) > settings.words_per_second * max(voiced_s, 1.0):
        return True
    raw = " ".join(spoken).encode()
    is_long = len(raw) >= settings.long_text
    limit = settings.long_compression_ratio if is_long else settings.compression_ratio
    if len(raw) / len(zlib.compress(raw)) > limit:
        return True
    return repeated(spoken) / len(spoken) > settings.repeated_share


def echoes(text: str, prompt: Sequence[str]) -> bool:
    """Whether the text is a run of at least three prompt entries, which nobody said."""
    if len(prompt) < 3:
        return False
    said = " ".join(words(text))
    entries = [" ".join(words(entry)) for entry in prompt]
    return any(said == " ".join(entries[i:j]) for i, j in _runs(len(entries)))


def repeated(spoken: Sequence[str]) -> int:
    """Return how many words belong to a phrase of one to six words said again at once."""
    longest = 0
    for size in range(1, 7):
        run = 0
        for i in range(size, len(spoken)):
            run = run + 1 if spoken[i] == spoken[i - size] else 0
            if run >= size:
                longest = max(longest, run)
    return longest


def words(text: str) -> list[str]:
    """Return the words of ``text``, lower case, without accents."""
    return fold(text).split()


def _is_shorter(kept: list[str], text: str) -> bool:
    return len(words(" ".join(kept))) < len(words(text))


def _runs(count: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(count) for j in range(i + 3, count + 1)]
