"""Values changed in YAML text that people wrote: whatever is not changed stays as it is written.

Comments, quotes, order and indentation of other lines are kept, also whole-line comments beside
what is removed.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from common.problem import ConfigError
from common.yamltree import parse

_WIDTH = 1_000_000
_NOWHERE = Path("texte")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
"""What is only kept by an escape."""

Key: TypeAlias = tuple[str | int, ...]


class EditError(Exception):
    """The text is not YAML, or has no such place."""


@dataclass(frozen=True)
class Edit:
    """One change: the value at ``location`` becomes ``value``; None removes it.

    A key that is missing is added at the end of its mapping, mappings on the way to it too; an
    index equal to the length of a list appends to it. Values are texts, numbers, booleans, dates,
    lists and mappings.
    """

    location: Key
    value: Any


def amend(text: str, edits: Sequence[Edit]) -> str:
    """Return ``text`` with the edits done one after the other.

    Raises:
        EditError: the text cannot be read, or a location does not exist.
    """
    try:
        return _amended(text, edits)
    except (ConfigError, LookupError, TypeError) as error:
        raise EditError(str(error)) from error


def _amended(text: str, edits: Sequence[Edit]) -> str:
    wanted = _wanted(parse(text, _NOWHERE), edits)
    yaml = _yaml()
    tree = yaml.load(text)
    before = _dumped(yaml, tree)
    for edit in edits:
        _apply(tree, edit)
    after = _dumped(yaml, tree)
    merged = _merged(text, before, after)
    return merged if merged is not None and _reads(merged, wanted) else after


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dumped(yaml: YAML, tree: Any) -> str:
    buffer = io.StringIO()
    yaml.dump(tree, buffer)
    return buffer.getvalue()


def _apply(tree: Any, edit: Edit) -> None:
    """Do one edit in the tree that keeps comments."""
    owner = _owner(tree, edit.location)
    key = edit.location[-1]
    if edit.value is None:
        if _holds(owner, key):
            del owner[key]
    elif isinstance(owner, CommentedSeq) and key == len(owner):
        owner.append(_commented(edit.value))
    elif _holds(owner, key) and _plain(owner[key]) == _plain(edit.value):
        return
    elif _holds(owner, key) and _both_lists(owner[key], edit.value):
        _update(owner[key], list(edit.value))
    else:
        old = owner[key] if _holds(owner, key) else None
        owner[key] = _like(old, _commented(edit.value))


def _wanted(tree: Any, edits: Sequence[Edit]) -> Any:
    """Return what the edited text has to say."""
    plain = copy.deepcopy(tree)
    for edit in edits:
        owner = _owner(plain, edit.location)
        key = edit.location[-1]
        if edit.value is None:
            if _holds(owner, key):
                del owner[key]
        elif isinstance(owner, list) and key == len(owner):
            owner.append(_plain(edit.value))
        else:
            owner[key] = _plain(edit.value)
    return plain


def _owner(tree: Any, location: Key) -> Any:
    """Return the mapping or list that holds what an edit is about; raises LookupError."""
    node = tree
    for part in location[:-1]:
        if isinstance(node, dict) and part not in node:
            node[part] = CommentedMap()
        node = node[part]
    key = location[-1]
    if isinstance(node, list):
        if not isinstance(key, int) or not 0 <= key <= len(node):
            raise IndexError(key)
    elif not isinstance(node, dict):
        raise KeyError(key)
    return node


def _holds(owner: Any, key: str | int) -> bool:
    return key < len(owner) if isinstance(owner, list) and isinstance(key, int) else key in owner


def _both_lists(old: Any, new: Any) -> bool:
    return isinstance(old, CommentedSeq) and isinstance(new, list | tuple)


def _update(old: CommentedSeq, new: list[Any]) -> None:
    """Turn one list into another, item by item, so that the others keep their comments."""
    before = [_key(item) for item in old]
    after = [_key(item) for item in new]
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for _, i1, i2, j1, j2 in reversed([change for change in changes if change[0] != "equal"]):
        common = min(i2 - i1, j2 - j1)
        for offset in range(common):
            index = i1 + offset
            old[index] = _like(old[index], _commented(new[j1 + offset]))
        for index in reversed(range(i1 + common, i2)):
            del old[index]
        for offset in range(common, j2 - j1):
            old.insert(i1 + offset, _commented(new[j1 + offset]))


def _key(item: Any) -> str:
    return repr(_plain(item))


def _like(old: Any, new: Any) -> Any:
    """Return a text in the quotes of the one that it replaces."""
    quoted = isinstance(old, DoubleQuotedScalarString | SingleQuotedScalarString)
    return type(old)(new) if quoted and isinstance(new, str) else new


def _commented(value: Any) -> Any:
    if isinstance(value, Mapping):
        return CommentedMap({key: _commented(content) for key, content in value.items()})
    if isinstance(value, list | tuple):
        return CommentedSeq([_commented(item) for item in value])
    if isinstance(value, str) and _CONTROL.search(value):
        return DoubleQuotedScalarString(value)
    return value


def _plain(value: Any) -> Any:
    """Return a value as it is read again."""
    if isinstance(value, Mapping):
        return {key: _plain(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value


def _merged(text: str, before: str, after: str) -> str | None:
    """Apply to ``text`` the lines in which two dumps differ; None where it is laid out otherwise.

    ``before`` is the dump of ``text`` itself.
    """
    written, old, new = text.split("\n"), before.split("\n"), after.split("\n")
    if text and not text.endswith("\n"):
        written.append("")
    if len(written) != len(old):
        return None
    lines: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += written[i1:i2]
            continue
        kept = {line for line in new[j1:j2] if _is_comment(line)}
        lost = [line for line in written[i1:i2] if _is_comment(line) and line not in kept]
        lines += [*new[j1:j2], *lost]
    return "\n".join(lines)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _reads(text: str, wanted: Any) -> bool:
    try:
        return bool(parse(text, _NOWHERE) == wanted)
    except ConfigError:
        return False
