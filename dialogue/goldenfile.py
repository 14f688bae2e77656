"""Golden conversations as the town writes them: ``config/conversations/*.yml``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from common.yamlfile import ConfigError, Loaded, Problem, StrictModel, load, suggest
from dialogue.plan import Then
from dialogue.policy import Decision

USUAL_TIME = datetime(2026, 11, 17, 10, 0)  # noqa: DTZ001 - in the town's time
"""A Tuesday morning, when every service is open: the time of a conversation that gives none."""

Event = Literal["silence", "sans_reponse", "coupe"]
"""``sans_reponse``: nobody takes the transferred call; ``coupe``: it was cut."""

Sequel = Literal["ecouter", "enregistrer", "transferer", "raccrocher"]

THEN: dict[Sequel, Then] = {
    "ecouter": "listen",
    "enregistrer": "record",
    "transferer": "transfer",
    "raccrocher": "hang_up",
}

_NUMBER = r"^\+?[0-9][0-9 ]*$"
_STIMULI = ("dit", "touches", "arrive")


class GoldenTurn(StrictModel):
    """What happens, and what the callbot must make of it; what is not given is not looked at.

    Errands are the exception: a text or a call-back that is not given must not happen.
    """

    dit: str | None = None
    """What the recogniser heard; empty: sounds without words."""
    touches: str | None = Field(default=None, pattern=r"^[0-9*#]+$")
    arrive: Event | None = None
    decision: tuple[Decision, ...] = ()
    """One of these."""
    intention: str | None = None
    service: str | None = None
    lieu: str | None = None
    contient: tuple[str, ...] = ()
    sans: tuple[str, ...] = ()
    source: str | None = None
    suite: Sequel | None = None
    sms_au: str | None = Field(default=None, pattern=_NUMBER)
    rappel_au: str | None = Field(default=None, pattern=_NUMBER)

    @field_validator("decision", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("contient", "sans", mode="before")
    @classmethod
    def _one_or_several_texts(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def happening(self) -> str:
        """What happens, in French."""
        if self.dit is not None:
            return f"« {self.dit} »" if self.dit else "(un bruit)"
        return f"(touches {self.touches})" if self.touches else f"({self.arrive})"

    @property
    def expects(self) -> bool:
        """True when it can fail by what is said or decided."""
        given = self.model_fields_set - set(_STIMULI)
        return any(getattr(self, name) for name in given)


class Golden(StrictModel):
    """One conversation, and what must come of it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    titre: str
    numero: str = Field(default="", pattern=r"^(\+?[0-9][0-9 ]*)?$")
    le: datetime = USUAL_TIME
    """Date and time of the call in the town."""
    parle: bool = False
    """It is also spoken, and then recognised, before it is understood."""
    connu: str = ""
    """Why it is known to fail; it then blocks nothing."""
    tours: tuple[GoldenTurn, ...]

    @field_validator("le", mode="before")
    @classmethod
    def _read_time(cls, value: Any) -> Any:
        if isinstance(value, datetime):
            return value
        try:
            read = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise ValueError("écrivez la date et l'heure comme 2026-11-17T10:00.") from error
        if read.tzinfo is not None or len(str(value)) <= len("2026-11-17"):
            raise ValueError("écrivez la date et l'heure de la ville, comme 2026-11-17T10:00.")
        return read


class GoldenFile(StrictModel):
    """One file of them."""

    conversations: tuple[Golden, ...]


@dataclass(frozen=True)
class Placed:
    """A conversation and where it is written."""

    golden: Golden
    file: Path
    line: int


@dataclass(frozen=True)
class Names:
    """What the rest of the configuration knows; None: not known, and not checked."""

    intents: Collection[str] | None = None
    services: Collection[str] | None = None
    places: Collection[str] | None = None


def load_goldens(folder: Path, names: Names) -> tuple[Placed, ...]:
    """Read every conversation in ``folder``, by file and line; none where there is no folder.

    Raises:
        ConfigError: with every problem of every file (in French).
    """
    problems: list[Problem] = []
    read: list[Loaded[GoldenFile]] = []
    files = sorted(path for path in folder.glob("*.yml") if not path.name.startswith("."))
    for file in files:
        try:
            read.append(load(file, GoldenFile))
        except ConfigError as error:
            problems.extend(error.problems)
    for loaded in read:
        problems.extend(_faults(loaded, names))
    problems.extend(_duplicates(read))
    if problems:
        raise ConfigError(problems)
    return tuple(
        Placed(golden, loaded.file, loaded.problem(["conversations", index], "").line)
        for loaded in read
        for index, golden in enumerate(loaded.value.conversations)
    )


def check_goldens(folder: Path, names: Names) -> list[Problem]:
    """Return what keeps the conversations from being played; the callbot answers all the same."""
    try:
        load_goldens(folder, names)
    except ConfigError as error:
        return [replace(problem, severity="attention") for problem in error.problems]
    return []


def _faults(loaded: Loaded[GoldenFile], names: Names) -> Iterator[Problem]:
    for index, golden in enumerate(loaded.value.conversations):
        if not golden.tours:
            yield loaded.problem(["conversations", index, "tours"], "il faut au moins un tour.")
        for number, turn in enumerate(golden.tours):
            place: list[str | int] = ["conversations", index, "tours", number]
            happens = [name for name in _STIMULI if getattr(turn, name) is not None]
            if len(happens) != 1:
                yield loaded.problem(
                    place,
                    "il faut exactement un de « dit », « touches » et « arrive » dans un tour.",
                )
            if not turn.expects:
                yield loaded.problem(
                    place,
                    "ce tour ne vérifie rien.",
                    "Ajoutez par exemple « decision » ou « contient ».",
                )
            for key, value, known in (
                ("intention", turn.intention, names.intents),
                ("service", turn.service, names.services),
                ("lieu", turn.lieu, names.places),
            ):
                if value is not None and known is not None and value not in known:
                    message = f"« {value} » n'existe pas."
                    mend = suggest(value, known)
                    yield loaded.problem([*place, key], message, mend)


def _duplicates(read: list[Loaded[GoldenFile]]) -> Iterator[Problem]:
    seen: dict[str, Problem] = {}
    for loaded in read:
        for index, golden in enumerate(loaded.value.conversations):
            here = loaded.problem(["conversations", index, "id"], "")
            first = seen.setdefault(golden.id, here)
            if first is not here:
                message = (
                    f"l'identifiant « {golden.id} » est déjà pris : {first.file}, "
                    f"ligne {first.line}."
                )
                yield Problem(here.file, here.line, here.column, message, "Donnez-en un autre.")
