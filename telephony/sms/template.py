"""The wording of one kind of message: text, {placeholders} and [parts that may be left out].

A part in brackets disappears when one of its placeholders has no value:
``{telephone}[, {courriel}]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PIECE: Final = re.compile(r"\{([^{}]*)\}|([{}])")
_NAME: Final = re.compile(r"[a-z][a-z_]*\Z")


class TemplateError(ValueError):
    """The text is no template. French message and mend."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


@dataclass(frozen=True)
class _Part:
    """Words and placeholders in turn: ``words[0] {names[0]} words[1] …``."""

    words: tuple[str, ...]
    names: tuple[str, ...]
    optional: bool

    def fill(self, values: Mapping[str, str]) -> str:
        if self.optional and not all(values.get(name) for name in self.names):
            return ""
        filled = [values.get(name, "") for name in self.names]
        return "".join(word + value for word, value in zip(self.words, [*filled, ""], strict=True))


@dataclass(frozen=True)
class Template:
    """A parsed wording."""

    parts: tuple[_Part, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders in the order in which they stand."""
        return tuple(name for part in self.parts for name in part.names)

    @property
    def required(self) -> frozenset[str]:
        """The placeholders without which the message cannot be written."""
        return frozenset(n for part in self.parts if not part.optional for n in part.names)

    @property
    def opening(self) -> str:
        """The words before the first placeholder."""
        return self.parts[0].words[0] if self.parts else ""

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the message, each value on one line with single spaces.

        Raises:
            ValueError: a placeholder outside brackets has no value.
        """
        clean = {name: " ".join(value.split()) for name, value in values.items()}
        missing = sorted(name for name in self.required if not clean.get(name))
        if missing:
            raise ValueError(f"no value for {', '.join(missing)}")
        return " ".join("".join(part.fill(clean) for part in self.parts).split())


def parse(text: str) -> Template:
    """Read a wording.

    Raises:
        TemplateError: braces or brackets that do not match, an empty name.
    """
    parts: list[_Part] = []
    for index, piece in enumerate(_brackets(text)):
        if piece:
            parts.append(_part(piece, optional=index % 2 == 1))
    return Template(tuple(parts))


def _brackets(text: str) -> list[str]:
    """Split at brackets: outside, inside, outside…"""
    pieces = [""]
    for character in text:
        inside = len(pieces) % 2 == 0
        if character not in "[]":
            pieces[-1] += character
        elif inside == (character == "]"):
            pieces.append("")
        else:
            raise TemplateError(
                "les crochets ne vont pas par deux.",
                "Une partie facultative s'écrit entre [ et ], sans en contenir une autre.",
            )
    if len(pieces) % 2 == 0:
        raise TemplateError("il manque un crochet fermant « ] ».", "Ajoutez-le.")
    return pieces


def _part(text: str, *, optional: bool) -> _Part:
    words: list[str] = []
    names: list[str] = []
    end = 0
    for match in _PIECE.finditer(text):
        name = match[1]
        if name is None or not _NAME.match(name):
            found = "" if name is None else f" : « {{{name}}} »"
            raise TemplateError(
                f"les accolades ne vont pas par deux ou n'entourent pas un nom{found}.",
                "Un mot à remplacer s'écrit comme {ville}.",
            )
        words.append(text[end : match.start()])
        names.append(name)
        end = match.end()
    if optional and not names:
        raise TemplateError(
            f"la partie facultative « [{text}] » ne contient rien à remplacer.",
            "Enlevez les crochets, ou mettez-y un mot entre accolades.",
        )
    return _Part((*words, text[end:]), tuple(names), optional)
