"""All that the YAML makes of the bot: facts, intents, phrases, a dialogue manager for each call.

The telephone, ``callbot ask`` and ``callbot eval`` build their conversations here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from asr.endings import Endings
from asr.endpointing import EndOfTurn
from asr.vocabulary import Vocabulary
from callbot import state
from callbot.adapters import KnownIntents
from callbot.facts import TownFacts
from callbot.finding import finder
from callbot.music import load_music
from callbot.paths import Paths
from callbot.publishing.links import check_links
from common.yamlfile import ConfigError, Problem
from dialogue.config import (
    DialogueSettings,
    Phrases,
    load_dialogue_settings,
    load_phrases,
)
from dialogue.intents import Intents, load_intents
from dialogue.manager import NO_ERRANDS, DialogueManager
from dialogue.ports import Engine, Errands
from knowledge.ahead import sentences_ahead
from knowledge.encoder import Encoder
from knowledge.town import load_town
from telephony.reception import Reception
from telephony.receptionconfig import load_reception

T = TypeVar("T")


@dataclass(frozen=True)
class Assistant:
    """What all conversations share; immutable."""

    facts: TownFacts
    intents: Intents
    phrases: Phrases
    dialogue: DialogueSettings
    reception: Reception
    music: Mapping[str, bytes]
    """What callers hear while they wait for each service."""
    versions: Mapping[str, str]
    """What answers the calls, for their records."""
    end_of_turn: EndOfTurn
    """How long callers who pause are waited for."""

    def manager(
        self,
        conversation: str,
        engine: Engine,
        errands: Errands = NO_ERRANDS,
        caller: str = "",
    ) -> DialogueManager:
        """Return the dialogue of one new conversation; ``caller`` is the number that calls."""
        return DialogueManager(
            conversation,
            KnownIntents(engine, self.intents.names),
            self.facts,
            self.intents,
            self.phrases,
            self.dialogue,
            errands,
            caller,
        )

    def hurried(self) -> Assistant:
        """Return the assistant that asks less and hands over at the first misunderstanding."""
        thresholds = self.dialogue.seuils
        fewer = thresholds.model_copy(update={"confirmer": thresholds.accepter})
        dialogue = self.dialogue.model_copy(update={"seuils": fewer, "echecs_max": 1})
        return replace(self, dialogue=dialogue)

    def clock(self) -> datetime:
        """The date and time in the town."""
        return datetime.now(self.facts.timezone)

    @property
    def vocabulary(self) -> Vocabulary:
        """What the recogniser should know of the town."""
        town = self.facts.town
        told = (text for name in self.intents.names for text in self.intents.examples(name))
        return Vocabulary(town=town.vocabulary(), streets=town.streets, sentences=tuple(told))

    @property
    def services(self) -> tuple[str, ...]:
        """Ids of the services."""
        return tuple(self.facts.town.services)

    @property
    def subjects(self) -> tuple[str, ...]:
        """What requests are called when the bot asks « c'est bien cela ? »."""
        subjects = (self.intents.subject(name) for name in self.intents.names)
        return tuple(subject for subject in subjects if subject)

    def sentences_ahead(self, now: datetime) -> Iterator[str]:
        """Yield what answers can say at ``now``, each sentence once, the likeliest first."""
        return sentences_ahead(self.facts.town, now)


def load_assistant(paths: Paths, encoder: Encoder | None = None) -> Assistant:
    """Read all the YAML that conversations need; ``encoder`` stands for the one of the search.

    Raises:
        ConfigError: with the problems of every file, or the links that lead elsewhere.
    """
    if stray := check_links(paths.config):
        raise ConfigError(stray)
    problems: list[Problem] = []
    town = _collect(problems, lambda: load_town(paths.town))
    services = tuple(town.services) if town is not None else ()
    intents = _collect(problems, lambda: load_intents(paths.intents, services))
    phrases = _collect(problems, lambda: load_phrases(paths.config / "phrases.yml"))
    dialogue = _collect(problems, lambda: load_dialogue_settings(paths.config / "dialogue.yml"))
    targets = {name: service.sip for name, service in town.services.items()} if town else {}
    reception = _collect(problems, lambda: load_reception(paths.reception_file, targets))
    if town is None or intents is None or phrases is None or dialogue is None or reception is None:
        raise ConfigError(problems)
    music = _collect(problems, lambda: load_music(paths.config, reception))
    if music is None:
        raise ConfigError(problems)
    facts = TownFacts(town, reception.rung_when_closed, finder(town, intents, paths, encoder))
    examples = (text for name in intents.names for text in intents.examples(name))
    end_of_turn = EndOfTurn(endings=Endings(examples))
    return Assistant(
        facts, intents, phrases, dialogue, reception, music, _versions(paths), end_of_turn
    )


def _collect(problems: list[Problem], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _versions(paths: Paths) -> Mapping[str, str]:
    """Fingerprints of what answers: the program, the town's YAML, the trained model."""
    digest = hashlib.sha256()
    for file in sorted(paths.config.rglob("*.yml")):
        digest.update(file.read_bytes())
    active = paths.rasa / "active"
    return {
        "programme": state.version(),
        "configuration": digest.hexdigest()[:12],
        "modele": active.resolve().name if active.exists() else "",
    }
