"""YAML files that people edit: read, validated, and every mistake named in French.

A :class:`Problem` gives the file, the line, the column, what is wrong and the mend.
"""

from __future__ import annotations

import difflib
import errno
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import pydantic
from pydantic_core import ErrorDetails

from common.problem import ConfigError, Location, Problem, Severity, why
from common.yamltree import parse, position

__all__ = [
    "MAX_FILE_BYTES",
    "ConfigError",
    "Loaded",
    "Location",
    "Problem",
    "Severity",
    "StrictModel",
    "load",
    "read_text",
    "read_tree",
    "suggest",
    "validate",
]

MAX_FILE_BYTES = 1_000_000

Model = TypeVar("Model", bound=pydantic.BaseModel)


class StrictModel(pydantic.BaseModel):
    """Base of what is read from YAML: an unknown key is a mistake, values are immutable."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Loaded(Generic[Model]):
    """A validated file that still knows where each value stands."""

    value: Model
    file: Path
    tree: Any = field(repr=False)

    def problem(
        self,
        location: Location,
        message: str,
        mend: str = "",
        severity: Severity = "erreur",
    ) -> Problem:
        """Return a problem placed at ``location`` (keys and indexes from the top)."""
        line, column = position(self.tree, location)
        return Problem(self.file, line, column, message, mend, severity)


def load(path: Path, model: type[Model]) -> Loaded[Model]:
    """Read and validate one YAML file.

    Raises:
        ConfigError: with every problem found in this file.
    """
    tree = read_tree(path)
    return Loaded(validate(tree, path, model), path, tree)


def validate(tree: Any, path: Path, model: type[Model]) -> Model:
    """Validate a parsed file, or one part of it: problems keep their places in the file.

    Raises:
        ConfigError: with every problem found.
    """
    try:
        return model.model_validate(tree)
    except pydantic.ValidationError as error:
        raise ConfigError(
            _french(details, path, tree, model) for details in error.errors(include_url=False)
        ) from error


def read_tree(path: Path) -> Any:
    """Parse one YAML file, keeping the positions of its keys.

    Raises:
        ConfigError: unreadable, too large, not UTF-8 or not YAML.
    """
    return parse(read_text(path), path)


def read_text(path: Path) -> str:
    """Return what a file says.

    Raises:
        ConfigError: unreadable, too large or not UTF-8.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError([Problem(path, 1, 1, "fichier introuvable.")]) from error
    except OSError as error:
        raise ConfigError([Problem(path, 1, 1, f"lecture impossible ({why(error)}).")]) from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError([Problem(path, 1, 1, "fichier trop gros (plus de 1 Mo).")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        message = "le fichier n'est pas en UTF-8."
        raise ConfigError(
            [Problem(path, line, column, message, "Enregistrez-le en UTF-8.")]
        ) from error


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; a pipe is no file, and would be waited for without end."""
    handle = os.open(path, flags | os.O_NONBLOCK)
    if stat.S_ISFIFO(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.ESPIPE, "ce n'est pas un fichier")
    return handle


def suggest(word: str, known: Iterable[str]) -> str:
    """Return a French hint that names the closest known word, or ''."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Vouliez-vous « {close[0]} » ?" if close else ""


_MESSAGES = {
    "missing": "il manque « {key} ».",
    "string_type": "« {key} » doit être un texte.",
    "int_type": "« {key} » doit être un nombre entier.",
    "int_parsing": "« {key} » doit être un nombre entier.",
    "int_from_float": "« {key} » doit être un nombre entier.",
    "float_type": "« {key} » doit être un nombre.",
    "float_parsing": "« {key} » doit être un nombre.",
    "bool_type": "« {key} » doit être oui (true) ou non (false).",
    "bool_parsing": "« {key} » doit être oui (true) ou non (false).",
    "list_type": "« {key} » doit être une liste (une ligne par élément, précédée d'un tiret).",
    "tuple_type": "« {key} » doit être une liste (une ligne par élément, précédée d'un tiret).",
    "dict_type": "« {key} » doit être un groupe de clés.",
    "model_type": "« {key} » doit être un groupe de clés.",
    "date_type": "« {key} » doit être une date comme 2026-11-21.",
    "date_parsing": "« {key} » doit être une date comme 2026-11-21.",
    "date_from_datetime_parsing": "« {key} » doit être une date comme 2026-11-21.",
    "string_too_short": "« {key} » est trop court.",
    "string_too_long": "« {key} » est trop long.",
    "too_short": "« {key} » n'a pas assez d'éléments.",
    "too_long": "« {key} » a trop d'éléments.",
    "string_pattern_mismatch": "« {key} » n'a pas la forme attendue.",
    "greater_than": "« {key} » est trop petit.",
    "greater_than_equal": "« {key} » est trop petit.",
    "less_than": "« {key} » est trop grand.",
    "less_than_equal": "« {key} » est trop grand.",
}

_BOUNDS = {
    "gt": "Écrivez plus de {bound}.",
    "ge": "Écrivez {bound} ou plus.",
    "lt": "Écrivez moins de {bound}.",
    "le": "Écrivez {bound} ou moins.",
    "min_length": "Il en faut au moins {bound}.",
    "max_length": "Il en faut au plus {bound}.",
}
_SHAPES = {
    r"^[a-z][a-z0-9_]*$": "Des minuscules sans accent, des chiffres ou « _ » : etat_civil.",
    r"^[a-z][a-z0-9_]{0,30}$": "Des minuscules sans accent, des chiffres ou « _ » : etat_civil.",
}
"""What a pattern asks for."""


def _french(
    details: ErrorDetails, path: Path, tree: Any, model: type[pydantic.BaseModel]
) -> Problem:
    location = [part for part in details["loc"] if isinstance(part, str | int)]
    line, column = position(tree, location)
    key = _key_words(location)
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        hint = suggest(str(location[-1]), known)
        mend = hint or (f"Clés possibles : {', '.join(sorted(known))}." if known else "")
        return Problem(path, line, column, f"la clé « {location[-1]} » est inconnue.", mend)
    if kind in ("literal_error", "enum"):
        return Problem(
            path,
            line,
            column,
            f"« {key} » ne peut pas valoir « {details['input']} ».",
            f"Valeurs possibles : {context.get('expected', '')}.".replace(" or ", " ou ").replace(
                "'", ""
            ),
        )
    if kind == "invalid_key":
        mend = "Mettez-la entre guillemets."
        return Problem(path, line, column, f"la clé « {location[-1]} » n'est pas un texte.", mend)
    if kind == "value_error":
        return Problem(path, line, column, f"« {key} » : {context.get('error', details['msg'])}")
    message = _MESSAGES.get(kind, "« {key} » n'a pas une valeur acceptable.").format(key=key)
    return Problem(path, line, column, message, _mend(kind, details["input"], context))


def _mend(kind: str, found: Any, context: Mapping[str, Any]) -> str:
    """Say what to write instead of a value that is not accepted, or ''."""
    if kind == "string_type":
        if isinstance(found, bool | int | float):
            return "Mettez la valeur entre guillemets."
        if isinstance(found, Mapping):
            return "Un texte qui contient « : » s'écrit entre guillemets droits."
        return "Écrivez-le, ou supprimez cette ligne." if found is None else ""
    if kind == "string_pattern_mismatch":
        return _SHAPES.get(context.get("pattern", ""), "")
    limit = next((key for key in _BOUNDS if key in context), None)
    return _bound(kind, limit, _number(context[limit])) if limit else ""


def _bound(kind: str, limit: str, bound: str) -> str:
    if kind == "string_too_short":
        return "Écrivez-le." if bound == "1" else f"Au moins {bound} lettres."
    if kind == "string_too_long":
        return f"{bound} lettres au plus."
    return _BOUNDS[limit].format(bound=bound)


def _number(value: float) -> str:
    """Write a number as YAML has it, without a decimal part that says nothing."""
    return str(int(value)) if float(value).is_integer() else str(value)


def _key_words(location: Location) -> str:
    """Name a value as an admin sees it: its key, or its place in a list."""
    if not location:
        return "le fichier"
    last = location[-1]
    if not isinstance(last, int):
        in_list = [index for index, part in enumerate(location) if isinstance(part, int)]
        return ".".join(str(part) for part in location[in_list[-1] + 1 if in_list else 0 :])
    owner = next((part for part in reversed(location) if isinstance(part, str)), "")
    return f"{owner}, élément {last + 1}" if owner else f"élément {last + 1}"


def _keys_at(model: Any, location: Sequence[str | int]) -> list[str]:
    """Names accepted by the model found at ``location``, following nested models."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        fields = getattr(current, "model_fields", None)
        if fields is None:
            return []
        found = next((f for name, f in fields.items() if part in (name, f.alias)), None)
        if found is None:
            return []
        current = _inner_model(found.annotation)
    fields = getattr(current, "model_fields", {})
    return [f.alias or name for name, f in fields.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        inner = _inner_model(argument)
        if inner is not None:
            return inner
    return None
