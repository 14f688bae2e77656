"""What reading a town gathers, and the checks that all of its files share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from common.french import split_sentences
from common.yamlfile import (
    ConfigError,
    Loaded,
    Location,
    Problem,
    Severity,
    StrictModel,
    load,
    suggest,
)
from knowledge import hours as opening
from knowledge.calendars import Agenda, CollectionCalendar
from knowledge.models import AnswersFile, Entry, Place, Service, TownFile
from knowledge.notices import Notice
from knowledge.procedures import Procedure

MAX_SPOKEN_CHARACTERS = 330
MAX_SENTENCES = 4
REVIEW_AFTER = timedelta(days=365)
ENDS_SOON = timedelta(days=30)

Item = TypeVar("Item", bound=StrictModel)


class Reviewed(Protocol):
    """What somebody must look at again from time to time."""

    @property
    def valid_until(self) -> date | None: ...
    @property
    def reviewed(self) -> date: ...


@dataclass(frozen=True)
class SourcedEntry:
    """An answer and where it stands: ``reponses/etat_civil#passeport``."""

    entry: Entry
    source: str
    written: Loaded[AnswersFile] = field(repr=False)
    index: int

    def problem(
        self, location: Location, message: str, mend: str = "", severity: Severity = "erreur"
    ) -> Problem:
        """Return a problem placed at ``location`` within this answer."""
        where = ["reponses", self.index, *location]
        return self.written.problem(where, message, mend, severity)


@dataclass
class TownData:
    """Everything read, and every problem met on the way."""

    town: Loaded[TownFile] | None = None
    places: dict[str, Place] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    entries: list[SourcedEntry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    collections: list[CollectionCalendar] = field(default_factory=list)
    agendas: list[Agenda] = field(default_factory=list)
    procedures: list[Procedure] = field(default_factory=list)
    hours: dict[str, opening.Hours] = field(default_factory=dict)
    """By source: ``lieux/piscine``, ``services/elections``."""
    files: dict[str, Loaded[Any]] = field(default_factory=dict)
    """By source as well: where what has a file of its own is written."""
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    """File names without ending whose references cannot be judged."""
    answers_complete: bool = True
    """False when a file of answers could not be read, so that none can be called missing."""

    @property
    def errors(self) -> list[Problem]:
        """What makes the town unusable."""
        return [problem for problem in self.problems if problem.severity == "erreur"]

    @property
    def warnings(self) -> list[Problem]:
        """What should be looked at."""
        return [problem for problem in self.problems if problem.severity == "attention"]


def files_in(data: TownData, folder: Path, *, needed: bool = True) -> list[Path]:
    """Return the YAML files of a folder in order; a needed folder that is missing is a problem."""
    if not folder.is_dir():
        if needed:
            data.problems.append(Problem(folder, 1, 1, "ce dossier est introuvable."))
        return []
    return sorted(folder.glob("*.yml"))


def read_items(
    data: TownData, folder: Path, model: type[Item], *, needed: bool = True
) -> list[Loaded[Item]]:
    """Read a folder of files that each hold one thing with an ``id`` like the file's name."""
    found: list[Loaded[Item]] = []
    for path in files_in(data, folder, needed=needed):
        try:
            loaded = load(path, model)
        except ConfigError as error:
            data.problems += error.problems
            data.unreadable.add(path.stem)
            continue
        check_identifier(data, loaded, path.stem)
        found.append(loaded)
    return found


def check_identifier(data: TownData, loaded: Loaded[Item], stem: str) -> None:
    """A file is named like what is in it."""
    identifier = getattr(loaded.value, "id", stem)
    if identifier == stem:
        return
    message = f"« id » vaut « {identifier} » alors que le fichier est {loaded.file.name}."
    mend = f"Écrivez « id: {stem} » ou renommez le fichier."
    data.problems.append(loaded.problem(["id"], message, mend))


def check_reference(
    data: TownData,
    loaded: Loaded[Any],
    location: Location,
    name: str | None,
    known: Collection[str],
    what: str,
) -> None:
    """``what`` (« le lieu ») that is called ``name`` must be known."""
    if name is None or name in known or name in data.unreadable:
        return
    hint = suggest(name, known) or f"Existants : {', '.join(sorted(known))}."
    data.problems.append(loaded.problem(location, f"{what} « {name} » n'existe pas.", hint))


def is_long(text: str, sentences: int = MAX_SENTENCES) -> bool:
    """Tell whether a text is too long to be listened to."""
    return len(text) > MAX_SPOKEN_CHARACTERS or len(split_sentences(text)) > sentences


def check_length(
    data: TownData,
    loaded: Loaded[Any],
    location: Location,
    text: str | None,
    *,
    sentences: int = MAX_SENTENCES,
) -> None:
    """Warn of a text that is long to listen to."""
    if text is None or not is_long(text, sentences):
        return
    count = len(split_sentences(text))
    message = f"ce texte est long à écouter ({len(text)} caractères, {count} phrases)."
    mend = "Gardez deux ou trois phrases courtes ; le reste peut aller dans « sms »."
    if sentences == 1:
        mend = "Gardez une seule phrase courte ; le reste peut aller dans « sms »."
    data.problems.append(loaded.problem(location, message, mend, "attention"))


def check_review(
    data: TownData,
    loaded: Loaded[Any],
    location: Location,
    item: Reviewed,
    what: str,
    today: date,
    *,
    until_key: str = "valide_au",
    soon: timedelta = ENDS_SOON,
) -> None:
    """Warn of what has expired, expires soon or was not looked at for a year.

    ``what`` names it with its article and agrees in the feminine: « la réponse « pacs » ».
    """
    until = item.valid_until
    key, message, mend = "", "", ""
    if until is not None and until < today:
        key, message = until_key, f"{what} n'est plus valable depuis le {until}."
        mend = "Elle n'est plus dite : mettez-la à jour ou supprimez-la."
    elif until is not None and until - today <= soon:
        key, message = until_key, f"{what} prend fin le {until}."
        mend = "Préparez la suite, ou laissez-la prendre fin : elle ne sera plus dite."
    elif today - item.reviewed > REVIEW_AFTER:
        key, message = "relu_le", f"{what} n'a pas été relue depuis le {item.reviewed}."
        mend = "Relisez-la et changez « relu_le »."
    if message:
        data.problems.append(loaded.problem([*location, key], message, mend, "attention"))
