"""The files of a configuration: which there are, what they are about, how two of them differ."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from callbot.publishing.links import strays
from common.yamlfile import ConfigError
from common.yamltree import parse
from console.publishing import Change, DiffLine, Effect, FileKind, FileState

MAX_SOUND_BYTES = 50_000_000
CONTEXT = 3
"""Unchanged lines shown around a change."""

_FOLDERS: Mapping[str, FileKind] = {
    "intents": "intent",
    "conversations": "conversations",
    "sms": "text",
    "ville/lieux": "place",
    "ville/services": "service",
    "ville/reponses": "answers",
    "ville/demarches": "procedure",
    "ville/avis": "notice",
    "ville/calendriers": "calendar",
}
_FILES: Mapping[str, FileKind] = {
    "callbot.yml": "settings",
    "dialogue.yml": "dialogue",
    "phrases.yml": "phrases",
    "accueil.yml": "reception",
    "essais.yml": "conversations",
    "sms.yml": "gateways",
    "ville/ville.yml": "town",
}
_NAMED_BY = ("nom", "titre", "sujet", "objet", "description", "intention", "resume")
_TITLES: Mapping[str, str] = {
    "callbot.yml": "Réglages du callbot",
    "dialogue.yml": "Conduite de la conversation",
    "phrases.yml": "Phrases fixes",
    "accueil.yml": "Agents, files d'attente et rappels",
    "sms.yml": "Envoi des SMS",
    "essais.yml": "Phrases d'essai",
    "ville/ville.yml": "La ville",
}
_AT_RESTART: frozenset[FileKind] = frozenset({"settings", "gateways"})
_SILENT: frozenset[FileKind] = frozenset({"conversations", "other"})
_BELONGS = (".yml", ".yaml", ".wav")
_EFFECTS: Sequence[Effect] = ("none", "facts", "restart", "training")
"""The slowest last."""


def belongs(name: str) -> bool:
    """Tell whether a path may be part of a configuration: YAML or a sound.

    Keys and passwords that lie beside are copied into no version, and shown in no history.
    """
    hidden = any(part.startswith(".") or part.endswith("~") for part in name.split("/"))
    return not hidden and name.lower().endswith(_BELONGS)


def files(folder: Path) -> dict[str, Path]:
    """Return the files of a configuration by their path within it.

    A file that vanishes meanwhile is left out, and a link to what lies elsewhere.
    """
    found = {}
    elsewhere = frozenset(strays(folder))
    for path in sorted(folder.rglob("*")):
        if path in elsewhere:
            continue
        name = path.relative_to(folder).as_posix()
        with contextlib.suppress(OSError):
            if belongs(name) and path.is_file() and path.stat().st_size <= MAX_SOUND_BYTES:
                found[name] = path
    return found


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file; a file that cannot be read is left out."""
    found = {}
    for name, path in files(folder).items():
        with contextlib.suppress(OSError):
            found[name] = digest(path.read_bytes())
    return found


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, '' without one."""
    try:
        return digest(path.read_bytes())
    except OSError:
        return ""


def fingerprint(known: Mapping[str, str]) -> str:
    """Return one hash of all the files."""
    return digest("\n".join(f"{name} {known[name]}" for name in sorted(known)).encode())


def is_editable(name: str) -> bool:
    """Tell whether a path names a YAML file that belongs in a configuration."""
    path = PurePosixPath(name)
    plain = all(part.replace("_", "").replace("-", "").isalnum() for part in path.parent.parts)
    stem = path.stem.replace("_", "").replace("-", "")
    safe = str(path) == name and not path.is_absolute() and name.isascii()
    return safe and plain and stem.isalnum() and path.suffix == ".yml" and kind(name) != "other"


def kind(name: str) -> FileKind:
    """Return what a file holds, by its path."""
    if name in _FILES:
        return _FILES[name]
    path = PurePosixPath(name)
    if path.suffix not in (".yml", ".yaml"):
        return "other"
    return _FOLDERS.get(path.parent.as_posix(), "other")


def title(name: str, text: str) -> str:
    """Return what a file is about, for people."""
    if name in _TITLES:
        return _TITLES[name]
    with contextlib.suppress(ConfigError):
        content = parse(text, Path(name))
        found = _named(content)
        if found:
            return found
    return PurePosixPath(name).stem.replace("_", " ")


def _named(content: Any) -> str:
    if not isinstance(content, dict):
        return ""
    values = (content.get(key) for key in _NAMED_BY)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def effect(name: str) -> Effect:
    """Return what it takes for a change of this file to be heard."""
    found = kind(name)
    if found == "intent":
        return "training"
    if found in _AT_RESTART:
        return "restart"
    return "none" if found in _SILENT else "facts"


def slowest(effects: Sequence[Effect]) -> Effect:
    """Return the effect of several changes together."""
    return max(effects, key=_EFFECTS.index, default="none")


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the paths whose hashes differ."""
    names = (name for name in old.keys() | new.keys() if belongs(name))
    return sorted(name for name in names if old.get(name) != new.get(name))


def state_of(live: str, now: str) -> FileState:
    """Compare two hashes of one file; an empty one stands for no file."""
    if live == now:
        return "same"
    if not live:
        return "new"
    return "changed" if now else "deleted"


def compare(
    name: str, old: str | None, new: str | None, author: str = "", at: Any = None
) -> Change:
    """Return how a file changed; None stands for no file."""
    state = state_of("" if old is None else f"={old}", "" if new is None else f"={new}")
    said = title(name, new if new is not None else old or "")
    lines = tuple(_lines((old or "").splitlines(), (new or "").splitlines()))
    return Change(name, kind(name), said, state, effect(name), lines, author, at)


def _lines(old: Sequence[str], new: Sequence[str]) -> list[DiffLine]:
    found: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        for tag, old_start, old_stop, new_start, new_stop in group:
            if tag == "equal":
                pairs = zip(range(old_start, old_stop), range(new_start, new_stop), strict=True)
                found += [DiffLine(" ", old[i], i + 1, j + 1) for i, j in pairs]
                continue
            found += [DiffLine("-", old[i], i + 1, None) for i in range(old_start, old_stop)]
            found += [DiffLine("+", new[j], None, j + 1) for j in range(new_start, new_stop)]
    return found


def text_of(path: Path) -> str | None:
    """Return the text of a file; None without one. Bytes that are no text show as marks."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
