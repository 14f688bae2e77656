"""What the town answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from common.french import split_sentences
from knowledge.notices import Notice

_MAX_TEXT = 240
"""Characters that two text messages can hold beside the town's name."""
_HOURS_SENTENCES = 2


@dataclass(frozen=True)
class Reply:
    """What to say, where it comes from, and who is in charge."""

    text: str
    sources: tuple[str, ...]
    service: str | None
    sms: str | None
    """The same facts to be read, the town's name left out; None where reading helps nobody."""
    decision: Literal["answer", "transfer"]
    sms_offered: bool = False
    """True for what is hard to note while listening: documents, an address, a number."""
    sms_from: str | None = None
    """The knowledge that ``sms`` comes from; None: the first source."""
    simple: str | None = None
    """The same in few plain words, where the town has written that."""
    intents: tuple[str, ...] = ()
    """The intents that it answers; () for what only the search finds."""

    @property
    def sms_source(self) -> str:
        """The knowledge that the text comes from: stable, so that it is sent once a call."""
        return self.sms_from or self.sources[0]


def preceded(reply: Reply | None, notices: Sequence[Notice], service: str | None) -> Reply:
    """Return the answer with ``notices`` said first; they stand alone where nothing is known."""
    sources = tuple(f"avis/{notice.id}" for notice in notices)
    said = " ".join(notice.text for notice in notices)
    first = next((notice for notice in notices if notice.sms), None)
    if reply is None:
        return Reply(said, sources, service, first.sms if first else None, "answer")
    usual = reply.text
    if reply.sources[0].endswith("#horaires"):
        usual = _hours_after(usual)
    sms, sms_from = reply.sms, reply.sms_source
    if first is not None and first.sms is not None:
        both = f"{first.sms} {reply.sms or ''}".strip()
        sms = both if len(both) <= _MAX_TEXT else first.sms
        sms_from = f"avis/{first.id}"
    return replace(
        reply,
        text=f"{said} {usual}".strip(),
        sources=(*sources, *reply.sources),
        sms=sms,
        sms_from=sms_from,
    )


def _hours_after(text: str) -> str:
    """What remains to be said of opening hours: when it opens again, or the first sentences."""
    sentences = split_sentences(text)
    again = [sentence for sentence in sentences if " rouvre" in sentence]
    return again[0] if again else " ".join(sentences[:_HOURS_SENTENCES])
