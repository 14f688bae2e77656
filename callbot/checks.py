"""Everything that an admin can get wrong, found before it goes live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from callbot.examplecheck import contradictions
from callbot.paths import Paths
from callbot.publishing.links import check_links
from callbot.publishing.sentences import check_sentences
from callbot.settings import Settings
from callbot.settingschecks import check_settings
from callbot.textcheck import CheckedText, TextReport, check_texts
from callbot.unreadfiles import check_unread
from callbot.wordcheck import check_alarm_words, check_elsewhere_words
from common.yamlfile import ConfigError, Problem, load
from dialogue.config import load_dialogue_settings, load_phrases
from dialogue.goldenfile import Names, check_goldens
from dialogue.intents import load_intents
from knowledge.check import check_town
from knowledge.hours import PARIS
from knowledge.loading import ANSWERED_INTENTS, TownData, read_town
from telephony.receptionconfig import check_reception
from telephony.sms.smsconfig import check_sms_settings

T = TypeVar("T")

ANSWERED = frozenset({"repondre", "rediriger"})
"""What is done about an intent that the town must have an answer for."""


@dataclass(frozen=True)
class Report:
    """What was found, errors first, then by file and line."""

    problems: tuple[Problem, ...]
    settings: Settings | None
    """None when the settings themselves cannot be read."""
    texts: tuple[CheckedText, ...] = ()
    """Every text message that can be sent; none while their files have errors."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the callbot from serving."""
        return tuple(problem for problem in self.problems if problem.severity == "erreur")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What it can serve with."""
        return tuple(problem for problem in self.problems if problem.severity != "erreur")


def check_all(paths: Paths) -> Report:
    """Check links, settings, dialogue, conversations, town and texts; never raises ConfigError.

    While a link leads out of the configuration, nothing else is read.
    """
    stray = check_links(paths.config)
    return Report(tuple(stray), None) if stray else check_content(paths)


def check_content(paths: Paths) -> Report:
    """Check what the files say, wherever they lie; never raises ConfigError."""
    problems = check_unread(paths.config)
    settings = _collect(problems, lambda: load(paths.settings_file, Settings))
    if settings is not None:
        problems += check_settings(settings, paths)
    registered = settings is None or settings.value.telephonie.enregistrement is not None
    town = _town(paths)
    problems += _content(paths, town, pbx=registered)
    texts = _texts(paths, town)
    problems += texts.problems
    return Report(
        tuple(sorted(dict.fromkeys(problems), key=_order)),
        settings.value if settings is not None else None,
        texts.texts,
    )


def _content(paths: Paths, town: TownData, *, pbx: bool) -> list[Problem]:
    problems: list[Problem] = []
    conduct = paths.config / "dialogue.yml"
    settled = _collect(problems, lambda: load_dialogue_settings(conduct))
    _collect(problems, lambda: load_phrases(paths.config / "phrases.yml"))
    if settled is not None and settled.mots.ailleurs:
        problems += check_elsewhere_words(conduct, _names(town))
    targets = _targets(town)
    problems += check_reception(paths.reception_file, targets, pbx=pbx)
    # What cannot be read is told once, not wherever it is named.
    services = (*targets, *town.unreadable)
    intents = _collect(problems, lambda: load_intents(paths.intents, services))
    places = (*town.places, *town.unreadable)
    names = Names(intents.names if intents else None, services, places)
    problems += check_goldens(paths.conversations, names)
    problems += check_sentences(paths.config, intents.names if intents else None)
    answered = None
    if intents is not None:
        problems += intents.warnings
        problems += contradictions(paths.intents)
        if settled is not None and settled.mots.alarme:
            problems += check_alarm_words(conduct, intents)
        answered = [
            name
            for name in intents.names
            if name in ANSWERED_INTENTS or intents.behaviour(name) in ANSWERED
        ]
    return problems + check_town(paths.town, intents=answered)


def _texts(paths: Paths, town: TownData) -> TextReport:
    found = check_texts(paths, data=town)
    return TextReport((*check_sms_settings(paths.sms_file), *found.problems), found.texts)


def service_names(paths: Paths) -> tuple[str, ...]:
    """Return the ids of the town's services, as far as their files can be read."""
    return tuple(service_targets(paths))


def service_targets(paths: Paths) -> dict[str, str]:
    """Return the SIP address of each service of the town, as far as their files can be read."""
    return _targets(_town(paths))


def _town(paths: Paths) -> TownData:
    return read_town(paths.town, datetime.now(PARIS).date())


def _targets(town: TownData) -> dict[str, str]:
    return {identifier: service.sip for identifier, service in town.services.items()}


def _names(town: TownData) -> list[str]:
    """Return what the town's places and services are called."""
    places = [name for one in town.places.values() for name in (one.name, *one.names)]
    return places + [name for one in town.services.values() for name in (one.name, *one.names)]


def _collect(problems: list[Problem], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ConfigError as error:
        problems += error.problems
        return None


def _order(problem: Problem) -> tuple[Any, ...]:
    return problem.severity != "erreur", str(problem.file), problem.line, problem.column
