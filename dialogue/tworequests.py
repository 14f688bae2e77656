"""Two requests in one sentence: where it may be cut, whether that is worth it, what is said. Pure.

A sentence is cut only where a word joins two requests, and only if each part is understood on its
own, surely and as another request than the other part; else it stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from common.french import fold, folded, split_sentences
from dialogue.acting import Actor
from dialogue.plan import Plan, Sentence
from dialogue.policy import ASK_CALLBACK, EMERGENCY, Decision, Verdict
from dialogue.reading import PLACE_INTENTS
from dialogue.state import State

SURE = 0.6
"""Each part must be understood with this probability."""
MAX_CUTS = 3
"""Places to cut that are tried; each costs two readings."""
MAX_SENTENCES = 2
"""Of each answer, where two are given."""
MAX_PLACES = 3
"""Places that one sentence gets an answer about."""

_ASKED: frozenset[Decision] = frozenset({"answer", "transfer", "redirect"})
_QUESTION = (
    r"(?:ou (?:en est|en sont|est|se|sont|je|on|puis|dois|faut|c est|ca)|quand|comment|combien|"
    r"a quelle?s?|a quels|de quelle?s?|dans quel\w*|jusqu a quand|"
    r"quel\w*|qui|si (?:vous|la|le|les|je|on|c est)|est ce qu\w*|qu est ce qu\w*|"
    r"c est (?:combien|ou|quand|quoi|ouvert|ferme|cher|payant|gratuit))"
)
_WISH = (
    r"(?:je (?:voudrais|veux|souhaite|souhaiterais|voulais|cherche|peux|dois)|"
    r"j (?:aimerais|ai besoin)|il me (?:faut|faudrait)|on (?:voudrait|aimerait)|savoir|"
    r"connaitre|avoir|(?:pouvez|pourriez|avez|auriez) vous|vous (?:pouvez|avez|auriez)|faut il)"
)
_MATTER = (
    r"(?:(?:le |l |les |la |son |ses |leur |leurs |pour )?"
    r"(?:prix|tarifs?|horaires?|adresse|numero|telephone|inscriptions?))"
)
_JOINTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:et|puis|mais) (?:aussi|egalement|sinon|puis|en plus|ensuite|apres|"
        r"deuxiemement|d autre part|autre chose|par ailleurs) (?=\w+ \w+)",
        r"\b(?:ainsi que|et par la meme occasion|par ailleurs|deuxieme question|autre question) "
        r"(?=\w+ \w+)",
        rf"\bet (?={_QUESTION}\b)",
        rf"\bet (?={_WISH}\b)",
        rf"\bet (?={_MATTER}\b)",
        rf"\b(?:aussi|egalement) (?={_MATTER}\b|{_QUESTION}\b)",
    )
)
_ASKS = re.compile(
    rf"^(?:(?:bonjour|bonsoir|madame|monsieur|alors|euh|donc|et|oui|excusez moi) )*"
    rf"(?:{_QUESTION}\b|(?:les?|la|l|un|une|des|mon|ma|mes) \w+|c est|elle est|il est)|"
    rf"\b(?:{_WISH}|{_MATTER})\b|"
    r"\b(?:dites|donnez|indiquez|passez|expliquez|faut|ou (?:est|se)|combien|quand|comment)\b"
)
_TELLS = re.compile(
    r"^(?:(?:bonjour|bonsoir|madame|monsieur|alors|euh|donc|voila|excusez moi) )*"
    r"(?:(?:mon|ma|mes|notre|nos|un|une|le|la|les|l) (?:\w+ ){1,3}?"
    r"(?:a|ont|est|sont|n|ne|s|se|m|me|vient|veut|doit)\b|"
    r"(?:c est|il est|elle est) (?!combien|ou|quand|quoi))"
)
_MORE = re.compile(r"\b(?:aussi|egalement|autre question|par ailleurs|en plus)\b")
_LEANS = re.compile(r"\b(?:le|la|les|l|l y|y|en) \w+(?:er|ir|re)\b")
"""« le déclarer », « les remettre »: what it is about stands in the other part."""
_FEWEST_WORDS = 2


@dataclass(frozen=True)
class Cut:
    """A text in two parts."""

    first: str
    second: str
    added: bool
    """The words between them say that something else follows."""

    @property
    def separate(self) -> bool:
        """True when each part asks for something of its own.

        Who tells a story and then asks has one request, unless they say that it is another one.
        """
        asked, then = fold(self.first), fold(self.second)
        if _LEANS.search(then):
            return False
        if self.added or _MORE.search(then):
            return True
        return _ASKS.search(asked) is not None and _TELLS.search(asked) is None


def cuts(text: str) -> Iterator[Cut]:
    """Yield the text in two parts, the likeliest place to cut first, at most MAX_CUTS times."""
    source = folded(text)
    seen: set[int] = set()
    for joint in _JOINTS:
        for found in joint.finditer(source.text):
            first = source.surface(0, found.start()).strip(" ,.;")
            second = source.surface(found.end(), len(source.text)).strip(" ,.;")
            if found.start() in seen or not (_enough(first) and _enough(second)):
                continue
            seen.add(found.start())
            yield Cut(first, second, found.group().strip() != "et")
            if len(seen) == MAX_CUTS:
                return


def worth(first: Verdict, second: Verdict, whole: Verdict, places: Sequence[str | None]) -> bool:
    """Tell whether the parts are two requests; ``places`` are those that they name."""
    if not all(sure(part) for part in (first, second)):
        return False
    if whole.decision not in _ASKED and whole.decision not in ("confirm", "ask_again"):
        return False
    if first.intent != second.intent:
        return True
    named = set(places) - {None}
    return first.intent in PLACE_INTENTS and len(named) > 1


def sure(part: Verdict) -> bool:
    """Tell whether a part, or what stands in its place, is plainly a request of the town."""
    wanted = part.decision in _ASKED and part.intent != ASK_CALLBACK
    return part.understood and wanted and part.confidence >= SURE


def is_emergency(part: Verdict) -> bool:
    """Tell whether a part speaks of an emergency, which the whole may hide."""
    return part.understood and part.intent == EMERGENCY and part.confidence >= SURE


@dataclass(frozen=True)
class Given:
    """What became of one part."""

    plan: Plan
    state: State

    @property
    def answered(self) -> bool:
        """False when only a person can go on."""
        return self.plan.then == "listen"


def joined(actor: Actor, first: Given, second: Given, words: str) -> tuple[Plan, State]:
    """Say both answers in short, the first one first, or one and offer a person for the other.

    ``words`` are the whole of what was said, for whoever takes the call.
    """
    if not (first.answered or second.answered):
        return first.plan, first.state.about(words, first.plan.service)
    if not (first.answered and second.answered):
        return _one_answered(actor, first, second, words)
    told = (*_shortened(first.plan), actor.phrase("autre_demande"), *_shortened(second.plan))
    asked = _question(first.plan)
    state = second.state
    if asked is not None:
        state = replace(state, street_for=first.state.street_for, talk=None, pending="rien")
    else:
        asked = _question(second.plan) or second.plan.say[-1]
    return replace(first.plan, say=(*told, asked)), replace(state, last=told)


def together(actor: Actor, given: Sequence[Given], words: str) -> tuple[Plan, State]:
    """Say the answers to one question, about each place that it names, one after the other."""
    first, *others = given
    if not others:
        return first.plan, first.state
    if not all(part.answered for part in given):
        return joined(actor, first, others[0], words)
    told = tuple(sentence for part in given for sentence in _shortened(part.plan))
    state = replace(given[-1].state, talk=None, pending="autre_chose", last=told)
    return replace(first.plan, say=(*told, actor.phrase("autre_chose"))), state


def _one_answered(actor: Actor, first: Given, second: Given, words: str) -> tuple[Plan, State]:
    known, other = (first, second) if first.answered else (second, first)
    service = other.plan.service or actor.facts.main_service
    told = _shortened(known.plan)
    name = actor.facts.service_name(service)
    offer = actor.phrase("autre_demande_agent", service=name)
    state = second.state.about(words, service)
    return replace(known.plan, say=(*told, offer)), replace(
        state, pending="transfert", offered=service, talk=None, last=told, reply=known.state.reply
    )


def _shortened(plan: Plan) -> tuple[Sentence, ...]:
    """Return the answer of a plan in at most MAX_SENTENCES sentences, without its question."""
    answer = plan.say[0]
    parts = [part for part in split_sentences(answer.text) if not part.endswith("?")]
    return (replace(answer, text=" ".join(parts[:MAX_SENTENCES])),) if parts else ()


def _question(plan: Plan) -> Sentence | None:
    """Return the question in an answer that asks for a detail; None where there is none."""
    last = split_sentences(plan.say[0].text)[-1]
    return replace(plan.say[0], text=last) if last.endswith("?") else None


def _enough(part: str) -> bool:
    return len(part.split()) >= _FEWEST_WORDS
