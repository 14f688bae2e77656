"""Answers about procedures: which one is meant, which aspects are asked, then the sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from common.french import fold
from knowledge.matching import phrase_matcher
from knowledge.models import Entry, Place, Service
from knowledge.procedures import Aspect, Procedure, asked_aspects
from knowledge.procedurewording import Desk, aspect_sentence, aspect_sources, in_short, written
from knowledge.replies import Reply

_PRICES = "tarifs_lieu"
_OFFERED: frozenset[Aspect] = frozenset({"documents", "ou", "en_ligne"})


class ProcedureGuide:
    """All procedures of a town; immutable."""

    def __init__(
        self,
        procedures: Iterable[Procedure],
        services: Mapping[str, Service],
        places: Mapping[str, Place],
    ) -> None:
        self._procedures = tuple(procedures)
        self._desks = {
            procedure.id: Desk(services[procedure.service], places.get(procedure.place or ""))
            for procedure in self._procedures
        }
        self._cues = {
            procedure.id: [phrase_matcher(cue) for cue in procedure.cues]
            for procedure in self._procedures
        }
        self._names = {
            procedure.id: phrase_matcher(_bare(procedure.name)) for procedure in self._procedures
        }

    @property
    def intents(self) -> frozenset[str]:
        """What the procedures answer."""
        return frozenset(intent for one in self._procedures for intent in one.intents)

    def answer(self, intent: str, text: str, entry: Entry | None, today: date) -> Reply | None:
        """Return what is asked about a procedure; None where ``entry``, the answer that was
        chosen otherwise, is nearer to the question."""
        folded = fold(text)
        procedure = self._meant(intent, folded, today)
        if procedure is None or not _gives_way(entry, procedure, intent):
            return None
        aspects: tuple[Aspect, ...] = ("prix",) if intent == _PRICES else asked_aspects(folded)
        if not aspects and entry is None:
            aspects = in_short(procedure, self._desks[procedure.id])
        return self._reply(procedure, aspects)

    def replies(self, today: date) -> list[Reply]:
        """Return what can be said of each aspect of each procedure."""
        wanted: tuple[Aspect, ...] = ("documents", "prix", "delai", "rendez_vous", "en_ligne", "ou")
        found = [
            self._reply(procedure, (aspect,))
            for procedure in self._procedures
            if procedure.valid_on(today)
            for aspect in wanted
        ]
        return [reply for reply in found if reply is not None]

    def _meant(self, intent: str, folded: str, today: date) -> Procedure | None:
        """The procedure with the most words said, else the usual one of the intent."""
        best: tuple[int, Procedure] | None = None
        for procedure in self._procedures:
            if not procedure.valid_on(today):
                continue
            patterns = [*self._cues[procedure.id], self._names[procedure.id]]
            hits = sum(pattern.search(folded) is not None for pattern in patterns)
            if intent == _PRICES:
                suits = hits > 0
            else:
                suits = intent in procedure.intents and (hits > 0 or not procedure.cues)
            if suits and (best is None or hits > best[0]):
                best = hits, procedure
        return best[1] if best else None

    def _reply(self, procedure: Procedure, aspects: Iterable[Aspect]) -> Reply | None:
        desk = self._desks[procedure.id]
        sentences: list[str] = []
        sources: list[str] = []
        offered = False
        for aspect in aspects:
            sentence = aspect_sentence(procedure, aspect, desk)
            if sentence is not None:
                sentences.append(sentence)
                sources += aspect_sources(procedure, aspect)
                offered = offered or aspect in _OFFERED
        if not sentences:
            return None
        return Reply(
            " ".join(sentences),
            tuple(dict.fromkeys(sources)),
            procedure.service,
            written(procedure, desk),
            "answer",
            offered,
        )


def _gives_way(entry: Entry | None, procedure: Procedure, intent: str) -> bool:
    """True when the answer chosen otherwise says less than the procedure."""
    if entry is None or entry.id in procedure.refines:
        return True
    return intent == _PRICES and not entry.cues


def _bare(name: str) -> str:
    return re.sub(r"^(?:les? |la |l['’])", "", name)
