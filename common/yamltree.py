"""YAML text as plain values that know their places, and every slip in it named in French.

What was parsed once is kept, so that checking a configuration again only parses what changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import OrderedDict
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from common.problem import ConfigError, Location, Problem

Place: TypeAlias = tuple[int, int]
"""Line and column, from 1."""

MAX_NODES = 300_000
MAX_DEPTH = 40
REMEMBERED = 600
"""Trees kept in memory."""

_FORMAT = "arbre 1"
_MAP, _SEQUENCE = 0, 1
_KEPT_FILES = 3000
_TAGGED = "une valeur a une étiquette (« ! ») inconnue."


class LocatedMap(dict[Any, Any]):
    """A mapping that knows where it and its keys stand."""

    place: Place
    places: dict[Any, Place]


class LocatedSequence(list[Any]):
    """A list that knows where it and its items stand."""

    place: Place
    places: list[Place]


def position(tree: Any, location: Location) -> Place:
    """Return the place of the deepest part of ``location`` that exists."""
    node = tree
    place = node.place if isinstance(node, LocatedMap | LocatedSequence) else (1, 1)
    for part in location:
        if isinstance(node, LocatedMap) and part in node:
            place = node.places.get(part, place)
        elif isinstance(node, LocatedSequence) and isinstance(part, int) and part < len(node):
            place = node.places[part]
        else:
            break
        node = node[part]
    return place


def parse(text: str, path: Path) -> Any:
    """Return the tree of a text; ``path`` is what problems name. Nobody may change the tree.

    Raises:
        ConfigError: empty, not YAML, or made to exhaust the reader.
    """
    digest = hashlib.sha256(f"{_FORMAT}\n{text}".encode()).hexdigest()
    tree = _MEMORY.get(digest)
    if tree is None:
        tree = _MEMORY.put(digest, _parsed(text, path))
    return tree


def keep_in(folder: Path | None) -> None:
    """Keep parsed texts in this folder too, from one run to the next; None: in memory only."""
    _MEMORY.folder = folder


class _Memory:
    """Parsed texts by digest: the last ones in memory, more of them in a folder."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._trees: OrderedDict[str, Any] = OrderedDict()

    def get(self, digest: str) -> Any:
        """Return the tree, None when it is not known."""
        tree = self._trees.get(digest)
        if tree is None and self.folder is not None:
            with contextlib.suppress(OSError, msgspec.DecodeError, TypeError, ValueError):
                tree = _tree(msgspec.msgpack.decode((self.folder / digest).read_bytes()))
                self._remember(digest, tree)
        return tree

    def put(self, digest: str, encoded: Any) -> Any:
        """Keep a parsed text; a disk that does not take it is no reason to fail."""
        tree = _tree(encoded)
        self._remember(digest, tree)
        if self.folder is not None:
            with contextlib.suppress(OSError, msgspec.EncodeError, OverflowError):
                self._write(self.folder, digest, msgspec.msgpack.encode(encoded))
        return tree

    def _remember(self, digest: str, tree: Any) -> None:
        self._trees[digest] = tree
        while len(self._trees) > REMEMBERED:
            self._trees.popitem(last=False)

    @staticmethod
    def _write(folder: Path, digest: str, content: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f".{digest}.{os.getpid()}"
        new.write_bytes(content)
        new.replace(folder / digest)
        files = list(folder.iterdir())
        if len(files) > _KEPT_FILES:
            files.sort(key=lambda file: file.stat().st_mtime)
            for file in files[: len(files) // 2]:
                file.unlink(missing_ok=True)


_MEMORY = _Memory()


class _Constructor(RoundTripConstructor):
    """Leaves dates as text: the model reads them, so that a wrong one has a line of its own."""


_Constructor.add_constructor(
    "tag:yaml.org,2002:timestamp", lambda self, node: self.construct_scalar(node)
)


def _parsed(text: str, path: Path) -> Any:
    """Return what :func:`_tree` reads: values, and lists for what has a place."""
    _refuse_tabs(text, path)
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    yaml.allow_duplicate_keys = False
    try:
        tree = yaml.load(text)
    except DuplicateKeyError as error:
        mark = error.problem_mark
        message = "cette clé est écrite deux fois."
        place = (mark.line + 1, mark.column + 1)
        raise _error(path, place, message, "Gardez-en une seule.") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _error(path, place, "ce n'est pas du YAML valable.", _mend(error)) from error
    except RecursionError as error:
        raise _error(path, (1, 1), "trop de niveaux les uns dans les autres.") from error
    except (YAMLError, ValueError) as error:
        raise _error(path, (1, 1), "ce n'est pas du YAML valable.") from error
    if tree is None:
        raise _error(path, (1, 1), "le fichier est vide.")
    return _Plain(path).of(tree, 0)


def _refuse_tabs(text: str, path: Path) -> None:
    for number, line in enumerate(text.split("\n") if "\t" in text else (), start=1):
        if line.lstrip(" ").startswith("\t"):
            place = (number, line.index("\t") + 1)
            message = "tabulation en début de ligne."
            raise _error(path, place, message, "Remplacez-la par des espaces.")


def _mend(error: MarkedYAMLError) -> str:
    if "mapping values" in str(error.problem):
        return (
            "Un texte qui contient « : » s'écrit entre guillemets droits. Sinon, vérifiez "
            "l'alignement de cette ligne avec celle d'au-dessus."
        )
    return (
        "Vérifiez l'alignement, les deux-points et les guillemets à cette ligne ou juste au-dessus."
    )


def _error(path: Path, place: Place, message: str, mend: str = "") -> ConfigError:
    return ConfigError([Problem(path, *place, message, mend)])


class _Plain:
    """Turns what the parser made into values and lists that can be kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = 0

    def of(self, node: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            # A name that is used again (« *nom ») counts as often as it is used.
            message = "le fichier se déplie en trop d'éléments, ou contient un groupe sans fin."
            raise _error(self._path, (1, 1), message, "N'utilisez pas « & » ni « * ».")
        if isinstance(node, CommentedMap | CommentedSeq) and node.tag.value is not None:
            line, column = node.lc.line, node.lc.col
            raise _error(self._path, (1, 1) if line is None else _one((line, column)), _TAGGED)
        if isinstance(node, CommentedMap):
            keys = [
                [self.of(key, depth), *self._key(node, key), self.of(node[key], depth + 1)]
                for key in node
            ]
            return [_MAP, node.lc.line + 1, node.lc.col + 1, keys]
        if isinstance(node, CommentedSeq):
            items = [
                [*_one(node.lc.item(index)), self.of(item, depth + 1)]
                for index, item in enumerate(node)
            ]
            return [_SEQUENCE, node.lc.line + 1, node.lc.col + 1, items]
        return self._value(node)

    @staticmethod
    def _key(node: CommentedMap, key: Any) -> Place:
        try:
            return _one(node.lc.key(key))
        except KeyError:  # it comes from another mapping, through « << »
            return node.lc.line + 1, node.lc.col + 1

    def _value(self, node: Any) -> Any:
        if node is None or isinstance(node, bool):
            return node
        if isinstance(node, ScalarBoolean):
            return bool(node)
        for kind in (int, float, str):
            if isinstance(node, kind):
                return kind(node)
        raise _error(self._path, (1, 1), _TAGGED)


def _one(place: tuple[int, int]) -> Place:
    return place[0] + 1, place[1] + 1


def _tree(encoded: Any) -> Any:
    if not isinstance(encoded, list):
        return encoded
    kind, line, column, parts = encoded
    if kind == _MAP:
        mapping = LocatedMap()
        mapping.place = (line, column)
        mapping.places = {}
        for key, key_line, key_column, value in parts:
            mapping[key] = _tree(value)
            mapping.places[key] = (key_line, key_column)
        return mapping
    sequence = LocatedSequence(_tree(item) for _, _, item in parts)
    sequence.place = (line, column)
    sequence.places = [(item_line, item_column) for item_line, item_column, _ in parts]
    return sequence
