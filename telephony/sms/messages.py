"""The messages that the town sends: wordings of ``config/sms``, filled with the town's facts.

Only what the town has written goes into a message, never a caller's words. A message should fit
in two segments; a longer one is still sent, and ``callbot check`` names the text to shorten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from common.yamlfile import ConfigError, Loaded, Problem, StrictModel, load, suggest
from telephony.sms.gsm7 import Encoding, fitted, measure
from telephony.sms.links import refused_links
from telephony.sms.template import Template, TemplateError, parse

MAX_SEGMENTS: Final = 2
_MAX_OPENING: Final = 20
"""Characters before the town's name, which comes first."""


@dataclass(frozen=True)
class _Kind:
    """What a wording has to say, and what it may say besides."""

    needed: frozenset[str]
    allowed: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        return self.needed | self.allowed


def _kind(needed: str, allowed: str = "") -> _Kind:
    return _Kind(frozenset(needed.split()), frozenset(allowed.split()))


KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "reponse": _kind("ville faits"),
        "coordonnees": _kind("ville service telephone", "courriel adresse horaires"),
        "rappel_promis": _kind("ville service quand", "telephone"),
        "rappel_manque": _kind("ville service telephone", "horaires"),
    }
)
"""Every kind of message, by the name of its file."""


class MessageFile(StrictModel):
    """``config/sms/<name>.yml``."""

    texte: Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True)
class Rendered:
    """A message as it will be sent, and what it costs."""

    text: str
    encoding: Encoding
    segments: int
    refused_links: tuple[str, ...] = ()
    """Links to sites that the town has not allowed: such a message is not to be sent."""

    @property
    def too_long(self) -> bool:
        """True when it needs more segments than it should."""
        return self.segments > MAX_SEGMENTS


@dataclass(frozen=True)
class MessageBook:
    """The wordings of every kind of message."""

    templates: Mapping[str, Template]
    allowed_links: frozenset[str] = field(default_factory=frozenset)

    def render(self, name: str, **values: str) -> Rendered:
        """Fill in one kind of message; values that it does not use are passed over.

        Raises:
            KeyError: no such kind of message.
            ValueError: a value is missing.
        """
        return rendered(self.templates[name].fill(values), self.allowed_links)


def rendered(text: str, allowed_links: Collection[str]) -> Rendered:
    """Return a text as it travels."""
    sent = fitted(text)
    cost = measure(sent)
    return Rendered(sent, cost.encoding, cost.segments, refused_links(sent, allowed_links))


def load_messages(folder: Path, allowed_links: Collection[str] = ()) -> MessageBook:
    """Read every wording; ``allowed_links`` are the hosts that a link may lead to.

    Raises:
        ConfigError: with every error of every file.
    """
    templates, problems = _read(folder)
    errors = [problem for problem in problems if problem.severity == "erreur"]
    if errors:
        raise ConfigError(errors)
    return MessageBook(MappingProxyType(templates), frozenset(allowed_links))


def check_messages(folder: Path) -> list[Problem]:
    """Return every error and warning of the wordings."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[dict[str, Template], list[Problem]]:
    if not folder.is_dir():
        return {}, [Problem(folder, 1, 1, "le dossier des modèles de SMS est introuvable.")]
    templates: dict[str, Template] = {}
    problems = [_stray(path) for path in sorted(folder.iterdir()) if _is_stray(path)]
    for name in KINDS:
        path = folder / f"{name}.yml"
        try:
            loaded = load(path, MessageFile)
            templates[name] = _template(loaded, KINDS[name])
        except ConfigError as error:
            problems += error.problems
    return templates, problems


def _is_stray(path: Path) -> bool:
    return path.suffix == ".yml" and path.stem not in KINDS


def _stray(path: Path) -> Problem:
    mend = suggest(path.stem, KINDS) or f"Modèles possibles : {', '.join(KINDS)}."
    return Problem(path, 1, 1, f"le modèle de SMS « {path.stem} » n'existe pas.", mend)


def _template(loaded: Loaded[MessageFile], kind: _Kind) -> Template:
    try:
        template = parse(loaded.value.texte)
    except TemplateError as error:
        raise ConfigError([loaded.problem(["texte"], error.message, error.mend)]) from error
    problems = [
        loaded.problem(["texte"], message, mend) for message, mend in _mistakes(template, kind)
    ]
    if problems:
        raise ConfigError(problems)
    return template


def _mistakes(template: Template, kind: _Kind) -> list[tuple[str, str]]:
    """What is wrong with a wording, and its mend."""
    known = f"Mots possibles : {', '.join(f'{{{name}}}' for name in sorted(kind.known))}."
    unknown = [name for name in dict.fromkeys(template.names) if name not in kind.known]
    if unknown:
        return [
            (f"« {{{name}}} » n'est pas prévu dans ce modèle.", suggest(name, kind.known) or known)
            for name in unknown
        ]
    found = [
        (f"il manque « {{{name}}} » dans ce modèle.", "Écrivez-le hors des crochets.")
        for name in sorted(kind.needed - template.required)
    ]
    found += [
        (
            f"« {{{name}}} » peut être vide, et se trouve hors des crochets.",
            f"Mettez la partie qui le contient entre crochets : [ {{{name}}}].",
        )
        for name in sorted(template.required & kind.allowed)
    ]
    if not found and (template.names[0] != "ville" or len(template.opening) > _MAX_OPENING):
        message = "le message ne commence pas par le nom de la ville."
        mend = "L'habitant doit savoir qui lui écrit : « Mairie de {ville} : … »."
        found.append((message, mend))
    return found
