"""The town's intents, one YAML file each under ``config/intents/``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, field_validator

from common.french import fold
from common.yamlfile import ConfigError, Loaded, Problem, StrictModel, load, suggest
from dialogue.config import PHRASE_FIELDS
from dialogue.ports import Behaviour

WANTED_EXAMPLES = 25
REFUSAL = "refus_"
"""A refused request is answered by the phrase of this name and the intent's."""

REQUIRED: Mapping[str, Behaviour] = {
    "affirmer": "social",
    "refuser": "social",
    "saluer": "social",
    "remercier": "social",
    "au_revoir": "social",
    "repeter": "social",
    "ralentir": "social",
    "demander_robot": "social",
    "demander_agent": "transferer",
    "urgence": "urgence",
    "hors_sujet": "hors_sujet",
    "demander_sms": "sms",
    "demander_rappel": "rappel",
}
"""Intents that the rules of every conversation rest on, with the one conduct they may have."""

_RESERVED: Mapping[Behaviour, str] = {"sms": "demander_sms", "rappel": "demander_rappel"}
"""Conducts of one intent each."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MARKUP = re.compile(r"[\[\]{}]")


class IntentFile(StrictModel):
    """One file as the town writes it."""

    intention: str
    description: str = ""
    service: str | None = None
    conduite: Behaviour
    confirmer: str | None = None
    seuil: float | None = Field(default=None, gt=0, le=1)
    exemples: tuple[str, ...] = Field(min_length=1)

    @field_validator("confirmer")
    @classmethod
    def _one_clause(cls, value: str | None) -> str | None:
        if value and re.search(r"[][{}<>]", value):
            raise ValueError("écrivez-le tel qu'il se dit, sans crochets ni accolades.")
        return value.strip().rstrip(".?") or None if value else None


@dataclass(frozen=True)
class Intents:
    """What callers may want; implements :class:`dialogue.ports.Intents`."""

    files: Mapping[str, IntentFile]
    warnings: tuple[Problem, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All intents, in alphabetical order."""
        return tuple(sorted(self.files))

    def behaviour(self, intent: str) -> Behaviour:
        """Return what is done about an intent; an unknown one is off topic."""
        found = self.files.get(intent)
        return found.conduite if found else "hors_sujet"

    def service_of(self, intent: str) -> str | None:
        """Return the service that an intent belongs to, if any."""
        found = self.files.get(intent)
        return found.service if found else None

    def threshold(self, intent: str) -> float | None:
        """Return the intent's own acceptance threshold, if it has one."""
        found = self.files.get(intent)
        return found.seuil if found else None

    def subject(self, intent: str) -> str | None:
        """Return what completes « Vous appelez pour …, c'est bien cela ? », if written."""
        found = self.files.get(intent)
        return found.confirmer if found else None

    def title(self, intent: str) -> str:
        """Return what staff read for an intent: its subject, else its description, else its id."""
        found = self.files.get(intent)
        written = (found.confirmer or found.description.strip()) if found else ""
        return written or intent.replace("_", " ")

    def examples(self, intent: str) -> tuple[str, ...]:
        """Return what callers say, on one line each."""
        found = self.files.get(intent)
        return tuple(" ".join(text.split()) for text in found.exemples) if found else ()


def load_intents(folder: Path, services: Iterable[str]) -> Intents:
    """Read all intents.

    Raises:
        ConfigError: with every problem of every file (in French).
    """
    known_services = tuple(services)
    problems: list[Problem] = []
    read: list[Loaded[IntentFile]] = []
    files = sorted(path for path in folder.glob("*.yml") if not path.name.startswith("."))
    for file in files:
        try:
            read.append(load(file, IntentFile))
        except ConfigError as error:
            problems.extend(error.problems)
    for loaded in read:
        problems.extend(_faults(loaded, known_services))
    problems.extend(_duplicates(read))
    names = {loaded.value.intention for loaded in read} | {file.stem for file in files}
    problems.extend(_missing(folder, names))
    errors = [problem for problem in problems if problem.severity == "erreur"]
    if errors:
        raise ConfigError(errors)
    return Intents({loaded.value.intention: loaded.value for loaded in read}, tuple(problems))


def _missing(folder: Path, names: set[str]) -> Iterator[Problem]:
    for name in REQUIRED:
        if name not in names:
            yield Problem(
                folder / f"{name}.yml",
                1,
                1,
                f"il manque l'intention « {name} », dont toute conversation a besoin.",
                "Remettez ce fichier.",
            )


def _faults(loaded: Loaded[IntentFile], services: Sequence[str]) -> Iterator[Problem]:
    intent = loaded.value
    name = intent.intention
    if not _NAME.fullmatch(name):
        yield loaded.problem(
            ["intention"],
            f"« {name} » n'est pas un nom d'intention.",
            "Employez des minuscules sans accent, des chiffres et « _ ».",
        )
    elif name != loaded.file.stem:
        yield loaded.problem(
            ["intention"],
            f"le fichier s'appelle « {loaded.file.name} » mais l'intention « {name} ».",
            "Donnez le même nom aux deux.",
        )
    if intent.service is not None and intent.service not in services:
        hint = suggest(intent.service, services) or f"Services : {', '.join(sorted(services))}."
        yield loaded.problem(["service"], f"le service « {intent.service} » est inconnu.", hint)
    yield from _conduct_faults(loaded)
    yield from _example_faults(loaded)


def _conduct_faults(loaded: Loaded[IntentFile]) -> Iterator[Problem]:
    name, conduct = loaded.value.intention, loaded.value.conduite
    fixed = REQUIRED.get(name)
    if fixed is not None and conduct != fixed:
        yield loaded.problem(
            ["conduite"],
            f"l'intention « {name} » doit garder la conduite « {fixed} ».",
            f"Écrivez « conduite: {fixed} ».",
        )
    elif conduct == "social" and fixed is None:
        yield loaded.problem(
            ["conduite"],
            f"la conduite « social » n'est pas possible pour « {name} ».",
            "Elle est réservée à la politesse, à oui et à non ; choisissez « repondre ».",
        )
    elif conduct in _RESERVED and fixed is None:
        yield loaded.problem(
            ["conduite"],
            f"la conduite « {conduct} » n'est pas possible pour « {name} ».",
            f"Elle est réservée à l'intention « {_RESERVED[conduct]} » ; choisissez « repondre » "
            "ou « transferer ».",
        )
    elif conduct == "refuser" and f"{REFUSAL}{name}" not in PHRASE_FIELDS:
        yield loaded.problem(
            ["conduite"],
            f"la conduite « refuser » demande une phrase « {REFUSAL}{name} », qui n'existe pas.",
            "Choisissez « rediriger » et écrivez la réponse, ou « transferer ».",
        )


def _example_faults(loaded: Loaded[IntentFile]) -> Iterator[Problem]:
    examples = loaded.value.exemples
    for index, example in enumerate(examples):
        place: tuple[str | int, ...] = ("exemples", index)
        if example.lstrip().startswith("/"):
            yield loaded.problem(
                place, "un exemple ne commence pas par « / ».", "Enlevez la barre oblique."
            )
        elif _MARKUP.search(example):
            yield loaded.problem(
                place,
                f"« {example} » contient des crochets ou des accolades.",
                "Écrivez la phrase telle qu'on la dit ; lieux et jours sont reconnus d'eux-mêmes.",
            )
        elif not fold(example):
            yield loaded.problem(place, "cet exemple ne contient aucun mot.", "Supprimez-le.")
    if len(examples) < WANTED_EXAMPLES:
        yield loaded.problem(
            ["exemples"],
            f"« {loaded.value.intention} » a trop peu d'exemples : {len(examples)}.",
            f"Avec {WANTED_EXAMPLES} exemples variés, l'intention est mieux reconnue.",
            "attention",
        )


def _duplicates(read: Iterable[Loaded[IntentFile]]) -> Iterator[Problem]:
    """Name each sentence that stands twice, within one intent or in two."""
    seen: dict[str, Problem] = {}
    for loaded in read:
        for index, example in enumerate(loaded.value.exemples):
            key = fold(example)
            here = loaded.problem(["exemples", index], "")
            first = seen.setdefault(key, here)
            if first is here or not key:
                continue
            where = "dans ce fichier" if first.file == here.file else f"dans {first.file}"
            mend = (
                "Gardez-en un seul."
                if first.file == here.file
                else "Gardez-le dans une seule intention : le robot ne saurait laquelle choisir."
            )
            message = f"l'exemple « {example} » est déjà {where}, ligne {first.line}."
            yield Problem(here.file, here.line, here.column, message, mend)
