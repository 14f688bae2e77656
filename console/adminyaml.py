"""The town's YAML as the admin pages read it: never more than they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.problem import ConfigError
from common.yamltree import parse
from console.publishing import FileText

SHOWN = 160
"""Letters of an answer in a list."""


@dataclass(frozen=True)
class AnswerEntry:
    """One answer in a list."""

    id: str
    texte: str
    intentions: tuple[str, ...]
    mots: tuple[str, ...]


def tree_of(file: FileText) -> Mapping[str, Any] | None:
    """Return what a file says, None when it cannot be read as keys and values."""
    try:
        tree = parse(file.text, Path(file.path))
    except ConfigError:
        return None
    return tree if isinstance(tree, dict) else None


def answers_in(tree: Mapping[str, Any]) -> tuple[AnswerEntry, ...]:
    """Return the answers of one file, in their order."""
    entries = tree.get("reponses")
    if not isinstance(entries, list):
        return ()
    return tuple(
        AnswerEntry(
            entry["id"],
            _short(entry.get("texte")),
            _texts(entry.get("intentions")),
            _texts(entry.get("mots")),
        )
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    )


def _short(text: Any) -> str:
    if not isinstance(text, str):
        return ""
    return text if len(text) <= SHOWN else f"{text[:SHOWN].rsplit(' ', 1)[0]}…"


def _texts(items: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in items) if isinstance(items, list) else ()
